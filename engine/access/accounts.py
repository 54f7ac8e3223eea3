"""Accounts: passwords, sign-in with limits, and sessions kept on the server."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from threading import Semaphore
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, func, select

from engine.access.actors import Actor
from engine.access.matrix import ROLES
from engine.errors import EngineError, Invalid, Text
from engine.store import Context
from engine.store.tables.access import SignInAttempt, User, UserRole, UserSession
from engine.store.tables.base import new_id

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A flood of sign-ins must not take all memory: each hash needs 19 MiB.
HASHING = Semaphore(8)
NOBODY = HASHER.hash("nobody has this password")
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 8
PER_ADDRESS = 40
SHORTEST = 12
SEEN_EVERY = timedelta(minutes=1)


class TooManyAttempts(EngineError):
    """Too many failed sign-ins; the account itself is not locked."""

    code = "too_many_attempts"
    default = Text(
        "Demasiados intentos fallidos. Espere quince minutos e inténtelo de nuevo.",
        "Too many failed attempts. Wait fifteen minutes and try again.",
    )


WRONG = Text("El correo o la contraseña no son correctos.", "The e-mail or the password is not right.")


def create_user(
    context: Context,
    *,
    email: str,
    name: str,
    office_code: str,
    roles: Iterable[str],
    password: str,
    language: str = "es",
) -> UUID:
    """Make an account. Raises ``Invalid`` for a short password or an unknown role."""
    wanted = set(roles)
    if len(password) < SHORTEST:
        raise Invalid(fields={"password": Text("Al menos 12 caracteres.", "At least 12 characters.")})
    if not wanted <= set(ROLES) - {"sistema"}:
        raise Invalid(fields={"roles": Text("Hay una función desconocida.", "There is an unknown role.")})
    user = User(
        id=new_id(),
        email=email.strip().lower(),
        name=name,
        office_code=office_code,
        language=language,
        password_hash=HASHER.hash(password),
        active=True,
        created_at=context.now,
    )
    context.session.add(user)
    context.session.flush()
    context.session.add_all(UserRole(user_id=user.id, role=role) for role in sorted(wanted))
    context.session.flush()
    return user.id


def _keys(email: str, address: str) -> tuple[str, str]:
    return f"account:{email[:200]}", f"address:{address[:60]}"


def check_limits(context: Context, email: str, address: str) -> None:
    """Raise ``TooManyAttempts`` where an account or address failed too often lately."""
    since = context.now - WINDOW
    for key, most in zip(_keys(email.strip().lower(), address), (PER_ACCOUNT, PER_ADDRESS), strict=True):
        count = context.session.scalar(
            select(func.count()).select_from(SignInAttempt).where(SignInAttempt.key == key, SignInAttempt.at > since)
        )
        if (count or 0) >= most:
            raise TooManyAttempts


def note_failure(context: Context, email: str, address: str) -> None:
    """Count a failed sign-in; old ones are dropped."""
    context.session.execute(delete(SignInAttempt).where(SignInAttempt.at < context.now - WINDOW))
    for key in _keys(email.strip().lower(), address):
        context.session.add(SignInAttempt(id=new_id(), key=key, at=context.now))


def password_holder(context: Context, email: str, password: str) -> User | None:
    """The active user whose password this is; takes as long for an unknown account."""
    user = context.session.scalars(select(User).where(User.email == email.strip().lower()[:200])).first()
    known = user is not None and user.active
    with HASHING:
        try:
            HASHER.verify(user.password_hash if known and user is not None else NOBODY, password[:1000])
        except (Argon2Error, InvalidHashError):
            return None
    return user if known else None


def open_session(context: Context, user_id: UUID, *, address: str = "", agent: str = "") -> str:
    """Start a session and return its secret; only a digest of it is stored."""
    secret = secrets.token_urlsafe(32)
    context.session.add(
        UserSession(
            digest=_digest(secret),
            user_id=user_id,
            created_at=context.now,
            seen_at=context.now,
            address=address[:60],
            agent=agent[:200],
        )
    )
    return secret


def actor_of_session(context: Context, secret: str, address: str = "") -> Actor | None:
    """Who holds the session, unless it has ended (30 minutes idle, 12 hours in all)."""
    row = context.session.get(UserSession, _digest(secret))
    if row is None or context.now - row.seen_at > IDLE or context.now - row.created_at > ABSOLUTE:
        return None
    user = context.session.get(User, row.user_id)
    if user is None or not user.active:
        return None
    return actor_of(context, user, address)


def actor_of(context: Context, user: User, address: str = "") -> Actor:
    """The actor that a user is."""
    roles = context.session.scalars(select(UserRole.role).where(UserRole.user_id == user.id))
    return Actor(user.id, user.name, user.office_code, frozenset(roles), user.language, user.email, address=address)


def needs_touch(context: Context, secret: str) -> bool:
    """Whether the session's last use is worth writing down (at most once a minute)."""
    row = context.session.get(UserSession, _digest(secret))
    return row is not None and context.now - row.seen_at > SEEN_EVERY


def touch(context: Context, secret: str) -> None:
    """Note that the session is in use."""
    row = context.session.get(UserSession, _digest(secret))
    if row is not None:
        row.seen_at = context.now


def close_session(context: Context, secret: str) -> None:
    """End a session."""
    context.session.execute(delete(UserSession).where(UserSession.digest == _digest(secret)))


def set_language(context: Context, user_id: UUID, language: str) -> None:
    """Remember the language that a user reads."""
    user = context.session.get(User, user_id)
    if user is not None:
        user.language = "en" if language == "en" else "es"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
