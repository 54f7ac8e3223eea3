"""What an administrator does with webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.access import audit, webhooks
from engine.access.policy import require
from engine.casework import offices
from engine.errors import Invalid, Text
from engine.store import Context
from engine.store.tables.programs import Webhook, WebhookDelivery


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription, and how many deliveries are due, sent and dead."""

    webhook: Webhook
    counts: dict[str, int]


def listed(context: Context) -> Sequence[Listed]:
    """Every subscription."""
    require(context.actor, "webhook:manage")
    counts = webhooks.counts(context)
    return [Listed(row, counts.get(row.id, {})) for row in webhooks.all_of(context)]


def read(context: Context, webhook_id: UUID) -> tuple[Webhook, Sequence[WebhookDelivery]]:
    """One subscription and its deliveries. Raises ``NotFound``."""
    require(context.actor, "webhook:manage", object_id=webhook_id)
    return webhooks.get(context, webhook_id), webhooks.deliveries(context, webhook_id)


def make(
    context: Context, *, name: str, url: str, events: Iterable[str], office_code: str, hosts: str
) -> tuple[UUID, str]:
    """A new subscription, of one office or ("") of all; its secret is given only now. Raises ``Invalid``."""
    require(context.actor, "webhook:manage")
    if office_code and office_code not in offices.packaged():
        raise Invalid(fields={"office": Text("Elija una oficina.", "Choose an office.")})
    webhook_id, secret = webhooks.make(context, name, url, events, office_code or None, hosts)
    audit.record(context, "webhook:make", object_id=webhook_id)
    return webhook_id, secret


def set_active(context: Context, webhook_id: UUID, active: bool) -> None:
    """Pause a subscription, or let it go on."""
    require(context.actor, "webhook:manage", object_id=webhook_id)
    webhooks.set_active(context, webhook_id, active)
    audit.record(context, "webhook:resume" if active else "webhook:pause", object_id=webhook_id)


def remove(context: Context, webhook_id: UUID) -> None:
    """Remove a subscription."""
    require(context.actor, "webhook:manage", object_id=webhook_id)
    webhooks.remove(context, webhook_id)
    audit.record(context, "webhook:end", object_id=webhook_id)


def send_again(context: Context, delivery_id: UUID) -> UUID:
    """Try a dead delivery again; gives its subscription."""
    require(context.actor, "webhook:manage", object_id=delivery_id)
    webhook_id = webhooks.send_again(context, delivery_id)
    audit.record(context, "webhook:retry", object_id=delivery_id)
    return webhook_id
