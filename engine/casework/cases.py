"""Case files: opening, classifying with a folio, status, owner, office, closing. No rule of access is here."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from engine.casework import timeline
from engine.errors import Conflict, NotFound, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseLink, FolioCounter, Office

STATUSES = {
    "borrador": "Borrador", "registrado": "Registrado", "en_triaje": "En triaje", "asignado": "Asignado",
    "en_atencion": "En atención", "en_espera_externa": "En espera de otra institución",
    "en_espera_persona": "En espera de la persona", "cierre_propuesto": "Cierre propuesto", "cerrado": "Cerrado",
    "transferido": "Transferido", "suspendido": "Suspendido", "reabierto": "Reabierto", "anulado": "Anulado",
    "busqueda_activa": "Búsqueda activa", "busqueda_periodica": "Búsqueda periódica",
}  # fmt: skip
DOMAINS = {
    "MIG": "Migratorio", "DHU": "Derechos humanos", "SAL": "Salud", "PEN": "Penal", "FAM": "Familiar",
    "LAB": "Laboral", "DES": "Personas desaparecidas",
}  # fmt: skip
OVER = ("cerrado", "anulado")


def load(context: Context, case_id: UUID) -> CaseFile:
    """A case file, locked for change. Raises ``NotFound``."""
    row = context.session.get(CaseFile, case_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def open_case(context: Context, office_code: str, *, title: str = "") -> CaseFile:
    """Open a case file with a provisional folio; classification gives it its own."""
    number = _next(context, office_code, context.now.year, "TMP")
    row = CaseFile(
        id=new_id(),
        folio=f"TMP-{office_code}-{context.now.year}-{number:06}",
        provisional=True,
        office_code=office_code,
        status="borrador",
        title=title,
        compartments=[],
        opened_at=context.now,
        opened_by=context.actor.id,
        version=1,
    )
    context.session.add(row)
    context.session.flush()
    timeline.append(
        context, row.id, "case.opened", Text("Se abrió el expediente.", "The case file was opened.")
    )
    return row


def _next(context: Context, office_code: str, year: int, series: str) -> int:
    counter = context.session.get(FolioCounter, (office_code, year, series), with_for_update=True, populate_existing=True)
    if counter is None:
        counter = FolioCounter(office_code=office_code, year=year, series=series, last=0)
        context.session.add(counter)
    counter.last += 1
    context.session.flush()
    return counter.last


def classify(
    context: Context,
    case_id: UUID,
    *,
    domain: str | None,
    type: str | None = None,
    priority: str | None = None,
    compartments: Iterable[str] = (),
) -> CaseFile:
    """Set domain, type, priority and compartments; the first domain gives the folio ``HN-<office>-<year>-<domain>-<n>``."""
    row = load(context, case_id)
    if domain in DOMAINS:
        row.domain = domain
        if row.provisional:
            number = _next(context, row.office_code, context.now.year, str(domain))
            row.previous_folio = row.folio
            row.folio = f"HN-{row.office_code}-{context.now.year}-{domain}-{number:06}"
            row.provisional = False
    row.type = type or row.type
    row.priority = priority if priority in ("P1", "P2", "P3", "P4") else row.priority
    row.compartments = sorted({*(row.compartments or []), *compartments})
    row.version += 1
    context.session.flush()
    timeline.append(
        context,
        case_id,
        "case.classified",
        Text(
            "Clasificado: {domain}, prioridad {priority}. Folio {folio}.",
            "Classified: {domain}, priority {priority}. Folio {folio}.",
            {"domain": DOMAINS.get(row.domain or "", "—"), "priority": row.priority or "—", "folio": row.folio},
        ),
    )
    return row


def set_status(context: Context, case_id: UUID, status: str) -> None:
    """Change the status; a closed case keeps its own."""
    row = load(context, case_id)
    if row.status in OVER or status not in STATUSES or row.status == status:
        return
    row.status = status
    row.version += 1
    timeline.append(
        context,
        case_id,
        "case.status",
        Text("Estado: {status}.", "Status: {status}.", {"status": STATUSES[status]}),
    )


def assign_owner(context: Context, case_id: UUID, user_id: UUID, name: str) -> None:
    """Make somebody responsible for the case."""
    row = load(context, case_id)
    row.owner_id = user_id
    row.version += 1
    if row.status in ("borrador", "registrado", "en_triaje"):
        row.status = "asignado"
    timeline.append(
        context, case_id, "case.assigned", Text("Responsable: {name}.", "Responsible: {name}.", {"name": name})
    )


def set_person(context: Context, case_id: UUID, person_id: UUID, title: str) -> None:
    """Say whose case it is."""
    row = load(context, case_id)
    row.person_id = person_id
    row.title = title[:300]
    if row.status == "borrador":
        row.status = "registrado"
    row.version += 1


def transfer(context: Context, case_id: UUID, office_code: str) -> None:
    """Hand the case to another office. Raises ``NotFound`` for an office that does not work."""
    row = load(context, case_id)
    office = context.session.get(Office, office_code)
    if office is None or not office.active:
        raise NotFound(Text("La oficina «{code}» no existe.", "The office “{code}” does not exist.", {"code": office_code}))
    if row.office_code == office_code:
        return
    row.office_code = office_code
    row.owner_id = None
    row.version += 1
    timeline.append(
        context,
        case_id,
        "case.transferred",
        Text("Transferido a {office}.", "Transferred to {office}.", {"office": office.name}),
    )


def close(context: Context, case_id: UUID, resolution: str | None, notes: str = "") -> None:
    """Close the case. Raises ``Conflict`` where it is closed already."""
    row = load(context, case_id)
    if row.status in OVER:
        raise Conflict(Text("El expediente ya está cerrado.", "The case file is closed already."))
    row.status = "anulado" if resolution == "duplicado" else "cerrado"
    row.resolution = resolution
    row.closed_at = context.now
    row.version += 1
    timeline.append(
        context,
        case_id,
        "case.closed",
        Text(
            "Expediente cerrado: {resolution}. {notes}",
            "Case file closed: {resolution}. {notes}",
            {"resolution": (resolution or "—").replace("_", " "), "notes": notes},
        ),
    )


def link(context: Context, from_case_id: UUID, to_case_id: UUID, kind: str) -> None:
    """Link two cases; the same link twice is one."""
    known = context.session.scalar(
        select(CaseLink.kind).where(
            CaseLink.from_case_id == from_case_id, CaseLink.to_case_id == to_case_id, CaseLink.kind == kind
        )
    )
    if known is None and from_case_id != to_case_id:
        context.session.add(
            CaseLink(from_case_id=from_case_id, to_case_id=to_case_id, kind=kind, created_at=context.now)
        )
