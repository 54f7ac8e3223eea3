"""The catalogue: a sheet for each procedure, read off its diagram, its tables and its forms, so that it is never out of date.

The designer's room shows it of what is published, ``siproc catalogue`` writes it of the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import re2

from engine.bpmn.model import Element, Process
from engine.dmn.tables import Table

_SOURCES = re2.compile(r"Fuente: \[([^\]]*)\]\.?\s*$")
_ASKED = re2.compile(r"(?:decide|deadline)\(\s*\"(\w+)\"")
_DEADLINE = re2.compile(
    r"deadline\(\s*\"(\w+)\"\s*,\s*\"(\w+)\"|decide\(\s*\"(plazos_\w+)\"\s*,\s*\{tarea:\s*\"(\w+)\""
)
_LITERAL = re2.compile(r"^=?\s*\"([^\"]*)\"$")
_ISO = re2.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
CALENDARS = {"habil": "hábil", "natural": ""}
UNITS = ("a", "mes", "sem", "d", "h", "min", "s")
LETTER = "registrar-documento"


@dataclass(frozen=True, slots=True)
class Term:
    """A deadline: in which situation (nothing: always), how long, counted how, and where it comes from."""

    when: str
    length: str
    calendar: str
    note: str


@dataclass(frozen=True, slots=True)
class Work:
    """A step that people do."""

    id: str
    name: str
    lane: str
    roles: Sequence[str]
    form_id: str
    form: str
    instructions: str
    table: str
    terms: Sequence[Term]


@dataclass(frozen=True, slots=True)
class Pair:
    """A code and what it is called."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a designer should know of a procedure."""

    id: str
    name: str
    domain: str
    purpose: str
    lanes: Sequence[tuple[str, int]]  # who, and how many steps are theirs
    works: Sequence[Work]
    letters: Sequence[Pair]
    messages: Sequence[Pair]
    decisions: Sequence[Pair]
    calls: Sequence[Pair]
    called_by: Sequence[Pair]
    sources: Sequence[str]
    automatic: int


@dataclass(frozen=True, slots=True)
class Library:
    """Where a sheet finds what its procedure names."""

    table: Callable[[str], Table | None]
    decision_name: Callable[[str], str]
    form_title: Callable[[str], str]
    processes: dict[str, Process] = field(default_factory=dict)


def sheet(process: Process, domain: str, library: Library) -> Sheet:
    """The sheet of a procedure."""
    elements = list(process.elements.values())
    works = [_work(item, library) for item in elements if item.user_task is not None]
    lanes = {name: sum(item.lane == name for item in elements) for name in process.lanes.values()}
    calls = sorted(_called(process))
    return Sheet(
        process.id,
        process.name or process.id,
        domain,
        instructions(process.documentation),
        list(lanes.items()),
        works,
        sorted(set(_letters(elements)), key=lambda item: item.id),
        sorted(set(_messages(elements)), key=lambda item: item.id),
        [Pair(name, library.decision_name(name)) for name in sorted(decisions_named(process))],
        [_pair(name, library) for name in calls],
        [
            Pair(other.id, other.name or other.id)
            for other in sorted(library.processes.values(), key=lambda item: item.id)
            if process.id in _called(other)
        ],
        _sources([process.documentation, *(item.documentation for item in elements)]),
        sum(item.kind in ("serviceTask", "sendTask", "scriptTask", "businessRuleTask") for item in elements),
    )


def decisions_named(process: Process) -> set[str]:
    """The decisions that a procedure asks: those of its business rule tasks, and those that its expressions name."""
    called = {
        element.called.id
        for element in process.elements.values()
        if element.kind == "businessRuleTask" and element.called is not None
    }
    return called | {name for text in _texts(process) for name in _ASKED.findall(text)}


def shortly(length: str) -> str:
    """An ISO duration as people write it: ``PT48H`` is 48 h. What is none stays as it is."""
    found = _ISO.fullmatch(length.strip())
    if found is None or not any(found.groups()):
        return length
    return " ".join(f"{count} {unit}" for count, unit in zip(found.groups(), UNITS, strict=True) if count)


def instructions(documentation: str) -> str:
    """An element's documentation without its sources."""
    found: str = _SOURCES.sub("", documentation)
    return found.strip()


def _texts(process: Process) -> Iterator[str]:
    """Everything in which an expression may stand."""
    for element in process.elements.values():
        yield repr(element)
    for flow in process.flows.values():
        yield flow.condition or ""


def _called(process: Process) -> set[str]:
    return {
        element.called.id
        for element in process.elements.values()
        if element.kind == "callActivity" and element.called is not None
    }


def _pair(process_id: str, library: Library) -> Pair:
    if process_id.startswith("="):
        return Pair("", process_id)
    other = library.processes.get(process_id)
    return Pair(process_id, (other.name if other is not None else "") or process_id)


def _work(element: Element, library: Library) -> Work:
    task = element.user_task
    assert task is not None
    found = _DEADLINE.search(task.due_date or "")
    table, row = (found[1] or found[3], found[2] or found[4]) if found is not None else ("", "")
    groups = task.candidate_groups or ""
    return Work(
        element.id,
        element.name or element.id,
        element.lane or "",
        [] if groups.startswith("=") else [name.strip() for name in groups.split(",") if name.strip()],
        task.form_id or "",
        library.form_title(task.form_id) if task.form_id else "",
        instructions(element.documentation),
        table,
        list(_terms(library.table(table), row)) if table else [],
    )


def _terms(table: Table | None, row: str) -> Iterator[Term]:
    """The rows of a table of deadlines that speak of one task."""
    if table is None:
        return
    outputs = [output.name for output in table.outputs]
    for rule in table.rules:
        asked, *further = rule.conditions
        if row not in [part.strip().strip('"') for part in asked.split(",")]:
            continue
        found = {name: _plain(item.text) for name, item in zip(outputs, rule.results, strict=True)}
        situation = "; ".join(
            f"{label} {_plain(text)}"
            for label, text in zip(table.labels[1:], further, strict=True)
            if text.strip() not in ("", "-")
        )
        length = found.get("duracion") or next(iter(found.values()), "")
        yield Term(situation, shortly(length), CALENDARS.get(found.get("calendario", ""), ""), rule.annotation)


def _plain(text: str) -> str:
    found = _LITERAL.match(text.strip())
    return found[1] if found is not None else text.strip()


def _letters(elements: Sequence[Element]) -> Iterator[Pair]:
    for element in elements:
        if element.job_type == LETTER:
            given = {item.target: _plain(item.source) for item in element.inputs}
            subject = given.get("asunto", "")
            yield Pair(given.get("codigo", "—").removeprefix("="), element.name if subject.startswith("=") else subject)


def _messages(elements: Sequence[Element]) -> Iterator[Pair]:
    for element in elements:
        for event in [element.event, *element.further_events]:
            if event is not None and event.kind == "message" and event.name and "Throw" not in element.kind:
                yield Pair(event.name, element.name or element.id)


def _sources(texts: Sequence[str]) -> list[str]:
    found = (_SOURCES.search(text) for text in texts)
    codes = {code.strip() for match in found if match is not None for code in match[1].split(",") if code.strip()}
    return sorted(codes, key=lambda code: (code[:1], len(code), code))
