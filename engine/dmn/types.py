"""Item definitions: what type a value has to have, and the coercions that DMN allows (DMN 1.5, 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from engine.feel import FeelFunction, UnaryTests
from engine.feel.frames import Frame
from engine.feel.types import is_instance

SIMPLE = {
    "string": "string", "number": "number", "boolean": "boolean", "date": "date", "time": "time",
    "dateTime": "date and time", "date and time": "date and time", "dayTimeDuration": "days and time duration",
    "days and time duration": "days and time duration", "yearMonthDuration": "years and months duration",
    "years and months duration": "years and months duration", "Any": "Any", "any": "Any", "context": "context",
    "duration": "duration", "integer": "number", "double": "number", "long": "number", "list": "list",
    "function": "function", "range": "range", "Null": "Null", "null": "Null",
    "day-time duration": "days and time duration", "year-month duration": "years and months duration",
}  # fmt: skip
# Python classes that need no further look
PLAIN: dict[str, type] = {"string": str, "number": Decimal, "boolean": bool, "date": date, "time": time}
MAX_DEPTH = 32
MISFIT = object()


@dataclass(slots=True)
class ItemType:
    """A type: simple, a structure of components, a collection, or a function."""

    name: str
    base: str | None = None  # a simple FEEL type, or the name of another item definition
    components: dict[str, ItemType] = field(default_factory=dict)
    is_collection: bool = False
    is_function: bool = False
    result: str | None = None  # what a function of this type returns
    allowed: UnaryTests | None = None  # for each item
    constraint: UnaryTests | None = None  # for the whole value

    def walk(self) -> Iterator[ItemType]:
        """This type and its components, all the way down."""
        yield self
        for component in self.components.values():
            yield from component.walk()


class Types:
    """The item definitions of a model and of what it imports."""

    def __init__(self, items: Mapping[str, ItemType]) -> None:
        self.items = dict(items)

    def knows(self, name: str) -> bool:
        """Whether there is a type of that name."""
        return name in self.items or name in SIMPLE

    def spelled(self, reference: str) -> str:
        """A type name without the prefix that older files write (``feel:string``)."""
        reference = reference.strip()
        return reference if reference in self.items else reference.rpartition(":")[2]

    def result_of(self, name: str | None) -> str | None:
        """What a function whose variable has type ``name`` returns: a function type says so, others are it."""
        item = self.items.get(name or "")
        return item.result if item is not None and item.is_function else name

    @staticmethod
    def in_feel(name: str | None) -> str | None:
        """A type name as FEEL writes it."""
        return None if name is None else SIMPLE.get(name, name)

    def plain(self, name: str | None) -> type | None:
        """The Python class whose values conform to a type without a further look."""
        return None if name is None or name in self.items else PLAIN.get(SIMPLE.get(name, ""))

    def allowed(self, name: str | None) -> UnaryTests | None:
        """The allowed values of a type that is no collection."""
        item = self.items.get(name or "")
        return item.allowed if item is not None and not item.is_collection else None

    def fit(self, value: Any, name: str | None, frame: Frame) -> Any:
        """``value`` as type ``name`` wants it; ``MISFIT`` where it does not conform. No name takes all."""
        if name is None or value is None:
            return value
        item = self.items.get(name)
        if item is not None:
            return self._fit(value, item, frame, 0)
        kind = SIMPLE.get(name)
        if kind is None or type(value) is PLAIN.get(kind):
            return value
        return self._fit(value, ItemType(name, kind), frame, 0)

    def conforms(self, name: str, value: Any) -> bool | None:
        """Whether ``value`` is an instance of an item definition, as it is; None where there is none of that name."""
        item = self.items.get(name)
        return None if item is None else self._is(value, item, 0)

    def _is(self, value: Any, item: ItemType, depth: int) -> bool:
        if value is None or depth > MAX_DEPTH:
            return False
        if item.is_function:
            return isinstance(value, FeelFunction)
        if item.is_collection:
            return isinstance(value, list) and all(each is None or self._is_one(each, item, depth) for each in value)
        return self._is_one(value, item, depth)

    def _is_one(self, value: Any, item: ItemType, depth: int) -> bool:
        if item.components:
            return isinstance(value, dict) and all(
                name in value and (value[name] is None or self._is(value[name], part, depth + 1))
                for name, part in item.components.items()
            )
        other = self.items.get(item.base or "")
        if other is not None and other is not item:
            return self._is(value, other, depth + 1)
        return is_instance(value, SIMPLE.get(item.base or "", "Any")) is True

    def _fit(self, value: Any, item: ItemType, frame: Frame, depth: int) -> Any:
        if value is None or depth > MAX_DEPTH:
            return value
        frame.account.charge(1)
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

    def _is_list(self, item: ItemType, depth: int = 0) -> bool:
        if item.base in ("list", "Any", None) and not item.components:
            return True
        other = self.items.get(item.base or "")
        return other is not None and depth < MAX_DEPTH and (other.is_collection or self._is_list(other, depth + 1))

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
            return self._structure(value, item, frame, depth)
        if item.base is None:
            return value
        other = self.items.get(item.base)
        if other is not None and other is not item:
            return self._fit(value, other, frame, depth + 1)
        kind = SIMPLE.get(item.base)
        if kind is None or kind == "Any" or is_instance(value, kind) is not False:
            return value
        return _converted(value, kind)

    def _structure(self, value: Any, item: ItemType, frame: Frame, depth: int) -> Any:
        if not isinstance(value, dict):
            return MISFIT
        result = dict(value)
        for name, component in item.components.items():
            if name not in value:
                return MISFIT
            part = self._fit(value[name], component, frame, depth + 1)
            if part is MISFIT:
                return MISFIT
            result[name] = part
        return result


def _converted(value: Any, kind: str) -> Any:
    """A date becomes its midnight in UTC where a date and time is wanted."""
    if kind == "date and time" and isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(tzinfo=UTC))
    return MISFIT
