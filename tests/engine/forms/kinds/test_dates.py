from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

MADRID = {"office": {"timezone": "Europe/Madrid", "country": "ES"}}
DATE = {"type": "datetime", "subtype": "date"}
TIME = {"type": "datetime", "subtype": "time"}
DATETIME = {"type": "datetime", "subtype": "datetime"}


@pytest.mark.parametrize("typed", ["2026-05-01", "01/05/2026", "1/5/2026"])
def test_a_date(clean, typed):
    assert clean(DATE, typed) == date(2026, 5, 1)


@pytest.mark.parametrize("typed", ["2026-02-30", "2026", "mañana", "1026-01-01", "01/13/2026", "0000-00-00"])
def test_a_date_that_does_not_exist(refused, typed):
    assert refused(DATE, typed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1990", date(1990, 7, 1)), ("1990-05", date(1990, 5, 15)), ("05/1990", date(1990, 5, 15))],
)
def test_a_partial_date_only_where_the_schema_says_so(clean, typed, value):
    assert clean({**DATE, "properties": {"parcial": "true"}}, typed) == value


def test_a_local_time_is_of_the_offices_zone(clean):
    moment = clean(DATETIME, "2026-05-04T09:30")

    assert moment == datetime(2026, 5, 4, 9, 30, tzinfo=ZoneInfo("America/Mexico_City"))
    assert moment.utcoffset().total_seconds() == -6 * 3600


def test_an_instant_with_offset_is_moved_into_the_offices_zone(clean):
    assert clean(DATETIME, "2026-05-04T15:30:00Z").hour == 9
    assert clean(DATETIME, "2026-05-04T15:30+00:00").hour == 9


def test_an_hour_that_the_clocks_skipped_is_refused(refused):
    assert "clocks" in refused(DATETIME, "2026-03-29T02:30", MADRID)


def test_an_hour_that_came_twice_is_the_first(clean):
    assert clean(DATETIME, "2026-10-25T02:30", MADRID).utcoffset().total_seconds() == 2 * 3600


@pytest.mark.parametrize("typed", ["2026-05-04", "09:30", "2026-05-04T25:00", "2026-05-04T09:30+99:00", "x"])
def test_what_is_no_instant_is_refused(refused, typed):
    assert refused(DATETIME, typed)


def test_future_and_past(clean, refused):
    past, future = {"properties": {"noFuturo": "true"}}, {"properties": {"noPasado": "true"}}

    assert "future" in refused({**DATETIME, **past}, "2026-05-04T12:01")
    assert clean({**DATETIME, **past}, "2026-05-04T12:00")
    assert "past" in refused({**DATE, **future}, "2026-05-03")
    assert clean({**DATE, **future}, "2026-05-04")


def test_today_is_the_offices_today(clean):
    late_in_madrid = {"office": {"timezone": "Pacific/Auckland", "country": "NZ"}}

    assert clean({**DATE, "properties": {"noFuturo": "true"}}, "2026-05-05", late_in_madrid) == date(2026, 5, 5)


def test_a_time(clean, refused):
    assert clean(TIME, "9:05") == time(9, 5)
    assert "time" in refused(TIME, "24:00")
