"""Case files and what happened to one, page by page by key, for programs that read them all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from engine.access.matrix import NEEDS
from engine.access.policy import case_level, require
from engine.actions import searching
from engine.actions.seen import CaseHead
from engine.casework import documents, timeline
from engine.errors import Invalid, Text
from engine.store import Context
from engine.store.tables.casework import Document, TimelineEntry

PAGE = 50
WRONG_KEY = Text("No es la clave de una página.", "It is not the key of a page.")
Key = tuple[datetime, UUID]


def search(
    context: Context, text: str = "", *, mine: bool = False, after: str = ""
) -> tuple[Sequence[tuple[CaseHead, str | None]], str | None]:
    """Case files as the page finds them, the newest first; and the key of the next page. Raises ``Invalid``."""
    require(context.actor, "case:read")
    rows = list(islice(searching.found(context, text, mine=mine, after=_read(after)), PAGE + 1))
    more = len(rows) > PAGE
    last = rows[PAGE - 1][0] if more else None
    return rows[:PAGE], _written((last.opened_at, last.id)) if last is not None else None


def happened(
    context: Context, case_id: UUID, after: str = "", only: str = ""
) -> tuple[Sequence[TimelineEntry], str | None]:
    """What happened to a case, the newest first; and the key of the next page.

    ``only`` is one of ``timeline.FILTERS``; any other shows all. Raises ``NotFound``, ``Invalid``.
    """
    levels = case_level(context, case_id).within
    kinds = timeline.FILTERS.get(only)
    rows = timeline.page(context, case_id, levels=levels, kinds=kinds, limit=PAGE + 1, before=_read(after))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], _written((last.at, last.id)) if last is not None else None


def papers(context: Context, case_id: UUID) -> Sequence[Document]:
    """The documents of a case, the newest first. Raises ``NotFound``."""
    level = case_level(context, case_id)
    return documents.of_case(context, case_id, level.within) if level.reaches(NEEDS["document:read"]) else ()


def _read(text: str) -> Key | None:
    if not text:
        return None
    at, _, id = text.partition("~")
    try:
        key = datetime.fromisoformat(at), UUID(id)
    except ValueError as error:
        raise Invalid(fields={"after": WRONG_KEY}) from error
    if key[0].tzinfo is None:
        raise Invalid(fields={"after": WRONG_KEY})
    return key


def _written(key: Key) -> str:
    return f"{key[0].isoformat()}~{key[1]}"
