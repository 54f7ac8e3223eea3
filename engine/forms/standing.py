"""Which fields count now, which of them are required, and what the computed ones say: conditions settled together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.forms.model import Component, Field, Group, Repeating
from engine.forms.situation import Situation

# A hidden field loses its value, which may hide others; drawn in reading order this settles in two rounds.
ROUNDS = 8


@dataclass(slots=True)
class Standing:
    """Names (rows by position) of what counts, of what must be answered, and of what contradicts other answers."""

    shown: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    disagreeing: set[str] = field(default_factory=set)
    computed: dict[str, Any] = field(default_factory=dict)


def settle(
    components: Sequence[Component], blank: Mapping[str, Any], values: Mapping[str, Any], situation: Situation
) -> Standing:
    """Evaluate every condition of ``components`` over ``values`` (nested) until nothing changes any more."""
    current: Mapping[str, Any] = values
    before: Standing | None = None
    for _ in range(ROUNDS):
        now = Standing()
        scope = {**situation.scope, **over(blank, current)}
        _visit(components, "", current, scope, situation, now)
        if before is not None and before.shown == now.shown and before.computed == now.computed:
            return now
        before = now
        current = prune(components, values, now)
    assert before is not None
    return before


def _visit(
    components: Sequence[Component],
    prefix: str,
    values: Mapping[str, Any],
    scope: Mapping[str, Any],
    situation: Situation,
    standing: Standing,
) -> None:
    for component in components:
        if component.hide is not None and component.hide.holds(scope, situation.now):
            continue
        if isinstance(component, Field):
            _field(component, prefix, scope, situation, standing)
        elif isinstance(component, Group):
            inner = joined(prefix, component.path)
            _visit(component.components, inner, within(values, component.path), scope, situation, standing)
        elif isinstance(component, Repeating):
            _rows(component, prefix, values, scope, situation, standing)


def _field(component: Field, prefix: str, scope: Mapping[str, Any], situation: Situation, standing: Standing) -> None:
    name = joined(prefix, component.path)
    standing.shown.add(name)
    if component.checks.required or (
        component.required_if is not None and component.required_if.holds(scope, situation.now)
    ):
        standing.required.add(name)
    if component.agrees is not None and component.agrees.value(scope, situation.now) is False:
        standing.disagreeing.add(name)
    if component.computed is not None:
        standing.computed[name] = component.computed.value(scope, situation.now)


def _rows(
    component: Repeating,
    prefix: str,
    values: Mapping[str, Any],
    scope: Mapping[str, Any],
    situation: Situation,
    standing: Standing,
) -> None:
    name = joined(prefix, component.path)
    standing.shown.add(name)
    if component.required_if is not None and component.required_if.holds(scope, situation.now):
        standing.required.add(name)
    blank = blanks(component.components)
    for number, row in enumerate(rows_of(values, component.path)):
        here = over(blank, row)
        inner = {**scope, **here, "this": here, "parent": values, "i": number + 1}
        _visit(component.components, f"{name}.{number}", row, inner, situation, standing)


def prune(
    components: Sequence[Component], values: Mapping[str, Any], standing: Standing, prefix: str = ""
) -> dict[str, Any]:
    """``values`` without what does not count, every counting field present (null where unanswered)."""
    kept: dict[str, Any] = {}
    for component in components:
        if isinstance(component, Field):
            name = joined(prefix, component.path)
            if name in standing.computed:
                put(kept, component.path, standing.computed[name])
            elif name in standing.shown and not component.locked:
                put(kept, component.path, get(values, component.path))
        elif isinstance(component, Group):
            inside = prune(
                component.components, within(values, component.path), standing, joined(prefix, component.path)
            )
            merge(kept, component.path, inside)
        elif isinstance(component, Repeating):
            name = joined(prefix, component.path)
            if name in standing.shown:
                rows = rows_of(values, component.path)
                put(
                    kept,
                    component.path,
                    [prune(component.components, row, standing, f"{name}.{number}") for number, row in enumerate(rows)],
                )
    return kept


def blanks(components: Sequence[Component]) -> dict[str, Any]:
    """Every key of ``components`` with null, so that a condition never reads a stranger of the same name."""
    blank: dict[str, Any] = {}
    for component in components:
        if isinstance(component, Field | Repeating):
            put(blank, component.path, None)
        elif isinstance(component, Group):
            merge(blank, component.path, blanks(component.components))
    return blank


def joined(prefix: str, path: Sequence[str]) -> str:
    """A dotted name below ``prefix``."""
    return ".".join([prefix, *path] if prefix else path)


def get(values: Any, path: Sequence[str]) -> Any:
    """What lies at ``path``, null where nothing does."""
    for segment in path:
        if not isinstance(values, Mapping):
            return None
        values = values.get(segment)
    return values


def within(values: Any, path: Sequence[str]) -> Mapping[str, Any]:
    """The context at ``path``, an empty one where there is none."""
    found = get(values, path)
    return found if isinstance(found, Mapping) else {}


def rows_of(values: Any, path: Sequence[str]) -> list[Mapping[str, Any]]:
    """The rows at ``path``."""
    found = get(values, path)
    return [row if isinstance(row, Mapping) else {} for row in found] if isinstance(found, list | tuple) else []


def put(values: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Lay ``value`` at ``path``, making the contexts on the way."""
    for segment in path[:-1]:
        values = values.setdefault(segment, {})
    values[path[-1]] = value


def merge(values: dict[str, Any], path: Sequence[str], inner: Mapping[str, Any]) -> None:
    """Lay everything of ``inner`` below ``path``."""
    for key, value in inner.items():
        put(values, (*path, key), value) if not isinstance(value, dict) else merge(values, (*path, key), value)


def over(blank: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` laid over ``blank``, contexts key by key."""
    result = dict(blank)
    for key, value in values.items():
        under = result.get(key)
        result[key] = over(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return result
