"""Built-in functions of numbers (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any

from engine.feel.limits import Account
from engine.feel.signatures import builtin
from engine.feel.values import NUMBERS, DayTimeDuration, YearMonthDuration

SCALES = range(-6111, 6177)


def _round(number: Decimal, scale: Decimal | None, how: str) -> Decimal | None:
    places = int(scale or 0)
    if places not in SCALES:
        return None
    if number.is_zero():
        return number.quantize(Decimal(1)) if places <= 0 else number
    exponent = -places
    if number.adjusted() - exponent > 33:
        return number
    return number.quantize(Decimal(1).scaleb(exponent), rounding=how, context=NUMBERS)


@builtin("decimal", "n:number, scale:number")
def _decimal(account: Account, n: Decimal, scale: Decimal) -> Any:
    return _round(n, scale, ROUND_HALF_EVEN)


for _name, _how in (
    ("floor", ROUND_FLOOR), ("ceiling", ROUND_CEILING), ("round up", ROUND_UP), ("round down", ROUND_DOWN),
    ("round half up", ROUND_HALF_UP), ("round half down", ROUND_HALF_DOWN),
):  # fmt: skip
    if _name in ("floor", "ceiling"):
        builtin(_name, "n:number")(lambda account, n, how=_how: _round(n, None, how))
        builtin(_name, "n:number, scale:number")(lambda account, n, scale, how=_how: _round(n, scale, how))
    else:
        builtin(_name, "n:number, scale:number")(lambda account, n, scale, how=_how: _round(n, scale, how))


@builtin("abs", "n:number")
def _abs(account: Account, n: Decimal) -> Any:
    return NUMBERS.abs(n)


@builtin("abs", "n:duration")
def _abs_duration(account: Account, n: Any) -> Any:
    if isinstance(n, DayTimeDuration):
        return DayTimeDuration(NUMBERS.abs(n.seconds))
    return YearMonthDuration(abs(n.months))


@builtin("modulo", "dividend:number, divisor:number")
def _modulo(account: Account, dividend: Decimal, divisor: Decimal) -> Any:
    if divisor == 0:
        return None
    # The remainder has the divisor's sign; Decimal's own has the dividend's.
    rest = NUMBERS.remainder(dividend, divisor)
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@builtin("sqrt", "number:number")
def _sqrt(account: Account, number: Decimal) -> Any:
    return NUMBERS.sqrt(number) if number >= 0 else None


@builtin("log", "number:number")
def _log(account: Account, number: Decimal) -> Any:
    account.charge(200)
    return NUMBERS.ln(number) if number > 0 else None


@builtin("exp", "number:number")
def _exp(account: Account, number: Decimal) -> Any:
    account.charge(200)
    return NUMBERS.exp(number) if abs(number) < 20_000 else None


@builtin("odd", "number:number")
def _odd(account: Account, number: Decimal) -> Any:
    return NUMBERS.remainder(abs(number), Decimal(2)) == 1 if number == number.to_integral_value() else False


@builtin("even", "number:number")
def _even(account: Account, number: Decimal) -> Any:
    return NUMBERS.remainder(number, Decimal(2)) == 0 if number == number.to_integral_value() else False
