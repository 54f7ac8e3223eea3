"""Finds deployed definitions and keeps them parsed: a definition never changes, so a cache never goes stale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from engine.bpmn import model
from engine.bpmn.builder import build
from engine.bpmn.findings import Findings
from engine.bpmn.parser import parse_bpmn
from engine.bpmn.specs import ProcessSpec
from engine.definitions.starting import ASKS, ON, STARTERS, ByHand, names, none_start
from engine.dmn import parse_dmn
from engine.errors import DefinitionError, NotFound, Text
from engine.forms import Form, parse_form
from engine.store import Context
from engine.store.tables.definitions import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition, Resource

T = TypeVar("T")
_CACHE: dict[tuple[str, UUID], Any] = {}
_LOCK = Lock()
_LIMIT = 2_000


def latest(context: Context, process_id: str) -> ProcessDefinition:
    """The newest version of a process. Raises ``NotFound``."""
    row = context.session.scalars(
        select(ProcessDefinition).where(ProcessDefinition.process_id == process_id, ProcessDefinition.latest)
    ).first()
    if row is None:
        raise NotFound(
            Text(
                "No hay ningún proceso «{id}» publicado.",
                "No process “{id}” is published.",
                {"id": process_id},
            )
        )
    return row


def spec(context: Context, definition_id: UUID) -> ProcessSpec:
    """The runnable spec of one process version; shared, never changed. Raises ``NotFound``."""

    def load() -> ProcessSpec:
        row = context.session.get(ProcessDefinition, definition_id)
        if row is None:
            raise NotFound
        content = _content(context, row.resource_id)
        built = build_process(content, row.process_id)
        built.definition_id, built.version = row.id, row.version
        return built

    return _cached("process", definition_id, load)


def build_process(content: bytes, process_id: str) -> ProcessSpec:
    """Parse ``content`` and build its process ``process_id``. Raises ``DefinitionError``."""
    definitions, items = parse_bpmn(content)
    findings = Findings(definitions.file, list(items))
    process = next((item for item in definitions.processes if item.id == process_id), None)
    built = build(process, findings) if process is not None and not findings.refused else None
    if built is None:
        raise DefinitionError(findings.items)
    return built


def decision(context: Context, decision_id: str, beside: UUID | None = None) -> tuple[DecisionDefinition, Any]:
    """The newest version of a decision and the parsed model that holds it. Raises ``NotFound``.

    With ``beside``, a process version, the one of the same deployment.
    """
    query = select(DecisionDefinition).where(DecisionDefinition.decision_id == decision_id)
    if beside is None:
        query = query.where(DecisionDefinition.latest)
    else:
        mine = select(ProcessDefinition.deployment_id).where(ProcessDefinition.id == beside)
        query = query.where(DecisionDefinition.deployment_id == mine.scalar_subquery())
    row = context.session.scalars(query).first()
    if row is None:
        raise NotFound(Text("No hay ninguna decisión «{id}».", "There is no decision “{id}”.", {"id": decision_id}))
    resource_id = row.resource_id
    return row, _cached("decision", resource_id, lambda: parse_dmn(_content(context, resource_id), decision_id))


def form(context: Context, form_id: str) -> Form:
    """The newest version of a form, parsed. Raises ``NotFound``."""
    row = context.session.scalars(
        select(FormDefinition).where(FormDefinition.form_id == form_id, FormDefinition.latest)
    ).first()
    if row is None:
        raise NotFound(Text("No hay ningún formulario «{id}».", "There is no form “{id}”.", {"id": form_id}))
    resource_id = row.resource_id
    return _cached("form", resource_id, lambda: parse_form(_content(context, resource_id), form_id))


def form_at(context: Context, form_id: str, instant: datetime) -> Form:
    """The version of a form that was the newest at an instant, parsed. Raises ``NotFound``."""
    resource_id = context.session.scalar(
        select(FormDefinition.resource_id)
        .join(Deployment, Deployment.id == FormDefinition.deployment_id)
        .where(FormDefinition.form_id == form_id, Deployment.at <= instant)
        .order_by(FormDefinition.version.desc())
        .limit(1)
    )
    if resource_id is None:
        return form(context, form_id)
    return _cached("form", resource_id, lambda: parse_form(_content(context, resource_id), form_id))


def source(context: Context, definition_id: UUID) -> bytes:
    """The XML of one process version, as deployed. Raises ``NotFound``."""
    row = context.session.get(ProcessDefinition, definition_id)
    if row is None:
        raise NotFound
    return _content(context, row.resource_id)


def elements(context: Context, definition_id: UUID) -> dict[str, model.Element]:
    """What is drawn in one process version, by element id."""
    return spec(context, definition_id).model.elements


def by_hand(context: Context) -> list[ByHand]:
    """The latest versions of the processes that are started by hand on a case."""
    found = context.session.scalars(select(ProcessDefinition.id).where(ProcessDefinition.latest)).all()
    return [item for definition_id in found for item in _read_by_hand(context, definition_id)]


def _read_by_hand(context: Context, definition_id: UUID) -> tuple[ByHand, ...]:
    return _cached(
        "by hand", definition_id, lambda: _by_hand(context, context.session.get_one(ProcessDefinition, definition_id))
    )


def _by_hand(context: Context, row: ProcessDefinition) -> tuple[ByHand, ...]:
    """One, or none; only what names starters is parsed."""
    start = none_start(spec(context, row.id).model) if STARTERS.encode() in _content(context, row.resource_id) else None
    roles = names(start.properties.get(STARTERS)) if start is not None else frozenset()
    if start is None or not roles:
        return ()
    form_id = start.properties.get(ASKS, "").strip() or None
    domains = names(start.properties.get(ON))
    return (ByHand(row.id, row.process_id, row.name, roles, domains, form_id, start.documentation),)


def _content(context: Context, resource_id: UUID) -> bytes:
    row = context.session.get(Resource, resource_id)
    if row is None:
        raise NotFound
    return row.content


def _cached(kind: str, id: UUID, load: Callable[[], T]) -> T:
    found = _CACHE.get((kind, id))
    if found is None:
        found = load()
        with _LOCK:
            if len(_CACHE) >= _LIMIT:
                _CACHE.clear()
            _CACHE[(kind, id)] = found
    return found
