"""Sends the mails that wait to an SMTP server, outside of any transaction."""

from __future__ import annotations

import logging
import smtplib
import ssl
import sys
from urllib.parse import parse_qs, unquote, urlsplit

from engine.access import mail
from engine.access.actors import SYSTEM
from engine.settings import Settings
from engine.store import Store

log = logging.getLogger("siproc.mail")
PATIENCE = 20.0
PRINT = "-"  # in place of a server: print them, for a trial without one


def deliver(store: Store, settings: Settings) -> int:
    """Send what is due; returns how many mails were taken. Without a server they wait."""
    if not settings.mail_server or not store.read(mail.any_due, SYSTEM):
        return 0
    ready = store.transact(lambda context: mail.take(context, settings), SYSTEM)
    if not ready:
        return 0
    if settings.mail_server == PRINT:
        for item in ready:
            sys.stdout.write(f"\n{item.message['To']}: {item.message['Subject']}\n{item.message.get_content()}\n")
            sys.stdout.flush()
            store.transact(lambda context, id=item.id: mail.sent(context, id), SYSTEM)  # type: ignore[misc]
        return len(ready)
    try:
        server = _connected(settings.mail_server)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail server unavailable: %s", type(error).__name__)
        for item in ready:
            store.transact(lambda context, id=item.id: mail.failed(context, id), SYSTEM)  # type: ignore[misc]
        return len(ready)
    with server:
        for item in ready:
            try:
                server.send_message(item.message)
            except (OSError, smtplib.SMTPException) as error:
                log.warning("mail %s not sent: %s", item.id, type(error).__name__)
                store.transact(lambda context, id=item.id: mail.failed(context, id), SYSTEM)  # type: ignore[misc]
            else:
                store.transact(lambda context, id=item.id: mail.sent(context, id), SYSTEM)  # type: ignore[misc]
    return len(ready)


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
