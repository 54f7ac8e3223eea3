"""Mails to a real SMTP server in a process of its own, which also refuses, hangs up and is away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.access import links, mail, postman
from engine.access.actors import SYSTEM
from engine.actions.sweeping import SWEEPS, errands
from engine.casework import notifications
from engine.clock import MovableClock
from engine.settings import Settings, load
from engine.store import Context, Store
from engine.store.tables.access import Mail, User
from engine.store.tables.casework import Notification
from tests.oidc import free_port


class Office:
    """The server's process, what it keeps, and the settings that name it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.settings: Settings = replace(
            load({}),
            mail_server=f"smtp://127.0.0.1:{self.port}?tls=no",
            public_url="https://siproc.example",
            mail_from="s@siproc.example",
        )
        self.mood("kind")
        self.open()

    def open(self) -> None:
        """Start the process, and wait until it listens."""
        command = [sys.executable, "-m", "tests.smtp_server", str(self.port), str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def close(self) -> None:
        """Kill the process, if it runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def mood(self, mood: str) -> None:
        """Say how it answers from now on."""
        (self.folder / "mood").write_text(mood)

    @property
    def messages(self) -> list[EmailMessage]:
        """What it keeps, in the order in which it came."""
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "mails"
    folder.mkdir()
    opened = Office(folder)
    yield opened
    opened.close()


@pytest.fixture
def told() -> list[str]:
    """The addresses of which it was told that a mail was given up."""
    return []


def _deliver(store: Store, settings: Settings, told: list[str] | None = None) -> int:
    heard: list[str] = [] if told is None else told

    def tell(context: Context, user: User) -> None:
        heard.append(user.email)

    return postman.deliver(store, settings, tell)


def _post(store: Store, user: Any, kind: str = "factor") -> None:
    store.transact(lambda context: mail.post(context, user.id, kind, at="hoy"), SYSTEM)


def _waiting(store: Store) -> int:
    return len(store.read(lambda context: context.session.scalars(select(Mail)).all(), SYSTEM))


def test_a_mail_arrives_once_with_a_link_that_opens(store: Store, cast: Any, office: Office) -> None:
    _post(store, cast.sofia, links.INVITATION)

    assert _deliver(store, office.settings) == 1
    assert _deliver(store, office.settings) == 0

    (message,) = office.messages
    assert message["To"] == "Sofía <sofia@siproc.test>"
    assert message["Subject"] == "Su cuenta en SIPROC"
    assert _opened_by(store, message) == (links.INVITATION, cast.sofia.id)
    assert _waiting(store) == 0


def _opened_by(store: Store, message: EmailMessage) -> Any:
    body = message.get_body()
    assert body is not None
    secret = body.get_content().split("https://siproc.example/enlace/")[1].split()[0]
    found = store.read(lambda context: links.find(context, secret), SYSTEM)
    return found and (found[0], found[1].id)


@pytest.mark.parametrize("mood", ["later", "away"])
def test_what_cannot_be_sent_now_is_sent_once_later(
    store: Store, cast: Any, office: Office, clock: MovableClock, told: list[str], mood: str
) -> None:
    office.mood(mood)
    if mood == "away":
        office.close()
    _post(store, cast.ana)
    _post(store, cast.beto)
    assert _deliver(store, office.settings, told) == 2
    assert _deliver(store, office.settings, told) == 0  # not before a pause
    assert office.messages == []

    office.mood("kind")
    if mood == "away":
        office.open()
    clock.advance(timedelta(minutes=1))
    assert _deliver(store, office.settings, told) == 2
    assert sorted(message["To"] for message in office.messages) == ["Ana <ana@siproc.test>", "Beto <beto@siproc.test>"]
    assert (_waiting(store), told) == (0, [])


@pytest.mark.parametrize(("mood", "kept"), [("unknown", 1), ("spam", 0)])
def test_what_is_refused_for_good_is_given_up_and_told(
    store: Store, cast: Any, office: Office, told: list[str], mood: str, kept: int
) -> None:
    office.mood(mood)
    _post(store, cast.ana)
    _post(store, cast.beto)
    assert _deliver(store, office.settings, told) == 2
    assert (len(office.messages), _waiting(store)) == (kept, 0)
    assert told == ["ana@siproc.test", "beto@siproc.test"][: 2 - kept]


def test_one_at_whom_the_server_hangs_up_does_not_hold_up_the_others(
    store: Store, cast: Any, office: Office, clock: MovableClock
) -> None:
    office.mood("drop")
    for person in (cast.ana, cast.beto, cast.carla):
        _post(store, person)
    assert _deliver(store, office.settings) == 3
    assert [message["To"].addresses[0].username for message in office.messages] == ["beto", "carla"]
    office.mood("kind")
    clock.advance(timedelta(minutes=1))
    assert _deliver(store, office.settings) == 1
    assert [message["To"].addresses[0].username for message in office.messages] == ["beto", "carla", "ana"]


def test_a_lost_answer_sends_the_same_mail_again_under_the_same_name(
    store: Store, cast: Any, office: Office, clock: MovableClock
) -> None:
    """SMTP cannot tell whether it was taken; the mailbox can, by its name."""
    office.mood("cut")
    _post(store, cast.ana)
    assert _deliver(store, office.settings) == 1
    office.mood("kind")
    clock.advance(timedelta(minutes=1))
    assert _deliver(store, office.settings) == 1
    first, second = office.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert _waiting(store) == 0


def test_mails_with_links_are_mails_apart_for_only_the_last_link_opens(
    store: Store, cast: Any, office: Office, clock: MovableClock
) -> None:
    office.mood("cut")
    _post(store, cast.ana, links.INVITATION)
    assert _deliver(store, office.settings) == 1
    office.mood("kind")
    clock.advance(timedelta(minutes=1))
    assert _deliver(store, office.settings) == 1
    first, second = office.messages
    assert first["Message-ID"] != second["Message-ID"]
    assert _opened_by(store, first) is None
    assert _opened_by(store, second) == (links.INVITATION, cast.ana.id)


def test_a_worker_that_was_overtaken_leaves_the_mail_alone(
    store: Store, cast: Any, office: Office, clock: MovableClock
) -> None:
    _post(store, cast.ana)
    (slow,) = store.transact(lambda context: mail.take(context, office.settings), SYSTEM)
    assert store.transact(lambda context: mail.take(context, office.settings), SYSTEM) == []
    clock.advance(mail.LEASE - timedelta(seconds=1))
    assert store.transact(lambda context: mail.hold(context, slow), SYSTEM)
    clock.advance(mail.LEASE - timedelta(seconds=1))
    assert store.transact(lambda context: mail.take(context, office.settings), SYSTEM) == []

    clock.advance(timedelta(seconds=1))
    (other,) = store.transact(lambda context: mail.take(context, office.settings), SYSTEM)
    assert not store.transact(lambda context: mail.hold(context, slow), SYSTEM)
    store.transact(lambda context: mail.failed(context, slow), SYSTEM)
    assert store.transact(lambda context: mail.hold(context, other), SYSTEM)


def test_administrators_read_in_the_page_what_was_given_up(
    store: Store, cast: Any, office: Office, clock: MovableClock
) -> None:
    deliver, *_ = errands(store, office.settings)
    office.mood("unknown")
    _post(store, cast.ana)
    assert deliver() == 1
    office.close()
    _post(store, cast.beto)
    _post(store, cast.beto)
    assert deliver() == 2
    clock.advance(timedelta(days=4))
    for sweep in SWEEPS:
        store.transact(sweep, SYSTEM)

    boss = replace(cast.sofia, roles=frozenset({"administrador"}))
    notices = store.read(lambda context: notifications.unread(context, boss), SYSTEM)
    assert [(notice.kind, notice.text_es.split(".")[0]) for notice in notices] == [
        ("account.mail", "No se pudo entregar un correo a Beto (beto@siproc"),
        ("account.mail", "No se pudo entregar un correo a Ana (ana@siproc"),
    ]
    rows = store.read(lambda context: context.session.scalars(select(Notification)).all(), SYSTEM)
    assert {(row.role, row.office_code) for row in rows} == {("administrador", "HN-TGU")}
    assert _waiting(store) == 0


def test_without_a_server_mails_wait(store: Store, cast: Any) -> None:
    _post(store, cast.ana, links.INVITATION)
    assert _deliver(store, load({})) == 0
    assert _waiting(store) == 1
