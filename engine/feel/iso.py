"""ISO 8601 texts of dates, times and durations, as FEEL reads and writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import re2

from engine.feel.far import DAY, days_of, make_date, make_date_time, make_time, nanos_of
from engine.feel.temporal import is_date, is_date_time, is_time
from engine.feel.values import DayTimeDuration, YearMonthDuration

ZONE = r"(Z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z0-9_+\-/]{1,64})"
DATE = re2.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d{2})-(\d{2})")
TIME = re2.compile(r"(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,18}))?" + ZONE + "?")
DAYS = re2.compile(r"(-)?P(?:(\d{1,12})D)?(?:T(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,15})(?:\.(\d{0,18}))?S)?)?")
MONTHS = re2.compile(r"(-)?P(?:(\d{1,10})Y)?(?:(\d{1,11})M)?")
MAX_OFFSET = 18 * 3_600


def parse_date(text: str) -> Any:
    """A date from ``2026-03-02``; None where it is none."""
    match = DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return make_date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def parse_zone(text: str) -> tzinfo | None:
    """A zone from ``Z``, ``+02:00`` or ``@Europe/Madrid``; None where there is no such zone."""
    if text == "Z":
        return UTC
    if text[:1] == "@":
        try:
            return ZoneInfo(text[1:])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    total = hours * 3_600 + minutes * 60 + (seconds[0] if seconds else 0)
    if minutes > 59 or total > MAX_OFFSET or (seconds and seconds[0] > 59):
        return None
    return fixed_zone(-total if text[0] == "-" else total)


def fixed_zone(seconds: int) -> tzinfo:
    """The zone that is ``seconds`` ahead of UTC."""
    return timezone(timedelta(seconds=seconds)) if seconds else UTC


def _clock(text: str) -> tuple[int, tzinfo | None] | None:
    match = TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    fraction = int((match[4] or "0")[:9].ljust(9, "0"))
    midnight = hour == 24 and not minute and not second and not fraction
    if (hour > 23 and not midnight) or minute > 59 or second > 59:
        return None
    zone = parse_zone(match[5]) if match[5] else None
    if match[5] and zone is None:
        return None
    return (hour * 3_600 + minute * 60 + second) * 1_000_000_000 + fraction, zone


def parse_time(text: str) -> Any:
    """A time from ``10:30:00`` with an optional fraction and zone; None where it is none."""
    clock = _clock(text)
    return None if clock is None else make_time(clock[0] % DAY, clock[1])


def parse_date_time(text: str) -> Any:
    """A date and time from ``2026-03-02T10:30:00Z``; a date alone is its midnight. None where it is neither."""
    day, separator, rest = text.partition("T")
    parsed = parse_date(day)
    if parsed is None:
        return None
    clock = _clock(rest) if separator else (0, None)
    if clock is None:
        return None
    try:
        return make_date_time(days_of(parsed) + clock[0] // DAY, clock[0] % DAY, clock[1])
    except ValueError:
        return None


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
    if "P" in text[:2]:
        return parse_duration(text)
    if text[2:3] == ":":
        return parse_time(text)
    return parse_date_time(text) if "T" in text else parse_date(text)


def _zone_text(value: Any) -> str:
    zone = value.tzinfo
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(value if isinstance(value, datetime) else None)
    if not offset:
        return "Z"
    total = int(offset.total_seconds())
    sign, total = ("-" if total < 0 else "+"), abs(total)
    text = f"{sign}{total // 3600:02}:{total % 3600 // 60:02}"
    return text + (f":{total % 60:02}" if total % 60 else "")


def _clock_text(value: Any) -> str:
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    fraction = nanos_of(value) % 1_000_000_000
    if fraction:
        text += f".{fraction:09}".rstrip("0")
    return text + _zone_text(value)


def _date_text(value: Any) -> str:
    sign, year = ("-" if value.year < 0 else ""), abs(value.year)
    return f"{sign}{year:04}-{value.month:02}-{value.day:02}"


def to_text(value: Any) -> str:
    """The canonical text of a date, time, date and time or duration: no trailing zeros in the fraction."""
    if is_date_time(value):
        return f"{_date_text(value)}T{_clock_text(value)}"
    if is_date(value):
        return _date_text(value)
    return _clock_text(value) if is_time(value) else str(value)
