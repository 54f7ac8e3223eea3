"""The auditors' room: who did and saw what, by account, case, person, act and outcome; looking is written down too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from engine.access import audit
from engine.access.firewall import KeptOut
from engine.access.policy import require
from engine.errors import Text
from engine.store import Context
from engine.store.tables.access import AuditCheckpoint, AuditEntry, User
from engine.store.tables.casework import CaseFile, Document
from engine.store.tables.files import Attachment
from engine.store.tables.runtime import Incident, ProcessInstance, UserTask

Account = aliased(User)
PAGE = 50
LONGEST = 100
OF_A_CASE = (UserTask, Document, Attachment, ProcessInstance, Incident)
# What an act is called, by the first part of its name; the second part says what was done.
THINGS = {
    "access": Text("Acceso", "Access"),
    "account": Text("Cuenta", "Account"),
    "audit": Text("Auditoría", "Audit"),
    "case": Text("Expediente", "Case file"),
    "definition": Text("Procedimiento", "Procedure"),
    "document": Text("Documento", "Document"),
    "export": Text("Exportación", "Export"),
    "incident": Text("Incidente", "Incident"),
    "person": Text("Persona", "Person"),
    "process": Text("Proceso", "Process"),
    "retention": Text("Conservación", "Retention"),
    "session": Text("Sesión", "Session"),
    "supervision": Text("Supervisión", "Supervision"),
    "api": Text("Interfaz de programas", "Interface of programs"),
    "message": Text("Mensaje", "Message"),
    "token": Text("Clave de programa", "Program key"),
    "webhook": Text("Aviso a otro sistema", "Notice to another system"),
    "task": Text("Tarea", "Task"),
    "file": Text("Archivo", "File"),
}
DEEDS = {
    "alike": Text("buscar parecidas", "look for others like them"),
    "merge": Text("unir registros", "merge registrations"),
    "part": Text("deshacer la unión", "undo a merge"),
    "clear": Text("habilitar compartimentos", "clear for compartments"),
    "guard": Text("encargar a otra oficina", "share with an office"),
    "name": Text("nombrar", "name"),
    "review": Text("revisar", "review"),
    "unguard": Text("quitar a otra oficina", "no longer share with an office"),
    "unname": Text("retirar a una persona", "take a person off"),
    "unseal": Text("abrir con motivo", "open with a reason"),
    "annotate": Text("anotar", "annotate"),
    "assign": Text("asignar", "assign"),
    "claim": Text("tomar", "claim"),
    "complete": Text("completar", "complete"),
    "deploy": Text("publicar", "publish"),
    "discard": Text("descartar", "discard"),
    "draft": Text("guardar borrador", "keep a draft"),
    "invite": Text("invitar", "invite"),
    "pause": Text("pausar", "pause"),
    "resume": Text("reanudar", "resume"),
    "end": Text("terminar", "end"),
    "make": Text("crear", "make"),
    "publish": Text("publicar", "publish"),
    "use": Text("usar", "use"),
    "open": Text("abrir", "open"),
    "read": Text("consultar", "look at"),
    "release": Text("soltar", "give back"),
    "repair": Text("reparar", "repair"),
    "hold": Text("retener", "hold"),
    "lift": Text("levantar la retención", "lift the hold"),
    "erase": Text("ordenar el borrado", "have data erased"),
    "forget": Text("borrar los datos", "erase the data"),
    "retry": Text("reintentar", "try again"),
    "search": Text("buscar", "search"),
    "list": Text("ver la lista", "see the list"),
    "add": Text("agregar", "add"),
    "preview": Text("ver en pequeño", "see in small"),
    "remove": Text("retirar", "remove"),
    "sign": Text("firmar", "sign"),
    "void": Text("anular", "declare void"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One audit row as it is shown; ``account`` is whose account or session it was about."""

    row: AuditEntry
    who: str
    folio: str | None
    person_id: UUID | None
    account: str | None
    what: Text


@dataclass(frozen=True, slots=True)
class Room:
    """A page of rows, the newest first; ``after`` is the key of the page behind it."""

    lines: Sequence[Line]
    after: str | None
    actions: Sequence[str]
    sealed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; empty means everything. ``person`` gives all that was done with one person's case files."""

    who: str = ""
    folio: str = ""
    person: UUID | None = None
    action: str = ""
    refused: bool = False
    after: str = ""


def look(context: Context, filters: Filters) -> Room:
    """Rows of the audit. Raises ``Forbidden``."""
    require(context.actor, "audit:read")
    query = _filtered(filters)
    key = _key(filters.after)
    if key is not None:
        query = query.where(AuditEntry.id < key)
    rows = context.session.execute(query.order_by(AuditEntry.id.desc()).limit(PAGE + 1)).all()
    lines = [
        Line(row, name or _nameless(row), folio, person_id, account, name_of(row.action))
        for row, name, folio, person_id, account in rows[:PAGE]
    ]
    actions = context.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action).limit(LONGEST))
    return Room(
        lines,
        str(lines[-1].row.id) if len(rows) > PAGE else None,
        list(actions),
        context.session.scalar(select(func.max(AuditCheckpoint.at))),
    )


def _nameless(row: AuditEntry) -> str:
    return "SIPROC" if row.actor_id is None else str(row.actor_id)


def note_look(context: Context, filters: Filters) -> None:
    """Write down that the actor read the audit, and whose."""
    audit.record(context, "audit:read", object_id=filters.person, filtered=bool(filters.who or filters.folio))


def note_refused(context: Context, permission: str, object_id: UUID | None) -> None:
    """Write down that the actor asked for something that is not theirs, and of which case it is if it exists.

    How long that takes is the same either way.
    """
    case_id = None
    if object_id is not None:
        itself: Select[UUID | None] = select(CaseFile.id).where(CaseFile.id == object_id)
        case_id = context.session.scalar(
            itself.union_all(*(select(table.case_id).where(table.id == object_id) for table in OF_A_CASE))
        )
    audit.record(context, permission, object_id=object_id, case_id=case_id, allowed=False)


def note_kept_out(context: Context, refusal: KeptOut) -> None:
    """Write down that the asylum firewall kept something out of a case: in which fields, and not what it was."""
    audit.record(context, "case:keep-out", case_id=refusal.case_id, allowed=False, fields=sorted(refusal.fields))


def note_openings(context: Context) -> None:
    """Write down that the actor read why cases were opened."""
    audit.record(context, "access:read")


def name_of(action: str) -> Text:
    """An act in words; its own name where there are none."""
    thing, _, deed = action.partition(":")
    first, second = THINGS.get(thing), DEEDS.get(deed)
    if first is None:
        return Text(action, action)
    rest = second or Text(deed, deed)
    return Text(f"{first.es}: {rest.es}", f"{first.en}: {rest.en}")


def _filtered(filters: Filters) -> Select[AuditEntry, str | None, str | None, UUID | None, str | None]:
    query = (
        select(AuditEntry, User.name, CaseFile.folio, CaseFile.person_id, Account.name)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .outerjoin(Account, Account.id == AuditEntry.object_id)
        .outerjoin(CaseFile, CaseFile.id == AuditEntry.case_id)
    )
    if filters.who:
        words = filters.who.strip().lower()
        named = select(User.id).where(or_(User.email == words, func.lower(User.name).contains(words, autoescape=True)))
        query = query.where(or_(AuditEntry.actor_id.in_(named), AuditEntry.object_id.in_(named)))
    if filters.folio:
        folio = filters.folio.strip().upper()
        named = select(CaseFile.id).where(or_(CaseFile.folio == folio, CaseFile.previous_folio == folio))
        query = query.where(AuditEntry.case_id.in_(named))
    if filters.person is not None:
        theirs = select(CaseFile.id).where(CaseFile.person_id == filters.person)
        query = query.where(or_(AuditEntry.case_id.in_(theirs), AuditEntry.object_id == filters.person))
    if filters.action:
        query = query.where(AuditEntry.action == filters.action)
    if filters.refused:
        query = query.where(AuditEntry.allowed.is_(False))
    return query


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
