"""Idempotency: a command that is repeated with its key answers as the first time and does nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.exc import IntegrityError

from engine.errors import Conflict, Text
from engine.store import Context
from engine.store.prepared import insertion
from engine.store.tables.runtime import CommandKey

KEPT = timedelta(days=2)
USED = Text("Esta clave ya se usó para otra cosa.", "This key was used for something else.")
_insert = insertion(CommandKey)


def earlier_answer(context: Context, key: str | None, *gives: str) -> dict[str, Any] | None:
    """What the command with this key answered before, to the same actor; None where it was not done yet.

    Raises ``Conflict`` for the key of another command, whose answer lacks what this one ``gives``.
    """
    row = context.session.get(CommandKey, key[:100]) if key else None
    if row is None or row.actor_id != context.actor.id:
        return None
    if not set(gives) <= set(row.answer):
        raise Conflict(USED)
    return dict(row.answer)


def remember(context: Context, key: str | None, answer: dict[str, Any]) -> None:
    """Keep an answer for two days, in the transaction of its command. Raises ``Conflict`` where the key is taken."""
    if key:
        values = {"key": key[:100], "actor_id": context.actor.id, "at": context.now, "answer": answer}
        try:
            _insert.run(context.session, values)
        except IntegrityError as error:
            raise Conflict from error


def once(context: Context, key: str | None, work: Callable[[], dict[str, Any]], *gives: str) -> dict[str, Any]:
    """What ``work`` answers; a repetition with its key does nothing and is answered as the first time.

    Two at the same moment: one does it, the other gets ``Conflict``.
    """
    answer = earlier_answer(context, key, *gives)
    if answer is not None:
        return answer
    answer = work()
    remember(context, key, answer)
    return answer


def done_once(context: Context, key: str | None, work: Callable[[], object]) -> None:
    """The same for a command that answers nothing."""

    def done() -> dict[str, Any]:
        work()
        return {}

    once(context, key, done)


def sweep(context: Context) -> int:
    """Forget the answers that nobody can ask for any more; returns how many."""
    done = context.session.execute(delete(CommandKey).where(CommandKey.at < context.now - KEPT))
    return int(cast("CursorResult[Any]", done).rowcount)
