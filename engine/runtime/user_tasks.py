"""Commands on user tasks: complete, claim, release, assign. Who may is decided before, in the actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import CursorResult

from engine.bpmn import advance
from engine.bpmn.changes import Changes
from engine.bpmn.instance import Instance
from engine.casework import urgency
from engine.errors import Conflict, NotFound, Outdated, Text
from engine.runtime.state import ROW, InstanceRow
from engine.runtime.steps import SUSPENDED, Cascade, Outcome, deliver, run
from engine.runtime.world import World
from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import ProcessInstance, UserTask

DONE = Text("La tarea ya fue completada.", "The task has been completed already.")
GONE = Text("El proceso siguió por otro camino y la tarea ya no espera.", "The process went another way; the task no longer waits.")  # fmt: skip
CHANGED = Text("La tarea cambió desde que la abrió.", "The task changed since you opened it.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A task as a completion sees it, with its instance, locked against everybody else."""

    row: InstanceRow
    id: UUID
    instance_id: UUID
    case_id: UUID | None
    office_code: str | None
    element_id: str
    name: str
    form_id: str | None
    assignee_id: UUID | None
    state: str
    version: int
    completed_by: UUID | None
    compartments: Sequence[str] | None  # of its case


_tasks = table_of(UserTask)
TASK = (*(_tasks.c[field.name] for field in fields(Taken)[1:-1]), table_of(CaseFile).c.compartments)
# The instance comes first: its lock is taken before that of its task, as every step does.
_take = Prepared(
    select(*TASK, *ROW)
    .select_from(
        table_of(ProcessInstance)
        .join(_tasks, _tasks.c.instance_id == table_of(ProcessInstance).c.id)
        .outerjoin(table_of(CaseFile), table_of(CaseFile).c.id == table_of(ProcessInstance).c.case_id)
    )
    .where(_tasks.c.id == bindparam("id", type_=_tasks.c.id.type))
    .with_for_update(of=[table_of(ProcessInstance), _tasks])
)
_claim = Prepared(
    update(_tasks)
    .where(_tasks.c.id == bindparam("b_id", type_=_tasks.c.id.type))
    .values(
        assignee_id=bindparam("assignee_id", type_=_tasks.c.assignee_id.type),
        claimed_at=bindparam("claimed_at", type_=_tasks.c.claimed_at.type),
        version=_tasks.c.version + 1,
    )
)


def take(context: Context, task_id: UUID) -> Taken:
    """A task with its instance, locked, in one look. Raises ``NotFound``."""
    found = _take.all(context.session, {"id": task_id})
    if not found:
        raise NotFound
    values = found[0]
    return Taken(InstanceRow(*values[len(TASK) :]), *values[: len(TASK)])


def complete(
    context: Context, task: UUID | Taken, variables: Mapping[str, Any], *, version: int | None = None
) -> Outcome:
    """Complete an open task with ``variables`` (FEEL values).

    ``version`` is the task's version that the actor saw. Raises ``NotFound`` and, where someone was quicker,
    ``Conflict``.
    """
    taken = task if isinstance(task, Taken) else take(context, task)
    _must_be_open(taken, version)
    cascade = Cascade()

    def step(instance: Instance, world: World) -> Changes:
        changes = advance.complete(instance, world, taken.id, variables)
        changes.answers[taken.id] = variables
        return changes

    outcome = run(context, taken.row, step, cascade)
    deliver(context, cascade)
    return outcome


def _must_be_open(task: UserTask | Taken, version: int | None) -> None:
    if task.state == "completed":
        raise Conflict(DONE)
    if task.state == "suspended":
        raise Conflict(SUSPENDED)
    if task.state != "open":
        raise Conflict(GONE)
    if version is not None and task.version != version:
        raise Outdated(CHANGED)


def token_task(context: Context, task_id: UUID) -> UserTask:
    """An open or closed task. Raises ``NotFound``."""
    row = context.session.get(UserTask, task_id, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def claim_taken(context: Context, task: Taken, user_id: UUID, *, version: int | None = None) -> None:
    """The same of a task that is locked, to complete it at once. Raises ``Conflict`` if someone else has it."""
    _must_be_open(task, version)
    if task.assignee_id is not None:
        raise Conflict
    _claim.run(context.session, {"b_id": task.id, "assignee_id": user_id, "claimed_at": context.now})


def claim(context: Context, task_id: UUID, user_id: UUID, *, version: int | None = None) -> None:
    """Take an unclaimed task. Raises ``Conflict`` if someone else has it."""
    task = token_task(context, task_id)
    _must_be_open(task, version)
    if task.assignee_id == user_id:
        return
    _assign(context, task, user_id, only_if=None)


def assign(context: Context, task_id: UUID, user_id: UUID, *, version: int | None = None) -> None:
    """Give a task to a person, whoever had it."""
    task = token_task(context, task_id)
    _must_be_open(task, version)
    _assign(context, task, user_id, only_if=task.assignee_id)


def release(context: Context, task_id: UUID, user_id: UUID, *, version: int | None = None) -> None:
    """Give a task back to all its candidates. Raises ``Conflict`` unless ``user_id`` has it."""
    task = token_task(context, task_id)
    _must_be_open(task, version)
    if task.assignee_id is None:
        return
    _assign(context, task, None, only_if=user_id)


def _assign(context: Context, task: UserTask, user_id: UUID | None, *, only_if: UUID | None) -> None:
    holder = UserTask.assignee_id.is_(None) if only_if is None else UserTask.assignee_id == only_if
    done = cast(
        "CursorResult[Any]",
        context.session.execute(
            update(UserTask)
            .where(UserTask.id == task.id, UserTask.state == "open", UserTask.version == task.version, holder)
            .values(
                assignee_id=user_id,
                claimed_at=context.now if user_id is not None else None,
                version=UserTask.version + 1,
                **(urgency.LET_GO if only_if is not None else {}),
            )
            .execution_options(synchronize_session=False)
        ),
    )
    if done.rowcount != 1:
        raise Conflict
    context.session.refresh(task)


def save_draft(context: Context, task_id: UUID, values: Mapping[str, Any]) -> None:
    """Keep what was typed so far; does not change the task's version."""
    done = cast(
        "CursorResult[Any]",
        context.session.execute(
            update(UserTask)
            .where(UserTask.id == task_id, UserTask.state == "open")
            .values(draft=dict(values))
            .execution_options(synchronize_session=False)
        ),
    )
    if done.rowcount != 1:
        raise NotFound
