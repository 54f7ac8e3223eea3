"""What is done with documents: written by hand, read as PDF, sign, declare void, and verify from outside."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import audit, firewall
from engine.access.matrix import NEEDS, ROLES, Level
from engine.access.policy import require, require_case
from engine.actions import keys
from engine.casework import cases, documents, letters, outlines, timeline
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.casework import CaseFile, Document, Office

SIGNERS = ("director", "consul")
LONGEST_REASON = 500
LONGEST_ANSWER, LONGEST_ADDRESSEE = 4_000, 300


@dataclass(frozen=True, slots=True)
class Verified:
    """What anybody may know of a letter that they hold: nothing of the person."""

    number: str
    code: str
    office: str
    created_at: datetime
    signed_at: datetime | None
    state: str
    digest: str | None


def read_letter(
    context: Context, document_id: UUID, root: Path, public_url: str, *, practice: bool = False
) -> letters.Letter:
    """A document as PDF: as it was signed, else composed now. Raises ``NotFound``, ``Forbidden``, ``LetterError``."""
    require(context.actor, "document:read", object_id=document_id)
    document = _document(context, document_id)
    if document.state == "firmado" and document.content is not None:
        return letters.Letter(f"{document.number}.pdf", document.content)
    return letters.compose(context, document, root, public_url, practice=practice)


def writable(context: Context, case_id: UUID, root: Path) -> list[outlines.Outline]:
    """The letters that the actor may write by hand for a case. Raises ``NotFound``, ``Forbidden``, ``Conflict``."""
    require(context.actor, "document:write")
    case = require_case(context, case_id, NEEDS["document:write"])
    if case.erased_at is not None:
        raise Conflict(cases.ERASED)
    return outlines.of_domain(root, case.domain)


def write(
    context: Context,
    case_id: UUID,
    root: Path,
    code: str,
    addressee: str,
    said: Mapping[str, str],
    idempotency_key: str | None = None,
) -> None:
    """Draft a letter that no procedure issues; ``said`` answers what its template asks for.

    Raises ``NotFound`` for a code that the case has no letter of, ``Invalid`` with what is wrong at each field.
    """
    chosen = next((item for item in writable(context, case_id, root) if item.code == code), None)
    if chosen is None:
        raise NotFound
    data = {key: said.get(key, "").strip() for key, _ in chosen.fields}
    _check(context, case_id, {"destinatario": addressee, **data})

    def draft() -> dict[str, Any]:
        row = documents.register(
            context, case_id, code=code, subject=chosen.title, addressee=addressee.strip(),
            data={key: value for key, value in data.items() if value},
        )  # fmt: skip
        audit.record(context, "document:write", object_id=row.id, case_id=case_id, code=code)
        return {"document": str(row.id)}

    keys.once(context, idempotency_key, draft)


def _check(context: Context, case_id: UUID, said: Mapping[str, str]) -> None:
    wrong = {
        key: Text("Hasta {n} letras.", "Up to {n} letters.", {"n": LONGEST_ANSWER})
        for key, text in said.items()
        if len(text) > (LONGEST_ADDRESSEE if key == "destinatario" else LONGEST_ANSWER)
    }
    if not any(text.strip() for key, text in said.items() if key != "destinatario"):
        first = next((key for key in said if key != "destinatario"), None)
        if first is not None:
            wrong.setdefault(first, Text("Escriba lo que la carta dice.", "Write what the letter says."))
    if wrong:
        raise Invalid(fields=wrong)
    firewall.refuse(cases.load(context, case_id), said)


def note_read(context: Context, document_id: UUID) -> None:
    """Write down that the actor looked at a document."""
    document = _document(context, document_id)
    audit.record(context, "document:read", object_id=document_id, case_id=document.case_id)


def sign(context: Context, document_id: UUID, root: Path, public_url: str, *, practice: bool = False) -> UUID:
    """Sign a draft: it is kept as it is from now on. Gives the case. Raises ``NotFound``, ``Forbidden``, ``Conflict``."""
    document = _document(context, document_id)
    require(context.actor, "document:sign", object_id=document_id, case_id=document.case_id)
    if document.state != "borrador":
        raise Conflict(
            Text(
                "El documento {n} ya está {s}.",
                "Document {n} is {s} already.",
                {"n": document.number, "s": document.state},
            )
        )
    role = next(item for item in SIGNERS if item in context.actor.roles)
    document.state, document.signed_at, document.signed_by = "firmado", context.now, context.actor.id
    document.signed_name, document.signed_role = context.actor.name, ROLES[role]
    document.content = letters.compose(context, document, root, public_url, practice=practice).content
    document.digest = hashlib.sha256(document.content).hexdigest()
    timeline.append(
        context,
        document.case_id,
        "document.signed",
        Text("Firmó el documento {n}.", "Signed document {n}.", {"n": document.number}),
        level=document.level,
        document_id=str(document_id),
    )
    audit.record(context, "document:sign", object_id=document_id, case_id=document.case_id)
    return document.case_id


def void(context: Context, document_id: UUID, reason: str) -> UUID:
    """Declare a document void; its number stays its own. Gives the case. Raises ``Invalid`` without a reason."""
    document = _document(context, document_id)
    require(context.actor, "document:sign", object_id=document_id, case_id=document.case_id)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid(
            fields={
                "motivo": Text("Escriba el motivo, en 500 letras o menos.", "Write the reason, within 500 letters.")
            }
        )
    if document.state == "anulado":
        raise Conflict(Text("El documento ya está anulado.", "The document is void already."))
    document.state, document.void_reason = "anulado", reason.strip()
    timeline.append(
        context,
        document.case_id,
        "document.void",
        Text(
            "Anuló el documento {n}: {r}.",
            "Declared document {n} void: {r}.",
            {"n": document.number, "r": reason.strip()},
        ),
        level=document.level,
        document_id=str(document_id),
    )
    audit.record(context, "document:void", object_id=document_id, case_id=document.case_id)
    return document.case_id


def verify(context: Context, number: str, code: str) -> Verified | None:
    """What a letter's number and code tell to anybody; None where they do not belong together."""
    row = context.session.execute(
        select(Document, Office.name)
        .join(CaseFile, CaseFile.id == Document.case_id)
        .join(Office, Office.code == CaseFile.office_code)
        .where(Document.number == number.strip().upper())
    ).first()
    wanted = row[0].check_code if row is not None else "-"
    if not hmac.compare_digest(wanted.encode(), code.strip().upper().encode()) or row is None:
        return None
    document, office = row
    return Verified(
        document.number,
        document.code,
        office,
        document.created_at,
        document.signed_at,
        document.state,
        document.digest,
    )


def _document(context: Context, document_id: UUID) -> Document:
    document = context.session.get(Document, document_id)
    if document is None:
        raise NotFound
    wanted = max(Level(document.level), NEEDS["document:read"], key=lambda level: level.rank)
    try:
        case = require_case(context, document.case_id, wanted)
    except Forbidden as refusal:  # who sees less of the case is not told of its documents either
        raise Forbidden(permission="document:read", object_id=document_id, case_id=document.case_id) from refusal
    if case.erased_at is not None:
        raise Conflict(cases.ERASED)
    return document
