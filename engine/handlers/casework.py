"""Handlers that change the case file: person, classification, owner, office, status, closing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import case as sql_case
from sqlalchemy import func, select

from engine.access.matrix import HEADQUARTERS
from engine.casework import cases, identifying, people, timeline
from engine.errors import Conflict, Text
from engine.handlers import closing
from engine.handlers.registry import as_id, case_of, handler, text
from engine.handlers.reopening import reopen
from engine.runtime import instances, messages
from engine.runtime.jobs import BpmnError, Job
from engine.store import Context
from engine.store.tables.access import User, UserRole
from engine.store.tables.casework import CaseFile


@handler("buscar-duplicados")
def find_duplicates(context: Context, job: Job) -> Mapping[str, Any]:
    """The most alike case, as ``duplicado``: puntaje, caso_id, folio (handbook 00, step 8).

    Whose case this is was only heard so far: it is called by that name until the person is registered.
    """
    if job.case_id is not None:
        cases.call_by(context, job.case_id, " ".join(text(job, "afectada_nombre").split()))
    found = people.likely_same(context, job.variables, not_case=job.case_id)
    return {"duplicado": found or {"puntaje": 0, "caso_id": None, "folio": None, "nombre": None}}


@handler("registrar-persona")
def register_person(context: Context, job: Job) -> Mapping[str, Any]:
    """Register the person described by the variables and make the case theirs."""
    return _register(context, job)


def _register(context: Context, job: Job) -> dict[str, Any]:
    case_id = case_of(job)
    row = cases.load(context, case_id)
    person_id = people.register(context, job.variables, row.person_id)
    from engine.store.tables.casework import Person

    person = context.session.get(Person, person_id)
    assert person is not None
    cases.set_person(context, case_id, person_id, person.name)
    linked = _case_named(context, job.variables.get("caso_conexo"))
    if linked is not None:
        cases.link(context, case_id, linked.id, "conexo")
    return {"persona_id": str(person_id)}


@handler("identificar-persona")
def identify_person(context: Context, job: Job) -> Mapping[str, Any]:
    """Give the case's person the name that an identification found (handbook 07, P-07B); the one before stays in the history."""
    case_id = case_of(job)
    row = cases.load(context, case_id)
    if row.person_id is None:
        return _register(context, job)
    before, name = identifying.identify(context, row.person_id, job.variables)
    if name != before:
        cases.set_person(context, case_id, row.person_id, name)
        told = Text(
            "La persona registrada como «{before}» quedó identificada: {name}.",
            "The person registered as “{before}” was identified: {name}.",
            {"before": before, "name": name},
        )
        timeline.append(context, case_id, "person.identified", told, level="N2")
    return {"persona_id": str(row.person_id)}


def _case_named(context: Context, name: object) -> CaseFile | None:
    """A case by its id, or by its folio as an officer writes it."""
    case_id = as_id(name)
    if case_id is not None:
        return context.session.get(CaseFile, case_id)
    if not isinstance(name, str) or not name.strip():
        return None
    folio = name.strip().upper()
    return context.session.scalars(
        select(CaseFile).where((CaseFile.folio == folio) | (CaseFile.previous_folio == folio))
    ).first()


@handler("anexar-informacion")
def attach_information(context: Context, job: Job) -> Mapping[str, Any]:
    """Attach what was reported to the case that there is already: tell its procedures, or open it again.

    A case that is over for good takes nothing: what was reported goes on as a case of its own.
    """
    row = _case_named(context, job.variables.get("caso_destino"))
    if row is None:
        raise BpmnError("caso_no_encontrado", "No existe el caso al que se anexaría.")
    told = text(job, "relato_breve")
    if row.status in cases.OVER:
        try:
            reopen(context, row.id, told)
        except Conflict as error:
            raise BpmnError("caso_no_encontrado", str(error.text)) from error
    timeline.append(
        context,
        row.id,
        "case.information",
        Text("Información nueva: {told}", "New information: {told}", {"told": told[:1000]}),
        level="N2",
    )
    if job.case_id is not None:
        cases.link(context, job.case_id, row.id, "duplicado_de")
    if messages.publish(context, "msg_nueva_informacion", str(row.id), {"texto": told, "cambia_triaje": False}):
        _tell_of_answer(context, job, row.id)
    return {}


def _tell_of_answer(context: Context, job: Job, case_id: UUID) -> None:
    """Tell who is responsible for the case that was told, unless the case that tells it is theirs as well."""
    origin = context.session.get(CaseFile, job.case_id) if job.case_id is not None else None
    cases.tell_of_answer(context, case_id, but=origin.owner_id if origin is not None else None)


@handler("verificar-nacionalidad")
def verify_nationality(context: Context, job: Job) -> Mapping[str, Any]:
    """Ask the civil registry; its answer comes as ``msg_rnp_respuesta`` with this ``solicitud_id``."""
    request = f"RNP-{uuid4().hex[:12]}"
    timeline.append(
        context,
        case_of(job),
        "nationality.asked",
        Text(
            "Consulta al Registro Nacional de las Personas {request}.",
            "Query {request} to the civil registry.",
            {"request": request},
        ),
    )
    return {"solicitud_id": request}


@handler("clasificar-caso")
def classify(context: Context, job: Job) -> Mapping[str, Any]:
    """Write the classification into the case file."""
    compartments = job.variables.get("compartimentos")
    row = cases.classify(
        context,
        case_of(job),
        domain=text(job, "dominio") or None,
        type=text(job, "tipo") or None,
        priority=text(job, "prioridad") or None,
        compartments=[item for item in compartments if isinstance(item, str)] if isinstance(compartments, list) else (),
    )
    return {"folio": row.folio}


@handler("abrir-caso")
def open_linked(context: Context, job: Job) -> Mapping[str, Any]:
    """Open a case of the same person at ``oficina``, linked to this one, and start ``proceso`` on it with ``datos``.

    Only what ``datos`` names goes along. Gives ``caso_conexo``: id and folio.
    """
    origin = cases.load(context, case_of(job))
    row = cases.open_case(context, text(job, "oficina") or origin.office_code)
    if origin.person_id is not None:
        cases.set_person(context, row.id, origin.person_id, origin.title)
    row = cases.classify(
        context, row.id, domain=text(job, "dominio"), type=text(job, "tipo") or None, priority=origin.priority
    )
    cases.link(context, origin.id, row.id, "conexo")
    given = job.variables.get("datos")
    data = dict(given) if isinstance(given, Mapping) else {}
    instances.start(
        context,
        text(job, "proceso"),
        case_id=row.id,
        office_code=row.office_code,
        variables=data | {"caso_origen": str(origin.id)},
    )
    return {"caso_conexo": {"id": str(row.id), "folio": row.folio}}


@handler("avisar-caso")
def tell_case(context: Context, job: Job) -> Mapping[str, Any]:
    """Publish ``mensaje`` with ``datos`` to the procedures of the case ``caso``; nothing where no case is named."""
    case_id, given = as_id(job.variables.get("caso")), job.variables.get("datos")
    if case_id is not None:
        data = dict(given) if isinstance(given, Mapping) else {}
        if messages.publish(context, text(job, "mensaje"), str(case_id), data):
            _tell_of_answer(context, job, case_id)
    return {}


@handler("cambiar-estado")
def set_status(context: Context, job: Job) -> Mapping[str, Any]:
    """Change the status of the case."""
    cases.set_status(context, case_of(job), text(job, "estado"))
    return {}


@handler("transferir-caso")
def transfer(context: Context, job: Job) -> Mapping[str, Any]:
    """Hand the case to another office."""
    cases.transfer(context, case_of(job), text(job, "oficina_destino"))
    return {}


@handler("elegir-agente")
def choose_officer(context: Context, job: Job) -> Mapping[str, Any]:
    """The officer of the case's office with the least weighted load (P1 = 5, P2 = 3, P3 = 2, else 1; DMN-06)."""
    row = cases.load(context, case_of(job))
    weight = sql_case(
        (CaseFile.priority == "P1", 5), (CaseFile.priority == "P2", 3), (CaseFile.priority == "P3", 2), else_=1
    )
    load = (
        select(CaseFile.owner_id, func.sum(weight).label("weight"))
        .where(CaseFile.status.not_in(cases.OVER))
        .group_by(CaseFile.owner_id)
        .subquery()
    )

    def best(role: str, office: str) -> Any:
        return context.session.scalars(
            select(User.id)
            .join(UserRole, UserRole.user_id == User.id)
            .outerjoin(load, load.c.owner_id == User.id)
            .where(UserRole.role == role, User.office_code == office, User.active)
            .order_by(func.coalesce(load.c.weight, 0), User.name)
            .limit(1)
        ).first()

    wanted = text(job, "rol", "agente")
    chosen = best(wanted, row.office_code) or best("agente", row.office_code) or best("consul", row.office_code)
    chosen = chosen or best("supervisor", HEADQUARTERS)
    return {"agente_id": str(chosen) if chosen is not None else None}


@handler("asignar-agente")
def assign_officer(context: Context, job: Job) -> Mapping[str, Any]:
    """Make somebody responsible for the case."""
    user_id = as_id(job.variables.get("agente_id"))
    user = context.session.get(User, user_id) if user_id is not None else None
    if user is None:
        raise BpmnError("agente_no_encontrado", "No existe la persona a la que se asignaría el caso.")
    cases.assign_owner(context, case_of(job), user.id, user.name)
    return {"agente_nombre": user.name}


@handler("cerrar-caso")
def close(context: Context, job: Job) -> Mapping[str, Any]:
    """Close the case, and what was started on it by hand; one that is closed already stays as it is."""
    closing.close(context, case_of(job), text(job, "resolucion") or None, text(job, "notas"), but=job.instance_id)
    return {}
