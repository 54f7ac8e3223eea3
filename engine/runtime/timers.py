"""Timers: finds what is due and fires each once, in order of due time, in a transaction of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, union_all

from engine.bpmn import advance
from engine.bpmn.changes import Changes
from engine.bpmn.instance import Instance
from engine.bpmn.timers import next_due
from engine.errors import NotFound
from engine.runtime.steps import Cascade, begin, deliver, locked, run
from engine.store import Context
from engine.store.tables.definitions import StartSubscription
from engine.store.tables.runtime import ProcessInstance, SubscriptionRow


def due(context: Context, limit: int = 100, until: datetime | None = None) -> list[tuple[UUID, datetime]]:
    """Ids and due times of timers due by ``until`` (default: now), the earliest first."""
    until = until or context.now
    active = (
        select(SubscriptionRow.id, SubscriptionRow.due_at)
        .join(ProcessInstance, ProcessInstance.id == SubscriptionRow.instance_id)
        .where(SubscriptionRow.due_at <= until, ProcessInstance.state == "active")
        .order_by(SubscriptionRow.due_at, SubscriptionRow.id)
        .limit(limit)
        .subquery()
    )
    starts = (
        select(StartSubscription.id, StartSubscription.due_at)
        .where(StartSubscription.due_at <= until)
        .order_by(StartSubscription.due_at)
        .limit(limit)
        .subquery()
    )
    both = union_all(select(active), select(starts)).subquery()
    rows = context.session.execute(select(both).order_by(both.c.due_at, both.c.id).limit(limit)).all()
    return [(row.id, row.due_at) for row in rows]


def fire_due(context: Context, limit: int) -> int:
    """Fire the earliest due timers, together in one transaction; returns how many there were.

    Instances that somebody else holds right now are left for the next time: nobody waits for another.
    """
    waiting = context.session.scalars(
        select(SubscriptionRow.id)
        .join(ProcessInstance, ProcessInstance.id == SubscriptionRow.instance_id)
        .where(SubscriptionRow.due_at <= context.now, ProcessInstance.state == "active")
        .order_by(SubscriptionRow.due_at, SubscriptionRow.id)
        .limit(limit)
        .with_for_update(of=ProcessInstance, skip_locked=True)
    ).all()
    starts = context.session.scalars(
        select(StartSubscription.id)
        .where(StartSubscription.due_at <= context.now)
        .order_by(StartSubscription.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return sum([fire(context, timer_id) for timer_id in (*waiting, *starts)])


def fire(context: Context, timer_id: UUID) -> bool:
    """Fire one timer if it is still there and due. Returns whether it was."""
    waiting = context.session.get(SubscriptionRow, timer_id, populate_existing=True)
    if waiting is None:
        return _fire_start(context, timer_id)
    try:
        row = locked(context, waiting.instance_id)
    except NotFound:
        return False
    fired = False

    def step(instance: Instance, world: Any) -> Any:
        nonlocal fired
        subscription = instance.subscriptions.get(timer_id)
        if subscription is None or subscription.due_at is None or subscription.due_at > context.now:
            return Changes()
        fired = True
        return advance.trigger(instance, world, timer_id, {})

    if row.state != "active":
        return False
    cascade = Cascade()
    run(context, row, step, cascade)
    deliver(context, cascade)
    return fired


def _fire_start(context: Context, timer_id: UUID) -> bool:
    start = context.session.get(StartSubscription, timer_id, populate_existing=True, with_for_update=True)
    if start is None or start.due_at is None or start.due_at > context.now:
        return False
    following = next_due(start.cycle, start.due_at, start.remaining) if start.cycle else None
    if following is None:
        context.session.delete(start)
    else:
        start.due_at, start.remaining = following.at, following.remaining
    cascade = Cascade()
    begin(
        context,
        start.definition_id,
        case_id=None,
        office_code=None,
        variables={},
        start_event=start.element_id,
        cascade=cascade,
    )
    deliver(context, cascade)
    return True
