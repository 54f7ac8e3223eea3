"""Signing in and out."""

from __future__ import annotations

from uuid import UUID

from engine.access import accounts, audit
from engine.access.actors import Actor
from engine.errors import Text
from engine.store import Context, Store


def sign_in(store: Store, actor: Actor, email: str, password: str, *, agent: str = "") -> str | Text:
    """Open a session and return its secret; what is wrong where there is none. A failure is counted, so nothing raises.

    The limits go by account and by the actor's address. The password is verified outside the writing transaction:
    hashing takes long on purpose, and other writers must not wait for it.
    """

    def verify(context: Context) -> UUID | Text:
        try:
            accounts.check_limits(context, email, actor.address)
        except accounts.TooManyAttempts as error:
            return error.text
        user = accounts.password_holder(context, email, password)
        return user.id if user is not None else accounts.WRONG

    def note(context: Context) -> str | Text:
        if isinstance(found, UUID):
            audit.record(context, "session:open", object_id=found)
            return accounts.open_session(context, found, address=actor.address, agent=agent)
        if found is accounts.WRONG:
            accounts.note_failure(context, email, actor.address)
        audit.record(context, "session:open", allowed=False, reason="password" if found is accounts.WRONG else "limit")
        return found

    found = store.read(verify, actor)
    return store.transact(note, actor)


def sign_out(context: Context, secret: str) -> None:
    """End the session."""
    accounts.close_session(context, secret)
    audit.record(context, "session:close")


def anonymous(address: str) -> Actor:
    """Who acts before anybody has signed in."""
    return Actor(None, "", "", frozenset(), kind="anonymous", address=address)
