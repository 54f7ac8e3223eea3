"""Dates, times and durations: reading and writing ISO 8601 text, and their arithmetic."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import re2

from engine.feel.values import NUMBERS, DayTimeDuration, YearMonthDuration

DATE = re2.compile(r"(-?\d{4,9})-(\d{2})-(\d{2})")
TIME = re2.compile(r"(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,18}))?(Z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z0-9_+\-/]+)?")
DAYS = re2.compile(r"(-)?P(?:(\d{1,12})D)?(?:T(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,15})(?:\.(\d{0,18}))?S)?)?")
MONTHS = re2.compile(r"(-)?P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?")


def parse_date(text: str) -> date | None:
    """A date from ``2026-03-02``; None where it is none, or beyond the years 1 to 9999."""
    match = DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def parse_zone(text: str | None) -> tzinfo | None | bool:
    """A zone from ``Z``, ``+02:00`` or ``@Europe/Madrid``; None for no text, False where there is no such zone."""
    if not text:
        return None
    if text == "Z":
        return UTC
    if text[0] == "@":
        try:
            return ZoneInfo(text[1:])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return False
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    if hours > 18 or minutes > 59:
        return False
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return timezone(-offset if text[0] == "-" else offset)


def parse_time(text: str) -> time | None:
    """A time from ``10:30:00`` with an optional fraction and zone; None where it is none."""
    match = TIME.fullmatch(text)
    if match is None:
        return None
    zone = parse_zone(match[5])
    if zone is False:
        return None
    micro = int((match[4] or "0")[:6].ljust(6, "0"))
    try:
        return time(int(match[1]), int(match[2]), int(match[3]), micro, zone or None)  # type: ignore[arg-type]
    except ValueError:
        return None


def parse_date_time(text: str) -> datetime | None:
    """A date and time from ``2026-03-02T10:30:00Z``; a date alone is its midnight. None where it is neither."""
    day, separator, clock = text.partition("T")
    parsed = parse_date(day)
    if parsed is None:
        return None
    if not separator:
        return datetime.combine(parsed, time())
    at = parse_time(clock)
    return datetime.combine(parsed, at) if at is not None else None


def parse_duration(text: str) -> DayTimeDuration | YearMonthDuration | None:
    """A duration from ``P1DT2H`` or ``P1Y2M``; None where it is neither."""
    match = DAYS.fullmatch(text)
    if match is not None and any(match[i] for i in range(2, 6)) and not text.endswith("T"):
        seconds = Decimal(
            int(match[2] or 0) * 86_400 + int(match[3] or 0) * 3_600 + int(match[4] or 0) * 60 + int(match[5] or 0)
        )
        if match[6]:
            seconds += Decimal(f"0.{match[6]}")
        return DayTimeDuration(-seconds if match[1] else seconds)
    match = MONTHS.fullmatch(text)
    if match is not None and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearMonthDuration(-months if match[1] else months)
    return None


def parse_literal(text: str) -> Any:
    """What ``@"…"`` stands for: a date, time, date and time or duration; None where it is none of these."""
    for parse in (parse_date, parse_time):
        value = parse(text)
        if value is not None:
            return value
    if "T" in text and text[:1] not in "P-":
        return parse_date_time(text)
    if text[:1] == "-" and DATE.match(text):
        return parse_date_time(text)
    return parse_duration(text)


def zone_text(zone: tzinfo | None, at: datetime | None = None) -> str:
    """How a zone is written after a time."""
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(at) or timedelta(0)
    if not offset:
        return "Z"
    total = int(offset.total_seconds())
    sign, total = ("-" if total < 0 else "+"), abs(total)
    text = f"{sign}{total // 3600:02}:{total % 3600 // 60:02}"
    return text + (f":{total % 60:02}" if total % 60 else "")


def time_text(value: time | datetime) -> str:
    """``10:30:00.5Z``: no trailing zeros in the fraction."""
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    if value.microsecond:
        text += f".{value.microsecond:06}".rstrip("0")
    return text + zone_text(value.tzinfo)


def to_text(value: Any) -> str:
    """The canonical text of a temporal value."""
    if isinstance(value, datetime):
        return f"{value.year:04}-{value.month:02}-{value.day:02}T{time_text(value)}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return time_text(value)
    return str(value)


def to_datetime(value: date | datetime) -> datetime:
    """A date as its midnight in UTC, as comparisons and differences need it (DMN 1.5, 10.3.2.3.5)."""
    return value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)


def add_months(value: Any, months: int) -> Any:
    """A date or date and time some months later; a day that the month lacks becomes its last."""
    index = value.year * 12 + value.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        return None
    day = min(value.day, calendar.monthrange(year, month + 1)[1])
    return value.replace(year=year, month=month + 1, day=day)


def add_seconds(value: Any, seconds: Decimal) -> Any:
    """A date, time or date and time some seconds later; None beyond the calendar."""
    try:
        span = timedelta(seconds=int(seconds), microseconds=int((seconds % 1) * 1_000_000))
        if isinstance(value, datetime):
            return value + span
        if isinstance(value, date):
            moved = datetime.combine(value, time()) + span
            return moved.date()
        moved = datetime.combine(date(2000, 1, 1), value) + timedelta(
            seconds=span.total_seconds() % 86_400
        )
        return moved.timetz()
    except (OverflowError, ValueError):
        return None


def difference(left: Any, right: Any) -> DayTimeDuration | None:
    """The duration from ``right`` to ``left``; None where only one of them has a zone."""
    if isinstance(left, time):
        if (left.tzinfo is None) != (right.tzinfo is None):
            return None
        return DayTimeDuration(seconds_of_day(left) - seconds_of_day(right))
    a, b = left, right
    if not isinstance(a, datetime):
        a = datetime.combine(a, time(), UTC if _zoned(b) or not isinstance(b, datetime) else None)
    if not isinstance(b, datetime):
        b = datetime.combine(b, time(), UTC if _zoned(a) else None)
    if (a.tzinfo is None) != (b.tzinfo is None):
        return None
    delta = a.astimezone(UTC) - b.astimezone(UTC) if a.tzinfo is not None else a - b
    return DayTimeDuration(
        NUMBERS.divide(Decimal(delta.days * 86_400_000_000 + delta.seconds * 1_000_000 + delta.microseconds), Decimal(1_000_000))
    )


def _zoned(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def seconds_of_day(value: time) -> Decimal:
    """Seconds since midnight, in UTC where the time has a zone."""
    seconds = Decimal(value.hour * 3_600 + value.minute * 60 + value.second) + Decimal(value.microsecond) / 1_000_000
    offset = value.utcoffset()
    return seconds - int(offset.total_seconds()) if offset is not None else seconds
