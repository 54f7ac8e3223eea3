"""Iterations, quantifiers and filters."""

from __future__ import annotations

import pytest

PEOPLE = {
    "people": [{"name": "Ana", "age": 30}, {"name": "Beto", "age": 17}, {"name": "Carla", "age": None}],
    "limit": 18,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("for x in [1, 2] return x + 1", "[2, 3]"),
        ("for x in 3..1 return x", "[3, 2, 1]"),
        ("for x in [1..3) return x", "[1, 2]"),
        ("for x in [3..1] return x", "null"),
        ("for x in 5 return x", "[5]"),
        ("for x in null return x", "null"),
        ('for d in @"2026-02-28"..@"2026-03-01" return d.day', "[28, 1]"),
        ("for x in [1, 2], y in [x, x * 10] return y", "[1, 10, 2, 20]"),
        ("for i in 1..4 return if i = 1 then 1 else partial[-1] * i", "[1, 2, 6, 24]"),
        ("for i in 1..3 return count(partial)", "[0, 1, 2]"),
        ("(for i in 1..3 return function(x) x + i)[2](10)", "12"),
        ("some x in [] satisfies x", "false"),
        ("every x in [] satisfies x", "true"),
        ("some x in [null, true] satisfies x", "true"),
        ("some x in [null, false] satisfies x", "null"),
        ("every x in [null, false] satisfies x", "false"),
        ("every x in [null, true] satisfies x", "null"),
        ("some x in null satisfies x", "null"),
        ("some x in [1, 2], y in [2, 3] satisfies x + y = 5", "true"),
        ("[1, 2, 3, 4][item > 2]", "[3, 4]"),
        ("[1, 2, 3][2]", "2"),
        ("[1, 2, 3][-3]", "1"),
        ("[1, 2, 3][0]", "null"),
        ("[1, 2, 3][1.5]", "null"),
        ("[1, 2, 3][limit - 16]", "2"),
        ("5[1]", "5"),
        ("5[item > 3]", "[5]"),
        ("null[1]", "null"),
        ("null[item > 1]", "[]"),
        ("people[age < limit].name", '["Beto"]'),
        ("people[age >= 18].name", '["Ana"]'),
        ("people[age = null].name", '["Carla"]'),
        ('people[name = "Ana"][1].age', "30"),
        ("people[item.age < 18].name", '["Beto"]'),
        ("count(people[age < 18 or age = null])", "2"),
        ("people.name[2]", "Beto"),
        ("[{item: 1}, {item: 5}][item > 2]", "[{item: 5}]"),
        ("[[1, 2], [3]][count(item) = 1]", "[[3]]"),
        ("{limit: 40, r: people[age < limit].name}.r", '["Ana", "Beto"]'),
        ("for p in people return {name: p.name, adult: p.age >= limit}.adult", "[true, false, null]"),
        ("sum(for p in people[age != null] return p.age)", "47"),
        ("people[some x in [17, 99] satisfies x = age].name", '["Beto"]'),
        ("[1, 2][(function(y) item > y)(1)]", "[2]"),
    ],
)
def test_it_goes_over_items(feel, text, value):
    assert feel(text, PEOPLE) == value
