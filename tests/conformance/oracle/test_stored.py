"""Random nets played through the real runtime, every step loaded from rows: the same as in memory."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy import select

from engine.clock import MovableClock
from engine.runtime import instances
from engine.runtime.sandbox import Sandbox
from engine.store import Context, Store
from engine.store.tables.runtime import ProcessInstance
from tests.conformance.diagram import bpmn
from tests.conformance.oracle.net import Level, notation
from tests.conformance.oracle.nets import blocks
from tests.conformance.oracle.played import Played, spec_of
from tests.conformance.play import Forgetful


def choose(sandbox: Sandbox, choice: str) -> None:
    """Do in the runtime what ``Played.choose`` does in memory."""
    act, element, *value = choice.split()
    if act == "signal":
        sandbox.take(1, {"signal": element})
    elif act == "complete":
        sandbox.take(1, {"complete": element, "vars": {"x": int(value[0])}})
    else:
        sandbox.take(1, {"error": element, "code": value[0]})


@seed(5)
@settings(
    max_examples=30, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(blocks())
def test_nothing_is_lost_between_two_steps(sqlite_store: Store, clock: MovableClock, net: Level) -> None:
    random, before = Random(1), len(_completed(sqlite_store, clock))
    sandbox = Forgetful(sqlite_store, clock)
    memory = Played(spec_of(net), 1)
    sandbox.run({"model.bpmn": bpmn(notation(net))}, variables={"x": 1, "key": "k"}, process_id="p")

    path: list[str] = []
    while len(path) < 6:
        assert _completed(sqlite_store, clock)[before:] == memory.completed, (path, notation(net))
        choices = [choice for choice in memory.choices() if not choice.startswith("fire")]
        if not choices:
            break
        path.append(random.choice(choices))
        memory.choose(path[-1])
        choose(sandbox, path[-1])
    _end_all(sandbox)


def _completed(store: Store, clock: MovableClock) -> list[str]:
    return Sandbox(store, clock).outcome([], None).completed


def _end_all(sandbox: Sandbox) -> None:
    """No instance of one net may hear the signals of the next."""

    def work(context: Context) -> None:
        active = select(ProcessInstance.id).where(ProcessInstance.state == "active")
        for id in context.session.scalars(active).all():
            instances.cancel(context, id)

    sandbox.store.transact(work, sandbox.actor)
