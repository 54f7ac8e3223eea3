"""Whoever may not see a case meets the same answers where it exists and where it does not: no status, count, order, header
or word gives it away. Accounts with the same permissions and the same part in the cases are one class, of which one goes."""

from __future__ import annotations

import copy
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from difflib import unified_diff
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.webui.planted import RELATIONS, WALKING, Planted, Relation, World
from tests.webui.test_walk import BARE, DOORS, LISTINGS, PROGRAM, Session, Walker, let_in, opened, planted_world
from tests.webui.walking import rules

# One that is reserved, and one that only other offices may not see.
HIDDEN = frozenset({10, 19})
# What an answer has anew each time: nonces, tokens and keys of forms, and the number of the request.
NEW = re.compile(r"(nonce|value)=\"[^\"]*\"|'nonce-[^']*'|urn:uuid:[0-9a-f-]{36}|~[\w-]{20,}")
# The log is the auditors' whole subject, and tells of every case that there is one (handbook 08, section H).
WATCHING = frozenset({"auditor"})


@pytest.fixture(scope="module")
def worlds(_migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    """A world in which two cases were never opened, and the same one in which they are."""
    folder = tmp_path_factory.mktemp("worlds")
    for without in planted_world(_migrated_file, folder, HIDDEN):
        with closing(sqlite3.connect(folder / "siproc.sqlite")) as connection:
            connection.execute("VACUUM INTO ?", (str(folder / "other.sqlite"),))
        within = copy.copy(without)
        within.planted, within.keys = list(without.planted), {}
        within.store, within.app = opened(folder / "other.sqlite")
        within.plant(*(case for case in within.cases if case.number in HIDDEN))
        yield without, within
        within.store.close()


def blind(role: str, relation: Relation, case: Planted) -> bool:
    """Whether an account may know nothing of a case nor of its tasks."""
    walker = Walker(role, relation, case)
    return walker.level is None and not walker.reads_task("hand") and not walker.reads_task("offer")


@pytest.mark.parametrize("role", [role for role in WALKING if role not in WATCHING])
def test_nothing_tells_a_hidden_case_from_none(worlds: tuple[World, World], role: str) -> None:
    for world in worlds:
        world.become(role)
    hidden = [case for case in worlds[1].cases if case.number in HIDDEN]
    wrong: list[object] = []
    for relation in RELATIONS:
        alike = ("blind", *(Walker(role, relation, case).alike for case in hidden))
        if alike in worlds[1].walked or not all(blind(role, relation, case) for case in hidden):
            continue
        worlds[1].walked.add(alike)
        sessions = [Session(world, relation) for world in worlds]
        for method, where, sent in asked(worlds[1], role, hidden):
            if where.startswith(PROGRAM) and sessions[0].program is None:
                continue
            first, second = (told(session.ask(method, where, sent)) for session in sessions)
            if first != second:
                lines = unified_diff(first.splitlines(), second.splitlines(), lineterm="", n=0)
                wrong.append((relation.name, method, where, *lines))
    assert wrong == [], "\n".join(map(str, wrong))[:4_000]


def asked(world: World, role: str, hidden: list[Planted]) -> Iterator[tuple[str, str, object]]:
    """Every list, what shows no case at all, every address of a hidden case, and searches for it."""
    for item in LISTINGS:
        # Who keeps the system running is told that something stopped, and not of which case.
        if item.endpoint != "supervisor.incidents" or not Walker(role, RELATIONS[0], hidden[0]).may("incident:keep"):
            yield "GET", item.where.format(definition=world.definition), None
    for rule, method in rules(world.app):
        # Accounts of both worlds have made keys of their own.
        if rule.endpoint in BARE and not rule.arguments and method == "GET" and not rule.endpoint.startswith("own."):
            yield "GET", rule.rule, None
    keeper = Walker(role, RELATIONS[0], hidden[0]).may("incident:keep")
    for case in hidden:
        for door in DOORS:
            if (keeper and door.endpoint == "supervisor.retry") or turned_away(world, role, door.endpoint):
                continue
            yield door.verb, door.where(case), door.sent(case) if callable(door.sent) else door.sent
        for typed in (case.folio, case.word("nombre"), case.dni, case.word("tarea")):
            yield "GET", f"/casos?q={typed}", None
            yield "GET", f"/tareas?view=office&text={typed}", None
            yield "GET", f"{PROGRAM}/cases?q={typed}", None
            yield "GET", f"{PROGRAM}/tasks?view=office&text={typed}", None
        yield "POST", "/abrir-con-motivo", {"folio": case.folio, "motivo": "poco"}


def turned_away(world: World, role: str, endpoint: str) -> bool:
    """Whether the role met this door before, and does not pass it: that is decided before anything is looked for."""
    before = (role, endpoint) in world.walked
    world.walked.add((role, endpoint))
    return before and not let_in(role, endpoint)


def told(answer: TestResponse) -> str:
    """All that an answer tells, but for what is new each time, and the cookie of the form's token, which comes once."""
    headers = [f"{name}: {value}" for name, value in answer.headers if name not in ("Content-Length", "Set-Cookie")]
    return NEW.sub("", "\n".join([answer.status, *headers, answer.data.decode("utf-8", "replace")]))
