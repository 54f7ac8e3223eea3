"""Sends the mails that wait to an SMTP server, outside of any transaction."""

from __future__ import annotations

import logging
import smtplib
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, unquote, urlsplit

from engine.access import mail
from engine.access.actors import SYSTEM
from engine.settings import Settings
from engine.store import Context, Store

log = logging.getLogger("siproc.mail")
PATIENCE = 20.0
PERMANENT = 500  # answers from here on are for good: RFC 5321, 4.2.1
PRINT = "-"  # in place of a server: print them, for a trial without one


def deliver(store: Store, settings: Settings, tell: mail.Teller) -> int:
    """Send what is due; returns how many mails were taken. Without a server they wait.

    None is lost: a row goes only after the server's answer. One is sent twice only where SMTP cannot tell: the server
    took it and its answer, or our note of it, was lost (RFC 5321, 4.5.4.1; RFC 1047). ``tell`` hears of given up ones.
    """
    if not settings.mail_server or not store.read(mail.any_due, SYSTEM):
        return 0
    ready = store.transact(lambda context: mail.take(context, settings), SYSTEM)
    if settings.mail_server == PRINT:
        for item in ready:
            sys.stdout.write(f"\n{item.message['To']}: {item.message['Subject']}\n{item.message.get_content()}\n")
            sys.stdout.flush()
            _note(store, item, mail.sent)
        return len(ready)
    server: smtplib.SMTP | None = None
    for place, item in enumerate(ready):
        try:
            server = server or _connected(settings.mail_server)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail server unavailable: %s", type(error).__name__)
            for waiting in ready[place:]:
                _note(store, waiting, mail.failed)
            return len(ready)
        if store.transact(lambda context, item=item: mail.hold(context, item), SYSTEM):  # type: ignore[misc]
            _send(store, server, item, tell)
        if server.sock is None:  # it hung up: the others get a connection of their own
            server = None
    if server is not None:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
    return len(ready)


def _send(store: Store, server: smtplib.SMTP, item: mail.Ready, tell: mail.Teller) -> None:
    try:
        server.send_message(item.message)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail %s not sent: %s", item.id, type(error).__name__)
        if _for_good(error):
            _note(store, item, lambda context, item: mail.refused(context, item, tell))
        else:
            _note(store, item, mail.failed)
        if not isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
            server.close()  # nobody knows what the other side waits for
    else:
        _note(store, item, mail.sent)


def _note(store: Store, item: mail.Ready, what: Callable[[Context, mail.Ready], None]) -> None:
    store.transact(lambda context: what(context, item), SYSTEM)


def _for_good(error: Exception) -> bool:
    """Whether the server refuses this addressee or this mail for ever; a refused sender is ours to mend."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= PERMANENT


def _connected(address: str) -> smtplib.SMTP:
    """A connection to ``smtp://user:password@host:port`` (STARTTLS, unless ``?tls=no``) or ``smtps://…``."""
    parts = urlsplit(address)
    host, secure = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=secure)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=PATIENCE)
        if parse_qs(parts.query).get("tls") != ["no"]:
            server.starttls(context=secure)
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
