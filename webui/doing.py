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
READERS = frozenset({"GET", "HEAD"})


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
        return do_as(actor(), work)
    except KeptOut as refusal:
        note = refusal
        do_as(actor(), lambda context: auditing.note_kept_out(context, note))
        raise


def do_as(who: Actor, work: Callable[[Context], T]) -> T:
    """Change something as somebody else than the request's actor; who looks after it sees it."""
    stop_reading()
    return store().transact(work, who, g.request_id)


def do_once(work: Callable[[Context], object]) -> None:
    """The same for a command without an answer; a form that is sent again, with its ``key``, does nothing twice."""
    do(lambda context: keys.done_once(context, request.form.get("key") or None, lambda: work(context)))


def look(work: Callable[[Context], T]) -> T:
    """Read something, as the actor of the request."""
    return look_as(actor(), work)


def look_as(who: Actor, work: Callable[[Context], T]) -> T:
    """Read something as somebody else. All that one page reads without a change between is read from one transaction.

    Who sends something may keep us waiting between two looks (a file is examined, a letter is set); there each is one.
    """
    if request.method not in READERS:
        return store().read(work, who, g.request_id)
    if "reading" not in g:
        g.reading = store().reading()
    return g.reading.look(work, who, g.request_id)  # type: ignore[no-any-return]


def stop_reading(_: BaseException | None = None) -> None:
    """End the transaction that the request reads from, if there is one."""
    reading = g.pop("reading", None)
    if reading is not None:
        reading.close()
