"""The people of an office as actors, in a fixed number of queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from engine.access.actors import Actor
from engine.store import Context
from engine.store.tables.access import User, UserClearance, UserRole


def at(context: Context, offices: Collection[str | None]) -> Sequence[Actor]:
    """Everybody with an account that is open at one of these offices, by name."""
    query = select(User).where(User.active, User.office_code.in_(sorted(code for code in offices if code)))
    return _actors(context, context.session.scalars(query.order_by(User.name, User.id)).all())


def one(context: Context, user_id: UUID | None) -> Actor | None:
    """Somebody with an account that is open."""
    user = context.session.get(User, user_id) if user_id is not None else None
    return _actors(context, [user])[0] if user is not None and user.active else None


def _actors(context: Context, users: Sequence[User]) -> list[Actor]:
    ids = [user.id for user in users]
    roles: defaultdict[UUID, set[str]] = defaultdict(set)
    clearances: defaultdict[UUID, set[str]] = defaultdict(set)
    given = select(UserRole.user_id, UserRole.role).where(UserRole.user_id.in_(ids))
    opened = select(UserClearance.user_id, UserClearance.compartment).where(UserClearance.user_id.in_(ids))
    for found, query in ((roles, given), (clearances, opened)):
        for user_id, name in context.session.execute(query):
            found[user_id].add(name)
    return [
        Actor(
            user.id,
            user.name,
            user.office_code,
            frozenset(roles[user.id]),
            user.language,
            user.email,
            clearances=frozenset(clearances[user.id]),
        )
        for user in users
    ]
