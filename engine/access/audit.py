"""One row for every act and every refusal: who, what, on what, when. No personal data, only ids and names of acts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.store import Context
from engine.store.tables.access import AuditEntry
from engine.store.tables.base import new_id


def record(
    context: Context,
    action: str,
    *,
    object_id: UUID | None = None,
    case_id: UUID | None = None,
    allowed: bool = True,
    **data: Any,
) -> None:
    """Append an audit row beside the change; it is stored or rolled back with it."""
    actor = context.actor
    context.session.add(
        AuditEntry(
            id=new_id(),
            at=context.now,
            actor_id=actor.id,
            office_code=getattr(actor, "office_code", None),
            address=getattr(actor, "address", ""),
            action=action,
            allowed=allowed,
            object_id=object_id,
            case_id=case_id,
            request_id=context.request_id,
            data=data,
        )
    )
