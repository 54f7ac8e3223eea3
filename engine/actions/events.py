"""What happens outside: which events the procedures of a case wait for, what each asks, and telling them that one happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import audit, firewall
from engine.access.matrix import NEEDS, Level
from engine.access.policy import case_level, require, require_case
from engine.actions import keys
from engine.actions.cases import LONGEST_NOTE, guarded, keep_out
from engine.actions.situation import form_context
from engine.casework import cases, timeline
from engine.definitions import registry
from engine.definitions.starting import ASKS
from engine.errors import Invalid, Text
from engine.forms import Form
from engine.forms.kinds.choices import options_of
from engine.forms.situation import Situation
from engine.runtime import messages
from engine.store import Context
from engine.store.tables.casework import CaseFile, Person
from engine.store.tables.runtime import ProcessInstance, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Awaited:
    """An event that a case waits for: its message, what it is called on the diagram, and what whoever reports it is asked."""

    message: str
    name: str
    form: Form | None = None


def awaited(context: Context, case_id: UUID) -> list[Awaited]:
    """What the case's procedures wait to hear, by name; nothing for who may not tell them."""
    if not case_level(context, case_id).reaches(NEEDS["case:event"]):
        return []
    return _awaited(context, case_id)


def _awaited(context: Context, case_id: UUID) -> list[Awaited]:
    rows = context.session.execute(
        select(SubscriptionRow.name, SubscriptionRow.definition_id, SubscriptionRow.element_id)
        .join(ProcessInstance, ProcessInstance.id == SubscriptionRow.instance_id)
        .where(
            ProcessInstance.case_id == case_id,
            ProcessInstance.state == "active",
            SubscriptionRow.kind == "message",
            SubscriptionRow.key == str(case_id),
        )
        .order_by(SubscriptionRow.id)
    ).all()
    found: dict[str, Awaited] = {}
    for message, definition_id, element_id in rows:
        if message is None:
            continue
        element = registry.elements(context, definition_id)[element_id]
        form_id = element.properties.get(ASKS)
        known = found.get(message)
        if known is None or (known.form is None and form_id):
            name = known.name if known is not None else element.name or message
            found[message] = Awaited(message, name, registry.form(context, form_id) if form_id else None)
    return sorted(found.values(), key=lambda item: item.name)


@dataclass(frozen=True, slots=True)
class Asked:
    """An event's form, ready to be filled in."""

    form: Form
    values: Mapping[str, Any]
    situation: Mapping[str, Any]


def asked(context: Context, case_id: UUID, message: str) -> Asked | None:
    """What whoever reports an event of a case is asked, if anything."""
    form = next((item.form for item in _awaited(context, case_id) if item.message == message), None)
    if form is None:
        return None
    known = situation(context, case_id, form.lists)
    return Asked(form, form.initial({}, known, context.now), known)


def situation(context: Context, case_id: UUID, lists: Iterable[str]) -> dict[str, Any]:
    """What forms of a case's events may know that ask for ``lists``; no variables, for several procedures may wait for the same."""
    case = context.session.get_one(CaseFile, case_id)
    person = context.session.get(Person, case.person_id) if case.person_id is not None else None
    return form_context(context, case.office_code, case, person, {}, lists)


def report(
    context: Context,
    case_id: UUID,
    message: str,
    text: str,
    values: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> None:
    """Tell the case's procedures that something they wait for has happened; ``values`` answer the event's form.

    Raises ``Invalid`` where nothing waits for it (any more), for a text that is too long, and for each answer that is wrong.
    """
    require(context.actor, "case:event")
    require_case(context, case_id, NEEDS["case:event"])
    keys.done_once(context, idempotency_key, lambda: tell(context, case_id, message, text, values or {}))


def tell(context: Context, case_id: UUID, message: str, text: str, values: Mapping[str, Any]) -> None:
    """The same, where somebody else has decided that the actor may."""
    event = next((item for item in _awaited(context, case_id) if item.message == message), None)
    if event is None or len(text) > LONGEST_NOTE:
        raise Invalid(
            fields={
                "mensaje": Text(
                    "Elija algo que el caso esté esperando todavía.", "Choose something that the case still waits for."
                )
            }
        )
    told = text.strip()
    keep_out(context, case_id, {"texto": told, **dict(firewall.said(values))})
    answers, words = _answers(context, case_id, event, values)
    timeline.append(
        context,
        case_id,
        "case.event",
        Text("{name}. {told}", "{name}. {told}", {"name": event.name, "told": " ".join([*words, told]).strip()}),
        level="N2",
        message=message,
    )
    messages.publish(context, message, str(case_id), {"texto": told or None, **answers})
    cases.tell_of_answer(context, case_id)
    # Which event it was may say what the audit, which is read and exported without clearances, must not tell.
    known_as = None if guarded(context, case_id) else message
    audit.record(context, "case:event", object_id=case_id, case_id=case_id, message=known_as)


def _answers(
    context: Context, case_id: UUID, event: Awaited, values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What the message carries, and the same in words; what was not answered leaves things as they are."""
    if event.form is None:
        if values:
            unasked = Text("No se pregunta.", "It is not asked.")
            raise Invalid(fields=dict.fromkeys(map(str, values), unasked))
        return {}, []
    known = situation(context, case_id, event.form.lists)
    clean = event.form.clean(values, known, context.now)
    answers = {name: value for name, value in clean.items() if value is not None}
    return answers, list(_in_words(event.form, answers, Situation.of(known, context.now)))


def _in_words(form: Form, answers: Mapping[str, Any], known: Situation) -> Iterator[str]:
    """Each answer with its question; of what is especially protected nothing, for the timeline has more readers."""
    for name, value in answers.items():
        field = form.fields.get(name)
        if field is None or field.sensitivity == Level.N3:
            continue
        chosen = next(
            (option.label for option in options_of(field, known.seeing(answers)) if option.value == value), None
        )
        said = ("sí" if value else "no") if isinstance(value, bool) else str(value)
        yield f"{field.label}: {chosen or said}."
