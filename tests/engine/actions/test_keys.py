"""Any command, repeated with its key, answers as the first time and does nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from engine.access.actors import Actor
from engine.actions import keys
from engine.definitions import registry
from engine.errors import Conflict
from engine.runtime import incidents, instances, messages, repairs, signals, user_tasks
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.base import new_id
from engine.store.tables.runtime import Incident, ProcessInstance, StepHistory, UserTask
from tests.conftest import Cast
from tests.engine.runtime.conftest import Engine, engine  # noqa: F401 - a fixture

MODEL = """
start s
parallel g
user a
catch m ; message answer =key
catch n ; signal storm
service j ; job work x1
end e
end f
end h
end i
s -> g
g -> a -> e
g -> m -> f
g -> n -> h
g -> j -> i
"""
ANA = Actor(UUID(int=7), "Ana", "MX-TAP", frozenset({"agente"}))


def broken(context: Context, job: Any) -> Any:
    raise RuntimeError("no line")


def _task(context: Context) -> UUID:
    return context.session.scalars(select(UserTask.id).where(UserTask.element_id == "a")).one()


def _instance(context: Context) -> UUID:
    return context.session.scalars(select(ProcessInstance.id).order_by(ProcessInstance.id)).first()  # type: ignore[return-value]


def _incident(context: Context) -> UUID:
    return context.session.scalars(select(Incident.id)).one()


COMMANDS: dict[str, Callable[[Context], object]] = {
    "start": lambda context: instances.start(context, "p", variables={"key": "k2"}),
    "complete": lambda context: user_tasks.complete(context, _task(context), {}),
    "claim": lambda context: user_tasks.claim(context, _task(context), ANA.id),  # type: ignore[arg-type]
    "assign": lambda context: user_tasks.assign(context, _task(context), new_id()),
    "publish": lambda context: messages.publish(context, "answer", "k", {}, ttl=timedelta(hours=1)),
    "broadcast": lambda context: signals.broadcast(context, "storm"),
    "suspend": lambda context: repairs.suspend(context, _instance(context)),
    "modify": lambda context: repairs.modify(context, _instance(context), place=[repairs.Placing("a")]),
    "migrate": lambda context: repairs.migrate(context, _instance(context), registry.latest(context, "p").id),
    "retry": lambda context: incidents.retry(context, _incident(context)),
    "variables": lambda context: instances.write_variables(context, _instance(context), {"x": 1}),
    "cancel": lambda context: instances.cancel(context, _instance(context)),
}


def state_of(context: Context) -> tuple[Any, ...]:
    """What a command changes: steps, instances, and the task's version."""
    steps = context.session.scalar(select(func.count()).select_from(StepHistory))
    count = context.session.scalar(select(func.count()).select_from(ProcessInstance))
    return steps, count, context.session.scalars(select(UserTask.version).order_by(UserTask.id)).all()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_it_is_done_once(engine: Engine, name: str) -> None:  # noqa: F811
    engine.publish(MODEL)
    engine.start(key="k")
    Worker(engine.store, {"work": broken}).run_due()
    engine.publish(MODEL.replace("user a", "user a Otra vez"))
    before = engine.look(state_of)

    def command(context: Context) -> None:
        keys.done_once(context, "key-1", lambda: COMMANDS[name](context))

    engine.store.transact(command, ANA)
    once = engine.look(state_of)
    engine.store.transact(command, ANA)

    assert once != before
    assert engine.look(state_of) == once


def test_a_key_is_its_owners(engine: Engine) -> None:  # noqa: F811
    done: list[str] = []
    engine.store.transact(lambda context: keys.done_once(context, "k", lambda: done.append("ana")), ANA)

    with pytest.raises(Conflict):
        engine.store.transact(
            lambda context: keys.done_once(context, "k", lambda: done.append("beto")),
            Actor(UUID(int=8), "Beto", "MX-TAP", frozenset({"agente"})),
        )


def test_a_key_of_another_command_is_refused(store: Store, cast: Cast) -> None:
    store.transact(lambda context: keys.done_once(context, "una", lambda: None), cast.ana)

    with pytest.raises(Conflict):
        store.transact(lambda context: keys.once(context, "una", lambda: {"case": "x"}, "case"), cast.ana)
    with pytest.raises(Conflict):
        store.transact(lambda context: keys.remember(context, "una", {"case": "x"}), cast.ana)
