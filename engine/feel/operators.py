"""What the operators mean: equality and order with null, and decimal and temporal arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal, Overflow
from typing import Any

from engine.feel.errors import FeelLimitError
from engine.feel.far import FarDate, FarDateTime, FarTime, instant, instant_of_time
from engine.feel.limits import Account
from engine.feel.temporal import (
    add_duration,
    add_months,
    difference,
    is_date,
    is_date_time,
    is_time,
    position,
    same_zone,
)
from engine.feel.values import (
    NUMBERS,
    DayTimeDuration,
    FeelFunction,
    Range,
    YearMonthDuration,
    as_number,
    type_name,
)

DURATIONS = (DayTimeDuration, YearMonthDuration)
MAX_SECONDS = Decimal(10) ** 20
MAX_MONTHS = 10**13
COMPARISONS_AT_MOST = 200_000

KINDS: dict[type, str] = {
    bool: "boolean", Decimal: "number", int: "number", float: "number", str: "string", datetime: "datetime",
    FarDateTime: "datetime", date: "date", FarDate: "date", time: "time", FarTime: "time",
    DayTimeDuration: "seconds", YearMonthDuration: "months", list: "list", dict: "context", Range: "range",
    FeelFunction: "function",
}  # fmt: skip
PLAIN = frozenset({str, Decimal, bool})
ORDERED = frozenset({"number", "string", "datetime", "date", "time", "seconds", "months"})


def _kind(value: Any) -> str | None:
    found = KINDS.get(type(value))
    if found is None:
        # A subclass; bool comes before int, and datetime before date.
        found = next((name for kind, name in KINDS.items() if isinstance(value, kind)), None)
    return found


def equal(left: Any, right: Any) -> bool | None:
    """``left = right``; None where the kinds cannot be compared (DMN 1.5, table 53)."""
    if left is None or right is None:
        return left is right
    if type(left) is type(right) and type(left) in PLAIN:
        return bool(left == right)
    kind = _kind(left)
    if kind != _kind(right):
        return None
    if kind == "number":
        return bool(as_number(left) == as_number(right))
    if kind in ("list", "context", "range"):
        return _equal_parts(left, right, [COMPARISONS_AT_MOST])
    # Fractions of a second do not count for equality (DMN 1.5, 10.3.2.3.5 and 10.3.2.3.6).
    if kind == "time":
        return same_zone(left, right) and instant_of_time(left) // 10**9 == instant_of_time(right) // 10**9
    if kind == "datetime":
        return same_zone(left, right) and instant(left) // 10**9 == instant(right) // 10**9
    return left is right if kind == "function" else bool(left == right)


def _equal_parts(left: Any, right: Any, budget: list[int]) -> bool | None:
    budget[0] -= 1
    if budget[0] < 0:
        raise FeelLimitError("los valores que se comparan son demasiado grandes", "the compared values are too large")
    if left is right:
        return True
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and _all_equal(left, right, budget)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and _all_equal(list(left.values()), [right[key] for key in left], budget)
    if isinstance(left, Range) and isinstance(right, Range):
        flags = (left.start_included, left.end_included, left.operator)
        if flags != (right.start_included, right.end_included, right.operator):
            return False
        return equal(left.start, right.start) is True and equal(left.end, right.end) is True
    return equal(left, right)


def _all_equal(left: Sequence[Any], right: Sequence[Any], budget: list[int]) -> bool | None:
    unknown = False
    for a, b in zip(left, right, strict=True):
        result = _equal_parts(a, b, budget)
        if result is False:
            return False
        unknown = unknown or result is None
    return None if unknown else True


def less(left: Any, right: Any) -> bool | None:
    """``left < right``; None where there is no order between them."""
    kind = _kind(left)
    if kind not in ORDERED or kind != _kind(right):
        return None
    if kind in ("number", "string", "seconds", "months"):
        return bool(left < right)
    if kind != "date" and not same_zone(left, right):
        return None
    return bool(position(left) < position(right))


def compare(operator: str, left: Any, right: Any) -> bool | None:
    """Any comparison."""
    if operator == "=":
        return equal(left, right)
    if operator == "!=":
        same = equal(left, right)
        return None if same is None else not same
    if operator == "<":
        return less(left, right)
    if operator == ">":
        return less(right, left)
    other = less(right, left) if operator == "<=" else less(left, right)
    return None if other is None else not other


def contains(interval: Range, value: Any) -> bool | None:
    """Whether ``value`` lies in the range; never by counting."""
    if not interval.known:
        return None
    if interval.operator == "!=":
        return compare("!=", value, interval.start)
    if interval.operator == "=":
        return equal(value, interval.start)
    if interval.start is not None:
        low = compare("<=" if interval.start_included else "<", interval.start, value)
        if low is not True:
            return low
    if interval.end is not None:
        return compare("<=" if interval.end_included else "<", value, interval.end)
    return True if interval.start is not None else None


def matches(given: Any, value: Any) -> bool | None:
    """Whether an input satisfies a test that is a value: equal to it, in its range, or among its items."""
    if isinstance(value, Range):
        return _within(given, value)
    if isinstance(value, list):
        if isinstance(given, list) and equal(given, value) is True:
            return True
        return any((_within(given, item) if isinstance(item, Range) else equal(given, item)) is True for item in value)
    if isinstance(value, bool) and not isinstance(given, bool):
        return value if given is not None else False
    return equal(given, value)


def _within(given: Any, interval: Range) -> bool | None:
    return equal(given, interval) if isinstance(given, Range) else contains(interval, given)


def arithmetic(account: Account, operator: str, left: Any, right: Any) -> Any:
    """``+ - * / **``; None, with the reason noted, where it has no value."""
    try:
        result = OPERATIONS[operator](account, left, right)
    except (ArithmeticError, ValueError):
        account.warn("«{}» no tiene valor para {} y {}", "“{}” has no value for {} and {}", operator, left, right)
        return None
    if result is None:
        account.warn(
            "«{}» no se aplica a {} y {}",
            "“{}” does not apply to {} and {}",
            operator, type_name(left), type_name(right),
        )  # fmt: skip
    return result


def _seconds(value: Decimal) -> DayTimeDuration:
    if abs(value) >= MAX_SECONDS:
        raise Overflow
    return DayTimeDuration(value)


def _months(value: Any) -> YearMonthDuration:
    if abs(value) >= MAX_MONTHS:
        raise Overflow
    return YearMonthDuration(int(value))


def _add(account: Account, left: Any, right: Any) -> Any:
    if type(right) is DayTimeDuration and type(left) in (date, datetime):
        return add_duration(left, right)
    a, b = as_number(left), as_number(right)
    if a is not None and b is not None:
        return NUMBERS.add(a, b)
    if isinstance(left, str) and isinstance(right, str):
        account.text(len(left) + len(right))
        return left + right
    if isinstance(left, DURATIONS) and not isinstance(right, DURATIONS):
        left, right = right, left
    if isinstance(right, DayTimeDuration):
        if isinstance(left, DayTimeDuration):
            return _seconds(NUMBERS.add(left.seconds, right.seconds))
        return add_duration(left, right) if is_date(left) or is_time(left) or is_date_time(left) else None
    if isinstance(right, YearMonthDuration):
        if isinstance(left, YearMonthDuration):
            return _months(left.months + right.months)
        return add_months(left, right.months) if is_date(left) or is_date_time(left) else None
    return None


def _subtract(account: Account, left: Any, right: Any) -> Any:
    a, b = as_number(left), as_number(right)
    if a is not None and b is not None:
        return NUMBERS.subtract(a, b)
    if isinstance(right, DURATIONS):
        return (
            None
            if isinstance(left, DURATIONS) and type(left) is not type(right)
            else _add(account, left, _minus(right))
        )
    if is_time(left):
        return difference(left, right) if is_time(right) else None
    if (is_date(left) or is_date_time(left)) and (is_date(right) or is_date_time(right)):
        return difference(left, right)
    return None


def _minus(duration: Any) -> Any:
    if isinstance(duration, DayTimeDuration):
        return DayTimeDuration(NUMBERS.minus(duration.seconds))
    return YearMonthDuration(-duration.months)


def _multiply(account: Account, left: Any, right: Any) -> Any:
    a, b = as_number(left), as_number(right)
    if a is not None and b is not None:
        return NUMBERS.multiply(a, b)
    if isinstance(right, DURATIONS):
        left, right = right, left
    number = as_number(right)
    if number is None:
        return None
    if isinstance(left, DayTimeDuration):
        return _seconds(NUMBERS.multiply(left.seconds, number))
    if isinstance(left, YearMonthDuration):
        return _months(NUMBERS.multiply(Decimal(left.months), number))
    return None


def _divide(account: Account, left: Any, right: Any) -> Any:
    a, b = as_number(left), as_number(right)
    if a is not None and b is not None:
        return NUMBERS.divide(a, b)
    if isinstance(left, DayTimeDuration):
        if isinstance(right, DayTimeDuration):
            return NUMBERS.divide(left.seconds, right.seconds)
        return _seconds(NUMBERS.divide(left.seconds, b)) if b is not None else None
    if isinstance(left, YearMonthDuration):
        if isinstance(right, YearMonthDuration):
            return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
        return _months(NUMBERS.divide(Decimal(left.months), b)) if b is not None else None
    return None


def _power(account: Account, left: Any, right: Any) -> Any:
    a, b = as_number(left), as_number(right)
    if a is None or b is None:
        return None
    if a == 0 and b == 0:
        return Decimal(1)
    account.charge(200)
    if a != 0 and abs(b) * max(1, abs(a.adjusted())) > 100_000:
        raise Overflow
    result = NUMBERS.power(a, b)
    if not result.is_finite():
        raise Overflow
    return result


def negate(account: Account, value: Any) -> Any:
    """``-a``."""
    number = as_number(value)
    if number is not None:
        return NUMBERS.minus(number)
    if isinstance(value, DURATIONS):
        return _minus(value)
    account.warn(
        "«-» necesita un número o una duración, no {}", "“-” needs a number or a duration, not {}", type_name(value)
    )
    return None


OPERATIONS = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide, "**": _power}


def both(left: Any, right: Any) -> bool | None:
    """``and`` with three values; what is no boolean counts as null."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def either(left: Any, right: Any) -> bool | None:
    """``or`` with three values; what is no boolean counts as null."""
    if left is True or right is True:
        return True
    return False if left is False and right is False else None
