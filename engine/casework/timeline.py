"""A case's timeline: everything that happened to it, by whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from engine.access import webhooks
from engine.errors import Text
from engine.store import Context
from engine.store.prepared import insertion
from engine.store.tables.base import new_id
from engine.store.tables.casework import TimelineEntry

_insert = insertion(TimelineEntry)
# What of an entry other systems are told, too.
TOLD = ("task_id", "element_id", "document_id")
# What a reader narrows a timeline to: a name, and the kinds of entries that it stands for.
FILTERS: Mapping[str, tuple[str, ...]] = {
    "notes": ("note", "note.added"),
    "calls": ("call",),
    "tasks": ("task.completed", "task.delegated", "task.overdue", "task.undone"),
    "papers": ("document.registered", "document.signed", "document.void", "file.added", "file.removed"),
    "events": ("case.event", "process.event", "process.started", "notice.sent", "nationality.asked"),
    "moves": ("case.assigned", "case.transferred", "case.access", "case.unsealed", "case.reopened", "case.closed"),
}


def append(context: Context, case_id: UUID, kind: str, text: Text, *, level: str = "N1", **data: Any) -> UUID:
    """Write down that something happened now, by the actor; ``level`` says who reads it."""
    entry_id = new_id()
    _insert.run(context.session, _row(context, entry_id, case_id, kind, text, level, data))
    if kind in webhooks.EVENTS:
        known = {name: data[name] for name in TOLD if name in data}
        webhooks.post(context, kind, case_id, **known)
    return entry_id


def append_all(
    context: Context, kind: str, entries: Iterable[tuple[UUID, Text, Mapping[str, Any]]], *, level: str = "N1"
) -> None:
    """Write down that one act touched several cases: their ids, the text of each, and its data."""
    if rows := [_row(context, new_id(), case_id, kind, text, level, data) for case_id, text, data in entries]:
        _insert.run(context.session, rows)


def _row(
    context: Context, id: UUID, case_id: UUID, kind: str, text: Text, level: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": id,
        "case_id": case_id,
        "at": context.now,
        "actor_id": context.actor.id,
        "actor_name": context.actor.name,
        "kind": kind,
        "level": level,
        "text_es": text.in_language("es"),
        "text_en": text.in_language("en"),
        "data": dict(data),
    }


def page(
    context: Context,
    case_id: UUID,
    *,
    levels: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> list[TimelineEntry]:
    """Entries of a case (of these levels, of these kinds), the newest first; ``before`` is the last one of the page before."""
    query = select(TimelineEntry).where(TimelineEntry.case_id == case_id)
    if levels is not None:
        query = query.where(TimelineEntry.level.in_(levels))
    if kinds is not None:
        query = query.where(TimelineEntry.kind.in_(kinds))
    if before is not None:
        query = query.where(tuple_(TimelineEntry.at, TimelineEntry.id) < before)
    return list(context.session.scalars(query.order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc()).limit(limit)))
