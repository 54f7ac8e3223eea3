"""Signals: broadcast to everything that waits for them, and to processes that start by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.bpmn import advance
from engine.bpmn.changes import Changes
from engine.bpmn.instance import Instance
from engine.runtime import deferred
from engine.runtime.steps import Cascade, begin, locked, run
from engine.runtime.steps import deliver as deliver_all
from engine.store import Context
from engine.store.tables.definitions import StartSubscription
from engine.store.tables.runtime import SubscriptionRow


def broadcast(context: Context, name: str, variables: Mapping[str, Any] | None = None) -> None:
    """Send a signal to all that wait for ``name`` now."""
    cascade = Cascade()
    deliver(context, name, dict(variables or {}), cascade)
    deliver_all(context, cascade)


def deliver(
    context: Context, name: str, variables: dict[str, Any], cascade: Cascade, thrower: UUID | None = None
) -> None:
    """Fire every subscription to ``name`` once, instance by instance in a fixed order, then start what it starts.

    The instance ``thrower`` has heard its own signal when it threw it.
    """
    rows = context.session.execute(
        select(SubscriptionRow.instance_id, SubscriptionRow.id)
        .where(SubscriptionRow.kind == "signal", SubscriptionRow.name == name)
        .order_by(SubscriptionRow.id)
    ).all()
    starts = context.session.execute(
        select(StartSubscription.definition_id, StartSubscription.element_id).where(
            StartSubscription.kind == "signal", StartSubscription.name == name
        )
    ).all()
    for instance_id, subscription_id in rows:
        if instance_id != thrower:
            reach(context, instance_id, subscription_id, name, variables, cascade)
    for definition_id, element_id in starts:
        begin(
            context,
            definition_id,
            case_id=None,
            office_code=None,
            variables=variables,
            start_event=element_id,
            cascade=cascade,
        )


def reach(
    context: Context, instance_id: UUID, subscription_id: UUID, name: str, variables: dict[str, Any], cascade: Cascade
) -> None:
    """Let a signal reach one subscription, if it is still there; a suspended instance gets it when it goes on."""

    def step(instance: Instance, world: Any) -> Any:
        if subscription_id not in instance.subscriptions:
            return Changes()  # an earlier one of the same signal has interrupted it
        return advance.trigger(instance, world, subscription_id, dict(variables))

    row = locked(context, instance_id)
    if row.state == "suspended":
        deferred.keep_signal(context, row, subscription_id, name, variables)
    elif row.state == "active":
        run(context, row, step, cascade)
