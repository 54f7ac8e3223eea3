"""Tells a scenario as sentences that somebody who knows no YAML reads: what happens, who does it, what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.access.matrix import ROLES
from engine.access.policy import require
from engine.actions.scenarios.reading import Scenario, Step
from engine.bpmn.model import Element
from engine.definitions import registry
from engine.errors import EngineError, Text
from engine.forms import Form
from engine.reports.catalogue import shortly
from engine.store import Context
from engine.store.tables.definitions import ProcessDefinition

SHOWN = 400  # characters of a value


@dataclass(frozen=True, slots=True)
class Said:
    """A step in words: its line in the file, what happens, and its details."""

    line: int
    sentence: Text
    details: tuple[Text, ...] = ()
    check: bool = False


@dataclass(slots=True)
class Words:
    """What things are called: elements by id with the forms of their tasks."""

    elements: dict[str, Element] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    processes: dict[str, str] = field(default_factory=dict)
    form: Callable[[str], Form | None] = lambda _id: None

    def name(self, element_id: Any) -> str:
        """An element's name in quotes, or its id where it has none."""
        element = self.elements.get(str(element_id))
        return f"«{element.name or element.id}»" if element is not None else f"«{element_id}»"

    def message(self, name: Any) -> str:
        """A message in quotes, as what waits for it is called."""
        return f"«{self.messages.get(str(name), str(name))}»"

    def field(self, element_id: str, key: str) -> tuple[str, Mapping[str, str]]:
        """The label of a field of a task's form and the labels of its options; the key where there is none."""
        element = self.elements.get(element_id)
        form_id = element.user_task.form_id if element is not None and element.user_task is not None else None
        form = self.form(form_id) if form_id else None
        if form is None:
            return key, {}
        bare = ".".join(part for part in key.split(".") if not part.isdigit())
        found = next((item for item in form.fields.values() if ".".join(item.path).replace(".*", "") == bare), None)
        if found is None:
            return key, {}
        return found.label or key, {str(option.value): option.label for option in found.options}


def words(context: Context) -> Words:
    """The words of everything published."""
    require(context.actor, "definition:read")
    known: dict[str, Element] = {}
    rows = context.session.scalars(select(ProcessDefinition).where(ProcessDefinition.latest)).all()
    for row in rows:
        known |= registry.elements(context, row.id)
    messages = {
        element.event.name: element.name
        for element in known.values()
        if element.event is not None and element.event.kind in ("message", "signal") and element.event.name
        if element.name and "Throw" not in element.kind and element.kind != "endEvent"
    }

    def form(form_id: str) -> Form | None:
        try:
            return registry.form(context, form_id)
        except EngineError:
            return None

    return Words(known, messages, {row.process_id: row.name for row in rows}, form)


def tell(scenario: Scenario, known: Words) -> list[Said]:
    """A scenario as sentences."""
    begun = []
    if scenario.begins is not None:
        begun.append(
            Said(
                scenario.begins.line,
                Text(
                    "Comienza el procedimiento «{name}» por sí solo.",
                    "The procedure “{name}” begins by itself.",
                    {"name": known.processes.get(scenario.begins.process_id, scenario.begins.process_id)},
                ),
                tuple(
                    _pair(name, _value(value))
                    for part in (scenario.begins.case, scenario.begins.person, scenario.begins.variables)
                    for name, value in part.items()
                ),
            )
        )
    elif scenario.follows is not None:
        name = scenario.follows.stem.replace("_", " ")
        begun.append(Said(1, Text("Sigue donde termina «{name}».", "It goes on where “{name}” ends.", {"name": name})))
    else:
        begun.append(Said(1, Text("Alguien abre un caso.", "Somebody opens a case.")))
    return begun + [_step(step, known) for step in scenario.steps]


def _step(step: Step, known: Words) -> Said:
    if step.verb == "comprueba":
        checks = tuple(_checks(step.subject, known))
        return Said(step.line, Text("Se comprueba:", "It is checked:"), checks, check=True)
    es, en = _SENTENCES[step.verb]
    values: dict[str, Any] = {
        "what": shortly(str(step.subject)) if step.verb == "pasa" else _value(step.subject),
        "name": known.name(step.subject),
        "message": known.message(step.subject),
        "who": "",
    }
    role = step.beside.get("por")
    if role:
        values["who"] = f" ({ROLES.get(str(role), str(role))})"
    answers = dict(step.beside.get("con") or {})
    key = step.beside.get("clave")
    details = [_answer(str(step.subject), name, value, known) for name, value in answers.items()]
    if key is not None:
        details.append(_pair("clave", _value(key)))
    return Said(step.line, Text(es, en, values), tuple(details))


_SENTENCES = {
    "completa": ("Se completa {name}{who}.", "{name} is completed{who}."),
    "llega": ("Llega el mensaje {message}.", "The message {message} arrives."),
    "señal": ("Se emite la señal {message}.", "The signal {message} is sent."),
    "pasa": ("Pasan {what}.", "{what} go by."),
    "vence": ("Pasa el tiempo hasta que vence {name}.", "Time passes until {name} is due."),
    "abre": ("Se abre otro caso en la oficina {what}.", "Another case is opened at the office {what}."),
    "en_caso": ("La historia sigue en el caso «{what}».", "The story goes on in the case “{what}”."),
    "reabre": ("Se reabre el expediente.", "The case file is opened again."),
}


def _answer(element_id: str, key: str, value: Any, known: Words) -> Text:
    label, options = known.field(element_id, key)
    items = value if isinstance(value, list) else [value]
    return _pair(label, ", ".join(options.get(str(item), _value(item)) for item in items) or "—")


def _checks(what: Mapping[str, Any], known: Words) -> Iterator[Text]:
    for name, wanted in what.items():
        if name in ("esperan", "pasó", "no_pasó"):
            names = ", ".join(known.name(item) for item in _list(wanted))
            es, en = {
                "esperan": ("Esperan exactamente: {names}.", "Exactly these wait: {names}."),
                "pasó": ("Se pasó por {names}.", "{names} was passed."),
                "no_pasó": ("No se pasó por {names}.", "{names} was not passed."),
            }[name]
            yield Text(es, en, {"names": names or "—"})
        elif name == "plazos":
            for element, term in wanted.items():
                left = "—" if str(term) == "ninguno" else shortly(str(term))
                yield Text(
                    "{name} vence en {left}.", "{name} is due in {left}.", {"name": known.name(element), "left": left}
                )
        elif name == "candidatos":
            for element, roles in wanted.items():
                who = ", ".join(ROLES.get(role, role) for role in _list(roles))
                yield Text(
                    "{name} se ofrece a: {who}.",
                    "{name} is offered to: {who}.",
                    {"name": known.name(element), "who": who},
                )
        elif name == "cartas":
            yield Text(
                "Existen las cartas {codes}.", "There are the letters {codes}.", {"codes": ", ".join(_list(wanted))}
            )
        elif name == "incidentes":
            yield Text("Incidentes: {codes}.", "Incidents: {codes}.", {"codes": ", ".join(_list(wanted)) or "—"})
        elif name == "termina":
            yield (
                Text("Ya no corre ningún procedimiento del caso.", "No procedure of the case runs any more.")
                if wanted
                else Text("Todavía corre algún procedimiento del caso.", "Some procedure of the case still runs.")
            )
        else:  # caso, datos
            for key, value in wanted.items():
                yield _pair(str(key), _value(value))


def _pair(name: str, value: str) -> Text:
    return Text("{name}: {value}", "{name}: {value}", {"name": name, "value": value})


def _value(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value) or "—"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_value(item)}" for key, item in value.items()) or "—"
    return _reference(str(value)) if str(value).startswith("@") else str(value)[:SHOWN]


def _reference(text: str) -> str:
    """What stands for something that is known only when the story is played."""
    word, _, rest = text[1:].partition(" ")
    if word == "caso":
        return "el expediente"
    if word == "variable":
        return f"el valor de {rest}"
    for sign, said in (("+", "dentro de"), ("-", "hace")):
        if word.startswith(f"hoy{sign}"):
            return f"{said} {shortly(word[4:])}"
    if word == "hoy":
        return "hoy"
    return f"{ROLES.get(word, word)} {rest}".strip()


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
