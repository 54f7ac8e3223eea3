"""Starting another procedure by hand on a case that is open already, among them a single task that somebody is asked to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.access import audit, firewall
from engine.access.matrix import NEEDS
from engine.access.policy import case_level, may, require, require_case
from engine.actions import keys
from engine.actions.cases import guarded, keep_out
from engine.actions.situation import form_context
from engine.casework import cases, timeline
from engine.casework.cases import ERASED, OVER
from engine.definitions import registry
from engine.definitions.starting import STARTED_BY, ByHand
from engine.errors import Conflict, Invalid, NotFound, Text
from engine.forms import Form
from engine.runtime import instances
from engine.store import Context
from engine.store.tables.casework import CaseFile, Person

LONGEST = 500
WHY = "porque"
CLOSED = Text("El expediente está cerrado: reábralo primero.", "The case file is closed: reopen it first.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A procedure that can be started, with what whoever starts it is asked."""

    procedure: ByHand
    form: Form | None
    values: Mapping[str, Any]
    situation: Mapping[str, Any]


def offered(context: Context, case_id: UUID) -> Sequence[ByHand]:
    """What the actor may start on a case by hand, by name; nothing on one that is closed. Raises ``NotFound``."""
    if not may(context.actor, "case:start") or not case_level(context, case_id).reaches(NEEDS["case:start"]):
        return ()
    return _fitting(context, context.session.get_one(CaseFile, case_id))


def _fitting(context: Context, case: CaseFile) -> Sequence[ByHand]:
    if case.status in OVER or case.erased_at is not None:
        return ()
    found = (
        item
        for item in registry.by_hand(context)
        if item.roles & context.actor.roles and (not item.domains or case.domain in item.domains)
    )
    return sorted(found, key=lambda item: item.name)


def asked(context: Context, case_id: UUID, process_id: str) -> Asked:
    """What whoever starts this procedure on a case is asked.

    Raises ``NotFound`` where it is not one that the actor may start there, ``Forbidden``, ``Conflict`` for a closed case.
    """
    return _asked(context, _open(context, case_id), process_id)


def _open(context: Context, case_id: UUID) -> CaseFile:
    require(context.actor, "case:start", object_id=case_id)
    case = require_case(context, case_id, NEEDS["case:start"])
    if case.erased_at is not None:
        raise Conflict(ERASED)
    if case.status in OVER:
        raise Conflict(CLOSED)
    return case


def _asked(context: Context, case: CaseFile, process_id: str) -> Asked:
    chosen = next((item for item in _fitting(context, case) if item.process_id == process_id), None)
    if chosen is None:
        raise NotFound
    form = registry.form(context, chosen.form_id) if chosen.form_id else None
    person = context.session.get(Person, case.person_id) if case.person_id is not None else None
    known = form_context(context, case.office_code, case, person, {}, form.lists if form is not None else ())
    return Asked(chosen, form, form.initial({}, known, context.now) if form is not None else {}, known)


def start(
    context: Context,
    case_id: UUID,
    process_id: str,
    why: str,
    values: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> None:
    """Start a procedure on a case, for the reason ``why``; ``values`` answer the form of its start.

    Raises ``Invalid`` with ``porque`` and each answer that is wrong, ``KeptOut`` for what the asylum firewall keeps out,
    and what ``asked`` raises.
    """
    _open(context, case_id)
    keys.done_once(context, idempotency_key, lambda: _start(context, case_id, process_id, why, values))


def _start(context: Context, case_id: UUID, process_id: str, why: str, values: Mapping[str, Any]) -> None:
    cases.load(context, case_id)
    what = _asked(context, _open(context, case_id), process_id)
    answers = _answers(context, what, why, values)
    keep_out(context, case_id, {WHY: why, **dict(firewall.said(values))})
    known_as = None if guarded(context, case_id) else process_id  # as of events: the audit is read without clearances
    timeline.append(
        context,
        case_id,
        "process.started",
        Text("Inició «{name}»: {why}", "Started “{name}”: {why}", {"name": what.procedure.name, "why": why.strip()}),
        level="N2",
    )
    audit.record(context, "case:start", object_id=case_id, case_id=case_id, process=known_as)
    mine = {STARTED_BY: str(context.actor.id) if context.actor.id is not None else None}
    office = context.session.get_one(CaseFile, case_id).office_code
    instances.start(context, process_id, case_id=case_id, office_code=office, variables={**answers, **mine})


def _answers(context: Context, what: Asked, why: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    wrong: dict[str, Text] = {}
    if not why.strip() or len(why) > LONGEST:
        wrong[WHY] = Text(
            "Escriba el motivo, de 1 a {n} letras.", "Write the reason, of 1 to {n} letters.", {"n": LONGEST}
        )
    answers: Mapping[str, Any] = {}
    if what.form is not None:
        try:
            answers = what.form.clean(values, what.situation, context.now)
        except Invalid as error:
            wrong.update(error.fields)
    elif values:
        wrong.update(dict.fromkeys(map(str, values), Text("No se pregunta.", "It is not asked.")))
    if wrong:
        raise Invalid(fields=wrong)
    return answers
