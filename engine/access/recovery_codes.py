"""Codes for when the other factors are lost: shown once, kept as digests, each good for one time."""

from __future__ import annotations

import base64
import secrets
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select

from engine.access.passwords import digest
from engine.store import Context
from engine.store.tables.access import RecoveryCode

COUNT = 10
BYTES = 10  # 80 bits: nothing that can be tried out, so a plain digest is enough


def renew(context: Context, user_id: UUID) -> list[str]:
    """Make new codes in place of the old ones, and return them; nobody can read them again."""
    remove(context, user_id)
    codes = [_grouped(base64.b32encode(secrets.token_bytes(BYTES)).decode()) for _ in range(COUNT)]
    context.session.add_all(RecoveryCode(user_id=user_id, digest=_digest(user_id, code)) for code in codes)
    return codes


def use(context: Context, user_id: UUID, code: str) -> bool:
    """Whether ``code`` is one that was not used; it is used with that."""
    query = delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.digest == _digest(user_id, code))
    return int(cast("CursorResult[Any]", context.session.execute(query)).rowcount) == 1


def left(context: Context, user_id: UUID) -> int:
    """How many codes are left."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return context.session.scalar(query) or 0


def remove(context: Context, user_id: UUID) -> None:
    """Forget them all."""
    context.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _digest(user_id: UUID, code: str) -> str:
    plain = "".join(letter for letter in code.upper()[:100] if letter.isalnum())
    return digest(f"{user_id}:{plain}")
