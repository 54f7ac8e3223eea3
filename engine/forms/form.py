"""A form: what it asks, what counts now, and what was sent turned into clean values or told why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import Finding, Invalid, Text
from engine.forms import messages
from engine.forms.kinds import KINDS
from engine.forms.kinds.base import Input
from engine.forms.messages import Problem
from engine.forms.model import Component, Field, Group, Place, Repeating, places
from engine.forms.sending import Received, receive
from engine.forms.situation import Situation
from engine.forms.standing import Standing, blanks, get, joined, over, prune, put, rows_of, settle, within


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One form. It holds no answers and may be shared between requests."""

    id: str
    title: str
    components: tuple[Component, ...]
    version: int = 0
    warnings: tuple[Finding, ...] = ()
    index: Mapping[str, Place] = field(init=False)
    groups: frozenset[str] = field(init=False)
    blank: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        index = {place.name: place for place in places(self.components)}
        object.__setattr__(self, "index", index)
        object.__setattr__(self, "groups", frozenset(_holders(index)))
        object.__setattr__(self, "blank", blanks(self.components))

    @property
    def fields(self) -> dict[str, Field]:
        """Every field by its full key; a row's number stands as ``*``."""
        return {name: place.component for name, place in self.index.items() if isinstance(place.component, Field)}

    def clean(self, submitted: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """The values that count, nested by key, of the types that FEEL knows; otherwise ``Invalid``.

        ``submitted`` is what a page sends (strings under dotted names, possibly several a name) or JSON values.
        """
        situation = Situation.of(context, now)
        received = receive(self.index, self.groups, submitted)
        reading = _Reading(self, received, situation)
        reading.read()
        standing = settle(self.components, self.blank, reading.values, situation)
        problems = {**received.problems, **reading.faults(standing)}
        if problems:
            raise Invalid(fields=problems)
        return prune(self.components, reading.values, standing)

    def shown(self, values: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> set[str]:
        """The names of the fields that count with these (nested, clean) values; rows are numbered."""
        return self.standing(values, context, now).shown

    def standing(self, values: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> Standing:
        """What counts, what is required and what the computed fields say with these values."""
        return settle(self.components, self.blank, values, Situation.of(context, now))

    def read_anyway(self, submitted: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """As much as can be read of a half-filled form, nested, blank rows kept; what cannot be read is null."""
        received = receive(self.index, self.groups, submitted)
        reading = _Reading(self, received, Situation.of(context, now), blank_rows=True)
        reading.read()
        return reading.values

    def to_input(self, values: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> dict[str, Input]:
        """Stored values as a page shows them, under dotted names; values that do not fit their field are left out."""
        situation = Situation.of(context, now)
        scope = situation.seeing(over(self.blank, values))
        return {name: text for name, text in _written(self.components, "", values, scope) if text not in ("", [])}

    def initial(self, variables: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> dict[str, Input]:
        """What a fresh page shows: the process variables that fit, else the form's own initial answers."""
        situation = Situation.of(context, now)
        start: dict[str, Any] = {}
        for name, place in self.index.items():
            component = place.component
            if not isinstance(component, Field) or "*" in name:
                continue
            value = component.default
            if component.initial is not None:
                value = component.initial.value(situation.scope, now)
            if value is not None:
                put(start, name.split("."), value)
        fitting = self.to_input(variables, context, now)
        return {**self.to_input(start, context, now), **fitting}


def _holders(index: Mapping[str, Place]) -> Iterator[str]:
    for name in index:
        segments = name.split(".")
        for length in range(1, len(segments)):
            holder = ".".join(segments[:length])
            if holder not in index and segments[length - 1] != "*":
                yield holder


def _written(
    components: Sequence[Component], prefix: str, values: Mapping[str, Any], situation: Situation
) -> Iterator[tuple[str, Input]]:
    for component in components:
        if isinstance(component, Field):
            value = get(values, component.path)
            if value is not None and component.kind in KINDS:
                yield joined(prefix, component.path), KINDS[component.kind].write(component, value, situation)
        elif isinstance(component, Group):
            inner = within(values, component.path)
            yield from _written(component.components, joined(prefix, component.path), inner, situation)
        elif isinstance(component, Repeating):
            for number, row in enumerate(rows_of(values, component.path)):
                name = f"{joined(prefix, component.path)}.{number}"
                yield from _written(component.components, name, row, situation)


class _Reading:
    """One reading of what was sent: rows numbered anew without the blank ones, values nested, problems by place."""

    def __init__(self, form: Form, received: Received, situation: Situation, *, blank_rows: bool = False) -> None:
        self.form = form
        self.received = received
        self.situation = situation
        self.blank_rows = blank_rows
        self.values: dict[str, Any] = {}
        self.problems: dict[str, Text] = {}
        self.rows = {
            name: self._kept(name) for name, place in form.index.items() if isinstance(place.component, Repeating)
        }

    def read(self) -> None:
        """Read every answer of the form."""
        for name, place in self.form.index.items():
            component = place.component
            if isinstance(component, Repeating):
                put(self.values, name.split("."), [{} for _ in self.rows[name]])
            elif "*" not in name:
                self._read(component, name, name)
            else:
                listed, _, inner = name.partition(".*.")
                for position, number in enumerate(self.rows[listed]):
                    self._read(component, f"{listed}.{number}.{inner}", f"{listed}.{position}.{inner}")

    def faults(self, standing: Standing) -> dict[str, Text]:
        """What is wrong with the answers that count, under the names they were sent by."""
        faults: dict[str, Text] = {}
        for name, place in self.form.index.items():
            if isinstance(place.component, Repeating):
                self._row_count(name, place.component, standing, faults)
            elif "*" not in name:
                self._fault(place.component, name, name, standing, faults)
            else:
                listed, _, inner = name.partition(".*.")
                for position, number in enumerate(self.rows[listed]):
                    here = f"{listed}.{position}.{inner}"
                    self._fault(place.component, here, f"{listed}.{number}.{inner}", standing, faults)
        return faults

    def _read(self, component: Field, sent: str, name: str) -> None:
        if component.locked or component.kind not in KINDS:
            return
        situation = self.situation
        if component.options_from is not None:
            situation = situation.seeing(over(self.form.blank, self.values))
        try:
            value = KINDS[component.kind].read(component, self.received.answers.get(sent), situation)
        except Problem as problem:
            self.problems[name] = problem.text
            value = None
        self._put(name, [] if value is None and component.many else value)

    def _put(self, name: str, value: Any) -> None:
        listed, found, inner = self._split(name)
        if found:
            put(get(self.values, listed.split("."))[int(inner.split(".")[0])], inner.split(".")[1:], value)
        else:
            put(self.values, name.split("."), value)

    def _get(self, name: str) -> Any:
        listed, found, inner = self._split(name)
        if found:
            return get(get(self.values, listed.split("."))[int(inner.split(".")[0])], inner.split(".")[1:])
        return get(self.values, name.split("."))

    def _split(self, name: str) -> tuple[str, bool, str]:
        segments = name.split(".")
        for at, segment in enumerate(segments):
            if segment.isdigit():
                return ".".join(segments[:at]), True, ".".join(segments[at:])
        return name, False, ""

    def _fault(self, component: Field, name: str, sent: str, standing: Standing, faults: dict[str, Text]) -> None:
        if name not in standing.shown or component.locked:
            return
        value = self._get(name)
        if name in self.problems:
            faults[sent] = self.problems[name]
        elif name in standing.required and (value is None or value == [] or (component.kind == "tick" and not value)):
            faults[sent] = KINDS[component.kind].missing
        elif name in standing.disagreeing:
            said = component.agrees_message
            faults[sent] = Text(said, said) if said else messages.DISAGREES

    def _row_count(self, name: str, component: Repeating, standing: Standing, faults: dict[str, Text]) -> None:
        if name not in standing.shown:
            return
        count = len(self.rows[name])
        least = max(component.min_rows, 1 if name in standing.required else 0)
        if count < least:
            faults[name] = messages.few_rows(least)
        elif count > component.max_rows:
            faults[name] = messages.many_rows(component.max_rows)

    def _kept(self, name: str) -> list[int]:
        sent = sorted(self.received.rows.get(name, ()))
        if self.blank_rows:
            return list(range(sent[-1] + 1)) if sent else []
        kept = []
        for number in sent:
            prefix = f"{name}.{number}."
            if any(key.startswith(prefix) and not _empty(raw) for key, raw in self.received.answers.items()):
                kept.append(number)
        return kept


def _empty(raw: Any) -> bool:
    if isinstance(raw, str):
        return not raw.strip()
    if isinstance(raw, list | tuple | Mapping):
        return all(_empty(item) for item in raw) if not isinstance(raw, Mapping) else not raw
    return raw is None or raw is False
