"""Sends what is queued for webhooks, outside of any transaction: signed, to public addresses only, again after a pause.

The host is looked up once, every address that it has must be a public one, and the connection goes to the address that was
looked at: a name that points inside (at first or a moment later) leads nowhere. Redirects are answers, and not followed. The
signature is that of Standard Webhooks: HMAC-SHA256 over id, time and body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from engine.access import webhooks
from engine.access.actors import SYSTEM
from engine.settings import Settings
from engine.store import Context, Store
from engine.store.tables.programs import Webhook, WebhookDelivery

log = logging.getLogger("siproc.webhooks")
PATIENCE = 10.0
LEASE = timedelta(minutes=5)
PAUSES = (1, 5, 15, 60, 240, 720, 1440)  # minutes before the next try; after the last one it is dead
BATCH = 20


class Refused(Exception):
    """An address that is not sent to, whatever its name."""


def is_public(address: str) -> bool:
    """Whether an address is one of the open network: not this machine, not a local network, not reserved."""
    found = ipaddress.ip_address(address)
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or is_public(str(inner)))


@dataclass(frozen=True, slots=True)
class Reach:
    """How the network is reached; tests look at a server of their own through it."""

    public: Callable[[str], bool] = is_public
    secure: ssl.SSLContext = field(default_factory=ssl.create_default_context)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery with what it needs to be sent."""

    id: UUID
    url: str
    secret: str
    body: bytes
    timestamp: int


class Pinned(http.client.HTTPSConnection):
    """A connection to an address that was looked up and looked at; the certificate has to be the name's."""

    def __init__(self, host: str, port: int, reach: Reach) -> None:
        super().__init__(host, port, timeout=PATIENCE, context=reach.secure)
        self._reach = reach

    def connect(self) -> None:
        """Look up, look at, connect. Raises ``Refused``, ``OSError``."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [str(item[4][0]) for item in found]
        if not addresses or not all(self._reach.public(address) for address in addresses):
            raise Refused
        plain = socket.create_connection((addresses[0], self.port), self.timeout)
        self.sock = self._reach.secure.wrap_socket(plain, server_hostname=self.host)


def deliver(store: Store, settings: Settings, reach: Reach | None = None) -> int:
    """Send what is due; returns how many deliveries were taken."""
    if not store.read(_any_due, SYSTEM):
        return 0
    parcels = store.transact(_take, SYSTEM)
    for parcel in parcels:
        status, error = _send(parcel, settings.webhook_hosts, reach or Reach())
        store.transact(lambda context, p=parcel, s=status, e=error: _note(context, p.id, s, e), SYSTEM)  # type: ignore[misc]
    return len(parcels)


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """What ``webhook-signature`` holds."""
    key = base64.b64decode(secret.removeprefix(webhooks.PREFIX))
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _any_due(context: Context) -> bool:
    row = WebhookDelivery
    query = (
        select(row.id)
        .join(Webhook, Webhook.id == row.webhook_id)
        .where(row.state == "due", row.due_at <= context.now, Webhook.active)
        .limit(1)
    )
    return context.session.scalar(query) is not None


def _take(context: Context) -> list[Parcel]:
    """Take deliveries that are due, so that no other worker does."""
    row = WebhookDelivery
    query = (
        select(row, Webhook)
        .join(Webhook, Webhook.id == row.webhook_id)
        .where(row.state == "due", row.due_at <= context.now, Webhook.active)
        .order_by(row.due_at, row.id)
        .limit(BATCH)
        .with_for_update(of=row, skip_locked=True)
    )
    parcels = []
    for delivery, webhook in context.session.execute(query).all():
        delivery.due_at, delivery.attempts = context.now + LEASE, delivery.attempts + 1
        now = int(context.now.timestamp())
        parcels.append(Parcel(delivery.id, webhook.url, webhook.secret, delivery.body.encode(), now))
    return parcels


def _send(parcel: Parcel, hosts: str, reach: Reach) -> tuple[int | None, str]:
    """What the other side answered, or what went wrong."""
    if not webhooks.is_allowed(parcel.url, hosts):
        return None, "host_not_allowed"
    parts = urlsplit(parcel.url)
    assert parts.hostname is not None
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "SIPROC",
        "webhook-id": str(parcel.id),
        "webhook-timestamp": str(parcel.timestamp),
        "webhook-signature": signature(parcel.secret, str(parcel.id), parcel.timestamp, parcel.body),
    }
    connection = Pinned(parts.hostname, parts.port or 443, reach)
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), parcel.body, headers)  # fmt: skip
        return connection.getresponse().status, ""
    except Refused:
        return None, "address_not_public"
    except (OSError, http.client.HTTPException) as error:
        return None, type(error).__name__
    finally:
        connection.close()


def _note(context: Context, delivery_id: UUID, status: int | None, error: str) -> None:
    """It arrived, or is tried again after a pause, or is dead."""
    row = context.session.get(WebhookDelivery, delivery_id)
    if row is None:
        return
    row.status, row.error = status, error[:60]
    if status is not None and 200 <= status < 300:
        row.state, row.ended_at = "sent", context.now
    elif row.attempts > len(PAUSES):
        row.state, row.ended_at = "dead", context.now
        log.warning("webhook delivery %s is dead: %s", delivery_id, error or status)
    else:
        row.due_at = context.now + timedelta(minutes=PAUSES[row.attempts - 1])
