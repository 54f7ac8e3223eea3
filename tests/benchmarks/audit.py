"""What the audit row costs: the same completions with and without it, by turns, with four clients writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch
from uuid import UUID

from engine.access import audit
from engine.access.actors import Actor
from engine.cli.bench import Options
from engine.store import Store
from tests.benchmarks import _stage, completion

CLIENTS = 4


def measure(options: Options) -> dict[str, Any]:
    """``ratio``: the time of a completion with its audit row to that without; the worst database."""
    clients = options.clients or CLIENTS
    found: dict[str, Any] = {}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = _compare(url, clients, options)
    return {"ratio": max(item["ratio"] for item in found.values()), **found}


def _compare(url: str, clients: int, options: Options) -> dict[str, Any]:
    rounds, cases = (1, 6) if options.quick else (7, 25)
    store = Store(url)
    completion.stage(store)
    actors = _stage.people(store, clients)
    case_ids = [_stage.case(store, actor) for actor in actors]
    store.close()
    turns = []
    for _ in range(rounds):
        with_row, without = (
            completion._rate(_stage.together(clients, work, url, actors, case_ids, cases))
            for work in (_with_row, _without_row)
        )
        turns.append((without["per_second"] / with_row["per_second"], with_row, without))
    turns.sort(key=lambda turn: turn[0])
    ratio, with_row, without = turns[len(turns) // 2]
    return {"ratio": round(ratio, 3), "clients": clients, "with_row": with_row, "without_row": without}


def _with_row(number: int, barrier: Any, url: str, actors: list[Actor], case_ids: list[UUID], cases: int) -> Any:
    return completion._complete(number, barrier, url, actors, case_ids, cases, True)


def _without_row(number: int, barrier: Any, url: str, actors: list[Actor], case_ids: list[UUID], cases: int) -> Any:
    with patch.object(audit, "record", lambda *_, **__: None):
        return completion._complete(number, barrier, url, actors, case_ids, cases, True)


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
