"""``instance of``: whether a value is of a FEEL type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

from engine.feel.far import days_of, make_date_time
from engine.feel.temporal import is_date, is_date_time, is_time
from engine.feel.values import DayTimeDuration, FeelFunction, Range, YearMonthDuration, is_number

# Types that a model defines: a name and a value give whether it conforms, None for a name that is not defined.
Defined = Callable[[str, Any], bool | None]

MISFIT = object()

SIMPLE: dict[str, Callable[[Any], bool]] = {
    "Any": lambda value: value is not None,
    "Null": lambda value: value is None,
    "number": is_number,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "date": is_date,
    "time": is_time,
    "date and time": is_date_time,
    "days and time duration": lambda value: isinstance(value, DayTimeDuration),
    "day-time duration": lambda value: isinstance(value, DayTimeDuration),
    "years and months duration": lambda value: isinstance(value, YearMonthDuration),
    "year-month duration": lambda value: isinstance(value, YearMonthDuration),
    "duration": lambda value: isinstance(value, (DayTimeDuration, YearMonthDuration)),
    "list": lambda value: isinstance(value, list),
    "context": lambda value: isinstance(value, dict),
    "range": lambda value: isinstance(value, Range),
    "function": lambda value: isinstance(value, FeelFunction),
}


def is_instance(value: Any, kind: Any, defined: Defined | None = None) -> bool | None:
    """Whether ``value`` conforms to the type ``kind`` (as the parser gives it); None for an unknown type name."""
    if isinstance(kind, str):
        own = defined(kind, value) if defined is not None else None
        if own is not None:
            return own
        check = SIMPLE.get(kind)
        return None if check is None else bool(check(value))
    outer, *parts = kind
    if outer == "list":
        return isinstance(value, list) and all(_fits(item, parts[0], defined) for item in value)
    if outer == "range":
        return isinstance(value, Range) and all(_fits(end, parts[0], defined) for end in (value.start, value.end))
    if outer == "context":
        return isinstance(value, dict) and all(
            name in value and _fits(value[name], inner, defined) for name, inner in parts[0]
        )
    return isinstance(value, FeelFunction) and _function_fits(value, parts[0], parts[1])


def conformed(value: Any, kind: Any, defined: Defined | None = None) -> Any:
    """``value`` as a parameter or result of type ``kind`` takes it; ``MISFIT`` where it does not (DMN 1.5, 10.3.2.9.4).

    A single value becomes a list of one, a list of one its item, a date its midnight in UTC, where the type wants it.
    """
    if value is None or is_instance(value, kind, defined) is not False:
        return value
    if kind == "list" or kind[0] == "list":
        alone = [value]
        return alone if not isinstance(value, list) and is_instance(alone, kind, defined) else MISFIT
    if isinstance(value, list) and len(value) == 1:
        return conformed(value[0], kind, defined)
    if kind == "date and time" and is_date(value):
        return make_date_time(days_of(value), 0, UTC)
    return MISFIT


def kind_text(kind: Any) -> str:
    """A type as FEEL writes it."""
    if isinstance(kind, str):
        return kind
    outer, *parts = kind
    if outer == "context":
        return f"context<{', '.join(f'{name}: {kind_text(inner)}' for name, inner in parts[0])}>"
    if outer == "function":
        return f"function<{', '.join(map(kind_text, parts[0]))}> -> {kind_text(parts[1])}"
    return f"{outer}<{kind_text(parts[0])}>"


def _fits(value: Any, kind: Any, defined: Defined | None) -> bool:
    return value is None or is_instance(value, kind, defined) is True


def _function_fits(function: FeelFunction, parameters: Sequence[Any], result: Any) -> bool:
    """A function takes at least what the type's parameters say, and gives at most what its result says."""
    if len(function.parameters) != len(parameters):
        return False
    taken = function.types or [None] * len(parameters)
    return all(_within(wide, narrow) for wide, narrow in zip(taken, parameters, strict=True)) and (
        function.result is None or _within(result, function.result)
    )


def _within(wide: Any, narrow: Any) -> bool:
    return wide in (None, "Any", narrow) or (isinstance(narrow, tuple) and wide == narrow[0])
