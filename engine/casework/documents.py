"""The register of documents: each gets a number of its office and year that is never used twice (handbook 08, F)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import firewall
from engine.casework import cases, numbers, timeline
from engine.errors import EngineError, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import Document


class Withheld(EngineError):
    """A letter that would tell of somebody's asylum; ``told`` is the name of the value that does."""

    code = "asylum.letter"

    def __init__(self, letter: str, told: str) -> None:
        super().__init__(
            Text(
                "La carta {letter} no se registra: «{told}» diría que la persona pide protección.",
                "The letter {letter} is not registered: “{told}” would tell that the person asks for protection.",
                {"letter": letter, "told": told},
            )
        )


def register(
    context: Context,
    case_id: UUID,
    *,
    code: str,
    subject: str,
    addressee: str = "",
    data: Mapping[str, Any] | None = None,
    level: str = "N2",
) -> Document:
    """Enter a document of a case into the register and give it its number; ``level`` says who reads it.

    Raises ``Withheld`` where a case behind the asylum firewall would be told by it.
    """
    case = cases.load(context, case_id)
    office = case.office_code
    if firewall.guards(case.compartments, case.type):
        told = firewall.leaks({"asunto": subject, "destinatario": addressee, "datos": dict(data or {})})
        if told is not None:
            raise Withheld(code, told)
    year = numbers.year_at(context, office)
    number = f"{office}-{year}-{numbers.next_number(context, office, year, 'DOC'):06}"
    row = Document(
        id=new_id(),
        case_id=case_id,
        number=number,
        code=code[:20],
        subject=subject[:300],
        addressee=addressee[:300],
        data=dict(data or {}),
        level=level,
        created_at=context.now,
        created_by=context.actor.id,
        state="borrador",
        check_code=secrets.token_hex(6).upper(),
    )
    context.session.add(row)
    context.session.flush()
    timeline.append(
        context,
        case_id,
        "document.registered",
        Text(
            "Documento {number}: {subject}.",
            "Document {number}: {subject}.",
            {"number": number, "subject": subject or code},
        ),
        level=level,
        document_id=str(row.id),
    )
    return row


def of_case(context: Context, case_id: UUID, levels: Collection[str] | None = None) -> Sequence[Document]:
    """The documents of a case (of these levels), the newest first."""
    query = select(Document).where(Document.case_id == case_id)
    if levels is not None:
        query = query.where(Document.level.in_(levels))
    return context.session.scalars(query.order_by(Document.created_at.desc(), Document.id.desc())).all()
