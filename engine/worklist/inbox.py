"""An officer's inbox: pages of open tasks by key, with counts, always through the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_

from engine.access.actors import Actor
from engine.access.policy import candidate, visible_tasks
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import UserTask

PAGE = 25
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
VIEWS = ("mine", "unclaimed", "office", "overdue")


@dataclass(frozen=True, slots=True)
class Row:
    """One task as a list shows it."""

    task: UserTask
    folio: str | None
    title: str
    case_priority: str | None
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of tasks, and the key of the page after it (None: this is the last)."""

    rows: Sequence[Row]
    after: str | None


def _view(view: str, actor: Actor, now: datetime) -> ColumnElement[bool]:
    if view == "mine":
        return UserTask.assignee_id == actor.id
    if view == "unclaimed":
        return and_(UserTask.assignee_id.is_(None), candidate(actor))
    if view == "overdue":
        return and_(visible_tasks(actor), UserTask.due_at < now)
    return visible_tasks(actor)


def _order() -> tuple[Any, Any]:
    return func.coalesce(UserTask.due_at, NEVER), UserTask.id


def page(
    context: Context,
    actor: Actor,
    view: str = "mine",
    *,
    domain: str = "",
    priority: str = "",
    text: str = "",
    after: str = "",
) -> Page:
    """Open tasks of a view, what is due first on top; ``after`` is the key that the page before gave."""
    due, key = _order()
    query = (
        select(UserTask, CaseFile.folio, CaseFile.title, CaseFile.priority, User.name)
        .outerjoin(CaseFile, CaseFile.id == UserTask.case_id)
        .outerjoin(User, User.id == UserTask.assignee_id)
        .where(UserTask.state == "open", _view(view, actor, context.now))
    )
    if domain:
        query = query.where(CaseFile.domain == domain)
    if priority:
        query = query.where(CaseFile.priority == priority)
    if text:
        like = f"%{text[:100].replace('%', '').replace('_', ' ')}%"
        query = query.where(or_(CaseFile.folio.ilike(like), CaseFile.title.ilike(like), UserTask.name.ilike(like)))
    position = _read_key(after)
    if position is not None:
        query = query.where(tuple_(due, key) > position)
    found = context.session.execute(query.order_by(due, key).limit(PAGE + 1)).all()
    rows = [
        Row(task, folio, title or "", case_priority, name) for task, folio, title, case_priority, name in found[:PAGE]
    ]
    last = rows[-1].task if len(found) > PAGE else None
    return Page(rows, f"{(last.due_at or NEVER).isoformat()}~{last.id}" if last is not None else None)


def _read_key(text: str) -> tuple[datetime, UUID] | None:
    at, _, key = text.partition("~")
    try:
        return datetime.fromisoformat(at), UUID(key)
    except ValueError:
        return None


def counts(context: Context, actor: Actor) -> dict[str, int]:
    """How many open tasks each view has, in one query."""
    columns = [
        func.coalesce(func.sum(case((_view(view, actor, context.now), 1), else_=0)), 0).label(view) for view in VIEWS
    ]
    visible = or_(visible_tasks(actor), UserTask.assignee_id == actor.id)
    row = context.session.execute(select(*columns).where(UserTask.state == "open", visible)).one()
    return {view: int(getattr(row, view)) for view in VIEWS}


def next_of_case(context: Context, actor: Actor, case_id: UUID) -> UUID | None:
    """The next task of a case that the actor has or could take: their own first, then what is due first."""
    due, key = _order()
    mine = case((UserTask.assignee_id == actor.id, 0), else_=1)
    takeable = or_(UserTask.assignee_id == actor.id, and_(UserTask.assignee_id.is_(None), candidate(actor)))
    return context.session.scalars(
        select(UserTask.id)
        .where(UserTask.case_id == case_id, UserTask.state == "open", takeable)
        .order_by(mine, due, key)
        .limit(1)
    ).first()
