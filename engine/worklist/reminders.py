"""Reminders of open tasks: at 75 % of the term to who has it, at 100 % overdue and to the supervisor, at 150 % to the
director (handbook section 7, escalation pattern). A P1 case goes to supervisor and guard at once when due."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine.access.matrix import HEADQUARTERS
from engine.casework import notifications, timeline
from engine.errors import Text
from engine.store import Context
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import UserTask

BATCH = 100
SOON = Text("Está por vencer: {name} ({folio}).", "Due soon: {name} ({folio}).")
LATE = Text("Venció: {name} ({folio}).", "Overdue: {name} ({folio}).")
VERY_LATE = Text("Sigue sin hacerse: {name} ({folio}).", "Still not done: {name} ({folio}).")


def sweep(context: Context) -> int:
    """Do the reminders that are due; returns how many tasks were looked at."""
    tasks = context.session.scalars(
        select(UserTask)
        .where(UserTask.remind_at <= context.now, UserTask.state == "open")
        .order_by(UserTask.remind_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for task in tasks:
        _remind(context, task)
    return len(tasks)


def _remind(context: Context, task: UserTask) -> None:
    case = context.session.get(CaseFile, task.case_id) if task.case_id is not None else None
    assert task.due_at is not None
    if task.remind_step == 0 and context.now < task.due_at:
        _tell_holder(context, task, case, SOON, "task.due_soon")
        task.remind_step, task.remind_at = 1, task.due_at
        return
    if task.remind_step <= 1:
        task.overdue = True
        _tell_holder(context, task, case, LATE, "task.overdue")
        _tell(context, task, case, "supervisor", LATE, "task.overdue")
        if case is not None:
            timeline.append(
                context,
                case.id,
                "task.overdue",
                Text("Venció la tarea «{n}».", "The task “{n}” fell overdue.", {"n": task.name}),
                level="N0",
            )
            if case.priority == "P1":
                _tell(context, task, case, "guardia", LATE, "task.overdue", office=case.office_code)
        task.remind_step = 2
        half = (task.due_at - task.created_at) / 2
        task.remind_at = context.now + (timedelta(hours=2) if case is not None and case.priority == "P1" else half)
        return
    _tell(context, task, case, "director", VERY_LATE, "task.escalated")
    task.remind_step, task.remind_at = 3, None


def _filled(text: Text, task: UserTask, case: CaseFile | None) -> Text:
    return Text(text.es, text.en, {"name": task.name, "folio": case.folio if case is not None else "—"})


def _tell_holder(context: Context, task: UserTask, case: CaseFile | None, text: Text, kind: str) -> None:
    holder = task.assignee_id or (case.owner_id if case is not None else None)
    if holder is not None:
        notifications.notify(
            context, kind, _filled(text, task, case), user_id=holder, case_id=task.case_id, task_id=task.id
        )


def _tell(
    context: Context,
    task: UserTask,
    case: CaseFile | None,
    role: str,
    text: Text,
    kind: str,
    office: str = HEADQUARTERS,
) -> None:
    notifications.notify(
        context,
        kind,
        _filled(text, task, case),
        role=role,
        office_code=office,
        case_id=task.case_id,
        task_id=task.id,
    )
