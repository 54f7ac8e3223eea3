"""Values as Spanish words: dates and hours in the office's zone, durations, amounts of money, yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import re2
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal

from engine.feel.iso import parse_literal
from engine.feel.values import DayTimeDuration, YearMonthDuration

LANGUAGE = "es_HN"
MOMENT = "d 'de' MMMM 'de' y, HH:mm"
MONEY = frozenset({"monto", "moneda"})  # a context of these two is an amount
# Whole ISO 8601 texts only, as FEEL writes them: whatever has other words around it was written for people already.
_ISO = re2.compile(r"^(\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\S{0,40})?|\d\d:\d\d:\d\d|-?P[0-9DTHMYS.]{2,40})$")
_CURRENCY = re2.compile("^[A-Z]{3}$")
_MONTHS_A_YEAR, _SECONDS_AN_HOUR, _SECONDS_A_DAY = 12, 3_600, 86_400


def in_spanish(value: Any, zone: ZoneInfo) -> Any:
    """``value`` (JSON) with all that has a Spanish form in that form; texts, whole numbers and unknown things as they are."""
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, str):
        return _text(value, zone)
    if isinstance(value, float | Decimal):
        return format_decimal(Decimal(str(value)), locale=LANGUAGE)
    if isinstance(value, Mapping):
        if value.keys() == MONEY:
            return money(value["monto"], value["moneda"])
        return {key: in_spanish(item, zone) for key, item in value.items()}
    return [in_spanish(item, zone) for item in value] if isinstance(value, list | tuple) else value


def money(amount: Any, currency: Any) -> str:
    """An amount in words of its currency (ISO 4217); without one, the amount alone; without an amount, nothing."""
    try:
        number = Decimal(str(amount))
    except InvalidOperation:
        return "" if amount is None else str(amount)
    if not number.is_finite():
        return ""
    if isinstance(currency, str) and _CURRENCY.search(currency):
        return str(format_currency(number, currency, locale=LANGUAGE, format_type="name"))
    return f"{format_decimal(number, '#,##0.00', locale=LANGUAGE)} {currency or ''}".rstrip()


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A point in time as the office's clock and calendar show it."""
    return str(format_datetime(at.astimezone(zone), MOMENT, locale=LANGUAGE))


def _text(text: str, zone: ZoneInfo) -> str:
    value = parse_literal(text) if _ISO.search(text) else None
    if isinstance(value, datetime):
        try:
            return moment(value if value.tzinfo is not None else value.replace(tzinfo=zone), zone)
        except OverflowError:  # the first or last day of all years, elsewhere
            return text
    if isinstance(value, date):
        return str(format_date(value, "long", locale=LANGUAGE))
    if isinstance(value, time):
        return str(format_time(value, "HH:mm", locale=LANGUAGE))
    if isinstance(value, DayTimeDuration):
        return _duration(
            int(value.seconds), "segundo", (("día", _SECONDS_A_DAY), ("hora", _SECONDS_AN_HOUR), ("minuto", 60))
        )
    if isinstance(value, YearMonthDuration):
        return _duration(value.months, "mes", (("año", _MONTHS_A_YEAR),))
    return text


def _duration(total: int, least: str, units: tuple[tuple[str, int], ...]) -> str:
    """``total`` of the ``least`` unit in the larger units that it fills."""
    parts, rest = [], abs(total)
    for name, size in units:
        count, rest = divmod(rest, size)
        parts += [_counted(count, name)] if count else []
    parts += [_counted(rest, least)] if rest or not parts else []
    said = " y ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
    return f"menos {said}" if total < 0 else said


def _counted(count: int, name: str) -> str:
    plural = name + ("es" if name.endswith("s") else "s")
    return f"{count} {name if count == 1 else plural}"
