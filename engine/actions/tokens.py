"""Making and ending the keys of one's own programs, and telling who comes with one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from engine.access import audit, limits, mail, tokens
from engine.access.actors import Actor
from engine.access.policy import require
from engine.access.sessions import Held
from engine.actions.own_account import require_fresh
from engine.casework import notifications
from engine.errors import Text
from engine.store import Context, Store

MADE = Text(
    "Se hizo una clave de programa para su cuenta («{name}»). Si no fue usted, termínela en «Mi cuenta» y avise.",
    "A program key was made for your account (“{name}”). If it was not you, end it in “My account” and tell somebody.",
)


def make(context: Context, held: Held, name: str, scopes: Iterable[str], days: int) -> str:
    """A new key; its secret is given only now. Raises ``NotFresh``, ``Forbidden``, ``Invalid``."""
    require_fresh(context, held)
    require(held.actor, "api:use")
    wanted = sorted(scopes)
    token_id, secret = tokens.make(context, held.actor, name, wanted, days)
    audit.record(context, "token:make", object_id=token_id, scopes=wanted, days=days)
    text = Text(MADE.es, MADE.en, {"name": name.strip()})
    notifications.notify(context, "account.security", text, user_id=held.actor.id)
    assert held.actor.id is not None
    mail.post(context, held.actor.id, "token", at=f"{context.now:%Y-%m-%d %H:%M}")
    return secret


def end(context: Context, held: Held, token_id: UUID) -> None:
    """End a key of one's own. Raises ``NotFound``."""
    assert held.actor.id is not None
    tokens.end(context, held.actor.id, token_id)
    audit.record(context, "token:end", object_id=token_id)


def enter(store: Store, visitor: Actor, secret: str) -> Actor | None:
    """Who acts with this secret; None, counted and written down, where it opens nothing.

    Raises ``TooManyAttempts`` for an address that tried too many; a key that is good is never kept out by others'.
    """
    found, stale = store.ask(lambda context: _found(context, secret, visitor.address), visitor)
    if found is not None and found.token is not None:
        if stale:
            store.transact(lambda context: tokens.touch(context, found.token.id, visitor.address), found)  # type: ignore[union-attr]
        return found

    def refuse(context: Context) -> None:
        counted = limits.of_token(visitor.address)
        limits.check(context, counted)
        limits.count(context, counted)
        audit.record(context, "api:use", allowed=False, reason="token")

    store.transact(refuse, visitor)
    return None


def _found(context: Context, secret: str, address: str) -> tuple[Actor | None, bool]:
    found = tokens.holder(context, secret, address)
    return (None, False) if found is None else (found[0], tokens.needs_touch(context, found[1]))
