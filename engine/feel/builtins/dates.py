"""Built-in functions of dates, times and durations (DMN 1.5, 10.3.4.1, 10.3.4.6-8), with ``now`` and ``today``."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from engine.feel.far import (
    DAY,
    at_instant,
    days_in_month,
    days_of,
    instant,
    make_date,
    make_date_time,
    make_time,
    nanos_of,
)
from engine.feel.iso import MAX_OFFSET, fixed_zone, parse_date, parse_date_time, parse_duration, parse_time, parse_zone
from engine.feel.limits import Account
from engine.feel.signatures import builtin
from engine.feel.temporal import is_date, months_between
from engine.feel.values import DayTimeDuration, YearMonthDuration

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@builtin("date", "from:string")
def _date_of_text(account: Account, text: str) -> Any:
    return parse_date(text)


@builtin("date", "from:date")
def _date_of(account: Account, value: Any) -> Any:
    return make_date(value.year, value.month, value.day)


@builtin("date", "year:number, month:number, day:number")
def _date(account: Account, year: Decimal, month: Decimal, day: Decimal) -> Any:
    return make_date(int(year), int(month), int(day))


@builtin("date and time", "from:string")
def _date_time_of_text(account: Account, text: str) -> Any:
    return parse_date_time(text)


@builtin("date and time", "date:date, time:time")
def _date_time(account: Account, day: Any, at: Any) -> Any:
    return make_date_time(days_of(day), nanos_of(at), at.tzinfo)


@builtin("date and time", "date:date and time, timezone:string")
def _date_time_at(account: Account, value: Any, zone: str) -> Any:
    parsed = parse_zone(zone if zone[:1] in ("Z", "+", "-") else f"@{zone}")
    if parsed is None:
        return None
    if value.tzinfo is None:
        return make_date_time(days_of(value), nanos_of(value), parsed)
    return at_instant(instant(value), parsed)


@builtin("date and time", "from:date")
def _date_time_of(account: Account, value: Any) -> Any:
    return make_date_time(days_of(value), 0, UTC) if is_date(value) else value


@builtin("date and time", "year:number, month:number, day:number, hour:number, minute:number, second:number")
@builtin(
    "date and time",
    "year:number, month:number, day:number, hour:number, minute:number, second:number, offset:days and time duration!",
)
def _date_time_parts(account: Account, *parts: Any) -> Any:
    year, month, day, hour, minute, second = parts[:6]
    zone = _zone(parts[6]) if len(parts) > 6 and parts[6] is not None else None
    nanos = _nanos(hour, minute, second)
    return make_date_time(days_of(make_date(int(year), int(month), int(day))), nanos, zone)


def _nanos(hour: Decimal, minute: Decimal, second: Decimal) -> int:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise ValueError
    return (int(hour) * 3_600 + int(minute) * 60) * 1_000_000_000 + int(second.scaleb(9))


def _zone(offset: DayTimeDuration) -> tzinfo:
    if abs(offset.seconds) > MAX_OFFSET:
        raise ValueError
    return fixed_zone(int(offset.seconds))


@builtin("time", "from:string")
def _time_of_text(account: Account, text: str) -> Any:
    return parse_time(text)


@builtin("time", "from:time")
def _time_of_time(account: Account, value: Any) -> Any:
    return value


@builtin("time", "from:date")
def _time_of(account: Account, value: Any) -> Any:
    return make_time(0, UTC) if is_date(value) else make_time(nanos_of(value) % DAY, value.tzinfo)


@builtin("time", "hour:number, minute:number, second:number, offset:days and time duration?")
def _time(account: Account, hour: Decimal, minute: Decimal, second: Decimal, offset: Any = None) -> Any:
    return make_time(_nanos(hour, minute, second), None if offset is None else _zone(offset))


@builtin("duration", "from:string")
def _duration(account: Account, text: str) -> Any:
    return parse_duration(text)


@builtin("duration", "from:duration")
def _duration_of(account: Account, value: Any) -> Any:
    return value


@builtin("years and months duration", "from:date, to:date")
def _years_and_months(account: Account, start: Any, end: Any) -> Any:
    return YearMonthDuration(months_between(start, end))


@builtin("now")
def _now(account: Account) -> Any:
    return account.now


@builtin("today")
def _today(account: Account) -> Any:
    return account.now.date()


@builtin("day of year", "date:date")
def _day_of_year(account: Account, value: Any) -> Any:
    return Decimal(days_of(value) - days_of(make_date(value.year, 1, 1)) + 1)


@builtin("day of week", "date:date")
def _day_of_week(account: Account, value: Any) -> Any:
    return DAYS[(days_of(value) - 1) % 7]


@builtin("month of year", "date:date")
def _month_of_year(account: Account, value: Any) -> Any:
    return MONTHS[value.month - 1]


@builtin("week of year", "date:date")
def _week_of_year(account: Account, value: Any) -> Any:
    # The week belongs to the year of its Thursday (ISO 8601).
    days = days_of(value)
    thursday = make_date_time(days - (days - 1) % 7 + 3, 0, None)
    return Decimal((days_of(thursday) - days_of(make_date(thursday.year, 1, 1))) // 7 + 1)


@builtin("last day of month", "date:date")
def _last_day(account: Account, value: Any) -> Any:
    last = days_in_month(value.year, value.month)
    if is_date(value):
        return make_date(value.year, value.month, last)
    if isinstance(value, datetime):
        return value.replace(day=last)
    return make_date_time(days_of(value) - value.day + last, nanos_of(value), value.tzinfo)
