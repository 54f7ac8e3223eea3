"""Who may hold a case and have data erased; erasing goes on where it was, however often it is interrupted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from engine.access.actors import SYSTEM, Actor
from engine.access.matrix import ROLES
from engine.actions import retention
from engine.casework import cases, offices
from engine.cli.retention import retention as command
from engine.clock import MovableClock
from engine.definitions import deploy
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.runtime import retention as rules
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Erasure, LegalHold
from tests.scenarios.diagrams import ROOT

TABLE = ROOT / "processes" / "general" / "conservacion.dmn"
WHY = "Lo pidió el juzgado tercero."


def somebody(role: str, office: str = "HN-TGU") -> Actor:
    """An official of one role."""
    return replace(SYSTEM, id=new_id(), name=role, office_code=office, roles=frozenset({role}), kind="user")


ROSA, IRMA, SOFIA = somebody("director"), somebody("auditor"), somebody("supervisor")
ANA = somebody("agente", "MX-TAP")


@pytest.fixture
def cases_(store: Store, clock: MovableClock) -> list[UUID]:
    """Five cases that are due."""

    def work(context: Context) -> list[UUID]:
        offices.load(context)
        deploy.deploy(context, {TABLE.name: TABLE.read_bytes()})
        made = [cases.open_case(context, "MX-TAP", title="Secreta").id for _ in range(5)]
        values = {"status": "cerrado", "closed_at": context.now, "domain": "SAL"}
        context.session.execute(update(CaseFile).values(**values))
        return made

    found = store.transact(work, SYSTEM)
    clock.advance(timedelta(days=1_000))
    return found


def erased(store: Store) -> set[UUID]:
    query = select(CaseFile.id).where(CaseFile.erased_at.is_not(None))
    return set(store.read(lambda context: context.session.scalars(query).all(), SYSTEM))


def sweep_all(store: Store) -> int:
    count = 0
    while store.transact(retention.sweep, SYSTEM):
        count += 1
    return count


def acts(store: Store, name: str) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.action == name).order_by(AuditEntry.id)
    return list(store.read(lambda context: context.session.scalars(query).all(), SYSTEM))


def test_what_a_director_saw_is_erased_by_the_worker_and_written_down(
    store: Store, cases_: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    room = store.read(retention.look, ROSA)
    assert (room.due, len(room.lines), room.after, room.wrong) == (5, 5, None, None)

    order = store.transact(lambda context: retention.erase(context, 5), ROSA)
    assert erased(store) == set()
    assert sweep_all(store) == 4  # two, two, one, and the end

    assert erased(store) == set(cases_)
    row = store.read(lambda context: context.session.get_one(Erasure, order), SYSTEM)
    assert (row.asked_by, row.expected, row.erased, row.finished_at is not None) == (ROSA.id, 5, 5, True)
    (asked,) = acts(store, "retention:erase")
    assert (asked.actor_id, asked.object_id, asked.data) == (ROSA.id, order, {"cases": 5})
    assert {entry.case_id for entry in acts(store, "retention:forget")} == set(cases_)
    assert store.read(retention.look, ROSA).due == 0


def test_nothing_is_erased_that_was_not_in_the_dry_run(store: Store, cases_: list[UUID], clock: MovableClock) -> None:
    for seen in (None, 4, 6, 0):
        with pytest.raises(Conflict):
            store.transact(lambda context, n=seen: retention.erase(context, n), ROSA)  # type: ignore[misc]
    late = cases_[0]
    just_due = timedelta(days=732)

    def younger(context: Context) -> None:
        at = context.now - just_due + timedelta(days=5)
        context.session.execute(update(CaseFile).where(CaseFile.id == late).values(closed_at=at))

    store.transact(younger, SYSTEM)
    store.transact(lambda context: retention.erase(context, 4), ROSA)
    with pytest.raises(Conflict):
        store.transact(lambda context: retention.erase(context, 4), ROSA)
    clock.advance(timedelta(days=30))
    sweep_all(store)
    assert erased(store) == set(cases_) - {late}


def test_a_hold_that_comes_after_the_order_still_holds(store: Store, cases_: list[UUID]) -> None:
    store.transact(lambda context: retention.erase(context, 5), ROSA)
    store.transact(lambda context: retention.hold(context, cases_[2], WHY), IRMA)
    sweep_all(store)
    assert erased(store) == set(cases_) - {cases_[2]}

    store.transact(lambda context: retention.lift(context, cases_[2], WHY), SOFIA)
    store.transact(lambda context: retention.erase(context, 1), ROSA)
    sweep_all(store)
    assert erased(store) == set(cases_)
    assert store.read(lambda context: context.session.scalars(select(LegalHold.reason)).all(), SYSTEM) == [""]


def test_who_sees_a_hold_and_why(store: Store, cases_: list[UUID]) -> None:
    case_id = cases_[0]
    store.transact(lambda context: retention.hold(context, case_id, f"  {WHY}  "), SOFIA)
    for actor, told in ((SOFIA, True), (IRMA, True), (ROSA, True), (somebody("consul", "MX-TAP"), True), (ANA, False)):
        seen = store.read(lambda context: retention.standing(context, case_id), actor)
        assert seen.held is not None
        assert (seen.held.reason == WHY, seen.held.reason is None) == (told, not told)
        assert seen.may_hold is (actor in (SOFIA, IRMA, ROSA))
        assert seen.term is not None
        assert seen.term.text == "P2Y"
    with pytest.raises(Conflict):
        store.transact(lambda context: retention.hold(context, case_id, WHY), IRMA)
    store.transact(lambda context: retention.lift(context, case_id, WHY), IRMA)
    with pytest.raises(Conflict):
        store.transact(lambda context: retention.lift(context, case_id, WHY), IRMA)
    seen = store.read(lambda context: retention.standing(context, case_id), IRMA)
    assert (seen.held, seen.holds[0].lifted_reason) == (None, WHY)
    assert [(entry.action, entry.actor_id) for entry in (*acts(store, "retention:hold"), *acts(store, "retention:lift"))] == [
        ("retention:hold", SOFIA.id), ("retention:lift", IRMA.id),
    ]  # fmt: skip


@pytest.mark.parametrize("reason", ["", " " * 50, "corto", "x" * 1_001])
def test_a_reason_that_says_nothing_is_refused(store: Store, cases_: list[UUID], reason: str) -> None:
    for act in (retention.hold, retention.lift):
        with pytest.raises(Invalid):
            store.transact(lambda context, act=act: act(context, cases_[0], reason), IRMA)  # type: ignore[misc]


def test_who_may_do_what_is_the_matrix(store: Store, cases_: list[UUID]) -> None:
    for role in ROLES.keys() - {"sistema"}:
        actor = somebody(role)
        tried: dict[str, Callable[[Context], object]] = {
            "read": retention.look,
            "erase": lambda context: retention.erase(context, 5),
            "hold": lambda context: retention.hold(context, cases_[0], WHY),
            "lift": lambda context: retention.lift(context, cases_[0], WHY),
        }
        done = set()
        for name, work in tried.items():
            try:
                store.transact(work, actor)
                done.add(name)
            except (Forbidden, NotFound):
                pass
        expected = {"director": {"read", "erase", "hold", "lift"}, "auditor": {"read", "hold", "lift"}}
        assert done == expected.get(role, {"hold", "lift"} if role == "supervisor" else set()), role
        store.transact(lambda context: context.session.execute(update(Erasure).values(finished_at=context.now)), SYSTEM)
    with pytest.raises(NotFound):
        store.transact(lambda context: retention.hold(context, new_id(), WHY), IRMA)


def test_an_unreadable_table_ends_an_order_and_is_shown(store: Store, cases_: list[UUID]) -> None:
    store.transact(lambda context: retention.erase(context, 5), ROSA)
    wrong = TABLE.read_bytes().replace(b'"P2Y"', b'"pronto"')
    store.transact(lambda context: deploy.deploy(context, {TABLE.name: wrong}), SYSTEM)
    sweep_all(store)
    assert erased(store) == set()
    room = store.read(retention.look, ROSA)
    assert room.wrong is not None
    assert "«pronto»" in room.wrong.in_language("es")
    assert (room.due, room.lines, room.orders[0].row.erased) == (0, [], 0)


def test_the_list_goes_on_page_by_page(store: Store, cases_: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    seen, after = [], ""
    for _ in range(3):
        room = store.read(lambda context, after=after: retention.look(context, after), IRMA)  # type: ignore[misc]
        seen += [line.case.id for line in room.lines]
        after = room.after or ""
    assert sorted(seen) == sorted(cases_)
    assert after == ""
    assert len(store.read(lambda context: retention.look(context, "mañana~x"), IRMA).lines) == 2


def test_the_command_tells_and_erases(
    store: Store, cases_: list[UUID], database_url: str, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = clock.now() - timedelta(days=9_000)
    store.transact(lambda context: context.session.execute(update(CaseFile).values(closed_at=long_ago)), SYSTEM)
    store.transact(lambda context: retention.hold(context, cases_[0], WHY), IRMA)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(command, [*arguments, "--database", database_url], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    told = run()
    assert (
        "SAL N2 —: P2Y (4. Expediente clínico: el plazo más corto [P]) · vencidos / due 4, retenidos / held 1" in told
    )
    assert "sin cambios" in told
    assert erased(store) == set()
    assert run("--list").count("vencido / due\n") == 4
    assert "borrados / erased: 4" in run("--apply")
    assert erased(store) == set(cases_[1:])
    assert "borrados / erased: 0" in run("--apply")
    assert store.read(rules.count_due, SYSTEM) == 0
