"""One step of an instance and all that follows from it: rows, tasks, jobs, incidents, messages and signals."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, or_, select, update

from engine.access import webhooks
from engine.bpmn import advance
from engine.bpmn.changes import Changes, OpenedTask, Published
from engine.bpmn.incidents import LimitReached
from engine.bpmn.instance import Instance
from engine.casework import urgency
from engine.definitions import registry
from engine.errors import Conflict, Text
from engine.feel import dump_value
from engine.runtime import deferred, state, telling
from engine.runtime.state import InstanceRow, locked
from engine.runtime.world import World
from engine.store import Context
from engine.store.prepared import Batch, Prepared, insertion, table_of
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import FORMAT, Incident, Job, UserTask, UserTaskCandidate

__all__ = ["Cascade", "Outcome", "begin", "deliver", "locked", "run"]
MAX_CASCADE = 200
RUNNING = ("active", "suspended")
SUSPENDED = Text(
    "El proceso está suspendido; un supervisor puede reanudarlo.",
    "The process is suspended; a supervisor can resume it.",
)
Step = Callable[[Instance, World], Changes]


_insert_task, _insert_candidate = insertion(UserTask), insertion(UserTaskCandidate)
_insert_job, _insert_incident = insertion(Job), insertion(Incident)


_tasks = table_of(UserTask)


def _closing(**more: Any) -> Prepared:
    tasks = _tasks
    return Prepared(
        update(tasks)
        .where(tasks.c.id == bindparam("_id"), or_(tasks.c.state == "open", tasks.c.state == "suspended"))
        .values(
            {
                "state": bindparam("state"),
                "completed_at": bindparam("completed_at"),
                "completed_by": bindparam("completed_by"),
                "remind_at": None,
                "version": tasks.c.version + 1,
                **more,
            }
        )
    )


_complete_task, _cancel_task = (
    _closing(draft=None, answers=bindparam("answers", type_=_tasks.c.answers.type)),
    _closing(),
)
_delete_candidates = Prepared(
    delete(table_of(UserTaskCandidate)).where(table_of(UserTaskCandidate).c.task_id == bindparam("task_id"))
)
_delete_job = Prepared(delete(table_of(Job)).where(Job.token_id == bindparam("token_id")))
_resolve_incident = Prepared(
    update(table_of(Incident))
    .where(Incident.token_id == bindparam("_token_id"), Incident.resolved_at.is_(None))
    .values({"resolved_at": bindparam("resolved_at"), "resolved_by": bindparam("resolved_by")})
)


@dataclass(slots=True)
class Outcome:
    """What a command did, to the instances that it touched."""

    instance_id: UUID
    office: str | None = None  # that its tasks belong to, where they name no other
    opened: list[OpenedTask] = field(default_factory=list)
    ended: bool = False
    incidents: int = 0


@dataclass(slots=True)
class Cascade:
    """Messages and signals that steps left, still to be delivered in this command."""

    messages: deque[Published] = field(default_factory=deque)
    signals: deque[tuple[str, dict[str, Any], UUID]] = field(default_factory=deque)  # the last: who threw it
    arrived: deque[tuple[UUID, UUID]] = field(default_factory=deque)  # instance, new message subscription
    delivered: int = 0


def run(
    context: Context, row: InstanceRow, step: Step, cascade: Cascade, states: tuple[str, ...] = ("active",)
) -> Outcome:
    """Take one step of the instance of ``row``, which is locked, and store it.

    Raises ``Conflict`` unless it is in one of ``states``.
    """
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
    batch = Batch()
    state.write(context, row, instance, changes, batch)
    return follow(context, row, instance, changes, cascade, batch)


def begin(
    context: Context,
    definition_id: UUID,
    *,
    case_id: UUID | None,
    office_code: str | None,
    variables: Mapping[str, Any],
    start_event: str | None,
    cascade: Cascade,
    start_key: str | None = None,
) -> Outcome:
    """Start an instance of one process version. ``start_key``: the message and key that started it."""
    spec = registry.spec(context, definition_id)
    case = context.session.get(CaseFile, case_id) if case_id is not None else None
    row = InstanceRow(
        id=new_id(),
        definition_id=definition_id,
        process_id=spec.id,
        case_id=case_id,
        office_code=office_code,
        state="active",
        version=0,
        format=FORMAT,
        stamp=new_id(),
        last_sequence=0,
        case_office=case.office_code if case is not None else None,
        case_domain=case.domain if case is not None else None,
        case_priority=case.priority if case is not None else None,
        case_compartments=case.compartments if case is not None else None,
    )
    world = World(context, row.id, case_id, office_code, spec)
    instance, changes = advance.start(spec, row.id, world, variables, start_event)
    if instance.ended is not None:
        row.state = "completed"
    batch = Batch()
    state.write_new(context, row, start_key, instance, changes, batch)
    return follow(context, row, instance, changes, cascade, batch)


def follow(
    context: Context, row: InstanceRow, instance: Instance, changes: Changes, cascade: Cascade, batch: Batch
) -> Outcome:
    """Store what is in ``batch``, and what a step means to the outside of its instance."""
    office = row.case_office or row.office_code
    outcome = Outcome(row.id, office, ended=instance.ended is not None, incidents=len(changes.incidents))
    _close_tasks(context, changes, batch)
    outcome.opened = _open_tasks(context, row, office, instance, changes, batch)
    _jobs(context, row, instance, changes, batch)
    _incidents(context, row, changes, batch)
    batch.send(context.session)
    if changes.migrated:
        _migrated(context, changes)
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
            raise LimitReached(
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


def _open_tasks(
    context: Context, row: InstanceRow, office: str | None, instance: Instance, changes: Changes, batch: Batch
) -> list[OpenedTask]:
    opened = [task for task in changes.opened_tasks if task.token.id in instance.tasks]
    batch.add(_insert_task, [_task_row(context, row, task, office) for task in opened])
    batch.add(_insert_candidate, [values for task in opened for values in _candidates(task, office)])
    for task in opened:
        id, element_id = str(task.token.id), task.token.task_spec.element.id
        webhooks.post(
            context, "task.opened", row.case_id, office=task.office or office, task_id=id, element_id=element_id
        )
    telling.tell_named(context, row.case_id, opened)
    return opened


def _candidates(task: OpenedTask, office: str | None) -> list[dict[str, Any]]:
    return [
        {"task_id": task.token.id, "kind": kind, "value": value, "office_code": task.office or office}
        for kind, values in (("group", task.candidate_groups), ("user", task.candidate_users))
        for value in values
    ]


def _task_row(context: Context, row: InstanceRow, task: OpenedTask, office: str | None) -> dict[str, Any]:
    spec = task.token.task_spec
    return {
        "id": task.token.id,
        "instance_id": row.id,
        "case_id": row.case_id,
        "office_code": task.office or office,
        "domain": row.case_domain,
        "process_id": spec.process.id,
        "definition_id": spec.process.definition_id,
        "element_id": spec.element.id,
        "name": task.name[:255],
        "documentation": spec.element.documentation,
        "form_id": task.form_id,
        "assignee_id": task.assignee_id,
        "priority": task.priority,
        "due_at": task.due_at,
        "rank": urgency.rank(task.due_at, row.case_priority, row.case_compartments or ()),
        "shelf": 1,
        "follow_up_at": task.follow_up_at,
        "created_at": context.now,
        "claimed_at": context.now if task.assignee_id is not None else None,
        "state": "suspended" if row.state == "suspended" else "open",
        "overdue": False,
        "remind_at": context.now + (task.due_at - context.now) * 0.75 if task.due_at else None,
        "remind_step": 0,
        "version": 1,
    }


def _close_tasks(context: Context, changes: Changes, batch: Batch) -> None:
    closed = [(id, how) for id, how in changes.closed_tasks.items() if id not in changes.created_tokens]
    values = {"completed_at": context.now, "completed_by": getattr(context.actor, "id", None)}
    done = [id for id, how in closed if how == "completed"]
    batch.add(
        _complete_task, [{"_id": id, "state": "completed", "answers": _kept(changes, id), **values} for id in done]
    )
    values["completed_by"] = None
    batch.add(_delete_candidates, [{"task_id": id} for id, _ in closed])
    batch.add(_cancel_task, [{"_id": id, "state": how, **values} for id, how in closed if how == "cancelled"])


def _kept(changes: Changes, task_id: UUID) -> dict[str, Any] | None:
    """What a task was completed with, as it is stored; None where it asked nothing."""
    answers = changes.answers.get(task_id)
    return {name: dump_value(value) for name, value in answers.items()} if answers else None


def _migrated(context: Context, changes: Changes) -> None:
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
        if rows := _candidates(task, office):
            session.execute(insert(UserTaskCandidate), rows)
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


def _jobs(context: Context, row: InstanceRow, instance: Instance, changes: Changes, batch: Batch) -> None:
    batch.add(_delete_job, [{"token_id": id} for id in changes.closed_jobs if id not in changes.created_tokens])
    batch.add(
        _insert_job,
        [
            {
                "id": new_id(),
                "kind": "service",
                "type": job.type[:200],
                "state": "due",
                "rank": 100 - job.priority,
                "instance_id": row.id,
                "token_id": job.token.id,
                "case_id": row.case_id,
                "due_at": context.now,
                "retries": job.retries,
                "attempts": 0,
                "data": {"headers": dict(job.headers)},
                "created_at": context.now,
            }
            for job in changes.jobs
            if job.token.id in instance.tasks
        ],
    )


def _incidents(context: Context, row: InstanceRow, changes: Changes, batch: Batch) -> None:
    resolved_by = getattr(context.actor, "id", None)
    batch.add(
        _resolve_incident,
        [
            {"_token_id": id, "resolved_at": context.now, "resolved_by": resolved_by}
            for id in changes.resolved
            if id not in changes.created_tokens
        ],
    )
    batch.add(
        _insert_incident,
        [
            {
                "id": new_id(),
                "instance_id": row.id,
                "token_id": incident.token.id,
                "definition_id": incident.token.task_spec.process.definition_id,
                "element_id": incident.token.task_spec.element.id,
                "case_id": row.case_id,
                "office_code": row.office_code,
                "code": incident.code,
                "text_es": incident.text.es.format_map(incident.text.values),
                "text_en": incident.text.en.format_map(incident.text.values),
                "created_at": context.now,
            }
            for incident in changes.incidents
        ],
    )
