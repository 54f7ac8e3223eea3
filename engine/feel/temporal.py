"""Dates, times and durations: their arithmetic, their order, and what properties they have."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel.far import (
    DAY,
    FarDate,
    FarDateTime,
    FarTime,
    at_instant,
    days_in_month,
    days_of,
    instant,
    instant_of_time,
    make_date,
    make_date_time,
    make_time,
    nanos_of,
    offset_of,
)
from engine.feel.values import NUMBERS, DayTimeDuration, YearMonthDuration

MICRO = timedelta(microseconds=1)


def is_date(value: Any) -> bool:
    """Whether ``value`` is a date without a time."""
    return isinstance(value, (date, FarDate)) and not isinstance(value, datetime)


def is_date_time(value: Any) -> bool:
    """Whether ``value`` is a date and time."""
    return isinstance(value, (datetime, FarDateTime))


def is_time(value: Any) -> bool:
    """Whether ``value`` is a time of day."""
    return isinstance(value, (time, FarTime))


def nanoseconds(duration: DayTimeDuration) -> int:
    """A duration as whole nanoseconds."""
    return int(duration.seconds.scaleb(9, NUMBERS))


def duration_of(nanos: int) -> DayTimeDuration:
    """Whole nanoseconds as a duration."""
    return DayTimeDuration(
        Decimal(nanos).scaleb(-9, NUMBERS) if nanos % 1_000_000_000 else Decimal(nanos // 1_000_000_000)
    )


def add_months(value: Any, months: int) -> Any:
    """A date or date and time some months later; a day that the month lacks becomes its last. May raise ValueError."""
    years, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if abs(years) > 1_000_000_000:
        raise ValueError(years)
    day = min(value.day, days_in_month(years, month + 1))
    if is_date(value):
        return make_date(years, month + 1, day)
    if isinstance(value, datetime) and 1 <= years <= 9999:
        return value.replace(year=years, month=month + 1, day=day)
    return make_date_time(days_of(FarDate(years, month + 1, day)), nanos_of(value), value.tzinfo)


def add_duration(value: Any, duration: DayTimeDuration) -> Any:
    """A date, time or date and time some seconds later, by the time line where it has a zone. May raise ValueError."""
    nanos = nanoseconds(duration)
    if type(value) is date:
        try:
            return date.fromordinal(value.toordinal() + nanos // DAY)
        except (ValueError, OverflowError):
            pass
    if is_time(value):
        return make_time((nanos_of(value) + nanos) % DAY, value.tzinfo)
    if is_date(value):
        year, month, day = _civil_of((days_of(value) * DAY + nanos) // DAY)
        return make_date(year, month, day)
    if isinstance(value, datetime) and value.tzinfo in (None, UTC) and nanos % 1_000 == 0:
        try:
            return value + nanos // 1_000 * MICRO
        except OverflowError:
            pass
    return at_instant(instant(value) + nanos, value.tzinfo)


def _civil_of(days: int) -> tuple[int, int, int]:
    moved = make_date_time(days, 0, None)
    return moved.year, moved.month, moved.day


def difference(left: Any, right: Any) -> DayTimeDuration | None:
    """The duration from ``right`` to ``left``; None where only one has a zone. A date is its midnight in UTC."""
    if is_time(left):
        if (left.tzinfo is None) != (right.tzinfo is None):
            return None
        return duration_of(instant_of_time(left) - instant_of_time(right))
    if (is_date(left) or left.tzinfo is not None) != (is_date(right) or right.tzinfo is not None):
        return None
    return duration_of(instant(left) - instant(right))


def months_between(start: Any, end: Any) -> int:
    """Whole months from ``start`` to ``end``, by their dates."""
    months: int = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        return months - 1
    if months < 0 and end.day > start.day:
        return months + 1
    return months


def same_zone(left: Any, right: Any) -> bool:
    """Whether both have a zone, or neither."""
    return (left.tzinfo is None) == (right.tzinfo is None)


def position(value: Any) -> Any:
    """A number that orders values of one kind: of dates, times or dates and times."""
    if is_time(value):
        return instant_of_time(value)
    return days_of(value) if is_date(value) else instant(value)


def temporal_property(value: Any, name: str) -> Any:
    """``value.name`` of a date, time, date and time or duration; None where it has no such property."""
    reader = READERS.get(type(value))
    if reader is None:
        kind = next((kind for kind in READERS if isinstance(value, kind)), None)
        reader = READERS[kind] if kind is not None else None
    return reader(value, name) if reader is not None else None


def _of_date(value: Any, name: str) -> Any:
    if name in ("year", "month", "day"):
        return Decimal(getattr(value, name))
    if name == "weekday":
        return Decimal((days_of(value) - 1) % 7 + 1)
    if name in ("hour", "minute", "second"):
        return Decimal(0)
    return DayTimeDuration(Decimal(0)) if name == "time offset" else None


def _of_clock(value: Any, name: str) -> Any:
    if name in ("hour", "minute"):
        return Decimal(getattr(value, name))
    if name == "second":
        fraction = nanos_of(value) % 1_000_000_000
        return Decimal(value.second) + (Decimal(fraction).scaleb(-9) if fraction else 0)
    if name == "time offset":
        offset = offset_of(value)
        return DayTimeDuration(Decimal(int(offset.total_seconds()))) if offset is not None else None
    if name == "timezone":
        return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return None


def _of_date_time(value: Any, name: str) -> Any:
    return _of_date(value, name) if name in ("year", "month", "day", "weekday") else _of_clock(value, name)


def _of_days(value: DayTimeDuration, name: str) -> Any:
    total = int(abs(value.seconds))
    parts = {"days": total // 86_400, "hours": total // 3_600 % 24, "minutes": total // 60 % 60, "seconds": total % 60}
    return None if name not in parts else Decimal(-parts[name] if value.seconds < 0 else parts[name])


def _of_months(value: YearMonthDuration, name: str) -> Any:
    if name not in ("years", "months"):
        return None
    total = abs(value.months)
    part = total // 12 if name == "years" else total % 12
    return Decimal(-part if value.months < 0 else part)


READERS = {
    datetime: _of_date_time,
    FarDateTime: _of_date_time,
    date: _of_date,
    FarDate: _of_date,
    time: _of_clock,
    FarTime: _of_clock,
    DayTimeDuration: _of_days,
    YearMonthDuration: _of_months,
}
