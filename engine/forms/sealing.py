"""Answers that a reader may not see: which they are, and how they outlive what the reader sends back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.forms import schema
from engine.forms.form import Form
from engine.forms.kinds.base import Input
from engine.forms.model import Field, Repeating, places

RANKS = {level: rank for rank, level in enumerate(sorted(schema.LEVELS))}


def sealed(form: Form, values: Mapping[str, Input], level: str) -> frozenset[str]:
    """The names of the fields and repeating groups whose answers are more sensitive than ``level`` (N0 to N3).

    An empty one is not among them: whoever does the task may answer what nobody has answered yet.
    """
    return frozenset(
        name
        for name, place in form.index.items()
        if "*" not in name and _most(place.component) > RANKS[level] and _answered(place.component, name, values)
    )


def _most(component: Field | Repeating) -> int:
    """The highest level of a field, or of anything in the rows of a group."""
    if isinstance(component, Field):
        return RANKS[component.sensitivity]
    inside = (RANKS[place.component.sensitivity] for place in places(component.components))
    return max([RANKS[component.sensitivity], *inside])


def _answered(component: Field | Repeating, name: str, values: Mapping[str, Input]) -> bool:
    if isinstance(component, Repeating):
        return any(_under(key, name) and value not in ("", []) for key, value in values.items())
    return values.get(name) not in (None, "", []) or component.computed is not None


def without(values: Mapping[str, Input], names: frozenset[str]) -> dict[str, Input]:
    """What is left of inputs once the sealed ones are out."""
    return {key: value for key, value in values.items() if not any(_under(key, name) for name in names)}


def merged(submitted: Mapping[str, Any], kept: Mapping[str, Input], names: frozenset[str]) -> Mapping[str, Any]:
    """What was sent, with the sealed answers as they were ``kept``, whatever was sent under their names."""
    if not names:
        return submitted
    found = {key: _stripped(value, key, names) for key, value in _entries(submitted)}
    found = {key: value for key, value in found.items() if not any(_under(key, name) for name in names)}
    return {**found, **{key: value for key, value in kept.items() if any(_under(key, name) for name in names)}}


def _entries(submitted: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    lists = getattr(submitted, "lists", None)
    if callable(lists):
        yield from ((str(key), values if len(values) != 1 else values[0]) for key, values in lists())
    else:
        yield from ((str(key), value) for key, value in submitted.items())


def _stripped(value: Any, key: str, names: frozenset[str]) -> Any:
    """Nested answers without the sealed ones."""
    if not isinstance(value, Mapping):
        return value
    return {
        inner: _stripped(item, f"{key}.{inner}", names)
        for inner, item in value.items()
        if not any(_under(f"{key}.{inner}", name) for name in names)
    }


def _under(key: str, name: str) -> bool:
    return key == name or key.startswith(f"{name}.")
