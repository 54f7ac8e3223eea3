"""Commands of those who watch over running instances: suspend, resume, modify, migrate.

Each is one transaction. ``version`` is the instance's version that the actor saw; another one raises ``Conflict``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import update

from engine.bpmn import migration, modification
from engine.bpmn.changes import Changes
from engine.bpmn.instance import Instance
from engine.bpmn.migration import Plan
from engine.bpmn.modification import Placing
from engine.definitions import registry
from engine.errors import Conflict, NotFound, Text
from engine.runtime import deferred, state
from engine.runtime.state import InstanceRow
from engine.runtime.steps import RUNNING, Cascade, Outcome, deliver, locked, run
from engine.store import Context
from engine.store.prepared import Batch
from engine.store.tables.runtime import ProcessInstance, UserTask


def suspend(context: Context, instance_id: UUID, *, version: int | None = None) -> None:
    """Stop an instance where it is: its tasks cannot be done, timers and jobs wait, what comes for it is kept.

    Raises ``NotFound``, ``Conflict``.
    """
    row = seen(context, instance_id, version)
    if row.state != "active":
        raise Conflict(Text("El proceso no está en marcha.", "The process is not running."))
    _set_state(context, row, "suspend", "suspended")
    _set_tasks(context, instance_id, "open", "suspended")


def resume(context: Context, instance_id: UUID, *, version: int | None = None) -> None:
    """Let a suspended instance go on: kept messages and signals reach it now, due timers and jobs fire next.

    Raises ``NotFound``, ``Conflict``.
    """
    row = seen(context, instance_id, version)
    if row.state != "suspended":
        raise Conflict(Text("El proceso no está suspendido.", "The process is not suspended."))
    instance = _set_state(context, row, "resume", "active")
    _set_tasks(context, instance_id, "suspended", "open")
    cascade = Cascade()
    for id, item in instance.subscriptions.items():
        if item.kind == "message":
            cascade.arrived.append((instance_id, id))
    deferred.deliver(context, instance_id, cascade)
    deliver(context, cascade)


def seen(context: Context, instance_id: UUID, version: int | None) -> InstanceRow:
    """The locked row of an instance; ``Conflict`` if it went on since ``version``."""
    row = locked(context, instance_id)
    if version is not None and row.version != version:
        raise Conflict
    return row


def _set_state(context: Context, row: InstanceRow, command: str, new_state: str) -> Instance:
    instance, batch = state.load(context, row), Batch()
    state.write(context, row, instance, Changes(command), batch, new_state)
    batch.send(context.session)
    return instance


def _set_tasks(context: Context, instance_id: UUID, old: str, new: str) -> None:
    context.session.execute(
        update(UserTask)
        .where(UserTask.instance_id == instance_id, UserTask.state == old)
        .values(state=new, version=UserTask.version + 1)
        .execution_options(synchronize_session=False)
    )


def modify(
    context: Context,
    instance_id: UUID,
    *,
    cancel: Iterable[UUID] = (),
    place: Sequence[Placing] = (),
    version: int | None = None,
) -> Outcome:
    """Cancel tokens and place others, in a running or suspended instance.

    Raises ``NotFound``, ``Conflict``, ``CannotModify``.
    """
    row = seen(context, instance_id, version)
    cascade = Cascade()
    outcome = run(
        context,
        row,
        lambda instance, world: modification.modify(instance, world, cancel, place),
        cascade,
        RUNNING,
    )
    deliver(context, cascade)
    return outcome


def plan_migration(
    context: Context, instance_id: UUID, definition_id: UUID, mapping: Mapping[str, str] | None = None
) -> Plan:
    """What it would take to bring an instance to another version of its process. Changes nothing.

    Raises ``NotFound``.
    """
    row = context.session.get(ProcessInstance, instance_id)
    if row is None:
        raise NotFound
    instance = state.load(context, row)
    try:
        return migration.plan(instance, registry.spec(context, definition_id), mapping or {})
    finally:
        state.keep(row.id, row.stamp, instance)


def migrate(
    context: Context,
    instance_id: UUID,
    definition_id: UUID,
    mapping: Mapping[str, str] | None = None,
    *,
    version: int | None = None,
) -> Outcome:
    """Bring a running or suspended instance to another version of its process.

    ``mapping`` says where elements and flows went that changed their ids. Raises ``NotFound``, ``Conflict``,
    ``CannotMigrate``.
    """
    row = seen(context, instance_id, version)
    target = registry.spec(context, definition_id)
    cascade = Cascade()
    outcome = run(
        context,
        row,
        lambda instance, world: migration.migrate(instance, world, target, mapping or {}),
        cascade,
        RUNNING,
    )
    deliver(context, cascade)
    return outcome
