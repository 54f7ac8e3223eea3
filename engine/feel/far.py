"""Dates and times beyond Python's own: years to ±999 999 999, and nanoseconds.

Whatever Python's ``date``, ``time`` and ``datetime`` can hold is one of those; the ``make_`` functions decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

DAY = 86_400_000_000_000
MAX_YEAR = 999_999_999
CYCLE = 146_097  # days of 400 years
REFERENCE = date(2000, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class FarDate:
    """A date of a year that Python's ``date`` does not know."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class FarTime:
    """A time with nanoseconds."""

    hour: int
    minute: int
    second: int
    nanosecond: int
    tzinfo: tzinfo | None


@dataclass(frozen=True, slots=True)
class FarDateTime:
    """A date and time of a far year, or with nanoseconds."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    nanosecond: int
    tzinfo: tzinfo | None


def day_number(year: int, month: int, day: int) -> int:
    """Days since the day before 0001-01-01 of the Gregorian calendar, as ``date.toordinal`` counts, for any year."""
    cycles = (year - 1) // 400
    return date(year - cycles * 400, month, day).toordinal() + cycles * CYCLE


def civil(number: int) -> tuple[int, int, int]:
    """The year, month and day of a day number."""
    cycles = (number - 1) // CYCLE
    near = date.fromordinal(number - cycles * CYCLE)
    return near.year + cycles * 400, near.month, near.day


def days_in_month(year: int, month: int) -> int:
    """How many days a month has, in any year."""
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return day_number(*following, 1) - day_number(year, month, 1)


def make_date(year: int, month: int, day: int) -> date | FarDate:
    """A date of any year. Raises ``ValueError`` where there is no such day."""
    if 1 <= year <= 9999:
        return date(year, month, day)
    if abs(year) > MAX_YEAR:
        raise ValueError(year)
    day_number(year, month, day)
    return FarDate(year, month, day)


def make_time(nanos: int, zone: tzinfo | None) -> time | FarTime:
    """A time, from nanoseconds since midnight."""
    seconds, rest = divmod(nanos, 1_000_000_000)
    hour, minute, second = seconds // 3_600, seconds // 60 % 60, seconds % 60
    if rest % 1_000:
        return FarTime(hour, minute, second, rest, zone)
    return time(hour, minute, second, rest // 1_000, zone)


def make_date_time(days: int, nanos: int, zone: tzinfo | None) -> datetime | FarDateTime:
    """A date and time, from a day number and nanoseconds since its midnight. Raises ``ValueError`` beyond all years."""
    year, month, day = civil(days)
    at = make_time(nanos, zone)
    if 1 <= year <= 9999 and isinstance(at, time):
        return datetime.combine(date(year, month, day), at)
    if abs(year) > MAX_YEAR:
        raise ValueError(year)
    return FarDateTime(year, month, day, at.hour, at.minute, at.second, nanos % 1_000_000_000, zone)


def days_of(value: Any) -> int:
    """The day number of a date or date and time."""
    return value.toordinal() if isinstance(value, date) else day_number(value.year, value.month, value.day)


def nanos_of(value: Any) -> int:
    """Nanoseconds since midnight by the value's own clock; a date's are 0."""
    if not hasattr(value, "hour"):
        return 0
    fraction = value.microsecond * 1_000 if isinstance(value, (time, datetime)) else value.nanosecond
    return int((value.hour * 3_600 + value.minute * 60 + value.second) * 1_000_000_000 + fraction)


def offset_of(value: Any) -> timedelta | None:
    """The offset from UTC of a time or date and time; None where it has no zone.

    A named zone of a far year is looked up in the like year of a calendar cycle that Python knows; a time alone has
    the offset of 2000-01-01.
    """
    zone = value.tzinfo
    if zone is None:
        return None
    if isinstance(value, datetime):
        return value.utcoffset()
    if isinstance(value, (time, FarTime)):
        return _offset_at(REFERENCE, nanos_of(value), zone)
    return _offset_at(days_of(value), nanos_of(value), zone)


def _offset_at(days: int, nanos: int, zone: tzinfo) -> timedelta | None:
    year, month, day = civil(days)
    if not 2 <= year <= 9998:
        year = (400 if year < 2 else 9_200) + year % 400
    hours, rest = divmod(nanos // 1_000_000_000, 3_600)
    return zone.utcoffset(datetime(year, month, day, hours, rest // 60, rest % 60))  # noqa: DTZ001


def instant(value: Any) -> int:
    """Nanoseconds of a date and time on one line of time: in UTC where it has a zone, by its own clock where not."""
    local = days_of(value) * DAY + nanos_of(value)
    offset = offset_of(value) if hasattr(value, "hour") else None
    return local if offset is None else local - _nanos(offset)


def instant_of_time(value: Any) -> int:
    """Nanoseconds since midnight, in UTC where the time has a zone."""
    offset = offset_of(value)
    return nanos_of(value) if offset is None else nanos_of(value) - _nanos(offset)


def _nanos(offset: timedelta) -> int:
    return (offset.days * 86_400 + offset.seconds) * 1_000_000_000 + offset.microseconds * 1_000


def at_instant(nanos: int, zone: tzinfo | None) -> datetime | FarDateTime:
    """The date and time of an instant by the clock of ``zone``."""
    if zone is None:
        return make_date_time(*divmod(nanos, DAY), None)
    days, rest = divmod(nanos, DAY)
    year, month, day = civil(days)
    near = year if 2 <= year <= 9998 else (400 if year < 2 else 9_200) + year % 400
    utc = datetime(near, month, day, rest // 3_600_000_000_000, rest // 60_000_000_000 % 60, tzinfo=zone)
    offset = zone.fromutc(utc).replace(tzinfo=None) - utc.replace(tzinfo=None)
    moved = make_date_time(*divmod(nanos + _nanos(offset), DAY), zone)
    if isinstance(moved, datetime) and moved.utcoffset() != offset:
        return moved.replace(fold=1)
    return moved
