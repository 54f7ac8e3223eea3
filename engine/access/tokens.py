"""Keys by which programs act for an account: within their scopes, until they expire or are ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, func, select, update

from engine.access import sessions
from engine.access.actors import Actor, Token
from engine.access.matrix import SCOPES
from engine.access.passwords import digest, token
from engine.access.policy import may
from engine.errors import Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.programs import ApiToken

PREFIX = "siproc_"  # so that whoever finds one in a file knows what it is
LASTS = (7, 30, 90, 365)  # days
MOST = 20
USED_EVERY = timedelta(minutes=1)


def offered(actor: Actor) -> list[str]:
    """The scopes of which the actor's roles may do at least something."""
    return [scope for scope, allowed in SCOPES.items() if any(may(actor, permission) for permission in allowed)]


def make(context: Context, actor: Actor, name: str, scopes: Iterable[str], days: int) -> tuple[UUID, str]:
    """A new key of the actor's account and its secret, which nobody can read again. Raises ``Invalid``."""
    assert actor.id is not None
    wanted, possible = set(scopes), offered(actor)
    wrong: dict[str, Text] = {}
    if not name.strip() or len(name) > 80 or any(ord(c) < 32 for c in name):
        wrong["name"] = Text("Escriba para qué es (hasta 80 letras).", "Write what it is for (up to 80 letters).")
    if not wanted or not wanted <= set(possible):
        wrong["scopes"] = Text("Elija al menos un alcance de la lista.", "Choose at least one scope of the list.")
    if days not in LASTS:
        wrong["days"] = Text("Elija un plazo de la lista.", "Choose a term of the list.")
    if not wrong and _count(context, actor.id) >= MOST:
        wrong["name"] = Text(
            "Ya tiene {n} claves: termine una antes.", "You have {n} keys: end one first.", {"n": MOST}
        )
    if wrong:
        raise Invalid(fields=wrong)
    secret = PREFIX + token()
    row = ApiToken(
        id=new_id(),
        user_id=actor.id,
        name=name.strip(),
        digest=digest(secret),
        hint=secret[-4:],
        scopes=[scope for scope in possible if scope in wanted],
        created_at=context.now,
        expires_at=context.now + timedelta(days=days),
    )
    context.session.add(row)
    context.session.flush()
    return row.id, secret


@dataclass(frozen=True, slots=True)
class Key:
    """What is asked of a key's row at each request."""

    id: UUID
    scopes: list[str]
    used_at: datetime | None


def holder(context: Context, secret: str, address: str = "") -> tuple[Actor, Key] | None:
    """Who acts with this secret, and its row; None for one that is unknown, over, or of a closed account."""
    found = sessions.holder_of(context, _key, secret, address)
    if found is None:
        return None
    owner, kept = found[0], Key(*found[1])
    scopes = frozenset(kept.scopes) & frozenset(SCOPES)
    allowed = frozenset({"api:use"}).union(*(SCOPES[scope] for scope in scopes))
    actor = replace(owner, token=Token(kept.id, scopes, allowed))
    return (actor, kept) if may(actor, "api:use") else None


def needs_touch(context: Context, key: Key) -> bool:
    """Whether the key's last use is worth writing down (at most once a minute)."""
    return key.used_at is None or context.now - key.used_at > USED_EVERY


def touch(context: Context, token_id: UUID, address: str) -> None:
    """Note that a key is in use, and from where."""
    values = {"used_at": context.now, "used_from": address[:60]}
    context.session.execute(update(ApiToken).where(ApiToken.id == token_id).values(values))


def of_user(context: Context, user_id: UUID) -> Sequence[ApiToken]:
    """The keys of an account that are still good, the newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id, _alive(context.now))
    return context.session.scalars(query.order_by(ApiToken.id.desc())).all()


def end(context: Context, user_id: UUID, token_id: UUID) -> None:
    """End one key of an account. Raises ``NotFound``."""
    if not _end(context, ApiToken.user_id == user_id, ApiToken.id == token_id):
        raise NotFound


def end_all(context: Context, user_id: UUID) -> int:
    """End all keys of an account; returns how many."""
    return _end(context, ApiToken.user_id == user_id)


def _end(context: Context, *which: ColumnElement[bool]) -> int:
    chosen = update(ApiToken).where(ApiToken.ended_at.is_(None), *which).values(ended_at=context.now)
    return int(cast("CursorResult[Any]", context.session.execute(chosen)).rowcount)


def _alive(now: sessions.Instant) -> ColumnElement[bool]:
    return and_(ApiToken.ended_at.is_(None), ApiToken.expires_at > now)


def _count(context: Context, user_id: UUID) -> int:
    query = select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user_id, _alive(context.now))
    return context.session.scalar(query) or 0


_key = sessions.by_secret(ApiToken, _alive(sessions.NOW), ApiToken.id, ApiToken.scopes, ApiToken.used_at)
