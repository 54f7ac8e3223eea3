"""Browsers in which an account signed in before."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from engine.access.passwords import digest, token
from engine.store import Context
from engine.store.tables.access import KnownDevice

KEPT = timedelta(days=180)


def knows(context: Context, user_id: UUID | None, cookie: str) -> str:
    """The digest of the device that the account knows by this cookie; "" for a new one."""
    if user_id is None or not cookie:
        return ""
    row = context.session.get(KnownDevice, (user_id, digest(cookie)))
    return row.digest if row is not None and context.now - row.seen_at <= KEPT else ""


def has_any(context: Context, user_id: UUID) -> bool:
    """Whether the account signed in anywhere before."""
    query = select(func.count()).select_from(KnownDevice).where(KnownDevice.user_id == user_id)
    return bool(context.session.scalar(query))


def note(context: Context, user_id: UUID, cookie: str) -> tuple[str, bool]:
    """Note a sign-in from a device. Its cookie (another one where it had none of ours) and whether it is new."""
    known = knows(context, user_id, cookie)
    if known:
        context.session.get_one(KnownDevice, (user_id, known)).seen_at = context.now
        return cookie, False
    cookie = token()
    row = KnownDevice(user_id=user_id, digest=digest(cookie), created_at=context.now, seen_at=context.now)
    context.session.add(row)
    return cookie, True


def forget(context: Context, user_id: UUID) -> None:
    """Let every device of an account be new again."""
    context.session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))
