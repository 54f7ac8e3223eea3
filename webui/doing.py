"""How a view reaches the engine: as the actor of the request, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import current_app, g, request

from engine.access.actors import Actor
from engine.access.firewall import KeptOut
from engine.actions import auditing, keys
from engine.files.room import FileRoom
from engine.settings import Settings
from engine.store import Context, Store

T = TypeVar("T")


def store() -> Store:
    """The application's store."""
    return current_app.extensions["siproc"]["store"]  # type: ignore[no-any-return]


def settings() -> Settings:
    """The application's settings."""
    return current_app.extensions["siproc"]["settings"]  # type: ignore[no-any-return]


def room() -> FileRoom:
    """Where the application keeps files."""
    return current_app.extensions["siproc"]["room"]  # type: ignore[no-any-return]


def actor() -> Actor:
    """Who acts in this request."""
    return g.actor  # type: ignore[no-any-return]


def do(work: Callable[[Context], T]) -> T:
    """Change something, as the actor of the request; what the asylum firewall keeps out leaves a row in the audit."""
    try:
        return store().transact(work, actor(), g.request_id)
    except KeptOut as refusal:
        _note(refusal)
        raise


def _note(refusal: KeptOut) -> None:
    store().transact(lambda context: auditing.note_kept_out(context, refusal), actor(), g.request_id)


def do_once(work: Callable[[Context], object]) -> None:
    """The same for a command without an answer; a form that is sent again, with its ``key``, does nothing twice."""
    do(lambda context: keys.done_once(context, request.form.get("key") or None, lambda: work(context)))


def look(work: Callable[[Context], T]) -> T:
    """Read something, as the actor of the request."""
    return store().read(work, actor(), g.request_id)
