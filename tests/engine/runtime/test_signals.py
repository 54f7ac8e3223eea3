"""Signals reach everybody who waits."""

from __future__ import annotations

from typing import Any

from engine.runtime import signals
from tests.engine.runtime.conftest import Engine


def broadcast(engine: Engine, name: str = "g", **variables: Any) -> None:
    engine.do(lambda context: signals.broadcast(context, name, variables))


def test_a_signal_reaches_all_that_wait_in_all_instances(engine: Engine) -> None:
    engine.publish("start s\nparallel x\ncatch c ; signal g\ncatch d ; signal g\ns -> x -> c\nx -> d")
    ids = [engine.start() for _ in range(3)]
    broadcast(engine, v=1)
    assert {engine.trace(id) for id in ids} == {"s x c d | completed"}
    assert {engine.variables(id)["v"] for id in ids} == {1}


def test_a_signal_also_starts_what_it_starts(engine: Engine) -> None:
    engine.publish("start s\ncatch c ; signal g\ns -> c")
    engine.publish("start z ; signal g\nuser a\nz -> a", "q")
    engine.start()
    broadcast(engine)
    assert [engine.trace(id) for id in engine.instances()] == ["s c | completed", "z | active"]


def test_who_begins_to_wait_because_of_a_signal_does_not_get_the_same_one(engine: Engine) -> None:
    engine.publish("start s\ncatch c ; signal g\ncatch d ; signal g\ns -> c -> d")
    instance = engine.start()
    broadcast(engine)
    assert engine.trace(instance) == "s c | active"


def test_a_signal_that_interrupts_one_receiver_takes_it_from_the_other(engine: Engine) -> None:
    engine.publish(
        """
        start s
        sub sp:
          catch c ; signal g
        boundary b on sp ; signal g
        task h
        s -> sp
        b -> h
        """
    )
    instance = engine.start()
    broadcast(engine)
    assert engine.trace(instance) == "s b h | completed"


def test_a_signal_that_nobody_knows_does_nothing(engine: Engine) -> None:
    broadcast(engine, "nobody")
    assert engine.instances() == []
