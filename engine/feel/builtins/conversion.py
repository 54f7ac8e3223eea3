"""Built-in functions that make values of others, and those of dates and times (DMN 1.5, 10.3.4.1, 10.3.4.6-8)."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import re2

from engine.feel.builtins.registry import builtin
from engine.feel.limits import Account
from engine.feel.temporal import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_literal,
    parse_time,
    parse_zone,
    to_text,
)
from engine.feel.values import NUMBERS, DayTimeDuration, FeelFunction, Range, YearMonthDuration

NUMBER = re2.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")


@builtin("date", "from:string")
def _date_of_text(account: Account, text: str) -> Any:
    return parse_date(text)


@builtin("date", "from:date")
def _date_of(account: Account, value: date) -> Any:
    return value.date() if isinstance(value, datetime) else value


@builtin("date", "year:number, month:number, day:number")
def _date(account: Account, year: Decimal, month: Decimal, day: Decimal) -> Any:
    return date(int(year), int(month), int(day))


@builtin("date and time", "from:string")
def _date_time_of_text(account: Account, text: str) -> Any:
    return parse_date_time(text)


@builtin("date and time", "date:date, time:time")
def _date_time(account: Account, day: date, at: time) -> Any:
    return datetime.combine(day.date() if isinstance(day, datetime) else day, at)


@builtin("date and time", "date:datetime, timezone:string")
def _date_time_at(account: Account, value: datetime, zone: str) -> Any:
    parsed = parse_zone(zone if zone[:1] in "Z+-" else f"@{zone}")
    if parsed is False or parsed is None:
        return None
    return value.astimezone(parsed) if value.tzinfo is not None else value.replace(tzinfo=parsed)  # type: ignore[arg-type]


@builtin("date and time", "from:date")
def _date_time_of(account: Account, value: date) -> Any:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


@builtin("date and time", "year:number, month:number, day:number, hour:number, minute:number, second:number")
@builtin("date and time", "year:number, month:number, day:number, hour:number, minute:number, second:number, offset:span!")
def _date_time_parts(account: Account, *parts: Any) -> Any:
    numbers, offset = parts[:6], parts[6] if len(parts) > 6 else None
    whole, fraction = divmod(numbers[5], 1)
    zone = timezone(timedelta(seconds=int(offset.seconds))) if offset is not None else None
    return datetime(*(int(n) for n in numbers[:5]), int(whole), int(fraction * 1_000_000), tzinfo=zone)  # type: ignore[misc, arg-type]


@builtin("time", "from:string")
def _time_of_text(account: Account, text: str) -> Any:
    return parse_time(text)


@builtin("time", "from:time")
def _time_of_time(account: Account, value: time) -> Any:
    return value


@builtin("time", "from:date")
def _time_of(account: Account, value: date) -> Any:
    if isinstance(value, datetime):
        return value.timetz()
    return time(tzinfo=timezone.utc)


@builtin("time", "hour:number, minute:number, second:number, offset:span!?")
def _time(account: Account, hour: Decimal, minute: Decimal, second: Decimal, offset: DayTimeDuration | None = None) -> Any:
    whole, fraction = divmod(second, 1)
    zone = timezone(timedelta(seconds=int(offset.seconds))) if offset is not None else None
    return time(int(hour), int(minute), int(whole), int(fraction * 1_000_000), zone)


@builtin("number", "from:string")
@builtin("number", "from:string, grouping separator:string!, decimal separator:string!")
def _number(account: Account, text: str, grouping: str | None = None, point: str | None = None) -> Any:
    if grouping not in (None, " ", ",", ".") or point not in (None, ".", ",") or (grouping and grouping == point):
        return None
    if grouping:
        text = text.replace(grouping, "")
    if point:
        text = text.replace(point, ".")
    return NUMBERS.create_decimal(text) if NUMBER.fullmatch(text) else None


@builtin("number", "from:number")
def _number_of(account: Account, value: Decimal) -> Any:
    return value


def number_text(value: Decimal) -> str:
    """A number without exponent and without trailing zeros that nobody wrote."""
    return f"{value:f}" if abs(value.adjusted()) < 40 else str(value)


def text_of(value: Any, nested: bool = False) -> str:
    """What ``string(value)`` gives."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Decimal, int, float)):
        return number_text(Decimal(str(value)))
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if nested else value
    if isinstance(value, list):
        return "[" + ", ".join(text_of(item, True) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {text_of(item, True)}" for key, item in value.items()) + "}"
    if isinstance(value, Range):
        return _range_text(value)
    if isinstance(value, FeelFunction):
        return "function"
    return to_text(value)


def _key(key: str) -> str:
    return key if re2.fullmatch(r"[\pL_][\pL\pN_ ]*", key) else f'"{key}"'


def _range_text(value: Range) -> str:
    if value.start is None:
        return f"{'<=' if value.end_included else '<'} {text_of(value.end, True)}"
    if value.end is None:
        return f"{'>=' if value.start_included else '>'} {text_of(value.start, True)}"
    start, end = ("[" if value.start_included else "("), ("]" if value.end_included else ")")
    return f"{start}{text_of(value.start, True)}..{text_of(value.end, True)}{end}"


@builtin("string", "from:any")
def _string(account: Account, value: Any) -> Any:
    text = text_of(value)
    account.text(len(text))
    return text


@builtin("duration", "from:string")
def _duration(account: Account, text: str) -> Any:
    return parse_duration(text)


@builtin("duration", "from:duration")
def _duration_of(account: Account, value: Any) -> Any:
    return value


@builtin("years and months duration", "from:date, to:date")
def _years_and_months(account: Account, start: date, end: date) -> Any:
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and _clock(end) < _clock(start):
        months -= 1
    elif months < 0 and _clock(end) > _clock(start):
        months += 1
    return YearMonthDuration(months)


def _clock(value: date) -> tuple[Any, ...]:
    if isinstance(value, datetime):
        return (value.day, value.hour, value.minute, value.second, value.microsecond)
    return (value.day, 0, 0, 0, 0)


RANGE = re2.compile(r"\s*([\[\](])(.*?)\.\.(.*?)([\])\[])\s*")


@builtin("range", "from:string")
def _range(account: Account, text: str) -> Any:
    match = RANGE.fullmatch(text)
    if match is None:
        return None
    start, end = _endpoint(match[2].strip()), _endpoint(match[3].strip())
    if (start is None and end is None) or (start is not None and end is not None and _kind(start) != _kind(end)):
        return None
    if start is not None and end is not None and start > end:
        return None
    return Range(start, end, match[1] == "[" and start is not None, match[4] == "]" and end is not None)


def _kind(value: Any) -> type:
    return Decimal if isinstance(value, Decimal) else type(value)


def _endpoint(text: str) -> Any:
    if not text:
        return None
    if NUMBER.fullmatch(text):
        return NUMBERS.create_decimal(text)
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    call = re2.fullmatch(r'(?:@|(date|time|date and time|duration)\s*\(\s*)"([^"]*)"\s*\)?', text)
    return parse_literal(call[2]) if call is not None else None


@builtin("now")
def _now(account: Account) -> Any:
    return account.now


@builtin("today")
def _today(account: Account) -> Any:
    return account.now.date()


@builtin("day of year", "date:date")
def _day_of_year(account: Account, value: date) -> Any:
    return Decimal(value.timetuple().tm_yday)


@builtin("day of week", "date:date")
def _day_of_week(account: Account, value: date) -> Any:
    return DAYS[value.weekday()]


@builtin("month of year", "date:date")
def _month_of_year(account: Account, value: date) -> Any:
    return MONTHS[value.month - 1]


@builtin("week of year", "date:date")
def _week_of_year(account: Account, value: date) -> Any:
    return Decimal(value.isocalendar().week)


@builtin("last day of month", "date:date")
def _last_day(account: Account, value: date) -> Any:
    return value.replace(day=calendar.monthrange(value.year, value.month)[1])


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
