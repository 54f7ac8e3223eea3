"""``instance of``: whether a value is of a FEEL type."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from engine.feel.values import DayTimeDuration, FeelFunction, Range, YearMonthDuration, is_number

SIMPLE = {
    "Any": lambda value: True,
    "Null": lambda value: value is None,
    "number": is_number,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, date) and not isinstance(value, datetime),
    "time": lambda value: isinstance(value, time),
    "date and time": lambda value: isinstance(value, datetime),
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


def is_instance(value: Any, kind: Any) -> bool | None:
    """Whether ``value`` conforms to the type ``kind`` (as the parser gives it); None for an unknown type name."""
    if isinstance(kind, str):
        check = SIMPLE.get(kind)
        if check is None:
            return None
        if value is None:
            return kind in ("Null", "Any") if kind != "Any" else False
        return bool(check(value))
    if value is None:
        return False
    outer, *parts = kind
    if outer == "list":
        return isinstance(value, list) and all(_fits(item, parts[0]) for item in value)
    if outer == "range":
        return isinstance(value, Range) and all(
            end is None or is_instance(end, parts[0]) is True for end in (value.start, value.end)
        )
    if outer == "context":
        return isinstance(value, dict) and all(name in value and _fits(value[name], t) for name, t in parts[0])
    return isinstance(value, FeelFunction) and len(value.parameters) == len(parts[0])


def _fits(value: Any, kind: Any) -> bool:
    return value is None or is_instance(value, kind) is True


def fits_type(value: Any, name: str | None) -> bool:
    """Whether a parameter of type ``name`` takes ``value``; null always fits."""
    return name is None or value is None or is_instance(value, name) is not False


