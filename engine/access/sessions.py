"""Sessions kept on the server: opened in stages, ended by time, by their holder or by an administrator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, CursorResult, String, and_, bindparam, delete, or_, select, update

from engine.access.actors import Actor
from engine.access.passwords import digest, token
from engine.store import Context
from engine.store.prepared import Prepared
from engine.store.tables.access import Absence, User, UserClearance, UserRole, UserSession
from engine.store.tables.base import UtcDateTime, new_id
from engine.store.tables.casework import CaseOpening
from engine.store.tables.programs import ApiToken

Instant = datetime | BindParameter[datetime]
NOW = bindparam("now", type_=UtcDateTime())
SEEN_EVERY = timedelta(minutes=1)
WAITING = timedelta(minutes=15)  # for the second factor, and for setting the first one up
FRESH = timedelta(minutes=10)  # how long a proof of oneself is enough to change factors
OPEN, SECOND, ENROL = "open", "second", "enrol"


@dataclass(frozen=True, slots=True)
class Terms:
    """After how long a session ends: unused, and in all."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)


TERMS = Terms()
WAIT = Terms(WAITING, WAITING)


@dataclass(frozen=True, slots=True)
class Held:
    """A session and who holds it. Only one at the stage ``open`` lets its holder act."""

    id: UUID
    actor: Actor
    stage: str
    seen_at: datetime
    authenticated_at: datetime
    method: str

    def fresh(self, now: datetime) -> bool:
        """Whether the holder proved who they are a short while ago."""
        return now - self.authenticated_at <= FRESH


def open_session(
    context: Context,
    user_id: UUID,
    *,
    address: str = "",
    agent: str = "",
    stage: str = OPEN,
    method: str = "password",
    terms: Terms = TERMS,
) -> str:
    """Start a session and return its secret; only a digest of it is stored."""
    secret = token()
    terms = terms if stage == OPEN else WAIT
    context.session.add(
        UserSession(
            digest=digest(secret),
            id=new_id(),
            user_id=user_id,
            stage=stage,
            method=method,
            created_at=context.now,
            seen_at=context.now,
            authenticated_at=context.now,
            idle_until=context.now + terms.idle,
            ends_at=context.now + terms.absolute,
            address=address[:60],
            agent=agent[:200],
        )
    )
    return secret


def held(context: Context, secret: str, address: str = "") -> Held | None:
    """The session with this secret, unless it has ended or its account is closed."""
    found = holder_of(context, _held, secret, address)
    if found is None:
        return None
    actor, (session_id, stage, seen_at, authenticated_at, method) = found
    return Held(session_id, actor, stage, seen_at, authenticated_at, method)


class _Account(NamedTuple):
    """What an actor has from their account's row."""

    id: UUID
    name: str
    office_code: str
    language: str
    email: str


def by_secret(kind: type[UserSession | ApiToken], alive: ColumnElement[bool], *columns: Any) -> Prepared:
    """The statement that ``holder_of`` sends: every request asks it. ``alive`` may name the instant ``NOW``."""
    account = [getattr(User, name) for name in _Account._fields]
    rights = (UserRole.role, UserClearance.compartment, CaseOpening.case_id, Absence.user_id)
    return Prepared(
        select(*account, *rights, *columns)
        .select_from(User)
        .join(kind, kind.user_id == User.id)
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .outerjoin(UserClearance, UserClearance.user_id == User.id)
        .outerjoin(CaseOpening, _still_open(NOW))
        .outerjoin(Absence, _away(NOW))
        .where(kind.digest == bindparam("secret", type_=String()), User.active, alive)
    )


def holder_of(context: Context, statement: Prepared, secret: str, address: str) -> tuple[Actor, list[Any]] | None:
    """Whose a secret is, and the columns of its row; None for one that is unknown or over, and for a closed account."""
    rows = statement.all(context.session, {"secret": digest(secret), "now": context.now})
    if not rows:
        return None
    size = len(_Account._fields)
    roles, clearances, opened, away = (
        {value for value in column if value is not None} for column in list(zip(*rows, strict=True))[size : size + 4]
    )
    account = _Account(*rows[0][:size])
    return _actor(account, roles, clearances, opened, away, address), rows[0][size + 4 :]


def actor_of_session(context: Context, secret: str, address: str = "") -> Actor | None:
    """Who holds the session, unless it has ended, is not open yet, or the account is closed."""
    found = held(context, secret, address)
    return found.actor if found is not None and found.stage == OPEN else None


def actors_of(context: Context, users: Sequence[User]) -> list[Actor]:
    """These users as they act when signed in, in four queries however many they are."""
    ids, session = [user.id for user in users], context.session
    roles = select(UserRole.user_id, UserRole.role).where(UserRole.user_id.in_(ids))
    given = select(UserClearance.user_id, UserClearance.compartment).where(UserClearance.user_id.in_(ids))
    opened = select(User.id, CaseOpening.case_id).join(User, _still_open(context.now)).where(User.id.in_(ids))
    away = select(User.id, Absence.user_id).join(User, _away(context.now)).where(User.id.in_(ids))
    found: list[defaultdict[UUID, list[Any]]] = []
    for query in (roles, given, opened, away):
        of = defaultdict(list)
        for user_id, value in session.execute(query):
            of[user_id].append(value)
        found.append(of)
    held, clearances, cases, people = found
    return [
        _actor(user, held[user.id], clearances[user.id], cases[user.id], people[user.id], address="") for user in users
    ]


def _still_open(now: Instant) -> ColumnElement[bool]:
    return and_(CaseOpening.user_id == User.id, CaseOpening.until > now)


def _away(now: Instant) -> ColumnElement[bool]:
    """Absences that last now, in which the user stands in for whoever is away."""
    lasts = and_(Absence.starts_at <= now, Absence.ends_at > now, Absence.called_off_at.is_(None))
    return and_(Absence.substitute_id == User.id, lasts)


def _actor(
    user: User | _Account,
    roles: Iterable[str],
    clearances: Iterable[str],
    opened: Iterable[UUID],
    away: Iterable[UUID],
    address: str,
) -> Actor:
    return Actor(
        user.id,
        user.name,
        user.office_code,
        frozenset(roles),
        user.language,
        user.email,
        address=address,
        clearances=frozenset(clearances),
        opened=frozenset(opened),
        standing_in=frozenset(away),
    )


def needs_touch(session: Held, now: datetime) -> bool:
    """Whether the session's last use is worth writing down (at most once a minute)."""
    return session.stage == OPEN and now - session.seen_at > SEEN_EVERY


def touch(context: Context, secret: str, terms: Terms = TERMS) -> None:
    """Note that the session is in use; one that has ended stays so."""
    alive = and_(UserSession.digest == digest(secret), ~_ended(context.now))
    values = {"seen_at": context.now, "idle_until": context.now + terms.idle}
    context.session.execute(update(UserSession).where(alive).values(values))


def confirm(context: Context, secret: str) -> None:
    """Note that the holder has just proved again who they are."""
    alive = and_(UserSession.digest == digest(secret), ~_ended(context.now))
    context.session.execute(update(UserSession).where(alive).values(authenticated_at=context.now))


def sessions_of(context: Context, user_id: UUID) -> Sequence[UserSession]:
    """The open sessions of a user, the last used first."""
    query = select(UserSession).where(UserSession.user_id == user_id, UserSession.stage == OPEN, ~_ended(context.now))
    return context.session.scalars(query.order_by(UserSession.seen_at.desc(), UserSession.id)).all()


def close_session(context: Context, secret: str) -> None:
    """End a session."""
    context.session.execute(delete(UserSession).where(UserSession.digest == digest(secret)))


def close_one_of(context: Context, user_id: UUID, session_id: UUID) -> None:
    """End one session of a user, by its id."""
    context.session.execute(delete(UserSession).where(UserSession.user_id == user_id, UserSession.id == session_id))


def close_sessions_of(context: Context, user_id: UUID, *, but: UUID | None = None) -> int:
    """End all sessions of a user, but the one named; returns how many."""
    chosen = [UserSession.user_id == user_id, *([UserSession.id != but] if but is not None else [])]
    done = context.session.execute(delete(UserSession).where(*chosen))
    return int(cast("CursorResult[Any]", done).rowcount)


def sweep(context: Context) -> int:
    """Delete the sessions that have ended; returns how many there were."""
    done = context.session.execute(delete(UserSession).where(_ended(context.now)))
    return int(cast("CursorResult[Any]", done).rowcount)


def _ended(now: Instant) -> ColumnElement[bool]:
    return or_(UserSession.idle_until < now, UserSession.ends_at < now)


_held = by_secret(
    UserSession,
    ~_ended(NOW),
    UserSession.id,
    UserSession.stage,
    UserSession.seen_at,
    UserSession.authenticated_at,
    UserSession.method,
)
