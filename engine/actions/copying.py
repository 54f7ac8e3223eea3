"""A copy of a case file on paper: what its reader sees of it, set as PDF/A, with who made it and when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from engine.access import audit
from engine.access.explaining import level_name
from engine.access.matrix import COMPARTMENTS, NEEDS, Level
from engine.access.policy import require, require_case
from engine.actions import cases, contacts, files, related, retention
from engine.actions.cases import CaseView, Diagram, OpenTask
from engine.casework import letters, offices, plainly, timeline
from engine.casework.cases import DOMAINS, ERASED, STATUSES
from engine.casework.contacts import KINDS, MOST
from engine.casework.letters import Letter
from engine.errors import Conflict
from engine.store import Context
from engine.store.tables.casework import CaseContact, Document, Person, TimelineEntry
from engine.store.tables.files import Attachment

TEMPLATE = Path("compartidos") / "copias" / "expediente.typ"
LONGEST = 2_000  # entries of the timeline that a copy holds, the newest
BATCH = 500
PAPER = {"borrador": "Borrador", "firmado": "Firmado", "anulado": "Anulado"}
SCANS = {"infected": " (apartado: programa dañino)", "pending": " (en revisión)"}


def make(context: Context, case_id: UUID, root: Path, *, practice: bool = False) -> Letter:
    """A case file as PDF/A, as far as the actor sees it, with hours by the clock of its office.

    Raises ``NotFound``, ``Forbidden``, ``LetterError``, and ``Conflict`` where the case's data were erased.
    """
    _required(context, case_id)
    view = cases.read_case(context, case_id)
    values = _values(context, view) | {"practica": practice}
    content = letters.typeset(root, root / TEMPLATE, values, int(context.now.timestamp()))
    return Letter(f"{view.case.folio}.pdf", content)


def note_made(context: Context, case_id: UUID) -> None:
    """Write down that the actor made a copy of a case file. Raises as ``make`` does."""
    _required(context, case_id)
    audit.record(context, "case:export", object_id=case_id, case_id=case_id)


def _required(context: Context, case_id: UUID) -> None:
    require(context.actor, "case:export", object_id=case_id)
    if require_case(context, case_id, NEEDS["case:export"]).erased_at is not None:
        raise Conflict(ERASED)


def _values(context: Context, view: CaseView) -> dict[str, Any]:
    case, zone = view.case, ZoneInfo(view.office.timezone)
    entries = _entries(context, case.id, case.level)
    person = view.person
    return {
        "folio": case.folio,
        "oficina": view.office.name,
        "persona": person.name if person is not None else case.title,
        "nivel": level_name(case.level).lower().replace("(n", "(N"),
        "marcas": _marks(context, view),
        "ficha": [
            ("Estado", STATUSES.get(case.status, case.status)),
            ("Ámbito", " · ".join(part for part in (DOMAINS.get(case.domain or "", "Sin clasificar"), case.type) if part)),
            ("Prioridad", case.priority or ""),
            ("Folio anterior", case.previous_folio or ""),
            ("Responsable", view.owner or "Nadie todavía"),
            ("Abierto", plainly.moment(case.opened_at, zone)),
            ("Cerrado", plainly.moment(case.closed_at, zone) if case.closed_at is not None else ""),
            ("Resultado", (case.resolution or "").replace("_", " ")),
        ],
        "registro": _registration(person, zone) if person is not None and case.sees(Level.N2) else [],
        "procedimientos": [_procedure(item) for item in cases.diagrams(context, case.id)],
        "tareas": [_task(context, task, who) for task, who in view.tasks],
        "documentos": [_document(item, zone) for item in view.documents],
        "archivos": [_file(item, zone) for item in files.of_case(context, case.id)],
        "contactos": [_contact(item) for item in contacts.listed(context, case.id, MOST)[0]],
        "relacionados": [
            *((item.other.folio, item.how.in_language("es")) for item in related.listed(context, case.id, related.MOST)[0]),
            *((other.folio, kind.replace("_", " ")) for kind, other in view.links),
        ],
        "historia": [(plainly.moment(entry.at, zone), entry.actor_name, entry.text_es) for entry in entries[:LONGEST]][::-1],
        "corte": _cut(entries, zone),
        "hecha_por": context.actor.name,
        "hecha_en": offices.facts(context, context.actor.office_code).name,
        "hecha_el": plainly.moment(context.now, zone),
    }  # fmt: skip


def _entries(context: Context, case_id: UUID, level: Level) -> list[TimelineEntry]:
    """The newest entries, the newest first, in batches; one more than a copy holds where there are more."""
    found: list[TimelineEntry] = []
    before: tuple[datetime, UUID] | None = None
    while len(found) <= LONGEST:
        wanted = min(BATCH, LONGEST + 1 - len(found))
        rows = timeline.page(context, case_id, levels=level.within, limit=wanted, before=before)
        found += rows
        if len(rows) < wanted:
            break
        before = rows[-1].at, rows[-1].id
    return found


def _cut(entries: list[TimelineEntry], zone: ZoneInfo) -> str:
    if len(entries) <= LONGEST:
        return ""
    since = plainly.moment(entries[LONGEST - 1].at, zone)
    return f"Solo las últimas {LONGEST} anotaciones, desde el {since}; las anteriores están en el expediente."


def _marks(context: Context, view: CaseView) -> list[str]:
    found = ["Vida en riesgo (P1)"] if view.case.priority == "P1" else []
    found += [f"Reservado: {COMPARTMENTS[name]}" for name in view.case.compartments]
    found += ["Retención legal"] if retention.is_held(context, view.case.id) else []
    return found + (["Detenido por un incidente"] if view.incidents else [])


def _registration(person: Person, zone: ZoneInfo) -> list[tuple[str, str]]:
    born = plainly.in_spanish(person.birth_date.isoformat(), zone) if person.birth_date is not None else ""
    return [
        ("Conocida como", person.alias),
        ("DNI", person.dni or ""),
        ("Nació", born if person.birth_exact or not born else f"{born} (aproximado)"),
        ("Sexo", person.sex or ""),
        ("Municipio", person.municipality or ""),
        ("Teléfono", f"+{person.phone}" if person.phone else ""),
    ]


def _procedure(diagram: Diagram) -> tuple[str, str]:
    waits = [f"{name} (incidente)" if kind == "incident" else name for name, kind in diagram.waiting]
    goes_on = any(mark.get("live") for mark in diagram.marks.values())
    otherwise = "En curso" if goes_on else "Terminado"
    return f"{diagram.name} v{diagram.version}", "; ".join(dict.fromkeys(waits)) or otherwise


def _task(context: Context, task: OpenTask, who: str | None) -> tuple[str, str, str]:
    if task.due_at is None:
        due = "Sin plazo"
    else:
        office = offices.facts(context, task.office_code or context.actor.office_code)
        due = plainly.moment(task.due_at, ZoneInfo(office.timezone)) + (
            " · vencida" if task.due_at < context.now else ""
        )
    return task.name, due, who or "Sin tomar"


def _document(row: Document, zone: ZoneInfo) -> tuple[str, str, str]:
    what = " · ".join(part for part in (row.subject or row.code, row.addressee) if part)
    state = PAPER[row.state] + (f" por {row.signed_name}" if row.state == "firmado" and row.signed_name else "")
    return what, f"{row.number}, {plainly.moment(row.created_at, zone)}", state


def _contact(row: CaseContact) -> tuple[str, str, str]:
    whom = ", ".join(part for part in (row.person, row.role) if part)
    known = (
        f"Exp. {row.reference}" if row.reference else "",
        row.phone,
        row.other_phone,
        row.email,
        row.city,
        row.note,
    )
    return f"{row.name} ({KINDS[row.kind].es})", whom, " · ".join(part for part in known if part)


def _file(row: Attachment, zone: ZoneInfo) -> tuple[str, str, str]:
    return row.name + SCANS.get(row.scan, ""), plainly.moment(row.at, zone), row.actor_name
