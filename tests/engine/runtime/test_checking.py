"""The check names what is broken, and is silent about what is whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from engine.runtime.checking import RULES, check
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
    "history.sequence": lambda context: context.session.execute(
        delete(ActivityHistory).where(ActivityHistory.sequence == 1)
    ),
    "history.version": lambda context: context.session.execute(delete(StepHistory)),
    "history.replay": lambda context: context.session.execute(update(ScopeRow).values(variables={"key": "another"})),
}


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
