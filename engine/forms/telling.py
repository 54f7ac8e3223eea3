"""What was answered in a form, as it is read afterwards: each question with its answer, without what was not asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.forms.form import Form
from engine.forms.kinds.choices import options_of
from engine.forms.model import Component, Field, Group, Repeating
from engine.forms.sealing import RANKS
from engine.forms.situation import Situation
from engine.forms.standing import get, rows_of, within

NOTHING: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True, slots=True)
class Told:
    """A question with its answer, a heading with what stands below it, or an answer that is not the reader's to see.

    ``value`` is of the types that FEEL knows; of a choice, the words that were chosen.
    """

    label: str
    kind: str = ""  # of the field; empty for a heading
    value: Any = None
    prefix: str = ""
    suffix: str = ""
    sealed: bool = False
    parts: tuple[Told, ...] = ()


def tell(form: Form, values: Mapping[str, Any], level: str, situation: Situation) -> tuple[Told, ...]:
    """What was answered, in the form's order, up to the sensitivity ``level`` (N0 to N3) of its reader."""
    return tuple(_told(form.components, values, RANKS[level], situation.seeing(values)))


def _told(
    components: Sequence[Component], values: Mapping[str, Any], rank: int, situation: Situation
) -> Iterator[Told]:
    for component in components:
        if isinstance(component, Field):
            value = get(values, component.path)
            if value not in NOTHING:
                yield _answer(component, value, rank, situation)
        elif isinstance(component, Group):
            inside = tuple(_told(component.components, within(values, component.path), rank, situation))
            if inside:
                yield Told(component.label, parts=inside)
        elif isinstance(component, Repeating):
            yield from _rows(component, values, rank, situation)


def _rows(component: Repeating, values: Mapping[str, Any], rank: int, situation: Situation) -> Iterator[Told]:
    rows = rows_of(values, component.path)
    if rows and RANKS[component.sensitivity] > rank:
        yield Told(component.label, sealed=True)
        return
    for number, row in enumerate(rows, 1):
        inside = tuple(_told(component.components, row, rank, situation.seeing(row)))
        if inside:
            yield Told(f"{component.label} {number}" if len(rows) > 1 else component.label, parts=inside)


def _answer(field: Field, value: Any, rank: int, situation: Situation) -> Told:
    if RANKS[field.sensitivity] > rank:
        return Told(field.label, field.kind, sealed=True)
    if field.kind in ("choice", "choices"):
        names = _names(field, situation)
        chosen = value if isinstance(value, list) else [value]
        value = [names.get(_key(item), item) for item in chosen]
    return Told(field.label, field.kind, value, field.prefix, field.suffix)


def _names(field: Field, situation: Situation) -> dict[str, str]:
    """The words of each option; none of a list whose expression needs what is no longer there."""
    try:
        return {_key(option.value): option.label for option in options_of(field, situation)}
    except EngineError:
        return {}


def _key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
