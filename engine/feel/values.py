"""The values of FEEL beyond Python's own: durations, ranges and functions; and what type a value has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from engine.feel.far import FarDate, FarDateTime, FarTime

# 34 digits, as IEEE 754 decimal128 has them (DMN 1.5, 10.3.2.3.1).
NUMBERS = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emax=6144, Emin=-6143, traps=[InvalidOperation, DivisionByZero, Overflow]
)


MAX_BITS = 20_400  # of a whole number: 10 ** 6144 has 20,410


@dataclass(frozen=True, slots=True, order=True)
class DayTimeDuration:
    """A duration of days, hours, minutes and seconds."""

    seconds: Decimal

    def __str__(self) -> str:
        total = abs(self.seconds)
        whole = int(total)
        fraction = total - whole
        days, rest = divmod(whole, 86_400)
        hours, rest = divmod(rest, 3_600)
        minutes, seconds = divmod(rest, 60)
        text = f"{days}D" if days else ""
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds or fraction:
            exact = f"{(seconds + fraction).normalize():f}" if fraction else str(seconds)
            clock += f"{exact}S"
        if clock:
            text += f"T{clock}"
        return ("-" if self.seconds < 0 else "") + "P" + (text or "T0S")


@dataclass(frozen=True, slots=True, order=True)
class YearMonthDuration:
    """A duration of years and months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if self.months < 0 else "") + "P" + (text or "0M")


@dataclass(frozen=True, slots=True)
class Range:
    """An interval. ``operator`` is that of a range with one end, as in ``< 5``; the other end is ``None`` then."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    operator: str = ""

    @property
    def known(self) -> bool:
        """Whether it has all the ends that it should have."""
        return bool(self.operator) or (self.start is not None and self.end is not None)


@dataclass(frozen=True, slots=True, eq=False)
class FeelFunction:
    """A function value. ``parameters`` are names for calls by name; the last of a ``variadic`` one takes the rest."""

    call: Callable[..., Any]
    parameters: Sequence[str] = ()
    variadic: bool = False
    optional: int = 0  # how many of the last parameters may be missing
    wants_account: bool = False
    types: Sequence[Any] = ()  # of the parameters, where they are declared
    result: Any = None  # the type of what it gives, where that is declared


def is_number(value: Any) -> bool:
    """Whether ``value`` is a FEEL number."""
    return isinstance(value, (Decimal, int, float)) and not isinstance(value, bool)


def as_number(value: Any) -> Decimal | None:
    """``value`` as a Decimal; None where it is no (finite) number."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if value.bit_length() < MAX_BITS else None
    if isinstance(value, float):
        number = Decimal(repr(value))
        return number if number.is_finite() else None
    return None


def type_name(value: Any) -> str:
    """The FEEL type of ``value``."""
    if value is None:
        return "Null"
    if isinstance(value, bool):
        return "boolean"
    if is_number(value):
        return "number"
    for kind, name in TYPES:
        if isinstance(value, kind):
            return name
    return "Any"


TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "string"),
    ((datetime, FarDateTime), "date and time"),
    ((date, FarDate), "date"),
    ((time, FarTime), "time"),
    (DayTimeDuration, "days and time duration"),
    (YearMonthDuration, "years and months duration"),
    (list, "list"),
    (dict, "context"),
    (Range, "range"),
    (FeelFunction, "function"),
)
