"""Commands on user tasks: complete, claim, release, assign. Who may is decided before, in the actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.engine import CursorResult

from engine.bpmn import advance
from engine.errors import Conflict, NotFound, Text
from engine.runtime.steps import SUSPENDED, Cascade, Outcome, deliver, locked, run, token_task
from engine.store import Context
from engine.store.tables.runtime import UserTask

DONE = Text("La tarea ya fue completada.", "The task has been completed already.")
GONE = Text("El proceso siguió por otro camino y la tarea ya no espera.", "The process went another way; the task no longer waits.")  # fmt: skip
CHANGED = Text("La tarea cambió desde que la abrió.", "The task changed since you opened it.")


def complete(context: Context, task_id: UUID, variables: Mapping[str, Any], *, version: int | None = None) -> Outcome:
    """Complete an open task with ``variables`` (FEEL values).

    ``version`` is the task's version that the actor saw. Raises ``NotFound`` and, where someone was quicker,
    ``Conflict``.
    """
    task = token_task(context, task_id)
    row = locked(context, task.instance_id)
    context.session.refresh(task)
    _must_be_open(task, version)
    cascade = Cascade()
    outcome = run(context, row, lambda instance, world: advance.complete(instance, world, task_id, variables), cascade)
    deliver(context, cascade)
    return outcome


def _must_be_open(task: UserTask, version: int | None) -> None:
    if task.state == "completed":
        raise Conflict(DONE)
    if task.state == "suspended":
        raise Conflict(SUSPENDED)
    if task.state != "open":
        raise Conflict(GONE)
    if version is not None and task.version != version:
        raise Conflict(CHANGED)


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
