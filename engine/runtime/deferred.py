"""What comes for a suspended instance is kept for it, in order, until it goes on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from engine.bpmn.changes import Published
from engine.feel import dump_value, load_value
from engine.runtime.state import InstanceRow
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.runtime import Job

KEPT = "kept"  # a state of jobs that no worker leases


def keep_message(context: Context, row: InstanceRow, message: Published) -> None:
    """Keep a message that found a receiver in the suspended instance of ``row``."""
    _keep(context, row, "message", message.name, {"key": message.key}, message.variables)


def keep_signal(
    context: Context, row: InstanceRow, subscription_id: UUID, name: str, variables: dict[str, Any]
) -> None:
    """Keep a signal for one subscription of the suspended instance of ``row``."""
    _keep(context, row, "signal", name, {"subscription": str(subscription_id)}, variables)


def _keep(context: Context, row: InstanceRow, kind: str, name: str, data: dict[str, Any], variables: Any) -> None:
    values = {key: dump_value(value) for key, value in variables.items()}
    context.session.execute(
        insert(Job),
        [
            {
                "id": new_id(),
                "kind": kind,
                "type": name[:200],
                "state": KEPT,
                "instance_id": row.id,
                "case_id": row.case_id,
                "due_at": context.now,
                "retries": 1,
                "attempts": 0,
                "data": {**data, "name": name, "variables": values},
                "created_at": context.now,
            }
        ],
    )


def deliver(context: Context, instance_id: UUID, cascade: Any) -> None:
    """Let all that was kept reach the instance, which goes on; the oldest first."""
    from engine.runtime import messages, signals

    kept = context.session.scalars(
        select(Job).where(Job.instance_id == instance_id, Job.state == KEPT).order_by(Job.id)
    ).all()
    for item in kept:
        variables = {name: load_value(value) for name, value in item.data["variables"].items()}
        if item.kind == "message":
            messages.correlate(context, instance_id, Published(item.data["name"], item.data["key"], variables), cascade)
        else:
            subscription_id = UUID(item.data["subscription"])
            signals.reach(context, instance_id, subscription_id, item.data["name"], variables, cascade)
    forget(context, instance_id)


def forget(context: Context, instance_id: UUID) -> None:
    """Drop what was kept: it was delivered, or there is nobody any more."""
    context.session.execute(
        delete(Job)
        .where(Job.instance_id == instance_id, Job.state == KEPT)
        .execution_options(synchronize_session=False)
    )
