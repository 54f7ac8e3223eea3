"""Closes a case file, and with it what was asked for by hand and still waits: in the history, and told to whom it concerns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import select

from engine.casework import cases, notifications, timeline
from engine.definitions import registry
from engine.definitions.starting import STARTED_BY
from engine.errors import Text
from engine.feel import load_value
from engine.handlers.registry import as_id
from engine.runtime import instances
from engine.runtime.steps import RUNNING, locked
from engine.store import Context
from engine.store.tables.runtime import ProcessInstance, ScopeRow, UserTask, UserTaskCandidate

WAITING = ("open", "suspended")


def close(context: Context, case_id: UUID, resolution: str | None, notes: str, *, but: UUID) -> None:
    """Close a case, unless it is closed; ``but`` is the instance that does it and goes on. Raises what ``cases.close`` does."""
    found = _by_hand(context, case_id, but)
    rows = [locked(context, id) for id in found]  # before the case, as whoever completes a task there does
    if cases.load(context, case_id).status in cases.OVER:
        return
    cases.close(context, case_id, resolution, notes)
    for row in rows:
        if row.state in RUNNING:
            _end(context, case_id, row.id)


def _by_hand(context: Context, case_id: UUID, but: UUID) -> list[UUID]:
    """The instances that somebody started on a case and in which a task waits; one that only ends its work is let do it."""
    row, started = ProcessInstance, {item.process_id for item in registry.by_hand(context)}
    waits = select(UserTask.id).where(UserTask.instance_id == row.id, UserTask.state.in_(WAITING)).exists()
    query = select(row.id).where(row.case_id == case_id, row.id != but, row.state.in_(RUNNING), waits)
    return list(context.session.scalars(query.where(row.process_id.in_(started)).order_by(row.id)))


def _end(context: Context, case_id: UUID, instance_id: UUID) -> None:
    query = select(UserTask).where(UserTask.instance_id == instance_id, UserTask.state.in_(WAITING))
    tasks = context.session.scalars(query.order_by(UserTask.id)).all()
    if not tasks:  # somebody was quicker, and what they did is still written down
        return
    asked_by, folio = _asked_by(context, instance_id), cases.load(context, case_id).folio
    for task in tasks:
        for user_id in dict.fromkeys([*asked_by, *_theirs(context, task)]):
            notifications.notify(
                context,
                notifications.UNDONE,
                Text(
                    "«{n}» quedó sin hacer: se cerró el caso {f}.",
                    "“{n}” was left undone: case {f} was closed.",
                    {"n": task.name, "f": folio},
                ),
                user_id=user_id,
                case_id=case_id,
                task_id=task.id,
            )
        undone = Text(
            "Quedó sin hacer, porque se cerró el caso: «{n}».",
            "Left undone, for the case was closed: “{n}”.",
            {"n": task.name},
        )
        timeline.append(context, case_id, "task.undone", undone, level="N0", task_id=str(task.id))
    instances.cancel(context, instance_id)


def _asked_by(context: Context, instance_id: UUID) -> Collection[UUID]:
    query = select(ScopeRow.variables).where(ScopeRow.instance_id == instance_id, ScopeRow.parent_id.is_(None))
    found = [as_id(load_value(item[STARTED_BY])) for item in context.session.scalars(query) if STARTED_BY in item]
    return [user_id for user_id in found if user_id is not None]


def _theirs(context: Context, task: UserTask) -> Iterator[UUID]:
    """Who has a task, else whom it was offered to by name."""
    if task.assignee_id is not None:
        yield task.assignee_id
        return
    row = UserTaskCandidate
    for value in context.session.scalars(select(row.value).where(row.task_id == task.id, row.kind == "user")):
        if (user_id := as_id(value)) is not None:
            yield user_id
