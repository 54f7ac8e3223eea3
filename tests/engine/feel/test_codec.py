"""Values to JSON for people, and to JSON for storage and back."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from engine.feel import (
    DayTimeDuration,
    FeelError,
    FeelFunction,
    Range,
    YearMonthDuration,
    compile_expression,
    dump_value,
    from_json,
    load_value,
    to_json,
)

VALUES = [
    None,
    True,
    "texto",
    Decimal(5),
    Decimal("5.0"),
    Decimal("0.1"),
    Decimal("12345678901234567890.12345"),
    Decimal(10) ** 30,
    date(2026, 3, 2),
    time(10, 30),
    datetime(2026, 3, 2),
    datetime(2026, 3, 2, 10, 30, tzinfo=ZoneInfo("America/Tegucigalpa")),
    DayTimeDuration(Decimal("90.5")),
    YearMonthDuration(-14),
    Range(Decimal(1), Decimal(5), False, True),
    [Decimal(1), [None, {"a": "b"}]],
    {"a": {"b c": date(2026, 3, 2)}},
    {"$feel": "no tag, a key"},
    *(
        compile_expression(text).evaluate({})
        for text in ('@"-2021-01-01"', '@"10:00:00.123456789Z"', '@"12026-01-01T10:00:00Z"', "(< 5)", '(= "a")')
    ),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_storage_gives_back_the_very_same(value):
    stored = json.loads(json.dumps(dump_value(value)))
    loaded = load_value(stored)

    assert loaded == value
    assert type(loaded) is type(value)
    assert str(loaded) == str(value)


def test_the_hour_that_comes_twice_stays_the_one_it_was():
    for fold in (0, 1):
        value = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=fold)

        loaded = load_value(json.loads(json.dumps(dump_value({"at": [value]}))))["at"][0]

        assert loaded.fold == fold
        assert loaded.utcoffset() == value.utcoffset()


def test_a_function_cannot_be_stored():
    with pytest.raises(FeelError):
        dump_value({"f": FeelFunction(len)})


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Decimal("5.00"), 5),
        (Decimal("0.1"), 0.1),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (Decimal(10) ** 20, 10**20),
        (Decimal("1E+60"), 1e60),
        (Decimal("NaN"), None),
        (date(2026, 3, 2), "2026-03-02"),
        (DayTimeDuration(Decimal(3600)), "PT1H"),
        (Range(Decimal(1), Decimal(2)), "[1..2]"),
        ([Decimal(1), {"a": YearMonthDuration(1)}], [1, {"a": "P1M"}]),
        (FeelFunction(len), "function"),
    ],
)
def test_people_get_plain_json(value, plain):
    shown = to_json(value)

    assert shown == plain
    assert type(shown) is type(plain)


def test_json_numbers_become_decimals():
    value = from_json(json.loads('{"a": [1, 0.1, true, null, "x"], "b": NaN, "c": Infinity}'))

    assert value == {"a": [Decimal(1), Decimal("0.1"), True, None, "x"], "b": None, "c": None}
    assert type(value["a"][0]) is Decimal
