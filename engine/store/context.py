"""What a piece of work is handed: the open transaction, who acts, when, and the request that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

T = TypeVar("T")
SEEN = "seen"  # where a session that only reads keeps what it was asked already


@dataclass(frozen=True, slots=True)
class Context:
    """Four fields, and no more. ``now`` is one instant for the whole transaction, aware, in UTC."""

    session: Session
    actor: Any
    now: datetime
    request_id: UUID


def once(context: Context, question: Hashable, ask: Callable[[], T]) -> T:
    """What ``ask`` gives, asked once of each state of the database that is read; where something is written, every time.

    ``question`` tells it from all others, with whoever asks.
    """
    seen = context.session.info.get(SEEN)
    if seen is None:
        return ask()
    if question not in seen:
        seen[question] = ask()
    return seen[question]  # type: ignore[no-any-return]


def answered(context: Context, question: Hashable, answer: object) -> None:
    """Keep the answer to a ``question`` that ``once`` would ask, because another one has told it along."""
    seen = context.session.info.get(SEEN)
    if seen is not None:
        seen[question] = answer
