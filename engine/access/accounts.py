"""Accounts: passwords, sign-in with limits, and sessions kept on the server."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from threading import Semaphore
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from engine.access.actors import Actor
from engine.access.matrix import OFFICERS, ROLES
from engine.errors import Conflict, EngineError, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.access import SignInAttempt, User, UserRole, UserSession
from engine.store.tables.base import new_id

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A flood of sign-ins must not take all memory: each hash needs 19 MiB.
HASHING = Semaphore(4)
NOBODY = HASHER.hash("nobody has this password")
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 8
PER_ADDRESS = 40
SHORTEST = 12
LONGEST = 128
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
    """Make an account. Raises ``Invalid`` for a short password or an unknown role, ``Conflict`` for a known address."""
    wanted = set(roles)
    if not wanted <= set(ROLES) - {"sistema"}:
        raise Invalid(fields={"roles": Text("Hay una función desconocida.", "There is an unknown role.")})
    if context.session.scalar(select(User.id).where(User.email == email.strip().lower())) is not None:
        raise Conflict(Text("Ya hay una cuenta con ese correo.", "There is an account with that e-mail already."))
    user = User(
        id=new_id(),
        email=email.strip().lower(),
        name=name,
        office_code=office_code,
        language=language,
        password_hash=_hash(password),
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
            HASHER.verify(user.password_hash if known and user is not None else NOBODY, password[: LONGEST + 1])
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
    """Who holds the session, unless it has ended (30 minutes idle, 12 hours in all) or the account is closed."""
    rows = context.session.execute(
        select(User, UserRole.role)
        .join(UserSession, UserSession.user_id == User.id)
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .where(UserSession.digest == _digest(secret), User.active, ~_ended(context.now))
    ).all()
    return _actor(rows[0][0], (role for _, role in rows), address) if rows else None


def actor_of(context: Context, user: User, address: str = "") -> Actor:
    """The actor that a user is."""
    return _actor(user, context.session.scalars(select(UserRole.role).where(UserRole.user_id == user.id)), address)


def _actor(user: User, roles: Iterable[str | None], address: str) -> Actor:
    known = frozenset(role for role in roles if role is not None)
    return Actor(user.id, user.name, user.office_code, known, user.language, user.email, address=address)


def needs_touch(context: Context, secret: str) -> bool:
    """Whether the session's last use is worth writing down (at most once a minute)."""
    row = context.session.get(UserSession, _digest(secret))
    return row is not None and context.now - row.seen_at > SEEN_EVERY


def touch(context: Context, secret: str) -> None:
    """Note that the session is in use; one that has ended stays so."""
    alive = and_(UserSession.digest == _digest(secret), ~_ended(context.now))
    context.session.execute(update(UserSession).where(alive).values(seen_at=context.now))


def close_session(context: Context, secret: str) -> None:
    """End a session."""
    context.session.execute(delete(UserSession).where(UserSession.digest == _digest(secret)))


def close_sessions_of(context: Context, user_id: UUID) -> None:
    """End all sessions of a user."""
    context.session.execute(delete(UserSession).where(UserSession.user_id == user_id))


def sweep_sessions(context: Context) -> int:
    """Delete the sessions that have ended; returns how many there were."""
    over = context.session.scalars(select(UserSession.digest).where(_ended(context.now))).all()
    context.session.execute(delete(UserSession).where(UserSession.digest.in_(over)))
    return len(over)


def set_active(context: Context, user_id: UUID, active: bool) -> None:
    """Close or open an account; closing ends its sessions at once."""
    _get(context, user_id).active = active
    if not active:
        close_sessions_of(context, user_id)


def set_password(context: Context, user_id: UUID, password: str) -> None:
    """Give an account another password; its sessions end. Raises ``Invalid`` for a short one."""
    _get(context, user_id).password_hash = _hash(password)
    close_sessions_of(context, user_id)


def set_language(context: Context, user_id: UUID, language: str) -> None:
    """Remember the language that a user reads."""
    _get(context, user_id).language = "en" if language == "en" else "es"


def officers_at(context: Context, office_code: str) -> Sequence[User]:
    """The active users of an office who have a role that works at tasks, by name."""
    working = select(UserRole.user_id).where(UserRole.role.in_(sorted(OFFICERS)))
    query = select(User).where(User.office_code == office_code, User.active, User.id.in_(working))
    return context.session.scalars(query.order_by(User.name, User.id)).all()


def _get(context: Context, user_id: UUID) -> User:
    user = context.session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def _ended(now: datetime) -> ColumnElement[bool]:
    return or_(UserSession.seen_at < now - IDLE, UserSession.created_at < now - ABSOLUTE)


def _hash(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            fields={
                "password": Text(
                    "Entre {least} y {most} caracteres.",
                    "Between {least} and {most} characters.",
                    {"least": SHORTEST, "most": LONGEST},
                )
            }
        )
    with HASHING:
        return HASHER.hash(password)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
