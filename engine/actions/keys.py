"""Idempotency: a command that is repeated with its key answers as the first time and does nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from engine.store import Context
from engine.store.tables.runtime import CommandKey

KEPT = timedelta(days=2)


def earlier_answer(context: Context, key: str | None) -> dict[str, Any] | None:
    """What the command with this key answered before, to the same actor; None where it was not done yet."""
    row = context.session.get(CommandKey, key) if key else None
    return row.answer if row is not None and row.actor_id == context.actor.id else None


def remember(context: Context, key: str | None, answer: dict[str, Any]) -> None:
    """Keep an answer for two days, in the transaction of its command."""
    if not key:
        return
    context.session.execute(delete(CommandKey).where(CommandKey.at < context.now - KEPT))
    context.session.add(CommandKey(key=key[:100], actor_id=context.actor.id, at=context.now, answer=answer))
