"""Accounts of a database as the actors that they are."""

from __future__ import annotations

from engine.access import sessions
from engine.access.actors import Actor
from engine.store import Context
from engine.store.tables.access import User


def actor_of(context: Context, user: User) -> Actor:
    """The actor that a user is when they sign in."""
    secret = sessions.open_session(context, user.id)
    context.session.flush()
    found = sessions.actor_of_session(context, secret)
    assert found is not None
    sessions.close_session(context, secret)
    return found
