"""One row for every act and every refusal: who, what, on what, when. No personal data, only ids and names of acts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from engine.errors import Forbidden
from engine.store import Context, Store
from engine.store.prepared import insertion
from engine.store.tables.access import AuditEntry
from engine.store.tables.base import new_id

T = TypeVar("T")
_insert = insertion(AuditEntry)


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
    _insert.run(context.session, _row(context, action, object_id, case_id, data, allowed=allowed))


def record_all(context: Context, action: str, things: Iterable[tuple[UUID, UUID | None]], **data: Any) -> None:
    """A row for each of several things that one act was done to, given as their ids and those of their cases."""
    if rows := [_row(context, action, thing, case_id, dict(data)) for thing, case_id in things]:
        _insert.run(context.session, rows)


def _row(
    context: Context,
    action: str,
    object_id: UUID | None,
    case_id: UUID | None,
    data: dict[str, Any],
    *,
    allowed: bool = True,
) -> dict[str, Any]:
    actor = context.actor
    token = getattr(actor, "token", None)
    if token is not None:
        data["token"] = str(token.id)
    return {
        "id": new_id(),
        "at": context.now,
        "actor_id": actor.id,
        "office_code": getattr(actor, "office_code", None),
        "address": getattr(actor, "address", ""),
        "action": action,
        "allowed": allowed,
        "object_id": object_id,
        "case_id": case_id,
        "request_id": context.request_id,
        "data": data,
    }


def transact(store: Store, work: Callable[[Context], T], actor: Any, request_id: UUID | None = None) -> T:
    """``store.transact``; where the policy refuses, a row says so, for the refused transaction leaves nothing."""
    request_id = request_id or new_id()
    try:
        return store.transact(work, actor, request_id)
    except Forbidden as refusal:
        refused(store, refusal, actor, request_id)
        raise


def read(store: Store, work: Callable[[Context], T], actor: Any, request_id: UUID | None = None) -> T:
    """``store.read``; where the policy refuses, a row says so."""
    request_id = request_id or new_id()
    try:
        return store.read(work, actor, request_id)
    except Forbidden as refusal:
        refused(store, refusal, actor, request_id)
        raise


def refused(store: Store, refusal: Forbidden, actor: Any, request_id: UUID) -> None:
    """Append the row of a refusal, in a transaction of its own."""

    def work(context: Context) -> None:
        record(
            context,
            refusal.permission or "unknown",
            object_id=refusal.object_id,
            case_id=refusal.case_id,
            allowed=False,
        )

    store.transact(work, actor, request_id)
