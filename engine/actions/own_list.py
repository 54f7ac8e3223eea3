"""How officers arrange their own list: tasks put aside until a day or pinned on top, and lists kept under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update

from engine.access import audit
from engine.access.policy import require
from engine.actions.absences import as_day
from engine.casework import offices, urgency
from engine.errors import Conflict, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.access import SavedView
from engine.store.tables.base import new_id
from engine.store.tables.runtime import UserTask
from engine.worklist.inbox import VIEWS

FARTHEST = timedelta(days=366)
MOST = 20
LONGEST = 60
KEPT = ("view", "domain", "priority", "office", "text")


@dataclass(frozen=True, slots=True)
class Kept:
    """A list that is kept under a name: what its address asks for."""

    id: UUID
    name: str
    query: Mapping[str, str]


def follow_up(context: Context, task_id: UUID, day: str) -> None:
    """Put a task of the actor's aside until a day (``2026-12-24``, of the task's office), or with ``""`` back at once.

    It is not in their list until then; everybody else sees it, and its due date stays. Raises ``Invalid`` with ``dia``.
    """
    task = _own(context, task_id)
    until = None
    if day.strip():
        known = offices.packaged().get(task.office_code or context.actor.office_code)
        zone = ZoneInfo(known.timezone) if known is not None else UTC
        wanted, today = as_day(day), context.now.astimezone(zone).date()
        if wanted is None or not today < wanted <= today + FARTHEST:
            raise Invalid(fields={"dia": Text("Elija un día, desde mañana.", "Choose a day, from tomorrow on.")})
        until = datetime.combine(wanted, time(0), zone)
    _arrange(context, task, follow_up_at=until)


def pin(context: Context, task_id: UUID, *, on: bool) -> None:
    """Put a task of the actor's on top of their list, or back in its place."""
    _arrange(context, _own(context, task_id), shelf=urgency.PINNED if on else urgency.PLACE)


def _own(context: Context, task_id: UUID) -> UserTask:
    require(context.actor, "task:claim")
    task = context.session.get(UserTask, task_id)
    if task is None or task.assignee_id != context.actor.id:  # another's is not told from one that is not there
        raise NotFound
    return task


def _arrange(context: Context, task: UserTask, **values: object) -> None:
    """The version stays: a form of the task that is open elsewhere is not outdated by it."""
    here = (UserTask.id == task.id, UserTask.assignee_id == context.actor.id, UserTask.state == "open")
    changed = context.session.execute(
        update(UserTask)
        .where(*here)
        .values(**values)
        .returning(UserTask.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not changed:
        raise Conflict
    audit.record(context, "task:arrange", object_id=task.id, case_id=task.case_id)


def kept(context: Context) -> Sequence[Kept]:
    """The lists that the actor keeps, by when they were made."""
    rows = context.session.scalars(
        select(SavedView).where(SavedView.user_id == context.actor.id).order_by(SavedView.created_at, SavedView.id)
    )
    return [Kept(row.id, row.name, dict(parse_qsl(row.query))) for row in rows]


def keep(context: Context, name: str, asked: Mapping[str, str]) -> None:
    """Keep what an address of the inbox asks for under a name. Raises ``Invalid`` with ``nombre``."""
    require(context.actor, "task:read")
    called = " ".join(name.split())
    if not called or len(called) > LONGEST:
        raise Invalid(
            fields={
                "nombre": Text(
                    "Escriba un nombre, de hasta {n} letras.", "Write a name, of up to {n} letters.", {"n": LONGEST}
                )
            }
        )
    mine = select(func.count()).select_from(SavedView).where(SavedView.user_id == context.actor.id)
    if (context.session.scalar(mine) or 0) >= MOST:
        raise Invalid(
            fields={
                "nombre": Text(
                    "Ya tiene {n} listas guardadas; quite una primero.",
                    "You keep {n} lists already; remove one first.",
                    {"n": MOST},
                )
            }
        )
    query = {key: asked[key][:200] for key in KEPT if asked.get(key)}
    if query.get("view", "mine") not in VIEWS:
        raise NotFound
    context.session.add(
        SavedView(
            id=new_id(),
            user_id=context.actor.id,
            name=called,
            query=urlencode(query),
            created_at=context.now,
        )
    )


def drop(context: Context, view_id: UUID) -> None:
    """Keep a list no longer. Raises ``NotFound`` for one of somebody else."""
    gone = context.session.execute(
        delete(SavedView)
        .where(SavedView.id == view_id, SavedView.user_id == context.actor.id)
        .returning(SavedView.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not gone:
        raise NotFound
