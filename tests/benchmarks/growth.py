"""Whether a completion costs the same however long its case has lived: one looping case, ten thousand completions."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from engine.access.actors import Actor
from engine.actions import tasks
from engine.cli.bench import Options
from engine.runtime import instances, state, user_tasks
from engine.store import Context, Store
from tests.benchmarks import _stage

PROCESS = """
start s
exclusive again
user a Dar seguimiento ; candidateGroups agente ; dueDate =now() + duration("P7D")
script n ; set visitas =visitas + 1
exclusive g ; default more
end z
s -> again -> a -> n -> g
g -> again #more
g -> z [visitas < 0]
"""
POINTS = (10, 100, 1_000, 10_000)
AROUND = 10  # completions on each side of a point whose middle counts; a single one is too small to be told


def measure(options: Options) -> dict[str, Any]:
    """``last_to_first``: the worst of all; for each database the cost at each point, warm and read from its rows."""
    points = POINTS[:3] if options.quick else POINTS
    found: dict[str, Any] = {}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = costs(url, points)
    ratios = [found[name][how]["last_to_first"] for name in found for how in ("warm", "cold")]
    return {"last_to_first": max(ratios), **found}


def costs(url: str, points: tuple[int, ...]) -> dict[str, Any]:
    """What a completion costs at each of ``points``, warm and read from its rows, in a database."""
    store = Store(url)
    _stage.publish(store, PROCESS, "seguimiento")
    [actor] = _stage.people(store, 1)
    case_id = _stage.case(store, actor)
    for _ in range(2):  # a case to warm up with, then the one that counts
        outcome = store.transact(
            lambda context: instances.start(
                context, "seguimiento", case_id=case_id, office_code=_stage.OFFICE, variables={"visitas": 0}
            ),
            actor,
        )
        task_id = outcome.opened[0].token.id
        if not _:
            for _warm in range(30):
                task_id = _complete(store, actor, task_id)
    warm: dict[int, list[float]] = {point: [] for point in points}
    cold: dict[int, list[float]] = {point: [] for point in points}
    for number in range(1, points[-1] + AROUND):
        near = next((point for point in points if abs(number - point) < AROUND), None)
        if near is not None and number % 2:
            state.forget_all()
        store.transact(_claiming(task_id, actor), actor)
        begun = perf_counter()
        task_id = _complete(store, actor, task_id)
        if near is not None:
            (cold if number % 2 else warm)[near].append(perf_counter() - begun)
    store.close()
    return {"warm": _costs(warm), "cold": _costs(cold)}


def _claiming(task_id: UUID, actor: Actor) -> Any:
    def claim(context: Context) -> None:
        assert actor.id is not None
        user_tasks.claim(context, task_id, actor.id)

    return claim


def _complete(store: Store, actor: Actor, task_id: UUID) -> UUID:
    following = store.transact(lambda context: tasks.complete_task(context, task_id, {}), actor).next_task_id
    assert following is not None
    return following


def _costs(found: dict[int, list[float]]) -> dict[str, Any]:
    costs = {point: median(values) for point, values in found.items()}
    points = sorted(costs)
    return {
        "last_to_first": round(costs[points[-1]] / costs[points[0]], 2),
        **{f"ms_at_{point}": round(costs[point] * 1000, 2) for point in points},
    }


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
