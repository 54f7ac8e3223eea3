"""Working time: when an office is open, and deadlines counted in that time.

Hours are on the wall of the office, so that a change to summer time moves the instant and not the hour. An office
keeps the national holidays of its host country and those of Honduras.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from engine.casework import offices
from engine.errors import Invalid, Text
from engine.store import Context

HOME = "HN"
YEARS = range(1900, 2201)  # beyond them nobody knows the holidays, and counting days would take for ever


@dataclass(frozen=True, slots=True)
class Hours:
    """On which weekdays (Monday is 0) and between which hours an office is open."""

    weekdays: frozenset[int]
    opens: time
    closes: time

    @property
    def day(self) -> timedelta:
        """How long a working day lasts."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)


MONDAY_TO_FRIDAY = Hours(frozenset(range(5)), time(8), time(16))
SUNDAY_TO_THURSDAY = Hours(frozenset({6, 0, 1, 2, 3}), time(8), time(16))
# By host country; every other office keeps MONDAY_TO_FRIDAY.
HOURS = {"IL": SUNDAY_TO_THURSDAY, "QA": SUNDAY_TO_THURSDAY}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working time of the offices in one country and zone."""

    country: str
    timezone: str

    @property
    def hours(self) -> Hours:
        """Its weekdays and hours."""
        return HOURS.get(self.country, MONDAY_TO_FRIDAY)

    def is_working_day(self, day: date) -> bool:
        """Whether the office opens on ``day``."""
        return day in _working_days(self.country, day.year)[1]

    def is_open(self, instant: datetime) -> bool:
        """Whether the office is open at ``instant``."""
        local = instant.astimezone(ZoneInfo(self.timezone))
        return self.is_working_day(local.date()) and self.hours.opens <= local.time() < self.hours.closes

    def deadline(self, start: datetime, duration: timedelta) -> datetime:
        """``start`` plus ``duration`` of working time, in UTC.

        A day of ``duration`` is one working day, the rest of it hours of work. Outside the hours the count begins when
        the office opens; what ends with a working day is due at its closing, not at the next opening.
        """
        if duration <= timedelta(0):
            return start.astimezone(UTC)
        day, spent = self._position(start)
        whole, rest = divmod(
            spent + duration.days * self.hours.day + (duration - timedelta(days=duration.days)), self.hours.day
        )
        if not rest:
            whole, rest = whole - 1, self.hours.day
        due = self._working_day_after(day, whole)
        return _at(due, self.hours.opens, self.timezone, rest)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two instants; negative where ``end`` is the earlier one."""
        if end < start:
            return -self.working_time(end, start)
        (first, spent), (last, reached) = self._position(start), self._position(end)
        return self._count(first, last) * self.hours.day + reached - spent

    def _position(self, instant: datetime) -> tuple[date, timedelta]:
        """The working day that ``instant`` falls on, or the next one, and how much of it has passed."""
        zone = ZoneInfo(self.timezone)
        local = instant.astimezone(zone)
        day = local.date()
        if not self.is_working_day(day) or local.time() >= self.hours.closes:
            return self._working_day_after(day, 1 if self.is_working_day(day) else 0), timedelta(0)
        passed = instant.astimezone(UTC) - _at(day, self.hours.opens, self.timezone)
        return day, max(passed, timedelta(0))

    def _working_day_after(self, day: date, count: int) -> date:
        """The working day ``count`` after ``day``; 0 is ``day`` itself, or the first one after it."""
        year, index = day.year, 0
        days, _ = _working_days(self.country, year)
        index = bisect_left(days, day) + count
        while index >= len(days):
            index -= len(days)
            year += 1
            days, _ = _working_days(self.country, year)
        return days[index]

    def _count(self, first: date, last: date) -> int:
        """How many working days after ``first`` lead to ``last``, both of them working days."""
        total = 0
        for year in range(first.year, last.year + 1):
            days, _ = _working_days(self.country, year)
            low = bisect_right(days, first) if year == first.year else 0
            high = bisect_right(days, last) if year == last.year else len(days)
            total += high - low
        return total


def of_office(context: Context, office_code: str) -> Calendar:
    """The calendar of an office. Raises ``NotFound``."""
    office = offices.facts(context, office_code)
    return Calendar(office.country, office.timezone)


def business_deadline(context: Context, start: datetime, duration: timedelta, office_code: str) -> datetime:
    """``start`` plus ``duration`` of the office's working time, in UTC. Raises ``NotFound`` for an unknown office."""
    return of_office(context, office_code).deadline(start, duration)


def natural_deadline(start: datetime, duration: timedelta) -> datetime:
    """``start`` plus ``duration`` by the clock, in UTC."""
    return start.astimezone(UTC) + duration


def _at(day: date, clock: time, timezone: str, after: timedelta = timedelta(0)) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(timezone)).astimezone(UTC) + after


@lru_cache(maxsize=512)
def _working_days(country: str, year: int) -> tuple[list[date], frozenset[date]]:
    if year not in YEARS:
        raise Invalid(
            Text(
                "El tiempo hábil se cuenta entre los años {first} y {last}.",
                "Working time is counted between the years {first} and {last}.",
                {"first": YEARS[0], "last": YEARS[-1]},
            )
        )
    closed = _holidays(country, year) | _holidays(HOME, year)
    weekdays = HOURS.get(country, MONDAY_TO_FRIDAY).weekdays
    day, days = date(year, 1, 1), []
    while day.year == year:
        if day.weekday() in weekdays and day not in closed:
            days.append(day)
        day += timedelta(days=1)
    return days, frozenset(days)


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:  # a country that the list does not know keeps the holidays of Honduras only
        return frozenset()
