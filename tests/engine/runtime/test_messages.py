"""Messages: kept for their time to live, once for each id, to one receiver of an instance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from engine.clock import MovableClock
from engine.runtime import messages
from engine.store.tables.runtime import Message
from tests.engine.runtime.conftest import Engine

CATCH = "start s\nuser a\ncatch c ; message m\nend e\ns -> a -> c -> e"
HOUR = timedelta(hours=1)


def send(engine: Engine, name: str = "m", key: Any = "k", **more: Any) -> int:
    variables = more.pop("variables", {})
    return len(engine.do(lambda context: messages.publish(context, name, key, variables, **more)))


def kept(engine: Engine) -> int:
    return engine.look(lambda context: context.session.scalar(select(func.count()).select_from(Message))) or 0


def test_a_message_that_nobody_waits_for_is_lost_without_a_time_to_live(engine: Engine) -> None:
    engine.publish(CATCH)
    instance = engine.start(key="k")
    assert send(engine) == 0
    engine.complete("a")
    assert engine.trace(instance) == "s a | active"
    assert kept(engine) == 0


def test_a_message_is_kept_until_its_receiver_comes(engine: Engine, clock: MovableClock) -> None:
    engine.publish(CATCH)
    instance = engine.start(key="k")
    assert send(engine, ttl=HOUR, variables={"v": 1}) == 0
    clock.advance(timedelta(minutes=59))
    engine.complete("a")
    assert engine.trace(instance) == "s a c e | completed"
    assert engine.variables(instance)["v"] == 1


def test_a_message_whose_time_is_over_does_not_come(engine: Engine, clock: MovableClock) -> None:
    engine.publish(CATCH)
    instance = engine.start(key="k")
    send(engine, ttl=HOUR)
    clock.advance(HOUR)
    engine.complete("a")
    assert engine.trace(instance) == "s a | active"


def test_expired_messages_are_cleared_away(engine: Engine, clock: MovableClock) -> None:
    send(engine, ttl=HOUR)
    clock.advance(timedelta(hours=2))
    send(engine, ttl=HOUR)
    assert kept(engine) == 1


def test_the_oldest_kept_message_comes_first_and_each_once(engine: Engine) -> None:
    engine.publish("start s\nuser a\ncatch c ; message m\ncatch d ; message m\nend e\ns -> a -> c -> d -> e")
    instance = engine.start(key="k")
    send(engine, ttl=HOUR, variables={"first": 1})
    engine.complete("a")
    assert engine.trace(instance) == "s a c | active"
    send(engine, ttl=HOUR, variables={"second": 2})
    assert engine.trace(instance) == "s a c d e | completed"


def test_two_kept_messages_reach_two_receivers_in_order(engine: Engine) -> None:
    engine.publish(
        "start s\nuser a\ncatch c ; message m ; out one =v\ncatch d ; message m ; out two =v\ns -> a -> c -> d"
    )
    instance = engine.start(key="k")
    send(engine, ttl=HOUR, variables={"v": 1})
    send(engine, ttl=HOUR, variables={"v": 2})
    engine.complete("a")
    assert engine.trace(instance) == "s a c d | completed"
    assert (engine.variables(instance)["one"], engine.variables(instance)["two"]) == (1, 2)


def test_a_kept_message_comes_to_several_instances(engine: Engine) -> None:
    engine.publish(CATCH)
    one, two = engine.start(key="k"), engine.start(key="k")
    send(engine, ttl=HOUR)
    engine.complete("a", one)
    engine.complete("a", two)
    assert engine.trace(one) == engine.trace(two) == "s a c e | completed"


def test_the_same_message_id_is_published_once(engine: Engine) -> None:
    engine.publish("start s ; message m\ntask t\ns -> t")
    assert send(engine, key="", message_id="id-1", ttl=HOUR) == 1
    assert send(engine, key="", message_id="id-1", ttl=HOUR) == 0
    assert send(engine, key="", message_id="id-2", ttl=HOUR) == 1
    assert len(engine.instances()) == 2


def test_a_message_reaches_every_instance_that_waits(engine: Engine) -> None:
    engine.publish("start s\ncatch c ; message m\ns -> c")
    ids = [engine.start(key="k"), engine.start(key="k"), engine.start(key="other")]
    assert send(engine) == 2
    assert [engine.trace(id).split("| ")[1] for id in ids] == ["completed", "completed", "active"]


def test_a_message_reaches_one_waiting_element_of_an_instance(engine: Engine) -> None:
    engine.publish(
        "start s\nparallel g\ncatch c ; message m\ncatch d ; message m\nend e\ns -> g -> c -> e\ng -> d -> e"
    )
    instance = engine.start(key="k")
    send(engine)
    assert engine.trace(instance) == "s g c e | active"
    send(engine)
    assert engine.trace(instance) == "s g c e d e | completed"


def test_of_two_receivers_the_inner_one_gets_it(engine: Engine) -> None:
    engine.publish(
        """
        start s
        parallel g
        catch outer ; message m
        sub sp:
          catch inner ; message m
        s -> g -> outer
        g -> sp
        """
    )
    instance = engine.start(key="k")
    send(engine)
    assert engine.trace(instance) == "s g inner sp | active"


def test_a_message_starts_one_instance_a_key_at_a_time(engine: Engine) -> None:
    engine.publish("start s ; message m\nuser a\ns -> a")
    assert send(engine, key="x") == 1
    assert send(engine, key="x") == 0
    assert send(engine, key="y") == 1
    engine.complete("a", engine.instances()[0])
    assert send(engine, key="x") == 1


def test_a_message_without_a_key_always_starts_an_instance(engine: Engine) -> None:
    engine.publish("start s ; message m\nuser a\ns -> a")
    assert [send(engine, key=""), send(engine, key="")] == [1, 1]


def test_only_the_latest_version_starts_by_a_message(engine: Engine) -> None:
    engine.publish("start s ; message m\nuser a\ns -> a")
    engine.publish("start s ; message m\nuser b\ns -> b")
    assert send(engine, key="") == 1
    assert engine.task("b")


def test_numbers_and_texts_are_the_same_key(engine: Engine) -> None:
    engine.publish("start s\ncatch c ; message m\ns -> c")
    instance = engine.start(key=7)
    send(engine, key="7")
    assert engine.trace(instance) == "s c | completed"
