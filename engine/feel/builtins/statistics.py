"""Built-in functions that sum up numbers (DMN 1.5, 10.3.4.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.limits import Account
from engine.feel.signatures import builtin
from engine.feel.values import NUMBERS, as_number


def _numbers(account: Account, items: list[Any]) -> list[Decimal] | None:
    account.charge(len(items))
    found = [as_number(item) for item in items]
    return None if any(number is None for number in found) else found  # type: ignore[return-value]


def _total(numbers: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = NUMBERS.add(total, number)
    return total


@builtin("sum", "list:list*")
def _sum(account: Account, items: list[Any]) -> Any:
    numbers = _numbers(account, items)
    return _total(numbers) if numbers else None


@builtin("mean", "list:list*")
def _mean(account: Account, items: list[Any]) -> Any:
    numbers = _numbers(account, items)
    return NUMBERS.divide(_total(numbers), Decimal(len(numbers))) if numbers else None


@builtin("product", "list:list*")
def _product(account: Account, items: list[Any]) -> Any:
    numbers = _numbers(account, items)
    if not numbers:
        return None
    result = Decimal(1)
    for number in numbers:
        result = NUMBERS.multiply(result, number)
    return result


@builtin("median", "list:list*")
def _median(account: Account, items: list[Any]) -> Any:
    numbers = _numbers(account, items)
    if not numbers:
        return None
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@builtin("stddev", "list:list*")
def _stddev(account: Account, items: list[Any]) -> Any:
    numbers = _numbers(account, items)
    if not numbers or len(numbers) < 2:
        return None
    mean = NUMBERS.divide(_total(numbers), Decimal(len(numbers)))
    squares = [NUMBERS.multiply(d, d) for d in (NUMBERS.subtract(number, mean) for number in numbers)]
    return NUMBERS.sqrt(NUMBERS.divide(_total(squares), Decimal(len(numbers) - 1)))


@builtin("mode", "list:list*")
def _mode(account: Account, items: list[Any]) -> Any:
    numbers = _numbers(account, items)
    if numbers is None:
        return None
    counts: dict[Decimal, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)
