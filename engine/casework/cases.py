"""Case files: opening, classifying with a folio, status, owner, office, closing. No rule of access is here."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

from engine.access import firewall
from engine.access.matrix import COMPARTMENTS
from engine.casework import notifications, numbers, offices, timeline, urgency
from engine.errors import Conflict, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseLink, Office
from engine.store.tables.runtime import ProcessInstance, UserTask, UserTaskCandidate

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
PRIORITIES = ("P1", "P2", "P3", "P4")
LINKS = ("conexo", "mismo_hecho", "unidad_familiar", "duplicado_de", "continua_en")
OVER = ("cerrado", "anulado")
REOPEN_DAYS = 90
ERASED = Text(
    "Los datos personales de este expediente se borraron; ya no recibe nada.",
    "The personal data of this case file were erased; nothing is added to it any more.",
)


def load(context: Context, case_id: UUID) -> CaseFile:
    """A case file, locked for change. Raises ``NotFound``, and ``Conflict`` where its data were erased."""
    row = context.session.get(CaseFile, case_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.erased_at is not None:
        raise Conflict(ERASED)
    return row


def open_case(context: Context, office_code: str, *, title: str = "") -> CaseFile:
    """Open a case file with a provisional folio; classification gives it its own."""
    _working_office(context, office_code)
    year = numbers.year_at(context, office_code)
    number = numbers.next_number(context, office_code, year, "TMP")
    row = CaseFile(
        id=new_id(),
        folio=f"TMP-{office_code}-{year}-{number:06}",
        provisional=True,
        office_code=office_code,
        status="borrador",
        title=title[:300],
        compartments=[],
        opened_at=context.now,
        opened_by=context.actor.id,
        version=1,
    )
    context.session.add(row)
    context.session.flush()
    timeline.append(
        context,
        row.id,
        "case.opened",
        Text("Se abrió el expediente.", "The case file was opened."),
        level="META",
    )
    return row


def by_folio(context: Context, folio: str) -> CaseFile | None:
    """The case with this folio, the one it had before classification included."""
    wanted = folio.strip().upper()
    query = select(CaseFile).where(or_(CaseFile.folio == wanted, CaseFile.previous_folio == wanted))
    return context.session.scalars(query).first()


def _working_office(context: Context, office_code: str) -> Office:
    office = offices.get(context, office_code)
    if not office.active:
        raise offices.unknown(office_code)
    return office


def classify(
    context: Context,
    case_id: UUID,
    *,
    domain: str | None,
    type: str | None = None,
    priority: str | None = None,
    compartments: Iterable[str] = (),
) -> CaseFile:
    """Set domain, type, priority and compartments; what is None or not named stays as it was.

    The first domain gives the folio ``HN-<office>-<year>-<domain>-<n>``, which never changes again. Raises ``Invalid``
    for a domain, priority or compartment that does not exist.
    """
    row = load(context, case_id)
    compartments = list(compartments)
    for name in compartments:
        _known("compartments", name, COMPARTMENTS)
    _known("domain", domain, DOMAINS)
    _known("priority", priority, PRIORITIES)
    if domain is not None:
        row.domain = domain
        if row.provisional:
            year = numbers.year_at(context, row.office_code)
            number = numbers.next_number(context, row.office_code, year, domain)
            row.previous_folio = row.folio
            row.folio = f"HN-{row.office_code}-{year}-{domain}-{number:06}"
            row.provisional = False
    row.type = type or row.type
    row.priority = priority or row.priority
    row.compartments = sorted({*row.compartments, *compartments})
    row.version += 1
    context.session.flush()
    urgency.refresh(context, row)
    timeline.append(
        context,
        case_id,
        "case.classified",
        Text(
            "Clasificado: {domain}, prioridad {priority}. Folio {folio}.",
            "Classified: {domain}, priority {priority}. Folio {folio}.",
            {"domain": DOMAINS.get(row.domain or "", "—"), "priority": row.priority or "—", "folio": row.folio},
        ),
        level="N0",
    )
    return row


def set_status(context: Context, case_id: UUID, status: str) -> None:
    """Change the status; a closed case keeps its own. Raises ``Invalid`` for a status that does not exist."""
    _known("status", status, STATUSES)
    row = load(context, case_id)
    if row.status in OVER or row.status == status:
        return
    row.status = status
    row.version += 1
    timeline.append(
        context,
        case_id,
        "case.status",
        Text("Estado: {status}.", "Status: {status}.", {"status": STATUSES[status]}),
        level="META",
    )


def assign_owner(context: Context, case_id: UUID, user_id: UUID, name: str) -> None:
    """Make somebody responsible for the case, and tell them, unless they did it, opened it or were so already."""
    row = load(context, case_id)
    if user_id not in (context.actor.id, row.opened_by, row.owner_id):
        text = Text("Usted es responsable del expediente {f}.", "You are responsible for case {f}.", {"f": row.folio})
        notifications.notify(context, "case.assigned", text, user_id=user_id, case_id=case_id)
    row.owner_id = user_id
    row.version += 1
    if row.status in ("borrador", "registrado", "en_triaje"):
        row.status = "asignado"
    timeline.append(
        context,
        case_id,
        "case.assigned",
        Text("Responsable: {name}.", "Responsible: {name}.", {"name": name}),
        level="META",
    )


def tell_of_answer(context: Context, case_id: UUID, *, but: UUID | None = None) -> None:
    """Tell who is responsible for a case that something came that it waited for; not whoever told it, nor ``but``."""
    row = load(context, case_id)
    if row.owner_id is None or row.owner_id in (context.actor.id, but):
        return
    text = Text(
        "Llegó algo que esperaba el expediente {f}.", "Something came that case {f} waited for.", {"f": row.folio}
    )
    notifications.notify(context, "case.answer", text, user_id=row.owner_id, case_id=case_id)


def call_by(context: Context, case_id: UUID, name: str) -> None:
    """Call a case by the name that was heard of its person, until they are registered. It is seen as theirs is then.

    Words that the asylum firewall may have to keep out are none.
    """
    row = load(context, case_id)
    if row.person_id is None and name and row.title != name[:300] and firewall.meaning_of(name) is None:
        row.title = name[:300]
        row.version += 1


def set_person(context: Context, case_id: UUID, person_id: UUID, title: str) -> None:
    """Say whose case it is."""
    row = load(context, case_id)
    row.person_id = person_id
    row.title = title[:300]
    if row.status == "borrador":
        row.status = "registrado"
    row.version += 1


def transfer(context: Context, case_id: UUID, office_code: str) -> None:
    """Hand the case to another office, and with it what is open there. Raises ``NotFound`` where none works.

    Its open tasks at the old office go along, and nobody has them in hand; those of a third office stay there.
    """
    row = load(context, case_id)
    office = _working_office(context, office_code)
    left = row.office_code
    if left == office_code:
        return
    row.office_code = office_code
    row.owner_id = None
    row.version += 1
    moving = select(UserTask.id).where(
        UserTask.case_id == case_id, UserTask.state == "open", UserTask.office_code == left
    )
    task_ids = context.session.scalars(moving).all()
    candidates = update(UserTaskCandidate).where(UserTaskCandidate.task_id.in_(task_ids))
    context.session.execute(candidates.where(UserTaskCandidate.office_code == left).values(office_code=office_code))
    context.session.execute(
        update(UserTask)
        .where(UserTask.id.in_(task_ids))
        .values(
            office_code=office_code,
            assignee_id=None,
            claimed_at=None,
            version=UserTask.version + 1,
            **urgency.LET_GO,
        )
    )
    context.session.execute(
        update(ProcessInstance)
        .where(ProcessInstance.case_id == case_id, ProcessInstance.office_code == left)
        .values(office_code=office_code)
    )
    timeline.append(
        context,
        case_id,
        "case.transferred",
        Text("Transferido a {office}.", "Transferred to {office}.", {"office": office.name}),
        level="META",
        from_office=left,
        to_office=office_code,
    )


def close(context: Context, case_id: UUID, resolution: str | None, notes: str = "") -> None:
    """Close the case. Raises ``Conflict`` where it is closed already, ``Invalid`` where it must not be."""
    row = load(context, case_id)
    if row.status in OVER:
        raise Conflict(Text("El expediente ya está cerrado.", "The case file is closed already."))
    if row.domain == "DES" and resolution == "sin_contacto":
        raise Invalid(
            fields={
                "resolution": Text(
                    "La búsqueda de una persona desaparecida no se cierra por falta de contacto.",
                    "The search for a missing person is not closed for lack of contact.",
                )
            }
        )
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
        level="N2" if notes else "N0",
    )


def reopens(row: CaseFile, now: datetime) -> bool:
    """Whether a case is closed, and may still be opened again."""
    return row.status == "cerrado" and row.closed_at is not None and (now - row.closed_at).days <= REOPEN_DAYS


def reopen(context: Context, case_id: UUID) -> None:
    """Open a closed case again. Raises ``Conflict`` where it is not closed, or was closed too long ago."""
    row = load(context, case_id)
    if row.status != "cerrado" or row.closed_at is None:
        raise Conflict(Text("El expediente no está cerrado.", "The case file is not closed."))
    if not reopens(row, context.now):
        raise Conflict(
            Text(
                "Se cerró hace más de {days} días: abra un caso nuevo.",
                "It was closed more than {days} days ago: open a new case.",
                {"days": REOPEN_DAYS},
            )
        )
    row.status, row.closed_at, row.resolution = "reabierto", None, None
    row.version += 1
    timeline.append(
        context, case_id, "case.reopened", Text("Expediente reabierto.", "Case file reopened."), level="META"
    )


def link(context: Context, from_case_id: UUID, to_case_id: UUID, kind: str) -> None:
    """Link two cases; the same link twice is one. Raises ``Invalid`` for a kind that does not exist."""
    _known("kind", kind, LINKS)
    if from_case_id != to_case_id and context.session.get(CaseLink, (from_case_id, to_case_id, kind)) is None:
        context.session.add(
            CaseLink(
                from_case_id=from_case_id,
                to_case_id=to_case_id,
                kind=kind,
                created_at=context.now,
                created_by=context.actor.id,
            )
        )
        context.session.flush()


def links(context: Context, case_id: UUID) -> Sequence[CaseLink]:
    """The links of a case, in both directions, the oldest first."""
    either = or_(CaseLink.from_case_id == case_id, CaseLink.to_case_id == case_id)
    return context.session.scalars(select(CaseLink).where(either).order_by(CaseLink.created_at)).all()


def _known(field: str, value: str | None, values: Container[str]) -> None:
    if value is not None and value not in values:
        raise Invalid(
            fields={
                field: Text("No existe «{value}».", "There is no “{value}”.", {"value": str(value)[:40]}),
            }
        )
