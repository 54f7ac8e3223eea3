"""Notices to a person, or to everybody who has a role in an office."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from engine.access.actors import Actor
from engine.errors import Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import Notification


def notify(
    context: Context,
    kind: str,
    text: Text,
    *,
    user_id: UUID | None = None,
    role: str | None = None,
    office_code: str | None = None,
    case_id: UUID | None = None,
    task_id: UUID | None = None,
) -> None:
    """Leave a notice."""
    context.session.add(
        Notification(
            id=new_id(),
            user_id=user_id,
            role=role,
            office_code=office_code,
            case_id=case_id,
            task_id=task_id,
            kind=kind,
            text_es=text.in_language("es")[:500],
            text_en=text.in_language("en")[:500],
            created_at=context.now,
        )
    )


def _for(actor: Actor) -> ColumnElement[bool]:
    by_role = and_(Notification.role.in_(sorted(actor.roles)), Notification.office_code == actor.office_code)
    return or_(Notification.user_id == actor.id, by_role)


def unread(context: Context, actor: Actor, limit: int = 50) -> Sequence[Notification]:
    """Unread notices of the actor, the newest first."""
    query = select(Notification).where(_for(actor), Notification.read_at.is_(None))
    return context.session.scalars(query.order_by(Notification.id.desc()).limit(limit)).all()


def count_unread(context: Context, actor: Actor) -> int:
    """How many notices the actor has not read."""
    query = select(func.count()).select_from(Notification).where(_for(actor), Notification.read_at.is_(None))
    return context.session.scalar(query) or 0


def mark_read(context: Context, actor: Actor) -> None:
    """Mark all notices of the actor as read."""
    context.session.execute(
        update(Notification)
        .where(_for(actor), Notification.read_at.is_(None))
        .values(read_at=context.now)
        .execution_options(synchronize_session=False)
    )
