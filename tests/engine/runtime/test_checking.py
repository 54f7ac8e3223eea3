"""The check names what is broken, and is silent about what is whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from engine.clock import MovableClock
from engine.runtime import signals
from engine.runtime.checking import RULES, check
from engine.runtime.worker import Worker
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.runtime import (
    ActivityHistory,
    Incident,
    Job,
    ProcessInstance,
    ScopeRow,
    StepHistory,
    SubscriptionRow,
    TokenRow,
    UserTask,
    UserTaskCandidate,
)
from tests.engine.runtime.conftest import Engine

MODEL = """
start s
parallel split
user a ; candidateGroups agente
boundary late on a ; timer PT1H
service j ; job work
catch m ; message answer =key
parallel k
end z
end l
s -> split
split -> a -> k
split -> j -> k
split -> m -> k
k -> z
late -> l
"""


def _lose_task(context: Context) -> None:
    context.session.execute(delete(UserTaskCandidate))
    context.session.execute(delete(UserTask))


BREAKS: dict[str, Callable[[Context], Any]] = {
    "task.token": lambda context: context.session.execute(delete(TokenRow).where(TokenRow.element_id == "a")),
    "task.closed-with-token": lambda context: context.session.execute(update(UserTask).values(state="completed")),
    "task.state": lambda context: context.session.execute(update(UserTask).values(state="suspended")),
    "candidate.closed": lambda context: context.session.execute(update(UserTask).values(state="cancelled")),
    "token.scope": lambda context: context.session.execute(delete(ScopeRow)),
    "token.instance": lambda context: context.session.execute(update(ProcessInstance).values(state="completed")),
    "instance.empty": lambda context: context.session.execute(delete(TokenRow)),
    "instance.ended": lambda context: context.session.execute(update(ProcessInstance).values(ended_at=context.now)),
    "subscription.instance": lambda context: context.session.execute(update(ProcessInstance).values(state="completed")),
    "subscription.token": lambda context: context.session.execute(delete(TokenRow).where(TokenRow.element_id == "m")),
    "timer.due": lambda context: context.session.execute(update(SubscriptionRow).values(due_at=None)),
    "job.token": lambda context: context.session.execute(delete(TokenRow).where(TokenRow.element_id == "j")),
    "token.error": lambda context: context.session.execute(update(TokenRow).values(state="error")),
    "instance.awaited": lambda context: context.session.execute(delete(Job)),
    "history.sequence": lambda context: context.session.execute(
        delete(ActivityHistory).where(ActivityHistory.sequence == 1)
    ),
    "history.version": lambda context: context.session.execute(delete(StepHistory)),
    "history.replay": lambda context: context.session.execute(update(ScopeRow).values(variables={"key": "another"})),
}

# What is lost beside a token that waits for it; each would let the case wait for ever.
LOST: dict[str, tuple[Callable[[Context], Any], str]] = {
    "task": (_lose_task, "no open task at a"),
    "task-closed": (
        lambda context: context.session.execute(update(UserTask).values(state="completed")),
        "no open task at a",
    ),
    "job": (lambda context: context.session.execute(delete(Job)), "jobs [] at j"),
    "job-failed": (lambda context: context.session.execute(update(Job).values(state="failed")), "jobs ['failed'] at j"),
    "timer": (
        lambda context: context.session.execute(delete(SubscriptionRow).where(SubscriptionRow.kind == "timer")),
        "no subscription to late",
    ),
    "message": (
        lambda context: context.session.execute(delete(SubscriptionRow).where(SubscriptionRow.kind == "message")),
        "no subscription to m",
    ),
    "another-element": (
        lambda context: context.session.execute(
            update(SubscriptionRow).where(SubscriptionRow.kind == "message").values(element_id="late", kind="timer")
        ),
        "a subscription to late",
    ),
}
EVENTS = """
start s
user a ; candidateGroups agente
end z
s -> a -> z
event once:
    start t ; timer PT1H ; quiet
    end e1
    t -> e1
event told:
    start n ; message news =key ; quiet
    user b
    end e2
    n -> b -> e2
event gone:
    start g ; signal gone
    user c
    end e3
    g -> c -> e3
"""


@pytest.fixture
def running(engine: Engine) -> Engine:
    engine.publish(MODEL)
    engine.start(key="k")
    return engine


def test_what_is_whole_is_not_blamed(running: Engine) -> None:
    assert running.look(check) == []


@pytest.mark.parametrize("rule", sorted(BREAKS))
def test_what_is_broken_is_named(running: Engine, rule: str) -> None:
    running.do(lambda context: BREAKS[rule](context) and None)
    assert rule in [item.rule for item in running.look(lambda context: check(context))]


def test_doubled_rows_are_named(running: Engine) -> None:
    def double(context: Context) -> None:
        job = context.session.query(Job).one()
        values = {column.name: getattr(job, column.name) for column in Job.__table__.columns}
        context.session.execute(insert(Job), {**values, "id": new_id()})
        history = context.session.query(ActivityHistory).filter_by(element_id="s").one()
        values = {column.name: getattr(history, column.name) for column in ActivityHistory.__table__.columns}
        context.session.execute(insert(ActivityHistory), {**values, "sequence": 99})
        context.session.execute(
            insert(Incident),
            {"id": new_id(), "token_id": new_id(), "element_id": "a", "code": "x", "text_es": "", "text_en": "",
             "created_at": context.now},
        )  # fmt: skip

    running.do(double)
    assert {item.rule for item in running.look(check)} >= {"job.twice", "history.twice", "incident.token"}


def test_every_rule_is_tried() -> None:
    assert set(RULES) - set(BREAKS) == {"job.twice", "history.twice", "incident.token", "message.instance"}


@pytest.mark.parametrize("what", sorted(LOST))
def test_what_a_token_waits_for_is_missed(running: Engine, what: str) -> None:
    lose, said = LOST[what]
    running.do(lambda context: lose(context) and None)
    [found] = [item for item in running.look(check) if item.rule == "instance.awaited"]
    assert any(said in key for key in found.keys), found.keys


def test_a_doubled_subscription_is_named(running: Engine) -> None:
    def double(context: Context) -> None:
        row = context.session.query(SubscriptionRow).filter_by(kind="timer").one()
        values = {column.name: getattr(row, column.name) for column in SubscriptionRow.__table__.columns}
        context.session.execute(insert(SubscriptionRow), {**values, "id": new_id()})

    running.do(double)
    [found] = [item for item in running.look(check) if item.rule == "instance.awaited"]
    assert "2 subscriptions to late" in found.keys[0]


def test_event_subprocesses_are_listened_for_until_one_interrupts(engine: Engine, clock: MovableClock) -> None:
    engine.publish(EVENTS)
    engine.start(key="k")
    assert engine.look(check) == []

    clock.advance(timedelta(hours=2))
    Worker(engine.store, {}).run_due()
    assert engine.look(check) == []  # the timer has gone off once and is used up

    engine.do(
        lambda context: (
            context.session.execute(delete(SubscriptionRow).where(SubscriptionRow.kind == "signal")) and None
        )
    )
    [found] = engine.look(check)
    assert "no subscription to g" in found.keys[0]


def test_a_timer_that_was_lost_before_it_went_off_is_named(engine: Engine) -> None:
    engine.publish(EVENTS)
    engine.start(key="k")

    engine.do(
        lambda context: context.session.execute(delete(SubscriptionRow).where(SubscriptionRow.kind == "timer")) and None
    )

    [found] = engine.look(check)
    assert "no subscription to t" in found.keys[0]


BESIDE = """
start s
user a ; candidateGroups agente
boundary t on a ; timer {cycle} ; quiet
end z
end y
s -> a -> z
t -> y
"""
WITHIN = """
start s
user a ; candidateGroups agente
end z
s -> a -> z
event often:
    start t ; timer {cycle} ; quiet
    end e1
    t -> e1
"""
# How often each goes off; an expression is not asked again, so that its cycle may have been one of two.
CYCLES = {"R/PT1H": None, "R3/PT1H": 3, "R2/PT1H": 2, 'cycle ="R3/PT1H"': 2, "cycle 0 * * * *": None, "PT1H": 1}


@pytest.mark.parametrize("where", [BESIDE, WITHIN], ids=["boundary", "subprocess"])
@pytest.mark.parametrize("cycle", CYCLES)
def test_a_cycle_that_was_lost_before_its_end_is_named(
    engine: Engine, clock: MovableClock, cycle: str, where: str
) -> None:
    """A timer is used up when it has gone off as often as it says, and one without end never is."""
    engine.publish(where.format(cycle=cycle))
    engine.start()
    for _ in range(2):
        clock.advance(timedelta(hours=1))
        Worker(engine.store, {}).run_due()
        assert engine.look(check) == []

    lost = delete(SubscriptionRow).where(SubscriptionRow.kind == "timer")
    engine.do(lambda context: context.session.execute(lost) and None)

    times = CYCLES[cycle]
    found = engine.look(check)
    assert [item.rule for item in found] == (["instance.awaited"] if times is None or times > 2 else [])
    assert all("no subscription to t" in item.keys[0] for item in found)


@pytest.mark.parametrize("where", [BESIDE, WITHIN], ids=["boundary", "subprocess"])
def test_a_cycle_that_came_to_its_end_is_whole(engine: Engine, clock: MovableClock, where: str) -> None:
    engine.publish(where.format(cycle="R3/PT1H"))
    engine.start()
    for _ in range(5):
        clock.advance(timedelta(hours=1))
        Worker(engine.store, {}).run_due()
        assert engine.look(check) == []
    assert engine.look(lambda context: context.session.query(SubscriptionRow).count()) == 0


def test_nothing_is_listened_for_beside_an_interrupting_event_subprocess(engine: Engine) -> None:
    engine.publish(EVENTS)
    engine.start(key="k")

    engine.do(lambda context: signals.broadcast(context, "gone"))

    assert engine.look(check) == []
