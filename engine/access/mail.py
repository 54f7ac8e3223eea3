"""Mails that wait: a row says to whom and which one; the words and the link are made when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from engine.access import links, notice_choices
from engine.errors import Text
from engine.settings import Settings
from engine.store import Context
from engine.store.tables.access import Mail, User
from engine.store.tables.base import new_id

LEASE = timedelta(minutes=5)
PAUSES = (1, 5, 15, 60, 240)  # minutes before the next try; then every four hours
GIVEN_UP = timedelta(days=3)
NEWS = ("notices", "digest")  # they only say how much there is in the page

SUBJECTS = {
    "invitation": Text("Su cuenta en SIPROC", "Your SIPROC account"),
    "password": Text("Cambiar su contraseña de SIPROC", "Change your SIPROC password"),
    "recovery": Text("Recupere su cuenta de SIPROC", "Recover your SIPROC account"),
    "new_device": Text("Entrada a SIPROC desde otro dispositivo", "Sign-in to SIPROC from another device"),
    "token": Text("Nueva clave de programa en su cuenta de SIPROC", "New program key of your SIPROC account"),
    "factor": Text("Cambió la seguridad de su cuenta de SIPROC", "The security of your SIPROC account changed"),
    "notices": Text("Tiene avisos en SIPROC", "You have notices in SIPROC"),
    "digest": Text("Resumen del día de SIPROC", "SIPROC digest of the day"),
}
BODIES = {
    "token": Text(
        "{name}:\n\nSe hizo una clave con la que un programa actúa por usted en SIPROC, el {at} (UTC). Si no fue usted,"
        " termínela aquí y avise de inmediato a su supervisión:\n\n{link}\n",
        "{name}:\n\nA key was made with which a program acts for you in SIPROC, at {at} (UTC). If it was not you, end it"
        " here and tell your supervisors at once:\n\n{link}\n",
    ),
    "invitation": Text(
        "{name}:\n\nSe abrió una cuenta para usted en SIPROC, el sistema de protección consular. Con este enlace elige"
        " su contraseña y su segundo factor. Vale tres días y una sola vez:\n\n{link}\n\nSi no esperaba este correo,"
        " bórrelo: sin el enlace nadie puede usar la cuenta.\n",
        "{name}:\n\nAn account was opened for you in SIPROC, the system of consular protection. With this link you"
        " choose your password and your second factor. It is good for three days, once:\n\n{link}\n\nIf you did not"
        " expect this mail, delete it: without the link nobody can use the account.\n",
    ),
    "password": Text(
        "{name}:\n\nCon este enlace elige otra contraseña. Vale una hora y una sola vez; su segundo factor sigue siendo"
        " el mismo:\n\n{link}\n\nSi no lo pidió usted, no tiene que hacer nada.\n",
        "{name}:\n\nWith this link you choose another password. It is good for one hour, once; your second factor stays"
        " as it is:\n\n{link}\n\nIf you did not ask for it, there is nothing to do.\n",
    ),
    "recovery": Text(
        "{name}:\n\nDos personas responsables autorizaron recuperar su cuenta. Con este enlace elige otra contraseña y"
        " otro segundo factor. Vale un día y una sola vez:\n\n{link}\n\nSi no lo pidió usted, avise de inmediato a su"
        " supervisión.\n",
        "{name}:\n\nTwo people in charge agreed to recover your account. With this link you choose another password and"
        " another second factor. It is good for one day, once:\n\n{link}\n\nIf you did not ask for it, tell your"
        " supervisors at once.\n",
    ),
    "new_device": Text(
        "{name}:\n\nAlguien entró a su cuenta desde un dispositivo que no conocíamos ({agent}), el {at} (UTC). Si fue"
        " usted, no tiene que hacer nada. Si no, cierre esa sesión y cambie su contraseña aquí:\n\n{link}\n",
        "{name}:\n\nSomebody signed in to your account from a device that we did not know ({agent}), at {at} (UTC). If"
        " it was you, there is nothing to do. If not, end that session and change your password here:\n\n{link}\n",
    ),
    "factor": Text(
        "{name}:\n\nCambió la contraseña o un segundo factor de su cuenta, el {at} (UTC). Si no fue usted, avise de"
        " inmediato a su supervisión.\n\n{link}\n",
        "{name}:\n\nThe password or a second factor of your account changed, at {at} (UTC). If it was not you, tell"
        " your supervisors at once.\n\n{link}\n",
    ),
    "notices": Text(
        "Tiene avisos nuevos en SIPROC:\n\n{lines}\n\nLéalos aquí; ahí mismo elige cuáles le llegan por correo:\n\n{link}\n",
        "You have new notices in SIPROC:\n\n{lines}\n\nRead them here, where you also choose which come by mail:\n\n{link}\n",
    ),
    "digest": Text(
        "Desde el resumen anterior y sin leer:\n\n{lines}\n\nLéalos aquí; ahí mismo elige qué trae este resumen y a qué"
        " hora:\n\n{link}\n",
        "Since the last digest and not read:\n\n{lines}\n\nRead them here, where you also choose what this digest holds"
        " and when it comes:\n\n{link}\n",
    ),
}


Teller = Callable[[Context, User], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail with its words, for the moment in which it is sent; ``turn`` says which try it is."""

    id: UUID
    turn: int
    message: EmailMessage


def post(context: Context, user_id: UUID, kind: str, **data: Any) -> None:
    """Leave a mail to an account; the worker sends it after this transaction."""
    row = Mail(id=new_id(), user_id=user_id, kind=kind, data=data, due_at=context.now, created_at=context.now)
    context.session.add(row)


def any_due(context: Context) -> bool:
    """Whether a mail is due."""
    return context.session.scalar(select(Mail.id).where(Mail.due_at <= context.now).limit(1)) is not None


def sweep(context: Context, tell: Teller, most: int = 100) -> int:
    """Give up mails that could not be sent for days, and tell of each account once; returns how many.

    Of mere news nothing is told: what they were about is in the page, and where no server is named they all end so.
    """
    query = select(Mail, User).join(User, User.id == Mail.user_id)
    query = query.where(Mail.created_at < context.now - GIVEN_UP).order_by(Mail.id).limit(most)
    given_up = context.session.execute(query).all()
    for row, _ in given_up:
        context.session.delete(row)
    for user in {user.id: user for row, user in given_up if row.kind not in NEWS}.values():
        tell(context, user)
    return len(given_up)


def take(context: Context, settings: Settings, most: int = 20) -> list[Ready]:
    """Take mails that are due, so that no other worker does; their links are made now and older ones end."""
    query = select(Mail).where(Mail.due_at <= context.now).order_by(Mail.due_at, Mail.id).limit(most)
    ready = []
    for row in context.session.scalars(query.with_for_update(skip_locked=True)).all():
        user = context.session.get(User, row.user_id)
        if user is None or not user.active:
            context.session.delete(row)
            continue
        row.due_at, row.attempts = context.now + LEASE, row.attempts + 1
        ready.append(Ready(row.id, row.attempts, _written(context, settings, row, user)))
    return ready


def hold(context: Context, item: Ready) -> bool:
    """Lease it anew right before it goes: a slow server may have used up the time. False: another worker has it."""
    row = _ours(context, item)
    if row is None:
        return False
    row.due_at = context.now + LEASE
    return True


def sent(context: Context, item: Ready) -> None:
    """It is on its way: nothing of it is kept, whoever else took it meanwhile."""
    row = context.session.get(Mail, item.id)
    if row is not None:
        context.session.delete(row)


def failed(context: Context, item: Ready) -> None:
    """It could not be sent: again after a pause."""
    row = _ours(context, item)
    if row is not None:
        row.due_at = context.now + timedelta(minutes=PAUSES[min(row.attempts, len(PAUSES)) - 1])


def refused(context: Context, item: Ready, tell: Teller) -> None:
    """Its server will never take it: given up at once, and told."""
    row = _ours(context, item)
    if row is None:
        return
    user = context.session.get(User, row.user_id)
    context.session.delete(row)
    if user is not None:
        tell(context, user)


def _ours(context: Context, item: Ready) -> Mail | None:
    """The row, unless another worker took it since."""
    row = context.session.get(Mail, item.id, with_for_update=True)
    return row if row is not None and row.attempts == item.turn else None


def _known_by(row: Mail) -> str:
    """What a mailbox knows the mail by.

    Tries of a mail are one mail, which a mailbox shows once; but each with a link has a link of its own, and only the
    last one opens: those are mails apart.
    """
    return f"{row.id.hex}.{row.attempts}" if row.kind in links.LASTS else row.id.hex


def _written(context: Context, settings: Settings, row: Mail, user: User) -> EmailMessage:
    if row.kind in links.LASTS:
        link = f"{settings.address}/enlace/{links.make(context, row.kind, user.id)}"
    else:
        link = f"{settings.address}/{'avisos' if row.kind in NEWS else 'cuenta'}"
    values = {**row.data, "name": user.name, "link": link}
    if row.kind in NEWS:
        values["lines"] = notice_choices.in_words(row.data["counts"], user.language)
    message = EmailMessage()
    message["From"] = settings.mail_from
    mailbox, _, domain = user.email.rpartition("@")
    message["To"] = Address(display_name=user.name, username=mailbox, domain=domain)
    message["Subject"] = SUBJECTS[row.kind].in_language(user.language)
    message["Date"] = format_datetime(context.now)
    message["Message-ID"] = f"<{_known_by(row)}@{urlsplit(settings.address).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    body = BODIES[row.kind]
    message.set_content(Text(body.es, body.en, values).in_language(user.language))
    return message
