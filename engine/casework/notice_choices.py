"""What each person wants of each kind of notice: in the page alone, by mail at once, or in the digest of the day."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select

from engine.errors import Invalid, Text
from engine.store import Context
from engine.store.tables.access import NoticeChoice, User

WAYS = ("page", "mail", "digest")
KINDS = ("assigned", "due_soon", "overdue", "escalation", "answer", "access", "mention")
DEFAULTS = dict.fromkeys(KINDS, "page") | {"overdue": "digest", "escalation": "digest"}
UNKNOWN = Text("Elija una de las opciones que se ofrecen.", "Choose one of the options offered.")
HOUR = Text("Escriba una hora de 0 a 23.", "Write an hour from 0 to 23.")


def of_user(context: Context, user_id: UUID) -> dict[str, str]:
    """The way of each kind, as chosen or by default."""
    rows = context.session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == user_id))
    return DEFAULTS | {row.kind: row.way for row in rows}


def choose(context: Context, user_id: UUID, ways: Mapping[str, str], hour: str) -> None:
    """Keep the choices and the local hour (0 to 23) of the digest; Invalid by field for anything else."""
    wrong = {kind: UNKNOWN for kind in ways if kind not in KINDS or ways[kind] not in WAYS}
    wrong |= {kind: UNKNOWN for kind in KINDS if kind not in ways}
    if hour not in {str(number) for number in range(24)}:
        wrong["hour"] = HOUR
    if wrong:
        raise Invalid(wrong)
    context.session.execute(delete(NoticeChoice).where(NoticeChoice.user_id == user_id))
    context.session.add_all(NoticeChoice(user_id=user_id, kind=kind, way=way) for kind, way in ways.items())
    context.session.get_one(User, user_id).digest_hour = int(hour)
