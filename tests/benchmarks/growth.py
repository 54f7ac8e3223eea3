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
from engine.store import Store
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
SAMPLES = 40  # completions at each point, in turns with as many of a young case: what disturbs one disturbs the other


def measure(options: Options) -> dict[str, Any]:
    """``last_to_first``: the worst of all, an old case's completion against a young one's in the same moments."""
    points = POINTS[:3] if options.quick else POINTS
    found: dict[str, Any] = {}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = costs(url, points)
    ratios = [found[name][how]["last_to_first"] for name in found for how in ("warm", "cold")]
    return {"last_to_first": max(ratios), **found}


class _Case:
    """A looping case; ``step`` completes its task once more and gives the seconds of it."""

    def __init__(self, store: Store, actor: Actor, case_id: UUID) -> None:
        self.store, self.actor = store, actor
        self.age = 0
        outcome = store.transact(
            lambda context: instances.start(
                context, "seguimiento", case_id=case_id, office_code=_stage.OFFICE, variables={"visitas": 0}
            ),
            actor,
        )
        self.task_id = outcome.opened[0].token.id

    def step(self, *, cold: bool = False) -> float:
        """Claim, forget what is in memory if ``cold``, and complete."""
        task_id = self.task_id
        assert self.actor.id is not None
        who = self.actor.id
        self.store.transact(lambda context: user_tasks.claim(context, task_id, who), self.actor)
        if cold:
            state.forget_all()
        begun = perf_counter()
        done = self.store.transact(lambda context: tasks.complete_task(context, task_id, {}), self.actor)
        spent = perf_counter() - begun
        assert done.next_task_id is not None
        self.task_id = done.next_task_id
        self.age += 1
        return spent


def costs(url: str, points: tuple[int, ...]) -> dict[str, Any]:
    """What a completion costs at each of ``points``, warm and read from its rows, in a database."""
    store = Store(url)
    _stage.publish(store, PROCESS, "seguimiento")
    [actor] = _stage.people(store, 1)
    case_ids = [_stage.case(store, actor) for _ in range(len(points) * 2 + 2)]
    warm_up = _Case(store, actor, case_ids.pop())
    for _ in range(60):
        warm_up.step()
    old = _Case(store, actor, case_ids.pop())
    found: dict[str, dict[str, Any]] = {"warm": {}, "cold": {}}
    for point in points:
        while old.age < point:
            old.step()
        for how in ("warm", "cold"):
            young = _Case(store, actor, case_ids.pop())
            pairs = [(old.step(cold=how == "cold"), young.step(cold=how == "cold")) for _ in range(SAMPLES)]
            aged, fresh = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
            found[how]["last_to_first"] = round(aged / fresh, 2)
            found[how][f"ms_at_{point}"] = round(aged * 1000, 2)
    store.close()
    return found


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
