"""What a connected system tells a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from engine.access.policy import reaches_everywhere, require
from engine.actions import events
from engine.errors import NotFound
from engine.store import Context
from engine.store.tables.casework import CaseFile


def publish(context: Context, case: str, message: str, text: str, values: Mapping[str, Any] | None = None) -> UUID:
    """Tell a case, named by id or folio, that something it waits for has happened; gives the case.

    Raises ``Forbidden``, ``NotFound`` for a case that is not within reach, ``Invalid`` where nothing waits for it or an answer is wrong.
    The sender needs no right to read the case, and learns nothing of it but this.
    """
    require(context.actor, "message:publish")
    query = select(CaseFile.id).where(_named(case))
    if not reaches_everywhere(context.actor):
        query = query.where(CaseFile.office_code == context.actor.office_code)
    found = context.session.scalar(query)
    if found is None:
        raise NotFound
    events.tell(context, found, message, text, values or {})
    return found


def _named(case: str) -> ColumnElement[bool]:
    try:
        return CaseFile.id == UUID(case)
    except ValueError:
        folio = case.strip().upper()
        return or_(CaseFile.folio == folio, CaseFile.previous_folio == folio)
