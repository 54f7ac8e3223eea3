"""Reads a scenario file: YAML 1.2 (so that ``no`` is a word), every mistake named with its line.

``docs/scenarios.md`` describes the format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import re2
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from engine.bpmn.timers import TimerError, as_duration
from engine.errors import EngineError, Text

LONGEST = 256_000
VERBS = ("completa", "llega", "señal", "pasa", "vence", "abre", "en_caso", "comprueba", "reabre")
BESIDE = {
    "completa": {"por", "con"},
    "llega": {"con", "clave"},
    "señal": {"con"},
}
CHECKS = ("esperan", "plazos", "candidatos", "cartas", "caso", "datos", "incidentes", "termina", "pasó", "no_pasó")
TOP = ("escenario", "procedimiento", "oficina", "comienza", "sigue_a", "pasos")
# Nothing else on the machine: a designer's text is anybody's text.
_NEIGHBOUR = re2.compile(r"(\.\./\.\./\w+/scenarios/)?\w[\w.-]*\.yaml")
BEGINNING = ("proceso", "datos", "expediente", "persona")


class ScenarioError(EngineError):
    """A scenario that cannot be read or does not come out as it says; ``line`` counts from 1."""

    code = "scenario"

    def __init__(self, file: str, line: int | None, text: Text) -> None:
        super().__init__(text)
        self.file = file
        self.line = line


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its verb, what it is about, and what is said beside it."""

    line: int
    verb: str
    subject: Any
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A procedure that starts by itself, without intake: its data, the case file's and the person's."""

    line: int
    process_id: str
    variables: Mapping[str, Any]
    case: Mapping[str, Any]
    person: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. It begins with ``begins``, after ``follows`` (another file), or with somebody who reports (intake)."""

    file: Path
    title: str
    process_id: str
    office: str
    begins: Beginning | None
    follows: Path | None
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known, and what the decision answers."""

    line: int
    known: str
    answer: Any
    row: int | None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Situations of decisions, by decision id."""

    file: Path
    situations: Mapping[str, Sequence[Situation]]


def read(path: Path) -> Scenario | Decisions:
    """Read a file. Raises ``ScenarioError``."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScenarioError(str(path), None, Text("No se puede leer.", "It cannot be read.")) from error
    return parse(content, path)


def parse(content: bytes, path: Path) -> Scenario | Decisions:
    """Read the text of a file that is, or would be, at ``path``. Raises ``ScenarioError``."""
    return _Reader(path).document(content)


class _Reader:
    """Reads one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, line: int | None, es: str, en: str, **values: Any) -> ScenarioError:
        return ScenarioError(str(self.path), line, Text(es, en, values))

    def document(self, content: bytes) -> Scenario | Decisions:
        tree = self._load(content)
        if not isinstance(tree, dict):
            raise self.fail(1, "Se esperaban «escenario» y «pasos».", "“escenario” and “pasos” were expected.")
        if "decisiones" in tree:
            return self._decisions(tree)
        self._only(tree, TOP)
        steps = tree.get("pasos")
        if not isinstance(steps, list) or not steps:
            raise self.fail(_line(tree), "Faltan los «pasos».", "The “pasos” are missing.")
        follows = tree.get("sigue_a")
        if follows is not None and not _NEIGHBOUR.fullmatch(str(follows)):
            raise self.fail(
                _line(tree, "sigue_a"),
                "«sigue_a» nombra otro escenario, como «otro.yaml» o «../../ingreso/scenarios/otro.yaml».",
                "“sigue_a” names another scenario, as “otro.yaml” or “../../ingreso/scenarios/otro.yaml”.",
            )
        return Scenario(
            self.path,
            self._text(tree, "escenario"),
            self._text(tree, "procedimiento"),
            str(tree.get("oficina", "MX-TAP")),
            self._beginning(tree["comienza"]) if "comienza" in tree else None,
            (self.path.parent / str(follows)).resolve() if follows else None,
            [self._step(item, _item_line(steps, number)) for number, item in enumerate(steps)],
        )

    def _load(self, content: bytes) -> Any:
        if len(content) > LONGEST:
            raise self.fail(None, "Es demasiado largo.", "It is too long.")
        round_trip = YAML(typ="rt", pure=True)  # makes maps, lists and scalars only, never objects of a tag's choice
        try:
            text = content.decode("utf-8")
            if any(isinstance(event, AliasEvent) for event in round_trip.parse(text)):
                raise self.fail(None, "No use anclas (*).", "Do not use aliases (*).")
            return round_trip.load(text)
        except UnicodeDecodeError as error:
            raise self.fail(None, "No es texto UTF-8.", "It is not UTF-8 text.") from error
        except (YAMLError, RecursionError, ValueError) as error:
            mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
            why = str(error.problem if isinstance(error, MarkedYAMLError) else error)
            raise self.fail(
                mark.line + 1 if mark else None, "No es YAML: {why}", "It is not YAML: {why}", why=why[:300]
            ) from error

    def _only(self, tree: Any, known: Sequence[str]) -> None:
        for key in tree:
            if key not in known:
                raise self.fail(
                    _line(tree, key),
                    "«{key}» no se conoce aquí; se conocen: {known}.",
                    "“{key}” is not known here; known are: {known}.",
                    key=key,
                    known=", ".join(known),
                )

    def _text(self, tree: Any, key: str) -> str:
        value = tree.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(_line(tree), "Falta «{key}».", "“{key}” is missing.", key=key)
        return value.strip()

    def _mapping(self, tree: Any, key: str) -> dict[str, Any]:
        value = tree.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.fail(
                _line(tree, key),
                "«{key}» tiene que ser una lista de nombres con su valor.",
                "“{key}” has to be names with their values.",
                key=key,
            )
        return {str(name): plain(item) for name, item in value.items()}

    def _beginning(self, tree: Any) -> Beginning:
        if not isinstance(tree, dict):
            raise self.fail(None, "«comienza» necesita «proceso».", "“comienza” needs “proceso”.")
        self._only(tree, BEGINNING)
        return Beginning(
            _line(tree),
            self._text(tree, "proceso"),
            self._mapping(tree, "datos"),
            self._mapping(tree, "expediente"),
            self._mapping(tree, "persona"),
        )

    def _step(self, tree: Any, line: int) -> Step:
        verbs = [verb for verb in VERBS if isinstance(tree, dict) and verb in tree]
        if len(verbs) != 1:
            raise self.fail(
                line,
                "Cada paso dice una de estas cosas: {verbs}.",
                "Each step says one of these: {verbs}.",
                verbs=", ".join(VERBS),
            )
        verb = verbs[0]
        self._only(tree, (verb, *sorted(BESIDE.get(verb, ()))))
        if verb == "comprueba":
            if not isinstance(tree[verb], dict):
                raise self.fail(line, "«comprueba» no dice qué.", "“comprueba” does not say what.")
            self._only(tree[verb], CHECKS)
            return Step(line, verb, {key: plain(value) for key, value in tree[verb].items()})
        if verb == "pasa":
            self._duration(tree[verb], line)
        beside = {key: self._mapping(tree, key) if key == "con" else str(tree[key]) for key in tree if key != verb}
        return Step(line, verb, plain(tree[verb]), beside)

    def _duration(self, value: Any, line: int) -> None:
        try:
            as_duration(str(value))
        except TimerError as error:
            raise ScenarioError(str(self.path), line, error.text) from error

    def _decisions(self, tree: Any) -> Decisions:
        self._only(tree, ("decisiones",))
        found: dict[str, list[Situation]] = {}
        if not isinstance(tree["decisiones"], dict):
            raise self.fail(1, "Se esperaban decisiones.", "Decisions were expected.")
        for name, rows in tree["decisiones"].items():
            if not isinstance(rows, list):
                raise self.fail(_line(tree), "«{n}» no tiene situaciones.", "“{n}” has no situations.", n=name)
            found[str(name)] = [self._situation(item, _item_line(rows, i)) for i, item in enumerate(rows)]
        return Decisions(self.path, found)

    def _situation(self, tree: Any, line: int) -> Situation:
        if not isinstance(tree, dict) or "da" not in tree:
            raise self.fail(line, "Se esperaban «con» y «da».", "“con” and “da” were expected.")
        self._only(tree, ("fila", "con", "da"))
        row = tree.get("fila")
        return Situation(line, str(tree.get("con", "{}")), plain(tree["da"]), int(row) if row is not None else None)


def _line(tree: Any, key: str | None = None) -> int:
    place = getattr(tree, "lc", None)
    if place is None:
        return 1
    if key is not None and place.data and key in place.data:
        return int(place.data[key][0]) + 1
    return int(place.line or 0) + 1


def _item_line(items: Any, number: int) -> int:
    return int(items.lc.item(number)[0]) + 1


def plain(value: Any) -> Any:
    """What YAML gave as plain values: dates as text, numbers exact."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return Decimal(repr(float(value)))
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)
