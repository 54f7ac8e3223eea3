"""Webhooks: queued with the event, signed, sent to public addresses only, again after a pause, dead after the last try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import ipaddress
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engine.access import courier, webhooks
from engine.access.actors import SYSTEM
from engine.casework import cases
from engine.clock import MovableClock
from engine.errors import Invalid
from engine.settings import Settings, load
from engine.store import Context, Store
from engine.store.tables.programs import WebhookDelivery
from tests.conftest import Cast

NAME = "avisos.siproc.test"


@dataclass
class Receiver:
    """A server with a certificate for ``NAME``, and what came to it."""

    port: int
    reach: courier.Reach
    status: int = 200
    location: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    file = tmp_path / "server.pem"
    file.write_bytes(certificate())
    found: list[Receiver] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found[0].came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found[0].status)
            if found[0].location:
                self.send_header("Location", found[0].location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(file)
    server.socket = secure.wrap_socket(server.socket, server_side=True)
    trusting = ssl.create_default_context(cafile=str(file))
    # Only here does a name of ours lead to this machine, and only here is that allowed.
    found.append(Receiver(server.server_port, courier.Reach(public=lambda address: True, secure=trusting)))
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: resolve("127.0.0.1" if host == NAME else host, *a, **k)
    )
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found[0]
    server.shutdown()
    thread.join()
    server.server_close()


def certificate() -> bytes:
    """A key and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, start + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())  # fmt: skip
    return private + made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def settings() -> Settings:
    return load({"SIPROC_WEBHOOK_HOSTS": NAME})


def subscribe(store: Store, port: int, office: str | None = None, events: tuple[str, ...] = ("case.opened",)) -> str:
    def work(context: Context) -> str:
        return webhooks.make(context, "Registro", f"https://{NAME}:{port}/avisos?de=siproc", events, office, NAME)[1]

    return store.transact(work, SYSTEM)


def opened(store: Store, cast: Cast) -> UUID:
    return store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.ana)


def queued(store: Store) -> list[WebhookDelivery]:
    return store.read(lambda context: context.session.query(WebhookDelivery).order_by(WebhookDelivery.id).all(), SYSTEM)


def test_an_event_arrives_signed_and_without_a_name(store: Store, cast: Cast, receiver: Receiver, settings: Settings) -> None:  # fmt: skip
    secret = subscribe(store, receiver.port)
    case_id = opened(store, cast)

    assert courier.deliver(store, settings, receiver.reach) == 1
    assert courier.deliver(store, settings, receiver.reach) == 0

    [(headers, body)] = receiver.came
    told = json.loads(body)
    assert told["type"] == "case.opened"
    assert told["data"] == {"case_id": str(case_id), "office": "MX-TAP"}
    assert headers["webhook-id"] == told["id"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert [(row.state, row.status) for row in queued(store)] == [("sent", 200)]


def test_what_is_rolled_back_tells_nobody(store: Store, cast: Cast, receiver: Receiver) -> None:
    subscribe(store, receiver.port)

    def work(context: Context) -> None:
        cases.open_case(context, "MX-TAP")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.transact(work, cast.ana)

    assert queued(store) == []


def test_only_those_are_told_who_asked_for_it(store: Store, cast: Cast, receiver: Receiver) -> None:
    subscribe(store, receiver.port, office="US-HOU")
    subscribe(store, receiver.port, events=("task.opened",))

    opened(store, cast)

    assert queued(store) == []


def test_it_is_tried_again_after_longer_and_longer_pauses_and_then_given_up(store: Store, cast: Cast, receiver: Receiver, settings: Settings, clock: MovableClock) -> None:  # fmt: skip
    subscribe(store, receiver.port)
    opened(store, cast)
    receiver.status = 500

    for minutes in courier.PAUSES:
        assert courier.deliver(store, settings, receiver.reach) == 1
        assert courier.deliver(store, settings, receiver.reach) == 0
        clock.advance(timedelta(minutes=minutes))
    assert courier.deliver(store, settings, receiver.reach) == 1

    [row] = queued(store)
    assert (row.state, row.status, row.attempts) == ("dead", 500, len(courier.PAUSES) + 1)
    receiver.status = 204
    store.transact(lambda context: webhooks.send_again(context, row.id), SYSTEM)
    assert courier.deliver(store, settings, receiver.reach) == 1
    assert queued(store)[0].state == "sent"


def test_redirects_are_not_followed(store: Store, cast: Cast, receiver: Receiver, settings: Settings) -> None:
    subscribe(store, receiver.port)
    opened(store, cast)
    receiver.status, receiver.location = 307, f"https://{NAME}:{receiver.port}/otra"

    courier.deliver(store, settings, receiver.reach)

    assert len(receiver.came) == 1
    assert [(row.state, row.status) for row in queued(store)] == [("due", 307)]


def test_a_name_that_leads_inside_is_not_followed(store: Store, cast: Cast, receiver: Receiver, settings: Settings) -> None:  # fmt: skip
    subscribe(store, receiver.port)
    opened(store, cast)

    courier.deliver(store, settings, courier.Reach(secure=receiver.reach.secure))

    assert receiver.came == []
    assert [row.error for row in queued(store)] == ["address_not_public"]


def test_the_address_that_was_looked_at_is_the_one_that_is_called(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """A name that answers with another address the second time gains nothing: nobody asks twice."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def once(host: str, *rest: object, **more: object) -> object:
        asked.append(host)
        return resolve("127.0.0.1", *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    connection = courier.Pinned(NAME, receiver.port, receiver.reach)
    connection.request("POST", "/", b"{}", {"Content-Length": "2"})
    assert connection.getresponse().status == 200
    connection.close()

    assert [host for host in asked if not _is_address(host)] == [NAME]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def test_a_certificate_of_another_name_is_refused(store: Store, cast: Cast, receiver: Receiver, settings: Settings) -> None:  # fmt: skip
    subscribe(store, receiver.port)
    opened(store, cast)

    courier.deliver(store, settings, courier.Reach(public=lambda address: True))

    assert receiver.came == []
    assert [row.error for row in queued(store)] == ["SSLCertVerificationError"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("127.8.8.8", False), ("10.0.0.1", False),
        ("172.16.9.9", False), ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False), ("fe80::1", False), ("fc00::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False), ("ff02::1", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert courier.is_public(address) == public


@pytest.mark.parametrize(
    "url",
    [
        "http://avisos.siproc.test/", "https://otro.siproc.test/", "https://avisos.siproc.test.evil.example/", "https://127.0.0.1/",
        "https://[::1]/", "https://2130706433/", "https://localhost/", "https://user:secret@avisos.siproc.test/",
        "https://avisos.siproc.test@evil.example/", "https://avisos.siproc.test:0/", "https://avisos.siproc.test:99999/",
        "https://avisos.siproc.test/\r\nHost: x", "https://avisos.siproc.test/ x", "file:///etc/passwd", "//avisos.siproc.test", "",
        "https://avisos.siproc.test/#x", "https://avisos.siproc.test/" + "x" * 600, "https://avisós.siproc.test/",
    ],
)  # fmt: skip
def test_which_addresses_nobody_subscribes(store: Store, cast: Cast, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        store.transact(lambda context: webhooks.make(context, "x", url, ["case.opened"], None, NAME), SYSTEM)

    assert list(refused.value.fields) == ["url"]


def test_without_a_list_of_hosts_nobody_is_told(store: Store, cast: Cast, receiver: Receiver) -> None:
    subscribe(store, receiver.port)
    opened(store, cast)

    courier.deliver(store, load({}), receiver.reach)

    assert receiver.came == []
    assert [row.error for row in queued(store)] == ["host_not_allowed"]


def test_a_subscription_that_is_removed_takes_what_waits_along(store: Store, cast: Cast, receiver: Receiver, settings: Settings) -> None:  # fmt: skip
    subscribe(store, receiver.port)
    opened(store, cast)
    webhook_id = queued(store)[0].webhook_id

    store.transact(lambda context: webhooks.remove(context, webhook_id), SYSTEM)
    opened(store, cast)

    assert queued(store) == []
    assert courier.deliver(store, settings, receiver.reach) == 0
