"""What the worker does beside jobs and timers: sweeps in transactions, and errands that go out of the database."""

from __future__ import annotations

from collections.abc import Callable

from engine.access import courier, links, mail, postman, sessions, webhooks
from engine.actions import keys, persons, retention
from engine.actions.filekeeping import Housekeeping
from engine.casework import notice_mails, notifications, offices
from engine.errors import Text
from engine.files.room import file_room
from engine.settings import Settings
from engine.store import Context, Store
from engine.store.tables.access import User
from engine.worklist import reminders


def _undelivered(context: Context, user: User) -> None:
    text = Text(
        "No se pudo entregar un correo a {name} ({email}). Revise la dirección en «Cuentas» y envíelo otra vez.",
        "A mail to {name} ({email}) could not be delivered. Check the address in “Accounts” and send it again.",
        {"name": user.name, "email": user.email},
    )
    notifications.notify(context, "account.mail", text, role="administrador", office_code=offices.HEADQUARTERS)


def _give_up_mails(context: Context) -> int:
    return mail.sweep(context, _undelivered)


SWEEPS = (
    reminders.sweep,
    notice_mails.sweep,
    notice_mails.sweep_digests,
    keys.sweep,
    sessions.sweep,
    links.sweep,
    _give_up_mails,
    webhooks.sweep,
    retention.sweep,
    persons.sweep,
)


def errands(store: Store, settings: Settings) -> list[Callable[[], int]]:
    """What goes out of the database: mails, webhooks, and the storage of files."""
    return [
        lambda: postman.deliver(store, settings, _undelivered),
        lambda: courier.deliver(store, settings),
        Housekeeping(store, file_room(settings)),
    ]
