"""A form: what it asks, what counts now, and what was sent turned into clean values or told why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import Finding, Invalid
from engine.forms.kinds import FILE_KINDS, KINDS
from engine.forms.kinds.base import Input
from engine.forms.messages import Problem
from engine.forms.model import Component, Field, Group, Place, Repeating, places
from engine.forms.reading import Reading
from engine.forms.sending import receive
from engine.forms.situation import LISTS, Situation
from engine.forms.standing import Standing, blanks, get, joined, over, prune, put, rows_of, settle, within


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One form. It holds no answers and may be shared between requests. ``lists``: which of ``LISTS`` it may ask for."""

    id: str
    title: str
    components: tuple[Component, ...]
    version: int = 0
    carries_over: bool = False
    warnings: tuple[Finding, ...] = ()
    lists: frozenset[str] = frozenset(LISTS)
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
        reading = Reading(self.index, self.blank, received, situation)
        reading.read()
        standing = settle(self.components, self.blank, reading.values, situation)
        problems = {**received.problems, **reading.faults(standing)}
        if problems:
            raise Invalid(fields=problems)
        return prune(self.components, reading.values, standing)

    def files_named(self, submitted: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent for the fields that may name attachments, by their names as they were sent."""
        answers = receive(self.index, self.groups, submitted).answers
        return {name: answer for name, answer in answers.items() if self.takes_files(name)}

    def takes_files(self, name: str) -> bool:
        """Whether the field of this name (rows numbered) takes files."""
        field = self.field(name)
        return field is not None and field.kind in FILE_KINDS and not field.locked

    def field(self, name: str) -> Field | None:
        """The field of this name (rows numbered); ``None`` where there is none."""
        template = ".".join("*" if part.isascii() and part.isdigit() else part for part in name.split("."))
        place = self.index.get(template)
        return place.component if place is not None and isinstance(place.component, Field) else None

    def shown(self, values: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> set[str]:
        """The names of the fields that count with these (nested, clean) values; rows are numbered."""
        return self.standing(values, context, now).shown

    def standing(self, values: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> Standing:
        """What counts, what is required and what the computed fields say with these values."""
        return settle(self.components, self.blank, values, Situation.of(context, now))

    def read_anyway(self, submitted: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """As much as can be read of a half-filled form, nested, blank rows kept; what cannot be read is null."""
        received = receive(self.index, self.groups, submitted)
        reading = Reading(self.index, self.blank, received, Situation.of(context, now), blank_rows=True)
        reading.read()
        return reading.values

    def to_input(self, values: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> dict[str, Input]:
        """Stored values as a page shows them, under dotted names; values that do not fit their field are left out."""
        situation = Situation.of(context, now)
        scope = situation.seeing(over(self.blank, values))
        return {name: text for name, text in _written(self.components, "", values, scope) if text not in ("", [])}

    def initial(self, variables: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> dict[str, Input]:
        """What a fresh page shows: each field's own initial answer; ``variables`` only where the form asks for them.

        Generic keys (``motivo``, ``fecha``) mean something else in every form, so nothing is carried over unasked, a
        signature never, and nothing that would be refused.
        """
        situation = Situation.of({**context, **variables}, now)
        start: dict[str, Any] = {}
        for name, place in self.index.items():
            component = place.component
            if isinstance(component, Repeating) and self.carries_over:
                put(start, name.split("."), get(variables, name.split(".")))
            elif isinstance(component, Field) and "*" not in name:
                put(start, name.split("."), self._initial(component, name, variables, situation))
        return self.to_input(start, context, now)

    def _initial(self, component: Field, name: str, variables: Mapping[str, Any], situation: Situation) -> Any:
        if component.initial is not None:
            return component.initial.value(situation.scope, situation.now)
        known = get(variables, name.split(".")) if self.carries_over and component.kind != "signature" else None
        value = component.default if known is None else known
        if value is None or component.kind not in KINDS:
            return None
        kind = KINDS[component.kind]
        seeing = situation.seeing(over(self.blank, variables))
        try:
            kind.read(component, kind.write(component, value, seeing), seeing)
        except Problem:
            return component.default
        return value


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
