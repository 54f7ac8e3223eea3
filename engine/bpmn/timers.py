"""When a timer is due: ISO 8601 dates, durations and cycles, cron cycles, and FEEL values of these kinds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import re2
from croniter import CroniterBadCronError, CroniterBadDateError, croniter
from dateutil.relativedelta import relativedelta

from engine.errors import Text
from engine.feel import DayTimeDuration, YearMonthDuration

DURATION = re2.compile(
    r"P(?:(\d{1,6})Y)?(?:(\d{1,7})M)?(?:(\d{1,7})W)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12})(?:\.(\d{1,9}))?S)?)?"
)
LAST = datetime(9998, 12, 31, tzinfo=UTC)


class TimerError(ValueError):
    """A timer says nothing that can be understood; ``text`` says what was found and expected."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of calendar months and of exact time; adding it counts months first."""

    months: int = 0
    span: timedelta = timedelta(0)

    def after(self, instant: datetime) -> datetime:
        """``instant`` plus this; beyond year 9998 it is that year's end."""
        try:
            return instant + relativedelta(months=self.months) + self.span
        except (OverflowError, ValueError):
            return LAST

    @property
    def positive(self) -> bool:
        """Whether it lasts at all."""
        return self.months > 0 or self.span > timedelta(0)


@dataclass(frozen=True, slots=True)
class Due:
    """When a timer fires next, and what follows: ``remaining`` firings after that (None: without end)."""

    at: datetime
    remaining: int | None = 0
    cycle: str | None = None


def first_due(kind: Literal["date", "duration", "cycle"], value: Any, now: datetime, zone: str = "UTC") -> Due:
    """The first due time of a timer whose text gave ``value``. Times without offset are in ``zone``.

    Raises ``TimerError``.
    """
    if kind == "date":
        return Due(as_instant(value, zone))
    if kind == "duration":
        return Due(as_duration(value).after(now))
    return _cycle(value, now, zone, None)


def next_due(cycle: str, after: datetime, remaining: int | None, zone: str = "UTC") -> Due | None:
    """The firing that follows the one due at ``after``; None when ``remaining`` is used up."""
    if remaining is not None and remaining <= 0:
        return None
    due = _cycle(cycle, after, zone, after)
    return Due(due.at, None if remaining is None else remaining - 1, cycle)


def as_duration(value: Any) -> Duration:
    """A duration from a FEEL value or ISO text. Raises ``TimerError``; negative ones count as such."""
    if isinstance(value, DayTimeDuration):
        return Duration(0, timedelta(seconds=float(value.seconds)))
    if isinstance(value, YearMonthDuration):
        return Duration(int(value.months))
    if isinstance(value, str):
        match = DURATION.fullmatch(value.strip())
        if match and any(match.groups()) and not value.strip().endswith("T"):
            years, months, weeks, days, hours, minutes, seconds, fraction = (
                int(part) if part and index < 7 else part for index, part in enumerate(match.groups())
            )
            try:
                span = timedelta(
                    weeks=weeks or 0, days=days or 0, hours=hours or 0, minutes=minutes or 0, seconds=seconds or 0
                )
            except OverflowError:
                span = timedelta(days=3_650_000)
            if fraction:
                span += timedelta(seconds=float(f"0.{fraction}"))
            return Duration((years or 0) * 12 + (months or 0), span)
    raise TimerError(
        Text(
            "Se esperaba una duración como PT4H o P3D, y se encontró «{value}».",
            "A duration such as PT4H or P3D was expected, and “{value}” was found.",
            {"value": str(value)[:120]},
        )
    )


def as_instant(value: Any, zone: str = "UTC") -> datetime:
    """An aware UTC instant from a FEEL date, date-time or ISO text. Raises ``TimerError``."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            value = _refuse_instant(value)
    if isinstance(value, datetime):
        local = value if value.tzinfo is not None else value.replace(tzinfo=_zone(zone))
        try:
            return local.astimezone(UTC)
        except OverflowError:
            return LAST
    if isinstance(value, date):
        return datetime.combine(value, time(), _zone(zone)).astimezone(UTC)
    return _refuse_instant(value)


def _refuse_instant(value: Any) -> datetime:
    raise TimerError(
        Text(
            "Se esperaba una fecha y hora como 2026-05-03T10:00:00-06:00, y se encontró «{value}».",
            "A date and time such as 2026-05-03T10:00:00-06:00 was expected, and “{value}” was found.",
            {"value": str(value)[:120]},
        )
    )


def _cycle(value: Any, now: datetime, zone: str, after: datetime | None) -> Due:
    if isinstance(value, (DayTimeDuration, YearMonthDuration)):
        duration = as_duration(value)
        value = f"R/{_iso(duration)}"
    if not isinstance(value, str):
        raise _bad_cycle(value)
    text = value.strip()
    if not text.startswith("R"):
        return _cron(text, now, zone)
    count, *parts = text[1:].split("/")
    if not parts or len(parts) > 3 or (count and not (count.isascii() and count.isdigit() and len(count) < 10)):
        raise _bad_cycle(value)
    start = None
    if parts[0][:1].isdigit():
        start, parts = as_instant(parts[0], zone), parts[1:]
    if len(parts) != 1:
        raise _bad_cycle(value)
    duration = as_duration(parts[0])
    if not duration.positive:
        raise TimerError(
            Text("El ciclo «{value}» no tiene duración.", "The cycle “{value}” has no duration.", {"value": text[:80]})
        )
    remaining = int(count) - 1 if count and int(count) >= 0 else None
    if count == "0":
        raise _bad_cycle(value)
    base = f"R/{parts[0]}"
    if after is not None:
        return Due(duration.after(after), remaining, base)
    return Due(start if start is not None else duration.after(now), remaining, base)


def _cron(text: str, now: datetime, zone: str) -> Due:
    shorthand = text if text.startswith("@") else ""
    fields = text.split()
    if len(text) > 200 or (not shorthand and len(fields) not in (5, 6)):
        raise _bad_cycle(text)
    try:
        # With six fields the first is the second, as the dialect writes cron.
        local = now.astimezone(_zone(zone))
        found = croniter(text, local, second_at_beginning=True).get_next(datetime)
    except (CroniterBadCronError, CroniterBadDateError, ValueError, KeyError, TypeError) as error:
        raise _bad_cycle(text) from error
    return Due(found.astimezone(UTC), None, text)


def _bad_cycle(value: Any) -> TimerError:
    return TimerError(
        Text(
            "Se esperaba un ciclo como R3/PT10H o una expresión cron, y se encontró «{value}».",
            "A cycle such as R3/PT10H or a cron expression was expected, and “{value}” was found.",
            {"value": str(value)[:120]},
        )
    )


def _iso(duration: Duration) -> str:
    return f"P{duration.months}M" if duration.months else f"PT{int(duration.span.total_seconds())}S"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
