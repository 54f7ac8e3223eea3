"""Who outside is told of which events: subscriptions, and what is queued for them in the transaction of the event."""

from __future__ import annotations

import base64
import ipaddress
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, delete, func, or_, select

from engine.access import firewall
from engine.errors import Conflict, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.base import json_text, new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.programs import Webhook, WebhookDelivery

EVENTS = (
    "task.opened", "task.completed", "case.opened", "case.classified", "case.status", "case.assigned",
    "case.transferred", "case.closed", "case.reopened", "document.signed",
)  # fmt: skip
PREFIX = "whsec_"
MOST = 20
KEPT = timedelta(days=14)
# Each process asks anew who is subscribed after this long; a change counts at once where it was made.
KNOWN_FOR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription, as far as queueing needs it."""

    id: UUID
    events: frozenset[str]
    office_code: str | None


_known: WeakKeyDictionary[Engine, tuple[datetime, tuple[Subscriber, ...]]] = WeakKeyDictionary()


def post(context: Context, event: str, case_id: UUID | None, *, office: str | None = None, **data: Any) -> None:
    """Queue an event for whoever is subscribed to it; it is sent after this transaction. ``data`` are ids and codes."""
    wanted = [item for item in _subscribers(context) if event in item.events]
    if not wanted:
        return
    if case_id is not None:
        case = context.session.get(CaseFile, case_id)
        if case is not None and firewall.guards(case.compartments, case.type):
            return  # other systems do not learn that there is such a case
        office = office or (case.office_code if case is not None else None)
    for item in wanted:
        if item.office_code in (None, office):
            id = new_id()
            body = {"id": str(id), "type": event, "timestamp": context.now.isoformat(), "data": {"case_id": case_id, "office": office, **data}}  # fmt: skip
            context.session.add(
                WebhookDelivery(
                    id=id,
                    webhook_id=item.id,
                    event=event,
                    body=json_text(body),
                    due_at=context.now,
                    created_at=context.now,
                )
            )


def _subscribers(context: Context) -> tuple[Subscriber, ...]:
    engine = context.session.get_bind().engine
    known = _known.get(engine)
    if known is not None and timedelta(0) <= context.now - known[0] < KNOWN_FOR:
        return known[1]
    rows = context.session.execute(select(Webhook.id, Webhook.events, Webhook.office_code).where(Webhook.active))
    found = tuple(Subscriber(row.id, frozenset(row.events), row.office_code) for row in rows)
    _known[engine] = (context.now, found)
    return found


def _forget(context: Context) -> None:
    _known.pop(context.session.get_bind().engine, None)


def make(
    context: Context, name: str, url: str, events: Iterable[str], office_code: str | None, hosts: str
) -> tuple[UUID, str]:
    """A new subscription and the secret that signs what it is sent. Raises ``Invalid``."""
    wanted = [event for event in EVENTS if event in set(events)]
    wrong: dict[str, Text] = {}
    if not name.strip() or len(name) > 80 or any(ord(c) < 32 for c in name):
        wrong["name"] = Text("Escriba quién es (hasta 80 letras).", "Write who it is (up to 80 letters).")
    if not is_allowed(url, hosts):
        wrong["url"] = Text(
            "Una dirección https:// de un servidor que SIPROC_WEBHOOK_HOSTS permite.",
            "An https:// address of a server that SIPROC_WEBHOOK_HOSTS allows.",
        )
    if not wanted:
        wrong["events"] = Text("Elija al menos un hecho.", "Choose at least one event.")
    if not wrong and (context.session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST:
        wrong["name"] = Text("Ya hay {n}: quite una antes.", "There are {n}: remove one first.", {"n": MOST})
    if wrong:
        raise Invalid(fields=wrong)
    secret = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    row = Webhook(
        id=new_id(),
        name=name.strip(),
        url=url.strip(),
        events=wanted,
        office_code=office_code,
        secret=secret,
        active=True,
        created_at=context.now,
        created_by=context.actor.id,
    )
    context.session.add(row)
    context.session.flush()
    _forget(context)
    return row.id, secret


def is_allowed(url: str, hosts: str) -> bool:
    """Whether an address may be sent to: https, a host of the list by its name, no user in it. ``*``: any host."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    plain = len(url) <= 500 and url.isascii() and url.isprintable() and " " not in url.strip()
    if parts.scheme != "https" or not host or not plain or parts.username is not None or port == 0 or parts.fragment:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        named = {name.strip().lower() for name in hosts.split(",")} - {""}
        return "." in host and (named == {"*"} or host.lower() in named)
    return False


def all_of(context: Context) -> Sequence[Webhook]:
    """Every subscription, by name."""
    return context.session.scalars(select(Webhook).order_by(Webhook.name, Webhook.id)).all()


def get(context: Context, webhook_id: UUID) -> Webhook:
    """One subscription. Raises ``NotFound``."""
    row = context.session.get(Webhook, webhook_id)
    if row is None:
        raise NotFound
    return row


def set_active(context: Context, webhook_id: UUID, active: bool) -> None:
    """Pause a subscription, or let it go on; what is queued already waits."""
    get(context, webhook_id).active = active
    context.session.flush()
    _forget(context)


def remove(context: Context, webhook_id: UUID) -> None:
    """Remove a subscription and everything queued for it."""
    row = get(context, webhook_id)
    context.session.execute(delete(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id))
    context.session.delete(row)
    context.session.flush()
    _forget(context)


def deliveries(context: Context, webhook_id: UUID, limit: int = 50) -> Sequence[WebhookDelivery]:
    """What was sent to a subscription or waits, the newest first."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    return context.session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit)).all()


def counts(context: Context) -> dict[UUID, dict[str, int]]:
    """How many deliveries of each subscription are due, sent and dead."""
    found: dict[UUID, dict[str, int]] = {}
    column = WebhookDelivery
    query = select(column.webhook_id, column.state, func.count()).group_by(column.webhook_id, column.state)
    for webhook_id, state, count in context.session.execute(query):
        found.setdefault(webhook_id, {})[state] = count
    return found


def send_again(context: Context, delivery_id: UUID) -> UUID:
    """Give a dead delivery its tries again; gives its subscription. Raises ``NotFound``, ``Conflict``."""
    row = context.session.get(WebhookDelivery, delivery_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.state != "dead":
        raise Conflict
    row.state, row.attempts, row.due_at, row.ended_at = "due", 0, context.now, None
    return row.webhook_id


def sweep(context: Context) -> int:
    """Forget what ended two weeks ago, and what was for somebody who is gone; returns how many."""
    gone = WebhookDelivery.webhook_id.not_in(select(Webhook.id))
    over = select(WebhookDelivery.id).where(or_(WebhookDelivery.ended_at < context.now - KEPT, gone)).limit(500)
    ids = list(context.session.scalars(over))
    if ids:
        context.session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
    return len(ids)
