"""Completions of a process of six user tasks, against hand-written SQL that writes the same rows as durably."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy import event, select

from engine.access.actors import Actor
from engine.actions import tasks
from engine.cli.bench import Options
from engine.runtime import instances, user_tasks
from engine.store import Context, Store
from engine.store.tables.runtime import UserTask
from tests.benchmarks import _floor, _stage

PROCESS = """
start s
user a Recibir el caso ; candidateGroups agente ; dueDate =now() + duration("P1D")
exclusive g ; default other
user b Atender con urgencia ; candidateGroups agente
user b2 Atender ; candidateGroups agente ; dueDate =now() + duration("P3D")
exclusive m
parallel p
user c Avisar a la familia ; candidateGroups agente ; dueDate =now() + duration("P1D")
user d Visitar ; candidateGroups agente ; dueDate =now() + duration("P2D")
parallel j
user e Proponer el cierre ; candidateGroups agente
user f Cerrar ; candidateGroups agente
end z
s -> a -> g
g -> b [urgente = true]
g -> b2 #other
b -> m
b2 -> m -> p
p -> c -> j
p -> d -> j
j -> e -> f -> z
"""
TASKS = 6


def measure(options: Options) -> dict[str, Any]:
    """``ratio_to_floor``: the worst of all; then for each database and number of clients the rates and delays."""
    counts = [options.clients] if options.clients else [1, 4]
    found: dict[str, Any] = {}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = {f"clients_{count}": _compare(url, count, options) for count in counts}
            found[name]["statements"] = statements(url)
    ratios = [figures["ratio_to_floor"] for by_clients in found.values() for figures in _figures(by_clients)]
    return {"ratio_to_floor": min(ratios), **found}


def stage(store: Store) -> None:
    """Publish the process."""
    _stage.publish(store, PROCESS, "seis")


def _figures(by_clients: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [value for name, value in by_clients.items() if name.startswith("clients_")]


def _compare(url: str, clients: int, options: Options) -> dict[str, Any]:
    """Ours and the floor in turns; the middle of the turns' ratios."""
    rounds, cases = (1, 6) if options.quick else (5, 25)
    store = Store(url)
    stage(store)
    actors = _stage.people(store, clients)
    case_ids = [_stage.case(store, actor) for actor in actors]
    store.close()
    turns = []
    for _ in range(rounds):
        ours = _stage.together(clients, _complete, url, actors, case_ids, cases, True)
        engine = _stage.together(clients, _complete, url, actors, case_ids, cases, False)
        floor = _stage.together(clients, _floor.complete, url, actors, case_ids, cases)
        turns.append([_rate(answers) for answers in (ours, engine, floor)])
    turns.sort(key=lambda turn: turn[0]["per_second"] / turn[2]["per_second"])
    ours, engine, floor = turns[len(turns) // 2]
    return {
        "ratio_to_floor": round(ours["per_second"] / floor["per_second"], 2),
        "engine_alone_to_floor": round(engine["per_second"] / floor["per_second"], 2),
        "ours": ours,
        "engine_alone": engine,
        "floor": floor,
    }


def rate(url: str, clients: int, cases: int) -> dict[str, float]:
    """Completions as officers do them, in a database of their own."""
    store = Store(url)
    stage(store)
    actors = _stage.people(store, clients)
    case_ids = [_stage.case(store, actor) for actor in actors]
    store.close()
    return _rate(_stage.together(clients, _complete, url, actors, case_ids, cases, True))


def _rate(answers: list[tuple[float, list[float]]]) -> dict[str, float]:
    delays = [delay for _, own in answers for delay in own]
    return {
        "per_second": round(sum(len(own) / spent for spent, own in answers), 1),
        "p50_ms": round(_stage.percentile(delays, 0.5) * 1000, 2),
        "p95_ms": round(_stage.percentile(delays, 0.95) * 1000, 2),
    }


def _complete(
    number: int, barrier: Any, url: str, actors: list[Actor], case_ids: list[UUID], cases: int, whole: bool
) -> tuple[float, list[float]]:
    """Complete the tasks of ``cases`` instances; seconds in completions, and each one's. ``whole``: as officers do."""
    store, actor, case_id = Store(url), actors[number], case_ids[number]
    _play(store, actor, case_id, whole=whole)
    delays: list[float] = []
    barrier.wait(120)
    for _ in range(cases):
        _play(store, actor, case_id, delays, whole=whole)
    store.close()
    return sum(delays), delays


def _play(store: Store, actor: Actor, case_id: UUID, delays: list[float] | None = None, *, whole: bool) -> None:
    instance = store.transact(
        lambda context: (
            instances.start(
                context, "seis", case_id=case_id, office_code=_stage.OFFICE, variables={"urgente": False}
            ).instance_id
        ),
        actor,
    )
    for _ in range(TASKS):
        task_id, version = store.transact(lambda context: _claim(context, instance, actor), actor)
        begun = perf_counter()
        store.transact(_completion(task_id, version, whole), actor)
        if delays is not None:
            delays.append(perf_counter() - begun)


def _claim(context: Context, instance: UUID, actor: Actor) -> tuple[UUID, int]:
    query = select(UserTask.id).where(UserTask.instance_id == instance, UserTask.state == "open").order_by(UserTask.id)
    task_id = context.session.scalars(query.limit(1)).one()
    assert actor.id is not None
    user_tasks.claim(context, task_id, actor.id)
    row = context.session.get(UserTask, task_id)
    assert row is not None
    return task_id, row.version


def _completion(task_id: UUID, version: int, whole: bool) -> Callable[[Context], object]:
    if whole:
        return lambda context: tasks.complete_task(context, task_id, {}, version=version)
    return lambda context: user_tasks.complete(context, task_id, {}, version=version)


def statements(url: str) -> list[int]:
    """How many statements each completion of the process sends, BEGIN and COMMIT left out."""
    store = Store(url)
    [actor] = _stage.people(store, 1)
    case_id = _stage.case(store, actor)
    _play(store, actor, case_id, whole=True)
    counted: list[int] = []
    sent = 0

    def count(*_: Any) -> None:
        nonlocal sent
        sent += 1

    instance = store.transact(
        lambda context: (
            instances.start(
                context, "seis", case_id=case_id, office_code=_stage.OFFICE, variables={"urgente": False}
            ).instance_id
        ),
        actor,
    )
    event.listen(store.engine, "before_cursor_execute", count)
    try:
        for _ in range(TASKS):
            task_id, version = store.transact(lambda context: _claim(context, instance, actor), actor)
            sent = 0
            store.transact(_completion(task_id, version, True), actor)
            counted.append(sent - (1 if store.is_sqlite else 0))
    finally:
        event.remove(store.engine, "before_cursor_execute", count)
    store.close()
    return counted


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
