"""What a supervisor does with one running process: see its steps, suspend, resume, cancel, move a token, change version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import audit
from engine.access.matrix import NEEDS, Level
from engine.access.policy import require, require_case, sees
from engine.bpmn.migration import Plan
from engine.bpmn.model import FLOW_NODES
from engine.bpmn.modification import Placing
from engine.casework import timeline
from engine.definitions import registry
from engine.errors import Invalid, NotFound, Text
from engine.runtime import instances, repairs, replay
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile
from engine.store.tables.definitions import ProcessDefinition
from engine.store.tables.runtime import ActivityHistory, ProcessInstance, StepHistory, TokenRow

STEPS = 200
GOES_ON = ("active", "suspended")
COMMANDS = {
    "start": Text("Empezó", "Started"),
    "complete": Text("Se completó", "Completed"),
    "timer": Text("Venció el tiempo", "Time was up"),
    "message": Text("Llegó un mensaje", "A message came"),
    "signal": Text("Llegó una señal", "A signal came"),
    "conditional": Text("Se cumplió una condición", "A condition held"),
    "error": Text("Falló con un error", "Failed with an error"),
    "fail": Text("Se detuvo por una incidencia", "Stopped with an incident"),
    "retry": Text("Se intentó de nuevo", "Was tried again"),
    "cancel": Text("Se canceló", "Was cancelled"),
    "variables": Text("Se cambiaron datos", "Data were changed"),
    "suspend": Text("Se suspendió", "Was suspended"),
    "resume": Text("Se reanudó", "Was resumed"),
    "modify": Text("Se movió a mano", "Was moved by hand"),
    "migrate": Text("Pasó a otra versión", "Went over to another version"),
}
DONE = {
    "suspend": Text("Suspendió «{name}»: {reason}", "Suspended “{name}”: {reason}"),
    "resume": Text("Reanudó «{name}»: {reason}", "Resumed “{name}”: {reason}"),
    "cancel": Text("Canceló «{name}»: {reason}", "Cancelled “{name}”: {reason}"),
    "move": Text("Movió un paso de «{name}»: {reason}", "Moved a step of “{name}”: {reason}"),
    "migrate": Text("Pasó «{name}» a otra versión: {reason}", "Brought “{name}” to another version: {reason}"),
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the history as people read it."""

    version: int
    at: datetime
    who: str | None
    what: Text
    element: str | None


@dataclass(frozen=True, slots=True)
class Live:
    """A token that can be moved: its id and where it stands."""

    id: UUID
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class InstanceView:
    """A process instance as its page shows it, after one of its steps."""

    row: ProcessInstance
    definition: ProcessDefinition
    case: CaseFile | None
    marks: Mapping[str, Mapping[str, int]]
    steps: Sequence[StepLine]
    shown: int
    live: Sequence[Live]
    targets: Sequence[tuple[str, str]]
    versions: Sequence[ProcessDefinition]


def _reached(context: Context, instance_id: UUID) -> ProcessInstance:
    """The instance, if its case is within the actor's reach. Raises ``NotFound``."""
    row = context.session.get(ProcessInstance, instance_id)
    if row is None:
        raise NotFound
    if row.case_id is not None:
        require_case(context, row.case_id, NEEDS["process:repair"])
    return row


def of_definition(context: Context, definition_id: UUID) -> Sequence[tuple[ProcessInstance, str | None]]:
    """Running instances of one version that the actor may see, with the folio of their case; the newest first."""
    require(context.actor, "supervision:read")
    query = (
        select(ProcessInstance, CaseFile.folio)
        .outerjoin(CaseFile, CaseFile.id == ProcessInstance.case_id)
        .where(
            ProcessInstance.definition_id == definition_id,
            ProcessInstance.state.in_(GOES_ON),
            ProcessInstance.case_id.is_(None) | sees(context.actor, Level.N0),
        )
        .order_by(ProcessInstance.id.desc())
        .limit(STEPS)
    )
    return [(row, folio) for row, folio in context.session.execute(query).all()]


def read(context: Context, instance_id: UUID, step: int | None = None) -> InstanceView:
    """An instance as it is, or as it was after ``step``. Raises ``NotFound``."""
    require(context.actor, "supervision:read")
    row = _reached(context, instance_id)
    session = context.session
    definition = session.get(ProcessDefinition, row.definition_id)
    assert definition is not None
    elements = registry.elements(context, row.definition_id)
    moment = replay.at(context, instance_id, step)
    marks: dict[str, dict[str, int]] = {}
    root = {id for id, frame in moment.scopes.items() if frame.definition_id == row.definition_id}
    for place in moment.tokens.values():
        if place.scope_id in root and place.element_id in elements:
            mark = marks.setdefault(place.element_id, {})
            mark["live"] = mark.get("live", 0) + 1
    tokens = session.scalars(select(TokenRow).where(TokenRow.instance_id == instance_id).order_by(TokenRow.id)).all()
    known = {item.definition_id: registry.elements(context, item.definition_id) for item in tokens}
    live = [
        Live(item.id, known[item.definition_id][item.element_id].name or item.element_id, item.state)
        for item in tokens
        if item.data.get("role") != "body"
    ]
    versions = session.scalars(
        select(ProcessDefinition)
        .where(ProcessDefinition.process_id == row.process_id, ProcessDefinition.id != row.definition_id)
        .order_by(ProcessDefinition.version.desc())
    ).all()
    targets = [
        (element.id, element.name or element.id)
        for element in elements.values()
        if element.kind in FLOW_NODES - {"boundaryEvent", "startEvent"}
        and not element.for_compensation
        and element.name
    ]
    case = session.get(CaseFile, row.case_id) if row.case_id is not None else None
    return InstanceView(
        row, definition, case, marks, _lines(context, instance_id, elements), moment.version, live,
        sorted(targets, key=lambda item: item[1]), versions,
    )  # fmt: skip


def _lines(context: Context, instance_id: UUID, elements: Mapping[str, Any]) -> list[StepLine]:
    definitions = context.session.scalars(
        select(ActivityHistory.definition_id).where(ActivityHistory.instance_id == instance_id).distinct()
    )
    for definition_id in definitions:  # also of processes that were called
        elements = {**registry.elements(context, definition_id), **elements}
    rows = context.session.execute(
        select(StepHistory.version, StepHistory.at, User.name, StepHistory.command, StepHistory.element_id)
        .outerjoin(User, User.id == StepHistory.actor_id)
        .where(StepHistory.instance_id == instance_id)
        .order_by(StepHistory.version.desc())
        .limit(STEPS)
    ).all()
    return [
        StepLine(version, at, who, COMMANDS.get(command, Text(command, command)), _called(elements, element_id))
        for version, at, who, command, element_id in rows
    ]


def _called(elements: Mapping[str, Any], element_id: str | None) -> str | None:
    if element_id is None:
        return None
    return (elements[element_id].name if element_id in elements else "") or element_id


def _repair(context: Context, instance_id: UUID, what: str, reason: str) -> ProcessInstance:
    """Refuse who may not, and what has no reason; else write both down."""
    require(context.actor, "process:repair", object_id=instance_id)
    row = _reached(context, instance_id)
    if not reason.strip():
        raise Invalid(fields={"reason": Text("Diga por qué.", "Say why.")})
    if row.case_id is not None:
        definition = context.session.get(ProcessDefinition, row.definition_id)
        text = DONE[what]
        values = {"name": definition.name if definition is not None else row.process_id, "reason": reason.strip()[:500]}
        timeline.append(context, row.case_id, f"process.{what}", Text(text.es, text.en, values))
    audit.record(context, "process:repair", object_id=instance_id, case_id=row.case_id, what=what)
    return row


def suspend(context: Context, instance_id: UUID, version: int | None, reason: str) -> None:
    """Stop an instance where it is. Raises ``Conflict``, ``Invalid`` without a reason."""
    _repair(context, instance_id, "suspend", reason)
    repairs.suspend(context, instance_id, version=version)


def resume(context: Context, instance_id: UUID, version: int | None, reason: str) -> None:
    """Let a suspended instance go on."""
    _repair(context, instance_id, "resume", reason)
    repairs.resume(context, instance_id, version=version)


def cancel(context: Context, instance_id: UUID, version: int | None, reason: str) -> None:
    """End an instance and all its tasks."""
    _repair(context, instance_id, "cancel", reason)
    repairs.seen(context, instance_id, version)
    instances.cancel(context, instance_id)


def move(
    context: Context, instance_id: UUID, version: int | None, reason: str, token: UUID | None, target: str | None
) -> None:
    """Take a token away, place one at ``target``, or both: then it is moved."""
    _repair(context, instance_id, "move", reason)
    if token is None and target is None:
        raise Invalid(fields={"target": Text("Elija un paso.", "Choose a step.")})
    repairs.modify(
        context,
        instance_id,
        cancel=[token] if token is not None else [],
        place=[Placing(target)] if target is not None else [],
        version=version,
    )


def plan(context: Context, instance_id: UUID, definition_id: UUID, mapping: Mapping[str, str]) -> Plan:
    """What it would take to bring an instance to another version of its process."""
    require(context.actor, "supervision:read")
    _reached(context, instance_id)
    return repairs.plan_migration(context, instance_id, definition_id, mapping)


def migrate(
    context: Context,
    instance_id: UUID,
    version: int | None,
    reason: str,
    definition_id: UUID,
    mapping: Mapping[str, str],
) -> None:
    """Bring an instance to another version. Raises ``CannotMigrate`` with what stands against it."""
    _repair(context, instance_id, "migrate", reason)
    repairs.migrate(context, instance_id, definition_id, mapping, version=version)
