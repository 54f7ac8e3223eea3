"""How often one may guess: by account, by address, and apart for devices that the account knows.

The counts are rows, so every server sees the same. Only failures count, and nothing locks an account: who comes with a
device that signed in before has a count of its own, so that neither a stranger's guesses nor a neighbour's behind the
same address keep an office out.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from engine.errors import EngineError, Text
from engine.store import Context
from engine.store.tables.access import SignInAttempt
from engine.store.tables.base import new_id

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 8
PER_ADDRESS = 40
PER_DEVICE = 10
PER_FACTOR = 6
PER_MAIL = 3


class TooManyAttempts(EngineError):
    """Too many failed sign-ins; the account itself is not locked."""

    code = "too_many_attempts"
    default = Text(
        "Demasiados intentos fallidos. Espere quince minutos e inténtelo de nuevo.",
        "Too many failed attempts. Wait fifteen minutes and try again.",
    )


def of_password(email: str, address: str, device: str = "") -> dict[str, int]:
    """What a password is counted by; ``device`` is the digest of a device that the account knows."""
    email = email.strip().lower()[:200]
    if device:
        return {f"device:{device}": PER_DEVICE}
    return {f"account:{email}": PER_ACCOUNT, f"address:{address[:60]}": PER_ADDRESS}


def of_factor(user_id: UUID) -> dict[str, int]:
    """What a second factor is counted by."""
    return {f"factor:{user_id}": PER_FACTOR}


def of_mail(email: str, address: str) -> dict[str, int]:
    """What asking for a mail is counted by."""
    return {f"mail:{email.strip().lower()[:200]}": PER_MAIL, f"mail-address:{address[:60]}": PER_ADDRESS}


def of_token(address: str) -> dict[str, int]:
    """What a program's key that opens nothing is counted by."""
    return {f"token-address:{address[:60]}": PER_ADDRESS}


def check(context: Context, keys: dict[str, int]) -> None:
    """Raise ``TooManyAttempts`` where one of the keys was counted too often lately."""
    attempt = SignInAttempt
    query = (
        select(attempt.key, func.count())
        .where(attempt.key.in_(keys), attempt.at > context.now - WINDOW)
        .group_by(attempt.key)
    )
    if any(count >= keys[key] for key, count in context.session.execute(query)):
        raise TooManyAttempts


def count(context: Context, keys: dict[str, int]) -> None:
    """Count once; what is old is dropped."""
    context.session.execute(delete(SignInAttempt).where(SignInAttempt.at < context.now - WINDOW))
    context.session.add_all(SignInAttempt(id=new_id(), key=key, at=context.now) for key in keys)
