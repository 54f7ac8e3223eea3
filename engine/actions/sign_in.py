"""Signing in and out."""

from __future__ import annotations

from engine.access import accounts, audit
from engine.access.actors import Actor
from engine.errors import Text
from engine.store import Context


def sign_in(context: Context, email: str, password: str, *, agent: str = "") -> str | Text:
    """Open a session and return its secret; what is wrong where there is none. A failure is counted, so nothing raises.

    The limits go by account and by the actor's address.
    """
    address = context.actor.address
    try:
        accounts.check_limits(context, email, address)
    except accounts.TooManyAttempts as error:
        audit.record(context, "session:open", allowed=False, reason="limit")
        return error.text
    user = accounts.password_holder(context, email, password)
    if user is None:
        accounts.note_failure(context, email, address)
        audit.record(context, "session:open", allowed=False, reason="password")
        return accounts.WRONG
    audit.record(context, "session:open", object_id=user.id)
    return accounts.open_session(context, user.id, address=address, agent=agent)


def sign_out(context: Context, secret: str) -> None:
    """End the session."""
    accounts.close_session(context, secret)
    audit.record(context, "session:close")


def anonymous(address: str) -> Actor:
    """Who acts before anybody has signed in."""
    return Actor(None, "", "", frozenset(), kind="anonymous", address=address)
