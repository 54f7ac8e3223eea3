"""What an iteration goes over, and the item at a place of a list."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.feel.limits import Account
from engine.feel.operators import less
from engine.feel.temporal import is_date
from engine.feel.values import NUMBERS, Range, as_number

TOO_MANY = 10**9


def span(account: Account, start: Any, end: Any) -> list[Any] | None:
    """The values from ``start`` to ``end``, upwards or downwards; numbers or dates."""
    a, b = as_number(start), as_number(end)
    if a is not None and b is not None:
        distance = abs(NUMBERS.subtract(b, a))
        account.size(int(distance) + 1 if distance < TOO_MANY else TOO_MANY)
        step = 1 if b >= a else -1
        return [NUMBERS.add(a, Decimal(step * i)) for i in range(int(distance) + 1)]
    if is_date(start) and is_date(end) and isinstance(start, date) and isinstance(end, date):
        days = (end - start).days
        account.size(abs(days) + 1)
        return [start + timedelta(days=i if days >= 0 else -i) for i in range(abs(days) + 1)]
    account.warn("no se puede recorrer de un extremo al otro", "one cannot go from one end to the other")
    return None


def range_items(account: Account, interval: Range) -> list[Any] | None:
    """The values of a range of whole numbers or dates."""
    if less(interval.end, interval.start):
        account.warn("el rango termina antes de empezar", "the range ends before it starts")
        return None
    items = span(account, interval.start, interval.end)
    if items is None:
        return None
    return items[0 if interval.start_included else 1 : len(items) if interval.end_included else -1]


def items_of(account: Account, value: Any) -> list[Any] | None:
    """What an iteration goes over: a list's items, a range's values, or one value alone."""
    if type(value) is list:
        return value
    if isinstance(value, Range):
        return range_items(account, value)
    if value is None:
        account.warn("no se puede recorrer null", "null cannot be gone over")
        return None
    return value if isinstance(value, list) else [value]


def item_at(account: Account, items: list[Any], index: Any) -> Any:
    """The item at a place that counts from 1, or from the end by negative numbers."""
    number = as_number(index)
    if number is None or abs(number) > len(items) or number == 0 or number != int(number):
        account.warn("la lista no tiene posición {}", "the list has no position {}", index)
        return None
    position = int(number)
    found = items[position - 1 if position > 0 else position]
    return as_number(found) if type(found) in (int, float) else found
