"""Messages: published by name and key, correlated to what waits, kept for their time to live.

One message reaches at most one waiting element of an instance, the innermost first and of equals the oldest, and starts
at most one instance of a process a key at a time (the dialect's section on messages).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, delete, func, select
from sqlalchemy.exc import IntegrityError

from engine.bpmn import advance
from engine.bpmn.changes import Changes, Published
from engine.bpmn.events import key_text
from engine.bpmn.instance import Instance
from engine.feel import dump_value, load_value
from engine.runtime import deferred
from engine.runtime.state import KEY
from engine.runtime.steps import Cascade, begin, locked, run
from engine.runtime.steps import deliver as deliver_all
from engine.store import Context
from engine.store.prepared import Prepared
from engine.store.tables.base import new_id
from engine.store.tables.definitions import ProcessDefinition, StartSubscription
from engine.store.tables.runtime import Message, MessageCorrelation, ProcessInstance, SubscriptionRow

_lock = Prepared(select(func.pg_advisory_xact_lock(bindparam("place", type_=BigInteger))))


def publish(
    context: Context,
    name: str,
    key: str,
    variables: Mapping[str, Any] | None = None,
    *,
    ttl: timedelta = timedelta(0),
    message_id: str | None = None,
) -> list[UUID]:
    """Publish a message; returns the ids of the instances that it reached or started.

    With ``message_id``, publishing the same again (while it is kept) does nothing and returns an empty list.
    """
    cascade = Cascade()
    reached = deliver(context, Published(name, key_text(key), dict(variables or {}), message_id, ttl), cascade)
    deliver_all(context, cascade)
    return reached


def deliver(context: Context, message: Published, cascade: Cascade) -> list[UUID]:
    """Correlate one message now, and keep it if it lives on."""
    kept = _keep(context, message)
    if kept is False:
        return []
    reached = []
    for instance_id in _waiting(context, message.name, message.key):
        if correlate(context, instance_id, message, cascade):
            reached.append(instance_id)
    reached += _start(context, message, cascade)
    if isinstance(kept, UUID):
        context.session.add_all(MessageCorrelation(message_id=kept, instance_id=id) for id in dict.fromkeys(reached))
        context.session.flush()
    return reached


def _alone(context: Context, name: str, key: str | None) -> None:
    """Wait until nobody else keeps, takes or starts by this message name and key; ours until the transaction ends.

    On PostgreSQL neither of two transactions sees what the other has not committed: a message that is being kept and a
    receiver that is arriving would miss each other for ever. On SQLite one writes at a time anyway.
    """
    if context.session.get_bind().dialect.name != "postgresql":
        return
    place = int.from_bytes(blake2b(f"{name}\n{key or ''}".encode(), digest_size=8).digest(), signed=True)
    _lock.run(context.session, {"place": place})


def _keep(context: Context, message: Published) -> UUID | bool:
    """Store a message that lives on or must not come twice. False: this one came before."""
    if message.time_to_live <= timedelta(0) and message.message_id is None:
        return True
    _alone(context, message.name, message.key)
    context.session.execute(delete(Message).where(Message.expires_at < context.now))
    row = Message(
        id=new_id(),
        name=message.name,
        key=message.key,
        message_id=message.message_id,
        variables={name: dump_value(value) for name, value in message.variables.items()},
        published_at=context.now,
        expires_at=context.now + message.time_to_live,
    )
    try:
        with context.session.begin_nested():
            context.session.add(row)
            context.session.flush()
    except IntegrityError:
        return False
    return row.id


def _waiting(context: Context, name: str, key: str) -> list[UUID]:
    """Instances that wait for the message, the longest-waiting first."""
    rows = context.session.execute(
        select(SubscriptionRow.instance_id)
        .where(SubscriptionRow.kind == "message", SubscriptionRow.name == name, SubscriptionRow.key == key)
        .order_by(SubscriptionRow.id)
    )
    return list(dict.fromkeys(rows.scalars()))


def correlate(context: Context, instance_id: UUID, message: Published, cascade: Cascade) -> bool:
    """Let a message reach one instance: its innermost, oldest receiver. Returns whether it had one.

    For a suspended instance it is kept, and delivered when that goes on.
    """
    row = locked(context, instance_id)
    if row.state == "suspended":
        deferred.keep_message(context, row, message)
        return True
    if row.state != "active":
        return False
    reached = False

    def step(instance: Instance, world: Any) -> Any:
        nonlocal reached
        matching = [
            item
            for item in instance.subscriptions.values()
            if item.kind == "message" and item.name == message.name and item.key == message.key
        ]
        if not matching:
            return Changes()
        chosen = min(matching, key=lambda item: (-sum(1 for _ in item.scope.chain()), item.id))
        reached = True
        return advance.trigger(instance, world, chosen.id, message.variables)

    run(context, row, step, cascade)
    return reached


def _start(context: Context, message: Published, cascade: Cascade) -> list[UUID]:
    starts = context.session.execute(
        select(StartSubscription.definition_id, StartSubscription.element_id, ProcessDefinition.process_id)
        .join(ProcessDefinition, ProcessDefinition.id == StartSubscription.definition_id)
        .where(StartSubscription.kind == "message", StartSubscription.name == message.name)
    ).all()
    started = []
    if starts and message.key:
        _alone(context, message.name, message.key)
    for definition_id, element_id, process_id in starts:
        if message.key and _started_before(context, process_id, message):
            continue
        outcome = begin(
            context,
            definition_id,
            case_id=None,
            office_code=None,
            variables=message.variables,
            start_event=element_id,
            cascade=cascade,
            start_key=f"{message.name}\n{message.key}" if message.key else None,
        )
        started.append(outcome.instance_id)
    return started


def _started_before(context: Context, process_id: str, message: Published) -> bool:
    """Whether an instance that this message name and key started is still running."""
    return (
        context.session.scalar(
            select(ProcessInstance.id)
            .where(
                ProcessInstance.process_id == process_id,
                ProcessInstance.state == "active",
                ProcessInstance.start_key == f"{message.name}\n{message.key}",
            )
            .limit(1)
        )
        is not None
    )


def take_kept(context: Context, instance_id: UUID, subscription_id: UUID, cascade: Cascade) -> None:
    """A receiver has arrived: correlate the oldest kept message that it has not had yet."""
    waiting = context.session.get(SubscriptionRow, subscription_id)
    if waiting is None or waiting.name is None:
        return
    key = load_value(waiting.data.get(KEY))
    _alone(context, waiting.name, key)
    had = select(MessageCorrelation.message_id).where(MessageCorrelation.instance_id == instance_id)
    kept = context.session.scalars(
        select(Message)
        .where(
            Message.name == waiting.name,
            Message.key == key,
            Message.expires_at > context.now,
            Message.id.not_in(had),
        )
        .order_by(Message.id)
        .limit(1)
    ).first()
    if kept is None:
        return
    variables = {name: load_value(value) for name, value in kept.variables.items()}
    row = locked(context, instance_id)
    if row.state != "active":
        return
    run(
        context,
        row,
        lambda instance, world: (
            advance.trigger(instance, world, subscription_id, variables)
            if subscription_id in instance.subscriptions
            else Changes()
        ),
        cascade,
    )
    context.session.add(MessageCorrelation(message_id=kept.id, instance_id=instance_id))
    context.session.flush()
