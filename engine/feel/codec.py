"""Values to and from JSON: plainly for people and programs, exactly for storage."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine.feel.errors import FeelError
from engine.feel.far import FarDate, FarDateTime, FarTime
from engine.feel.iso import parse_date_time, parse_literal, to_text
from engine.feel.temporal import is_date_time
from engine.feel.textual import text_of
from engine.feel.values import DayTimeDuration, FeelFunction, Range, YearMonthDuration, as_number, type_name

TEMPORAL = (date, time, FarDate, FarTime, FarDateTime, DayTimeDuration, YearMonthDuration)
TAG = "$feel"
EXACT = 15  # digits that a JSON number keeps in every reader
DIGITS = 40  # of a whole number that people may want to read


def from_json(value: Any) -> Any:
    """JSON to FEEL values: every number a Decimal (what is no number becomes null), the rest as it is."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)):
        return as_number(value)
    if isinstance(value, (list, tuple)):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): from_json(item) for key, item in value.items()}
    return value


def to_json(value: Any) -> Any:
    """FEEL values to plain JSON: dates and durations as ISO text, numbers as numbers where those are exact."""
    if isinstance(value, Decimal):
        return _plain_number(value)
    if isinstance(value, TEMPORAL):
        return to_text(value)
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, (Range, FeelFunction)):
        return text_of(value)
    return value


def _plain_number(value: Decimal) -> int | float | str | None:
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and value.adjusted() < DIGITS:
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)


def dump_value(value: Any) -> Any:
    """FEEL values to JSON that ``load_value`` turns back into the very same."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        whole = value.is_finite() and value.as_tuple().exponent == 0 and value.adjusted() < EXACT
        return int(value) if whole else {TAG: "number", "value": str(value)}
    if isinstance(value, float):
        return {TAG: "number", "value": repr(value)}
    if isinstance(value, TEMPORAL):
        stored: dict[str, Any] = {TAG: "datetime" if is_date_time(value) else "temporal", "value": to_text(value)}
        if isinstance(value, datetime) and value.fold:
            stored["fold"] = 1  # the second of two hours with one name, when clocks go back
        return stored
    if isinstance(value, list):
        return [dump_value(item) for item in value]
    if isinstance(value, dict):
        plain = {key: dump_value(item) for key, item in value.items()}
        return {TAG: "context", "value": plain} if TAG in plain else plain
    if isinstance(value, Range):
        ends = [
            dump_value(value.start), dump_value(value.end), value.start_included, value.end_included, value.operator,
        ]  # fmt: skip
        return {TAG: "range", "value": ends}
    raise FeelError(f"un valor {type_name(value)} no se puede guardar", f"a {type_name(value)} cannot be stored")


def load_value(value: Any) -> Any:
    """What ``dump_value`` wrote, as FEEL values."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [load_value(item) for item in value]
    if TAG not in value:
        return {key: load_value(item) for key, item in value.items()}
    kind, inner = value[TAG], value["value"]
    if kind == "number":
        return Decimal(inner)
    if kind == "datetime":
        read = parse_date_time(inner)
        return read.replace(fold=1) if value.get("fold") else read
    if kind == "temporal":
        return parse_literal(inner)
    if kind == "range":
        return Range(load_value(inner[0]), load_value(inner[1]), *inner[2:])
    return {key: load_value(item) for key, item in inner.items()}
