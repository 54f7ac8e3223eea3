"""What the operators mean: equality and order with null, and decimal and temporal arithmetic."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, DecimalException, Overflow
from typing import Any

from engine.feel.limits import Account
from engine.feel.temporal import add_months, add_seconds, difference, seconds_of_day
from engine.feel.values import (
    NUMBERS,
    DayTimeDuration,
    FeelFunction,
    Range,
    YearMonthDuration,
    as_number,
    is_number,
    type_name,
)

DURATIONS = (DayTimeDuration, YearMonthDuration)


def equal(left: Any, right: Any) -> bool | None:
    """``left = right``; None where the kinds cannot be compared (DMN 1.5, table 53)."""
    if left is None or right is None:
        return left is right
    if is_number(left) and is_number(right):
        return as_number(left) == as_number(right)
    kind = _kind(left)
    if kind != _kind(right):
        return None
    if kind == "time":
        return _same_zone(left, right) and seconds_of_day(left) == seconds_of_day(right)
    if kind == "datetime":
        return _same_zone(left, right) and bool(left == right)
    if kind == "list":
        return _all_equal(left, right)
    if kind == "context":
        if left.keys() != right.keys():
            return False
        return _all_equal(list(left.values()), [right[key] for key in left])
    if kind == "range":
        flags = (left.start_included, left.end_included) == (right.start_included, right.end_included)
        return flags and equal(left.start, right.start) is True and equal(left.end, right.end) is True
    if kind == "function":
        return left is right
    return bool(left == right)


def _all_equal(left: list[Any], right: list[Any]) -> bool | None:
    if len(left) != len(right):
        return False
    results = [equal(a, b) for a, b in zip(left, right, strict=True)]
    if all(result is True for result in results):
        return True
    return None if None in results and False not in results else False


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, datetime):
        return "datetime"
    for kind, name in (
        (str, "string"), (date, "date"), (time, "time"), (DayTimeDuration, "seconds"), (YearMonthDuration, "months"),
        (list, "list"), (dict, "context"), (Range, "range"), (FeelFunction, "function"),
    ):  # fmt: skip
        if isinstance(value, kind):
            return name
    return "number"


def _same_zone(left: Any, right: Any) -> bool:
    return (left.tzinfo is None) == (right.tzinfo is None)


def less(left: Any, right: Any) -> bool | None:
    """``left < right``; None where there is no order between them."""
    if is_number(left) and is_number(right):
        return left < right  # type: ignore[no-any-return]
    if left is None or right is None or isinstance(left, bool):
        return None
    kind = _kind(left)
    if kind != _kind(right) or kind in ("list", "context", "range", "function", "boolean"):
        return None
    if kind == "time":
        return seconds_of_day(left) < seconds_of_day(right) if _same_zone(left, right) else None
    if kind == "datetime" and not _same_zone(left, right):
        return None
    return bool(left < right)


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
    if interval.start is not None:
        low = compare("<=" if interval.start_included else "<", interval.start, value)
        if low is not True:
            return low
    if interval.end is not None:
        return compare("<=" if interval.end_included else "<", value, interval.end)
    return True if interval.start is not None else None


def arithmetic(account: Account, operator: str, left: Any, right: Any) -> Any:
    """``+ - * / **``; None, with the reason noted, where it has no value."""
    try:
        result = OPERATIONS[operator](account, left, right)
    except (DecimalException, OverflowError, ValueError):
        account.warn(f"«{operator}» no tiene valor para estos números", f"“{operator}” has no value for these numbers")
        return None
    if result is None and left is not None and right is not None:
        account.warn(
            f"«{operator}» no se aplica a {type_name(left)} y {type_name(right)}",
            f"“{operator}” does not apply to {type_name(left)} and {type_name(right)}",
        )
    elif result is None:
        account.warn(f"«{operator}» con null", f"“{operator}” with null")
    return result


def _add(account: Account, left: Any, right: Any) -> Any:
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
            return DayTimeDuration(NUMBERS.add(left.seconds, right.seconds))
        return add_seconds(left, right.seconds) if isinstance(left, (date, time)) else None
    if isinstance(right, YearMonthDuration):
        if isinstance(left, YearMonthDuration):
            return YearMonthDuration(left.months + right.months)
        return add_months(left, right.months) if isinstance(left, date) else None
    return None


def _subtract(account: Account, left: Any, right: Any) -> Any:
    a, b = as_number(left), as_number(right)
    if a is not None and b is not None:
        return NUMBERS.subtract(a, b)
    if isinstance(right, DayTimeDuration):
        return _add(account, left, DayTimeDuration(-right.seconds)) if not isinstance(left, str) else None
    if isinstance(right, YearMonthDuration):
        return _add(account, left, YearMonthDuration(-right.months)) if not isinstance(left, str) else None
    if (isinstance(left, date) and isinstance(right, date)) or (isinstance(left, time) and isinstance(right, time)):
        return difference(left, right)
    return None


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
        return DayTimeDuration(NUMBERS.multiply(left.seconds, number))
    if isinstance(left, YearMonthDuration):
        return YearMonthDuration(int(NUMBERS.multiply(Decimal(left.months), number)))
    return None


def _divide(account: Account, left: Any, right: Any) -> Any:
    a, b = as_number(left), as_number(right)
    if a is not None and b is not None:
        return NUMBERS.divide(a, b)
    if isinstance(left, DayTimeDuration):
        if isinstance(right, DayTimeDuration):
            return NUMBERS.divide(left.seconds, right.seconds)
        return DayTimeDuration(NUMBERS.divide(left.seconds, b)) if b is not None else None
    if isinstance(left, YearMonthDuration):
        if isinstance(right, YearMonthDuration):
            return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
        return YearMonthDuration(int(NUMBERS.divide(Decimal(left.months), b))) if b is not None else None
    return None


def _power(account: Account, left: Any, right: Any) -> Any:
    a, b = as_number(left), as_number(right)
    if a is None or b is None:
        return None
    if a == 0 and b == 0:
        return Decimal(1)
    account.charge(20)
    if a != 0 and abs(b) * max(1, abs(a.adjusted())) > 100_000:
        raise Overflow
    return NUMBERS.power(a, b)


def negate(account: Account, value: Any) -> Any:
    """``-a``."""
    number = as_number(value)
    if number is not None:
        return NUMBERS.minus(number)
    if isinstance(value, DayTimeDuration):
        return DayTimeDuration(-value.seconds)
    if isinstance(value, YearMonthDuration):
        return YearMonthDuration(-value.months)
    account.warn("«-» necesita un número o una duración", "“-” needs a number or a duration")
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
