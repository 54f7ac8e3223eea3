"""Timers that are all due at once: how many fire in a second with one worker and with four, and whether each does once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import func, insert, select

from engine.cli.bench import Options
from engine.definitions import registry
from engine.runtime import instances, state
from engine.runtime.worker import Worker, WorkerActor
from engine.store import Context, Store
from engine.store.tables.base import new_id
from engine.store.tables.runtime import (
    ActivityHistory,
    ProcessInstance,
    ScopeRow,
    StepHistory,
    SubscriptionRow,
    TokenRow,
)
from tests.benchmarks import _stage

PROCESS = "start s\ncatch t Esperar ; timer PT1S\nend e\ns -> t -> e"


def measure(options: Options) -> dict[str, Any]:
    """``timers`` due, then for each database and number of workers: fired in a second, lost, fired twice."""
    count = 2_000 if options.quick else 100_000
    workers = [options.clients] if options.clients else [1, 4]
    found: dict[str, Any] = {}
    with _stage.databases(options) as databases:
        for name, url in databases:
            _publish(url)
            found[name] = {f"workers_{number}": _fire(url, number, count) for number in workers}
    return {"timers": count, **found}


def _publish(url: str) -> None:
    store = Store(url)
    _stage.publish(store, PROCESS, "espera")
    store.close()


def _fire(url: str, workers: int, count: int) -> dict[str, Any]:
    store = Store(url)
    before = _ended(store)
    _plant(store, count)
    _stage.analyze(store)
    spent = max(_stage.together(workers, _work, url))
    fired, twice = _ended(store) - before, _twice(store)
    store.close()
    return {"per_second": round(fired / spent), "lost": count - fired, "twice": twice}


def _plant(store: Store, count: int) -> None:
    """One real instance, then as many of its like, a minute overdue."""
    actor = WorkerActor()
    first = store.transact(lambda context: instances.start(context, "espera").instance_id, actor)
    store.transact(lambda context: instances.cancel(context, first), actor)

    def work(context: Context, number: int) -> None:
        definition = registry.latest(context, "espera").id
        ids = [(new_id(), new_id(), new_id()) for _ in range(number)]
        session, now = context.session, context.now
        due = now - timedelta(minutes=1)
        session.execute(
            insert(ProcessInstance),
            [
                {"id": i, "definition_id": definition, "process_id": "espera", "state": "active", "version": 1,
                 "stamp": new_id(), "last_sequence": 1, "started_at": now}
                for i, _, _ in ids
            ],
        )  # fmt: skip
        session.execute(
            insert(ScopeRow),
            [
                {"id": s, "instance_id": i, "definition_id": definition, "kind": "process", "variables": {}, "data": {}}
                for i, s, _ in ids
            ],
        )
        session.execute(
            insert(TokenRow),
            [
                {"id": t, "instance_id": i, "scope_id": s, "definition_id": definition, "element_id": "t",
                 "state": "started", "entered_at": now, "data": {}}
                for i, s, t in ids
            ],
        )  # fmt: skip
        session.execute(
            insert(SubscriptionRow),
            [
                {"id": new_id(), "instance_id": i, "scope_id": s, "token_id": t, "definition_id": definition,
                 "element_id": "t", "kind": "timer", "due_at": due, "data": {}}
                for i, s, t in ids
            ],
        )  # fmt: skip
        session.execute(
            insert(StepHistory),
            [{"instance_id": i, "version": 1, "at": now, "command": "start", "changes": {}} for i, _, _ in ids],
        )

    for _ in range(count // 1_000):
        store.transact(lambda context: work(context, 1_000), actor)


def _work(number: int, barrier: Any, url: str) -> float:
    store = Store(url)
    state.forget_all()
    worker = Worker(store, {})
    barrier.wait(120)
    begun = perf_counter()
    while worker.fire_timers():
        pass
    spent = perf_counter() - begun
    store.close()
    return spent


def _ended(store: Store) -> int:
    query = select(func.count()).select_from(ProcessInstance).where(ProcessInstance.state == "completed")
    return store.read(lambda context: context.session.scalar(query) or 0, WorkerActor())


def _twice(store: Store) -> int:
    """Timers that were over more than once."""
    again = (
        select(ActivityHistory.token_id)
        .where(ActivityHistory.element_id == "t", ActivityHistory.action == "completed")
        .group_by(ActivityHistory.token_id)
        .having(func.count() > 1)
        .subquery()
    )
    return store.read(
        lambda context: context.session.scalar(select(func.count()).select_from(again)) or 0, WorkerActor()
    )


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
