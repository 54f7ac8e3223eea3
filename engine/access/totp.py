"""Codes of an authenticator application (TOTP, RFC 6238): set up, and each code counts once."""

from __future__ import annotations

import io
from datetime import datetime
from uuid import UUID

import pyotp
import segno
from sqlalchemy import delete

from engine.store import Context
from engine.store.tables.access import TotpSecret

ISSUER = "SIPROC"
PERIOD = 30
DRIFT = 1  # half minutes that a telephone's clock may be off


def begin(context: Context, user_id: UUID) -> None:
    """Make a new secret, which counts once its first code was given. A confirmed one stays as it is."""
    row = context.session.get(TotpSecret, user_id)
    if row is not None and row.confirmed_at is not None:
        return
    if row is not None:
        context.session.delete(row)
        context.session.flush()
    context.session.add(TotpSecret(user_id=user_id, secret=pyotp.random_base32(), created_at=context.now))


def waiting_secret(context: Context, user_id: UUID) -> str | None:
    """The secret that waits for its first code."""
    row = context.session.get(TotpSecret, user_id)
    return row.secret if row is not None and row.confirmed_at is None else None


def confirm(context: Context, user_id: UUID, code: str) -> bool:
    """Take the secret into use if ``code`` is one of its codes now."""
    row = context.session.get(TotpSecret, user_id, with_for_update=True)
    if row is None or row.confirmed_at is not None or not _spend(row, code, context.now):
        return False
    row.confirmed_at = context.now
    return True


def use(context: Context, user_id: UUID, code: str) -> bool:
    """Whether ``code`` is right now and was not used before; it is used with that."""
    row = context.session.get(TotpSecret, user_id, with_for_update=True)
    return row is not None and row.confirmed_at is not None and _spend(row, code, context.now)


def has(context: Context, user_id: UUID) -> bool:
    """Whether the account has an authenticator application."""
    row = context.session.get(TotpSecret, user_id)
    return row is not None and row.confirmed_at is not None


def remove(context: Context, user_id: UUID) -> None:
    """Forget the application."""
    context.session.execute(delete(TotpSecret).where(TotpSecret.user_id == user_id))


def _spend(row: TotpSecret, code: str, now: datetime) -> bool:
    code = "".join(code.split())
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return False
    totp = pyotp.TOTP(row.secret, interval=PERIOD)
    present = int(now.timestamp()) // PERIOD
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > row.last_step and pyotp.utils.strings_equal(totp.at(step * PERIOD), code):
            row.last_step = step
            return True
    return False


def address(secret: str, email: str) -> str:
    """What the application reads: ``otpauth://…``."""
    return pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(secret: str, email: str) -> str:
    """The same as a QR code: an inline SVG without styles."""
    out = io.BytesIO()
    segno.make(address(secret, email), error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return out.getvalue().decode()
