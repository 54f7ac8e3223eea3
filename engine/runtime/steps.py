"""One step of an instance and all that follows from it: rows, tasks, jobs, incidents, messages and signals."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from engine.bpmn import advance
from engine.bpmn.changes import Changes, OpenedTask, Published
from engine.bpmn.instance import Instance
from engine.definitions import registry
from engine.errors import Conflict, NotFound, Text
from engine.runtime import deferred, state
from engine.runtime.world import World
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import Incident, Job, ProcessInstance, UserTask, UserTaskCandidate

MAX_CASCADE = 200
RUNNING = ("active", "suspended")
SUSPENDED = Text(
    "El proceso está suspendido; un supervisor puede reanudarlo.",
    "The process is suspended; a supervisor can resume it.",
)
Step = Callable[[Instance, World], Changes]


@dataclass(slots=True)
class Outcome:
    """What a command did, to the instances that it touched."""

    instance_id: UUID
    opened_task_ids: list[UUID] = field(default_factory=list)
    ended: bool = False
    incidents: int = 0


@dataclass(slots=True)
class Cascade:
    """Messages and signals that steps left, still to be delivered in this command."""

    messages: deque[Published] = field(default_factory=deque)
    signals: deque[tuple[str, dict[str, Any], UUID]] = field(default_factory=deque)  # the last: who threw it
    arrived: deque[tuple[UUID, UUID]] = field(default_factory=deque)  # instance, new message subscription
    delivered: int = 0


def locked(context: Context, instance_id: UUID) -> ProcessInstance:
    """The row of an instance, locked against other writers. Raises ``NotFound``."""
    row = context.session.get(ProcessInstance, instance_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def run(
    context: Context, row: ProcessInstance, step: Step, cascade: Cascade, states: tuple[str, ...] = ("active",)
) -> Outcome:
    """Take one step of the instance of ``row`` and store it. Raises ``Conflict`` unless it is in one of ``states``."""
    if row.state == "suspended" not in states:
        raise Conflict(SUSPENDED)
    if row.state not in states:
        raise Conflict(
            Text(
                "El proceso ya no está en marcha ({state}).",
                "The process is no longer running ({state}).",
                {"state": row.state},
            )
        )
    instance = state.load(context, row)
    world = World(context, row.id, row.case_id, row.office_code, state.spec_of(context, row))
    changes = step(instance, world)
    if not changes.command:  # nothing was to be done
        state.keep(row.id, row.stamp, instance)
        return Outcome(row.id)
    if row.state == "suspended" and instance.ended is not None:
        deferred.forget(context, row.id)
    state.write(context, row, instance, changes)
    return follow(context, row, instance, changes, cascade)


def begin(
    context: Context,
    definition_id: UUID,
    *,
    case_id: UUID | None,
    office_code: str | None,
    variables: Mapping[str, Any],
    start_event: str | None,
    cascade: Cascade,
) -> Outcome:
    """Start an instance of one process version."""
    spec = registry.spec(context, definition_id)
    row = ProcessInstance(
        id=new_id(),
        definition_id=definition_id,
        process_id=spec.id,
        case_id=case_id,
        office_code=office_code,
        state="active",
        started_at=context.now,
    )
    world = World(context, row.id, case_id, office_code, spec)
    instance, changes = advance.start(spec, row.id, world, variables, start_event)
    if instance.ended is not None:
        row.state, row.ended_at = "completed", context.now
    state.write_new(context, row, instance, changes)
    state.keep(row.id, row.stamp, instance)
    return follow(context, row, instance, changes, cascade)


def follow(context: Context, row: ProcessInstance, instance: Instance, changes: Changes, cascade: Cascade) -> Outcome:
    """Write what a step means to the outside of its instance."""
    outcome = Outcome(row.id, ended=instance.ended is not None, incidents=len(changes.incidents))
    _close_tasks(context, changes)
    outcome.opened_task_ids = _open_tasks(context, row, instance, changes)
    _jobs(context, row, instance, changes)
    _incidents(context, row, changes)
    if changes.migrated:
        _migrated(context, row, changes)
    cascade.messages.extend(changes.messages)
    cascade.signals.extend((name, variables, row.id) for name, variables in changes.signals)
    for id, item in changes.created_subscriptions.items():
        if item.kind == "message" and id in instance.subscriptions:
            cascade.arrived.append((row.id, id))
    return outcome


def deliver(context: Context, cascade: Cascade) -> None:
    """Deliver what is left of messages and signals; what that causes, too."""
    from engine.runtime import messages, signals

    while cascade.messages or cascade.signals or cascade.arrived:
        cascade.delivered += 1
        if cascade.delivered > MAX_CASCADE:
            raise advance.LimitReached(
                Text(
                    "Los mensajes y señales se llaman unos a otros sin fin.",
                    "Messages and signals cause one another without end.",
                )
            )
        if cascade.messages:
            messages.deliver(context, cascade.messages.popleft(), cascade)
        elif cascade.signals:
            name, variables, thrower = cascade.signals.popleft()
            signals.deliver(context, name, variables, cascade, thrower)
        else:
            messages.take_kept(context, *cascade.arrived.popleft(), cascade)


def _open_tasks(context: Context, row: ProcessInstance, instance: Instance, changes: Changes) -> list[UUID]:
    opened = [task for task in changes.opened_tasks if task.token.id in instance.tasks]
    if not opened:
        return []
    case = context.session.get(CaseFile, row.case_id) if row.case_id else None
    office = case.office_code if case is not None else row.office_code
    context.session.execute(insert(UserTask), [_task_row(context, row, task, case, office) for task in opened])
    _add_candidates(context, opened, office)
    return [task.token.id for task in opened]


def _add_candidates(context: Context, tasks: list[OpenedTask], office: str | None) -> None:
    candidates = [
        {"task_id": task.token.id, "kind": kind, "value": value, "office_code": task.office or office}
        for task in tasks
        for kind, values in (("group", task.candidate_groups), ("user", task.candidate_users))
        for value in values
    ]
    if candidates:
        context.session.execute(insert(UserTaskCandidate), candidates)


def _task_row(
    context: Context, row: ProcessInstance, task: OpenedTask, case: CaseFile | None, office: str | None
) -> dict[str, Any]:
    spec = task.token.task_spec
    assignee = None
    if task.assignee:
        try:
            assignee = UUID(task.assignee)
        except ValueError:
            assignee = None
    return {
        "id": task.token.id,
        "instance_id": row.id,
        "case_id": row.case_id,
        "office_code": task.office or office,
        "domain": case.domain if case is not None else None,
        "process_id": spec.process.id,
        "definition_id": spec.process.definition_id,
        "element_id": spec.element.id,
        "name": task.name[:255],
        "documentation": spec.element.documentation,
        "form_id": task.form_id,
        "assignee_id": assignee,
        "priority": task.priority,
        "due_at": task.due_at,
        "follow_up_at": task.follow_up_at,
        "created_at": context.now,
        "claimed_at": context.now if assignee else None,
        "state": "suspended" if row.state == "suspended" else "open",
        "overdue": False,
        "remind_at": context.now + (task.due_at - context.now) * 0.75 if task.due_at else None,
        "remind_step": 0,
        "version": 1,
    }


def _close_tasks(context: Context, changes: Changes) -> None:
    created = changes.created_tokens
    for how in ("completed", "cancelled"):
        ids = [id for id, action in changes.closed_tasks.items() if action == how and id not in created]
        if not ids:
            continue
        context.session.execute(
            delete(UserTaskCandidate)
            .where(UserTaskCandidate.task_id.in_(ids))
            .execution_options(synchronize_session=False)
        )
        values: dict[str, Any] = {"state": how, "completed_at": context.now, "remind_at": None}
        if how == "completed":
            values |= {"completed_by": getattr(context.actor, "id", None), "draft": None}
        context.session.execute(
            update(UserTask)
            .where(UserTask.id.in_(ids), UserTask.state.in_(("open", "suspended")))
            .values(version=UserTask.version + 1, **values)
            .execution_options(synchronize_session=False)
        )


def _migrated(context: Context, row: ProcessInstance, changes: Changes) -> None:
    """Tasks, jobs and incidents whose tokens are now of another version."""
    session = context.session
    for task in changes.changed_tasks:
        spec = task.token.task_spec
        session.execute(
            update(UserTask)
            .where(UserTask.id == task.token.id)
            .values(
                definition_id=spec.process.definition_id,
                element_id=spec.element.id,
                name=task.name[:255],
                documentation=spec.element.documentation,
                form_id=task.form_id,
                version=UserTask.version + 1,
            )
            .execution_options(synchronize_session=False)
        )
        offices = select(UserTask.office_code).where(UserTask.id == task.token.id)
        office = session.scalar(offices)
        session.execute(
            delete(UserTaskCandidate)
            .where(UserTaskCandidate.task_id == task.token.id)
            .execution_options(synchronize_session=False)
        )
        _add_candidates(context, [task], office)
    for job in changes.changed_jobs:
        session.execute(
            update(Job)
            .where(Job.token_id == job.token.id)
            .values(type=job.type[:200], rank=100 - job.priority, data={"headers": dict(job.headers)})
            .execution_options(synchronize_session=False)
        )
    for token in changes.migrated:
        session.execute(
            update(Incident)
            .where(Incident.token_id == token.id, Incident.resolved_at.is_(None))
            .values(definition_id=token.task_spec.process.definition_id, element_id=token.task_spec.element.id)
            .execution_options(synchronize_session=False)
        )


def _jobs(context: Context, row: ProcessInstance, instance: Instance, changes: Changes) -> None:
    closed = [id for id in changes.closed_jobs if id not in changes.created_tokens]
    if closed:
        context.session.execute(
            delete(Job).where(Job.token_id.in_(closed)).execution_options(synchronize_session=False)
        )
    rows = [
        {
            "id": new_id(),
            "kind": "service",
            "type": job.type[:200],
            "state": "due",
            "instance_id": row.id,
            "token_id": job.token.id,
            "case_id": row.case_id,
            "due_at": context.now,
            "retries": job.retries,
            "rank": 100 - job.priority,
            "attempts": 0,
            "data": {"headers": dict(job.headers)},
            "created_at": context.now,
        }
        for job in changes.jobs
        if job.token.id in instance.tasks
    ]
    if rows:
        context.session.execute(insert(Job), rows)


def _incidents(context: Context, row: ProcessInstance, changes: Changes) -> None:
    resolved = [id for id in changes.resolved if id not in changes.created_tokens]
    if resolved:
        context.session.execute(
            update(Incident)
            .where(Incident.token_id.in_(resolved), Incident.resolved_at.is_(None))
            .values(resolved_at=context.now, resolved_by=getattr(context.actor, "id", None))
            .execution_options(synchronize_session=False)
        )
    for incident in changes.incidents:
        spec = incident.token.task_spec
        context.session.add(
            Incident(
                id=new_id(),
                instance_id=row.id,
                token_id=incident.token.id,
                definition_id=spec.process.definition_id,
                element_id=spec.element.id,
                case_id=row.case_id,
                office_code=row.office_code,
                code=incident.code,
                text_es=incident.text.es.format_map(incident.text.values),
                text_en=incident.text.en.format_map(incident.text.values),
                created_at=context.now,
            )
        )


def token_task(context: Context, task_id: UUID) -> UserTask:
    """An open or closed task. Raises ``NotFound``."""
    row = context.session.scalars(select(UserTask).where(UserTask.id == task_id)).first()
    if row is None:
        raise NotFound
    return row
