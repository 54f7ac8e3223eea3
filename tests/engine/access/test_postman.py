"""Mails to a real SMTP server in this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from engine.access import links, mail, postman
from engine.access.actors import SYSTEM
from engine.clock import MovableClock
from engine.settings import Settings, load
from engine.store import Store
from engine.store.tables.access import Mail
from tests.oidc import free_port


class Box:
    """Keeps what comes; ``refusing`` answers with an error for now."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusing = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusing:
            return "451 come back later"
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 kept"


@pytest.fixture
def box() -> Iterator[tuple[Box, Settings]]:
    """A server and the settings that name it."""
    kept, port = Box(), free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    address = f"smtp://127.0.0.1:{port}?tls=no"
    yield (
        kept,
        replace(load({}), mail_server=address, public_url="https://siproc.example", mail_from="s@siproc.example"),
    )
    controller.stop()


def test_a_mail_arrives_once_with_a_link_that_opens(store: Store, cast: Any, box: tuple[Box, Settings]) -> None:
    kept, settings = box
    store.transact(lambda context: mail.post(context, cast.sofia.id, links.INVITATION), SYSTEM)

    assert postman.deliver(store, settings) == 1
    assert postman.deliver(store, settings) == 0

    (message,) = kept.messages
    assert message["To"] == "Sofía <sofia@siproc.test>"
    assert message["Subject"] == "Su cuenta en SIPROC"
    body = message.get_body()
    assert body is not None
    secret = body.get_content().split("https://siproc.example/enlace/")[1].split()[0]
    found = store.read(lambda context: links.find(context, secret), SYSTEM)
    assert found is not None
    assert (found[0], found[1].id) == (links.INVITATION, cast.sofia.id)
    assert store.read(lambda context: context.session.scalars(select(Mail)).all(), SYSTEM) == []


def test_what_cannot_be_sent_is_tried_again_and_given_up_after_days(
    store: Store, cast: Any, box: tuple[Box, Settings], clock: MovableClock
) -> None:
    kept, settings = box
    kept.refusing = True
    store.transact(lambda context: mail.post(context, cast.ana.id, "factor", at="hoy"), SYSTEM)
    assert postman.deliver(store, settings) == 1
    assert postman.deliver(store, settings) == 0  # not before a pause
    kept.refusing = False
    clock.advance(timedelta(minutes=1))
    assert postman.deliver(store, settings) == 1
    assert len(kept.messages) == 1

    nowhere = replace(settings, mail_server=f"smtp://127.0.0.1:{free_port()}?tls=no")
    store.transact(lambda context: mail.post(context, cast.ana.id, "factor", at="hoy"), SYSTEM)
    assert postman.deliver(store, nowhere) == 1
    clock.advance(timedelta(days=4))
    assert store.transact(mail.sweep, SYSTEM) == 1
    assert postman.deliver(store, settings) == 0


def test_without_a_server_mails_wait(store: Store, cast: Any) -> None:
    store.transact(lambda context: mail.post(context, cast.ana.id, links.INVITATION), SYSTEM)
    assert postman.deliver(store, load({})) == 0
    assert len(store.read(lambda context: context.session.scalars(select(Mail)).all(), SYSTEM)) == 1
