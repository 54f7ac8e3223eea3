"""Notes that people write about a case: added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from engine.casework import timeline
from engine.errors import Invalid, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import Note

LONGEST = 10_000


def add(context: Context, case_id: UUID, text: str) -> Note:
    """Write a note. Raises ``Invalid`` for an empty one or one that is too long."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(
            fields={
                "text": Text(
                    "Escriba la nota, de hasta {n} letras.",
                    "Write the note, of up to {n} letters.",
                    {"n": LONGEST},
                )
            }
        )
    note = Note(
        id=new_id(),
        case_id=case_id,
        at=context.now,
        author_id=context.actor.id,
        author_name=context.actor.name,
        text=text,
    )
    context.session.add(note)
    timeline.append(
        context, case_id, "note.added", Text("Se agregó una nota.", "A note was added."), note_id=str(note.id)
    )
    return note


def page(
    context: Context, case_id: UUID, *, limit: int = 50, before: tuple[datetime, UUID] | None = None
) -> Sequence[Note]:
    """Notes of a case, the newest first; ``before`` is the last one of the page before."""
    query = select(Note).where(Note.case_id == case_id)
    if before is not None:
        query = query.where(tuple_(Note.at, Note.id) < before)
    return context.session.scalars(query.order_by(Note.at.desc(), Note.id.desc()).limit(limit)).all()
