"""Item definitions: what type a value has to have, and the coercions that DMN allows (DMN 1.5, 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from engine.feel import FeelFunction, UnaryTests
from engine.feel.compiler import Frame
from engine.feel.types import is_instance

SIMPLE = {
    "string": "string", "number": "number", "boolean": "boolean", "date": "date", "time": "time",
    "dateTime": "date and time", "date and time": "date and time", "dayTimeDuration": "days and time duration",
    "days and time duration": "days and time duration", "yearMonthDuration": "years and months duration",
    "years and months duration": "years and months duration", "Any": "Any", "any": "Any", "context": "context",
    "duration": "duration", "integer": "number", "double": "number", "long": "number", "list": "list",
    "function": "function", "range": "range",
}  # fmt: skip
MISFIT = object()


@dataclass(slots=True)
class ItemType:
    """A type: simple, a structure of components, a collection, or a function."""

    name: str
    base: str | None = None  # a simple FEEL type, or the name of another item definition
    components: dict[str, ItemType] = field(default_factory=dict)
    is_collection: bool = False
    is_function: bool = False
    allowed: UnaryTests | None = None  # for each item
    constraint: UnaryTests | None = None  # for the whole value


class Types:
    """The item definitions of a model and of what it imports."""

    def __init__(self, items: Mapping[str, ItemType]) -> None:
        self.items = dict(items)

    def fit(self, value: Any, name: str | None, frame: Frame) -> Any:
        """``value`` as type ``name`` wants it; ``MISFIT`` where it does not conform. No name takes all."""
        if name is None:
            return value
        item = self.items.get(name)
        if item is None:
            base = SIMPLE.get(name.rpartition(":")[2] or name)
            item = ItemType(name, base) if base is not None else None
        return value if item is None else self._fit(value, item, frame, 0)

    def _fit(self, value: Any, item: ItemType, frame: Frame, depth: int) -> Any:
        if value is None or depth > 32:
            return value
        if item.is_function:
            return value if isinstance(value, FeelFunction) else MISFIT
        if item.is_collection:
            return self._collection(value, item, frame, depth)
        if isinstance(value, list) and len(value) == 1 and not self._is_list(item):
            value = value[0]
        fitted = self._single(value, item, frame, depth)
        if fitted is MISFIT:
            return MISFIT
        for tests in (item.allowed, item.constraint):
            if tests is not None and not tests.check(fitted, frame):
                return MISFIT
        return fitted

    def _is_list(self, item: ItemType) -> bool:
        if item.base in ("list", "Any", None) and not item.components:
            return True
        other = self.items.get(item.base or "")
        return other is not None and other is not item and (other.is_collection or self._is_list(other))

    def _collection(self, value: Any, item: ItemType, frame: Frame, depth: int) -> Any:
        values = value if isinstance(value, list) else [value]
        fitted = []
        for each in values:
            part = self._single(each, item, frame, depth) if each is not None else None
            if part is MISFIT or (item.allowed is not None and not item.allowed.check(part, frame)):
                return MISFIT
            fitted.append(part)
        return MISFIT if item.constraint is not None and not item.constraint.check(fitted, frame) else fitted

    def _single(self, value: Any, item: ItemType, frame: Frame, depth: int) -> Any:
        if item.components:
            if not isinstance(value, dict):
                return MISFIT
            result = dict(value)
            for name, component in item.components.items():
                if name not in value:
                    continue
                part = self._fit(value[name], component, frame, depth + 1)
                if part is MISFIT:
                    return MISFIT
                result[name] = part
            return result
        if item.base is None:
            return value
        other = self.items.get(item.base)
        if other is not None and other is not item:
            return self._fit(value, other, frame, depth + 1)
        kind = SIMPLE.get(item.base.rpartition(":")[2])
        if kind is None or kind == "Any" or is_instance(value, kind) is not False:
            return value
        return _converted(value, kind)


def _converted(value: Any, kind: str) -> Any:
    """A date becomes its midnight in UTC where a date and time is wanted."""
    if kind == "date and time" and isinstance(value, date) and not isinstance(value, datetime):
        from datetime import UTC

        return datetime.combine(value, time(tzinfo=UTC))
    return MISFIT
