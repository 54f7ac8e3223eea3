"""Timers fire once, in order, late if need be, and cycles go on."""

from __future__ import annotations

from datetime import timedelta

from engine.clock import MovableClock
from engine.runtime import state, timers
from engine.runtime.worker import Worker
from tests.engine.runtime.conftest import Engine

HOUR = timedelta(hours=1)


def work(engine: Engine) -> int:
    state.forget_all()
    return Worker(engine.store, {}).run_due()


def test_timers_fire_in_the_order_in_which_they_are_due(engine: Engine, clock: MovableClock) -> None:
    engine.publish(
        """
        start s
        parallel g
        catch late ; timer PT3H
        catch soon ; timer PT1H
        catch then ; timer PT2H
        s -> g -> late
        g -> soon
        g -> then
        """
    )
    instance = engine.start()
    clock.advance(5 * HOUR)
    assert work(engine) == 3
    assert engine.trace(instance) == "s g soon then late | completed"


def test_nothing_fires_before_it_is_due(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s\ncatch c ; timer PT1H\ns -> c")
    instance = engine.start()
    clock.advance(HOUR - timedelta(seconds=1))
    assert work(engine) == 0
    clock.advance(timedelta(seconds=1))
    assert work(engine) == 1
    assert engine.trace(instance) == "s c | completed"


def test_a_cycle_catches_up_what_it_missed(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s\nuser a\nboundary b on a ; timer R3/PT1H ; quiet\ntask h\ns -> a\nb -> h")
    instance = engine.start()
    clock.advance(10 * HOUR)
    assert work(engine) == 3
    assert engine.trace(instance) == "s b h b h b h | active"


def test_a_cycle_that_starts_instances_goes_on(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s ; timer R/PT1H\ntask a\ns -> a")
    for _ in range(3):
        clock.advance(HOUR)
        assert work(engine) == 1
    assert len(engine.instances()) == 3


def test_a_new_version_takes_over_the_start_timer(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s ; timer R/PT1H\ntask a\ns -> a")
    engine.publish("start s ; timer R/PT1H\ntask b\ns -> b")
    clock.advance(HOUR)
    assert work(engine) == 1
    assert engine.trace(engine.instances()[0]) == "s b | completed"


def test_a_task_completed_before_its_timer_fires_wins(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s\nuser a\nboundary b on a ; timer PT1H\ntask h\nend e\ns -> a -> e\nb -> h")
    instance = engine.start()
    clock.advance(2 * HOUR)
    [(timer, _)] = engine.look(lambda context: timers.due(context))
    engine.complete("a")
    assert engine.do(lambda context: timers.fire(context, timer)) is False
    assert engine.trace(instance) == "s a e | completed"


def test_a_timer_fires_once_however_often_it_is_tried(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s\ncatch c ; timer PT1H\ns -> c")
    instance = engine.start()
    clock.advance(HOUR)
    [(timer, _)] = engine.look(lambda context: timers.due(context))
    assert engine.do(lambda context: timers.fire(context, timer)) is True
    assert engine.do(lambda context: timers.fire(context, timer)) is False
    assert engine.trace(instance) == "s c | completed"


def test_a_timer_that_leads_into_an_endless_loop_is_put_aside(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s\ncatch c ; timer PT1H\ntask a\ns -> c -> a -> a")
    engine.publish("start z\ncatch c ; timer PT2H\nz -> c", "q")
    broken, good = engine.start(), engine.start("q")
    clock.advance(3 * HOUR)
    work(engine)
    assert engine.trace(broken) == "s | suspended"
    assert engine.trace(good) == "z c | completed"
    assert [item.code for item in engine.incidents()] == ["limit_reached"]
