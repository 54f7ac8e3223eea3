"""Years beyond Python's calendar, and nanoseconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from engine.feel.far import (
    FarDate,
    FarTime,
    at_instant,
    civil,
    day_number,
    days_in_month,
    instant,
    make_date,
    make_date_time,
    make_time,
)


@pytest.mark.parametrize("day", [(1, 1, 1), (2024, 2, 29), (9999, 12, 31), (0, 3, 1), (-1, 12, 31), (123_456, 2, 29)])
def test_a_day_number_goes_there_and_back(day):
    assert civil(day_number(*day)) == day


def test_it_counts_as_python_does():
    assert day_number(2026, 3, 2) == date(2026, 3, 2).toordinal()
    assert day_number(0, 12, 31) == 0
    assert days_in_month(2024, 2) == days_in_month(-400, 2) == 29


def test_what_python_can_hold_is_pythons():
    assert make_date(2026, 3, 2) == date(2026, 3, 2)
    assert make_date(-5, 3, 2) == FarDate(-5, 3, 2)
    assert make_time(1_000, None) == time(0, 0, 0, 1)
    assert make_time(1_001, None) == FarTime(0, 0, 0, 1_001, None)
    assert make_date_time(day_number(2026, 3, 2), 0, UTC) == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("day", [(2026, 2, 30), (-5, 2, 30), (1_000_000_000, 1, 1), (2026, 13, 1)])
def test_there_is_no_such_day(day):
    with pytest.raises(ValueError):
        make_date(*day)


def test_an_instant_knows_summer_time():
    madrid = ZoneInfo("Europe/Madrid")
    summer = datetime(2026, 7, 1, 12, tzinfo=madrid)

    assert instant(summer) == instant(datetime(2026, 7, 1, 10, tzinfo=UTC))
    assert at_instant(instant(summer), madrid) == summer


def test_the_hour_that_comes_twice_stays_the_second_one():
    madrid = ZoneInfo("Europe/Madrid")
    second = at_instant(instant(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)), madrid)

    assert (second.hour, second.fold) == (2, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('date("-2021-01-01").year', "-2021"),
        ('date("999999999-12-31") + duration("P1D")', "null"),
        ('date("9999-12-31") + duration("P1D")', "10000-01-01"),
        ('date("10000-01-01") - duration("P1D")', "9999-12-31"),
        ('date("10000-01-01") - date("9999-12-31")', "P1D"),
        ('date("-0001-12-31") < date("0001-01-01")', "true"),
        ('@"-2021-01-01T10:10:10@Australia/Melbourne" + @"P1M"', "-2021-02-01T10:10:10@Australia/Melbourne"),
        ('@"10:00:00.123456789" + @"PT0.000000001S"', "10:00:00.12345679"),
        ('@"2026-03-02T10:00:00.123456789Z".second', "0.123456789"),
        ('time(@"2026-03-02T10:00:00.123456789Z")', "10:00:00.123456789Z"),
        ('day of week(@"10000-01-01")', "Saturday"),
        ('week of year(@"-0001-06-01") > 0', "true"),
        ('last day of month(@"10000-02-10")', "10000-02-29"),
        ('date and time(@"10000-02-10", @"10:00:00")', "10000-02-10T10:00:00"),
        ('@"2026-12-31T24:00:00"', "2027-01-01T00:00:00"),
    ],
)
def test_it_calculates_beyond_the_calendar(feel, text, value):
    assert feel(text) == value
