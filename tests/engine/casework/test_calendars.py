"""Working time, on the wall of each office."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access.actors import SYSTEM
from engine.casework import calendars
from engine.casework.calendars import Calendar
from engine.errors import Invalid, NotFound
from engine.store import Store

TEGUCIGALPA = Calendar("HN", "America/Tegucigalpa")
MADRID = Calendar("ES", "Europe/Madrid")
HOUSTON = Calendar("US", "America/Chicago")
DOHA = Calendar("QA", "Asia/Qatar")
ALL = st.sampled_from(
    [
        TEGUCIGALPA,
        MADRID,
        HOUSTON,
        DOHA,
        Calendar("MX", "America/Tijuana"),
        Calendar("CL", "America/Santiago"),
        Calendar("KR", "Asia/Seoul"),
    ]
)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
SPANS = st.integers(0, 40 * 8 * 60).map(lambda minutes: timedelta(minutes=minutes))


def as_duration(working: timedelta) -> timedelta:
    """Working time, said with days of eight hours."""
    days, rest = divmod(working, timedelta(hours=8))
    return timedelta(days=days) + rest


def local(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar.timezone))


@pytest.mark.parametrize(
    ("calendar", "start", "duration", "due"),
    [
        # Monday 2 March 2026 is an ordinary Monday everywhere.
        (TEGUCIGALPA, "2026-03-02T09:00", timedelta(hours=4), "2026-03-02T13:00"),
        (TEGUCIGALPA, "2026-03-02T14:00", timedelta(hours=4), "2026-03-03T10:00"),
        (TEGUCIGALPA, "2026-03-02T09:00", timedelta(days=3), "2026-03-05T09:00"),
        (TEGUCIGALPA, "2026-03-02T09:00", timedelta(days=1, hours=2), "2026-03-03T11:00"),
        (TEGUCIGALPA, "2026-03-06T15:00", timedelta(hours=2), "2026-03-09T09:00"),  # over the weekend
        (TEGUCIGALPA, "2026-03-07T12:00", timedelta(hours=2), "2026-03-09T10:00"),  # on a Saturday
        (TEGUCIGALPA, "2026-03-02T22:00", timedelta(hours=2), "2026-03-03T10:00"),  # after hours
        (TEGUCIGALPA, "2026-03-02T06:00", timedelta(hours=2), "2026-03-02T10:00"),  # before hours
        (TEGUCIGALPA, "2026-03-07T12:00", timedelta(days=1), "2026-03-09T16:00"),  # ends when the day does
        (MADRID, "2026-03-27T15:00", timedelta(hours=2), "2026-03-30T09:00"),  # the clocks change on the 29th
        (HOUSTON, "2026-10-30T15:00", timedelta(hours=2), "2026-11-02T09:00"),  # and on 1 November
        (HOUSTON, "2026-11-25T15:00", timedelta(hours=2), "2026-11-27T09:00"),  # Thanksgiving
        (HOUSTON, "2026-09-14T15:00", timedelta(hours=2), "2026-09-16T09:00"),  # independence of Honduras
        (DOHA, "2026-03-05T15:00", timedelta(hours=2), "2026-03-08T09:00"),  # the weekend is Friday and Saturday
    ],
)
def test_a_deadline_counts_the_hours_of_the_office(
    calendar: Calendar, start: str, duration: timedelta, due: str
) -> None:
    assert calendar.deadline(local(calendar, start), duration) == local(calendar, due)


def test_no_time_is_due_at_once() -> None:
    saturday = local(MADRID, "2026-03-07T12:00")

    assert MADRID.deadline(saturday, timedelta(0)) == saturday


@given(ALL, INSTANTS, SPANS)
def test_a_deadline_is_never_early_and_falls_into_office_hours(
    calendar: Calendar, start: datetime, span: timedelta
) -> None:
    due = calendar.deadline(start, as_duration(span))

    assert due - start >= span
    at_wall = due.astimezone(ZoneInfo(calendar.timezone))
    assert span == timedelta(0) or calendar.is_working_day(at_wall.date())
    assert span == timedelta(0) or calendar.hours.opens < at_wall.time() <= calendar.hours.closes


@given(ALL, INSTANTS, SPANS)
def test_the_working_time_until_a_deadline_is_the_one_that_was_asked_for(
    calendar: Calendar, start: datetime, span: timedelta
) -> None:
    assert calendar.working_time(start, calendar.deadline(start, as_duration(span))) == span


@given(ALL, INSTANTS, SPANS, SPANS)
def test_more_time_is_never_due_earlier(calendar: Calendar, start: datetime, one: timedelta, other: timedelta) -> None:
    less, more = sorted((one, other))

    assert calendar.deadline(start, as_duration(less)) <= calendar.deadline(start, as_duration(more))


@given(ALL, INSTANTS, SPANS, SPANS)
def test_two_terms_in_a_row_are_due_as_one(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    in_two = calendar.deadline(calendar.deadline(start, as_duration(one)), as_duration(other))

    assert in_two == calendar.deadline(start, as_duration(one + other))


@given(ALL, INSTANTS)
def test_an_office_is_open_eight_hours_of_a_working_day_also_when_clocks_change(
    calendar: Calendar, instant: datetime
) -> None:
    day = instant.astimezone(ZoneInfo(calendar.timezone)).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(calendar.timezone))
    next_day = day + timedelta(days=1)
    after = datetime(next_day.year, next_day.month, next_day.day, tzinfo=ZoneInfo(calendar.timezone))

    expected = timedelta(hours=8) if calendar.is_working_day(day) else timedelta(0)
    assert calendar.working_time(midnight, after) == expected


def test_it_keeps_the_holidays_of_the_host_and_of_honduras() -> None:
    assert not HOUSTON.is_working_day(date(2026, 7, 3))  # the Fourth, observed on Friday
    assert not HOUSTON.is_working_day(date(2026, 9, 15))
    assert TEGUCIGALPA.is_working_day(date(2026, 7, 3))


def test_it_counts_in_the_calendar_of_the_office_that_is_named(store: Store) -> None:
    start = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)  # half past three in Tegucigalpa, half past ten at night in Madrid

    def due(office: str) -> datetime:
        work = calendars.business_deadline
        return store.read(lambda context: work(context, start, timedelta(hours=1), office), SYSTEM)

    assert due("HN-TGU") == datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
    assert due("ES-MAD") == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    with pytest.raises(NotFound):
        due("XX-YY")


def test_it_refuses_to_count_for_centuries() -> None:
    with pytest.raises(Invalid, match="1900"):
        TEGUCIGALPA.deadline(datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=3_650_000))
