"""Notices of the tasks that open: whomever a diagram names for one is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select

from engine.bpmn.changes import OpenedTask
from engine.casework import notifications
from engine.errors import Text
from engine.store import Context
from engine.store.tables.casework import CaseFile


def tell_named(context: Context, case_id: UUID | None, tasks: Sequence[OpenedTask]) -> None:
    """Tell everybody who is named for one of these tasks, as its assignee or to take it, but whoever named themselves."""
    own = getattr(context.actor, "id", None)
    told = [(task, user_id) for task in tasks for user_id in _named(task) if user_id != own]
    if not told:
        return
    folio = context.session.scalar(select(CaseFile.folio).where(CaseFile.id == case_id)) or "—"
    for task, user_id in told:
        notifications.notify(
            context,
            notifications.FOR_YOU,
            Text("Tarea para usted: «{n}» ({f}).", "A task for you: “{n}” ({f}).", {"n": task.name[:255], "f": folio}),
            user_id=user_id,
            case_id=case_id,
            task_id=task.token.id,
        )


def _named(task: OpenedTask) -> Iterator[UUID]:
    """Each person once; a diagram may give what is no id, and names nobody then."""
    for name in dict.fromkeys([*filter(None, [task.assignee]), *task.candidate_users]):
        try:
            yield UUID(name)
        except ValueError:
            continue
