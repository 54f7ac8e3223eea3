"""The environment of a step: definitions, decisions, facts and the engine's FEEL functions, over one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.bpmn import tracing
from engine.bpmn.expressions import ExpressionError
from engine.bpmn.incidents import ElementIncident
from engine.bpmn.model import Called
from engine.bpmn.specs import ProcessSpec
from engine.bpmn.timers import TimerError, as_duration, as_instant
from engine.casework import calendars
from engine.definitions import registry
from engine.errors import NotFound, Text
from engine.feel import FeelFunction, FeelLimitError
from engine.runtime.facts import CaseFacts
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.definitions import ProcessDefinition

MAX_WORKING_TIME = timedelta(days=3_660)  # years of holidays are counted one by one


class World:
    """Implements ``engine.bpmn.environment.Environment`` for one command."""

    def __init__(
        self, context: Context, instance_id: UUID, case_id: UUID | None, office_code: str | None, spec: ProcessSpec
    ) -> None:
        self.context = context
        self.case_id = case_id
        self.office_code = office_code
        self.facts: Mapping[str, Any] = CaseFacts(context, case_id, office_code) if case_id else {}
        self.last: Mapping[str, Any] = {
            "process": {"id": spec.id, "version": spec.version, "instance_id": str(instance_id)},
            "business deadline": FeelFunction(self._business_deadline, ("from", "duration", "office")),
            "decide": FeelFunction(self._decide, ("decision", "context")),
            "deadline": FeelFunction(self._deadline, ("decision", "row")),
        }
        self._reading: Mapping[str, Any] = {}

    @property
    def now(self) -> datetime:
        """The instant of the step."""
        return self.context.now

    def new_id(self) -> UUID:
        """A fresh id."""
        return new_id()

    def process(self, called: Called, process_id: str, caller: ProcessSpec) -> ProcessSpec:
        """The process that is called, by the version binding that the diagram asks for."""
        query = select(ProcessDefinition.id).where(ProcessDefinition.process_id == process_id)
        if called.binding == "versionTag":
            query = query.where(ProcessDefinition.version_tag == called.version_tag).order_by(
                ProcessDefinition.version.desc()
            )
        elif called.binding == "deployment":
            mine = select(ProcessDefinition.deployment_id).where(ProcessDefinition.id == caller.definition_id)
            query = query.where(ProcessDefinition.deployment_id == mine.scalar_subquery())
        else:
            query = query.where(ProcessDefinition.latest)
        definition_id = self.context.session.scalars(query.limit(1)).first()
        if definition_id is None:
            raise ElementIncident(
                "process_not_found",
                Text(
                    "El proceso «{id}» que se llama no está publicado.",
                    "The called process “{id}” is not published.",
                    {"id": process_id[:200]},
                ),
            )
        return registry.spec(self.context, definition_id)

    def decide(self, called: Called, decision_id: str, caller: ProcessSpec, variables: Mapping[str, Any]) -> Any:
        """The result of a deployed decision, by the version binding that the diagram asks for."""
        beside = caller.definition_id if called.binding == "deployment" else None
        return self._evaluate(decision_id, variables, beside)

    def _evaluate(self, decision_id: str, variables: Mapping[str, Any], beside: UUID | None = None) -> Any:
        try:
            _, model = registry.decision(self.context, decision_id, beside)
        except NotFound as error:
            raise ElementIncident("decision_not_found", error.text) from error
        try:
            result = model.evaluate(decision_id, variables, now=self.now)
        except FeelLimitError as error:
            raise ElementIncident(
                "decision_limit",
                Text(
                    "La decisión «{id}» excede los límites: {why}",
                    "The decision “{id}” exceeds the limits: {why}",
                    {"id": decision_id, "why": error.es},
                ),
            ) from error
        tracing.decided(model, result.trace)
        if result.value is None and result.warnings:
            why = "; ".join(str(warning) for warning in result.warnings[:3])
            raise ElementIncident(
                "decision_failed",
                Text(
                    "La decisión «{id}» no dio resultado: {why}",
                    "The decision “{id}” gave no result: {why}",
                    {"id": decision_id, "why": why[:500]},
                ),
            )
        return result.value

    # -- functions that expressions can call -------------------------------------------------------------------------

    def _business_deadline(self, start: Any, duration: Any, office: Any) -> Any:
        """``business deadline(from, duration, office)``: working time in the office's calendar."""
        try:
            span = as_duration(duration).span
            if span > MAX_WORKING_TIME:
                return None
            return calendars.business_deadline(self.context, as_instant(start), span, _code(office))
        except (TimerError, NotFound):
            return None

    def _decide(self, decision: Any, context: Any) -> Any:
        """``decide(decision, context)``: the result of a deployed decision for ``context``."""
        if not isinstance(decision, str) or not isinstance(context, dict):
            return None
        return self._evaluate(decision, {**self.last, **self.facts, **context})

    def _deadline(self, decision: Any, row: Any) -> Any:
        """``deadline(decision, row)``: the row's term, counted from now in the office's calendar."""
        if not isinstance(decision, str) or not isinstance(row, str):
            return None
        case = self.facts.get("case") or {}
        found = self._evaluate(decision, {**self.facts, "tarea": row, "prioridad": case.get("priority")})
        if not isinstance(found, dict) or not found.get("duracion"):
            raise ExpressionError(
                Text(
                    "La tabla de plazos «{decision}» no tiene el renglón «{row}».",
                    "The table of terms “{decision}” has no row “{row}”.",
                    {"decision": decision, "row": row},
                )
            )
        try:
            term = as_duration(found["duracion"])
        except TimerError as error:
            raise ExpressionError(error.text) from error
        if found.get("calendario") == "habil" and term.span > timedelta(0):
            office = self.facts.get("office") or {}
            return calendars.business_deadline(
                self.context, self.now, term.span, office.get("code") or self.office_code or "HN-TGU"
            )
        return term.after(self.now)


def _code(office: Any) -> str:
    return str(office.get("code", "")) if isinstance(office, dict) else str(office)
