"""What the worker does beside jobs and timers: sweeps in transactions, and errands that go out of the database."""

from __future__ import annotations

from collections.abc import Callable

from engine.access import courier, links, mail, postman, sessions, webhooks
from engine.actions import keys, retention
from engine.actions.filekeeping import Housekeeping
from engine.files.room import file_room
from engine.settings import Settings
from engine.store import Store
from engine.worklist import reminders

SWEEPS = (reminders.sweep, keys.sweep, sessions.sweep, links.sweep, mail.sweep, webhooks.sweep, retention.sweep)


def errands(store: Store, settings: Settings) -> list[Callable[[], int]]:
    """What goes out of the database: mails, webhooks, and the storage of files."""
    return [
        lambda: postman.deliver(store, settings),
        lambda: courier.deliver(store, settings),
        Housekeeping(store, file_room(settings)),
    ]
