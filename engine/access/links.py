"""Links that are mailed, and challenges: each opens one thing, once, until it expires."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.exc import IntegrityError

from engine.access.passwords import digest, token
from engine.errors import Conflict
from engine.store import Context
from engine.store.tables.access import Link, Spent, User

INVITATION, PASSWORD, RECOVERY = "invitation", "password", "recovery"
LASTS = {INVITATION: timedelta(days=3), PASSWORD: timedelta(hours=1), RECOVERY: timedelta(hours=24)}
# So long is a spent challenge remembered; none is valid for longer.
REMEMBERED = timedelta(hours=1)


def make(context: Context, purpose: str, user_id: UUID) -> str:
    """A new link's secret, in place of older links of the account for the same purpose."""
    context.session.execute(delete(Link).where(Link.user_id == user_id, Link.purpose == purpose))
    secret = token()
    context.session.add(
        Link(
            digest=digest(secret),
            purpose=purpose,
            user_id=user_id,
            created_at=context.now,
            expires_at=context.now + LASTS[purpose],
        )
    )
    return secret


def find(context: Context, secret: str) -> tuple[str, User] | None:
    """What a link is for and whose it is; None for one that is unknown, used or expired, or of a closed account."""
    row = context.session.execute(
        select(Link.purpose, User)
        .join(User, User.id == Link.user_id)
        .where(Link.digest == digest(secret), Link.expires_at > context.now, User.active)
    ).first()
    return (row[0], row[1]) if row is not None else None


def use(context: Context, secret: str) -> tuple[str, User] | None:
    """The same, and the link is used with that."""
    found = find(context, secret)
    if found is None:
        return None
    done = context.session.execute(delete(Link).where(Link.digest == digest(secret)))
    return found if int(cast("CursorResult[Any]", done).rowcount) == 1 else None


def withdraw(context: Context, user_id: UUID) -> None:
    """Let no link of an account open anything."""
    context.session.execute(delete(Link).where(Link.user_id == user_id))


def spend(context: Context, challenge: str) -> bool:
    """Whether this challenge or state is answered for the first time.

    Of two answers in the same moment one gets ``Conflict``.
    """
    key = digest(challenge)
    if context.session.get(Spent, key) is not None:
        return False
    context.session.add(Spent(digest=key, until=context.now + REMEMBERED))
    try:
        context.session.flush()
    except IntegrityError as error:
        raise Conflict from error
    return True


def sweep(context: Context) -> int:
    """Forget what has expired; returns how many."""
    done = context.session.execute(delete(Link).where(Link.expires_at <= context.now))
    spent = context.session.execute(delete(Spent).where(Spent.until <= context.now))
    return int(cast("CursorResult[Any]", done).rowcount) + int(cast("CursorResult[Any]", spent).rowcount)
