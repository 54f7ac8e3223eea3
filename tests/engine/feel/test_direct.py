"""The short road: taken where it can be, left where anything is unusual."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.feel import compile_expression

SCOPE = {
    "amount": Decimal("12.50"), "age": Decimal(17), "kind": "urgent", "open": True, "none": None, "day": date(2026, 3, 2),
    "case": {"priority": "P1", "person": {"age": Decimal(16)}},
    "items": [{"price": Decimal(10), "count": Decimal(2)}, {"price": Decimal(5), "count": Decimal(1)}],
    "xs": [Decimal(1), Decimal(2)], "limit": Decimal(6),
}  # fmt: skip

MISSING = object()


@pytest.mark.parametrize(
    "text",
    [
        "amount * 1.15 + 20",
        "amount - age / 2 + 1 * 3",
        'age < 18 and kind = "urgent"',
        "age between 10 and 20 or open",
        'if age < 18 then "minor" else "adult"',
        'case.priority = "P1" and case.person.age >= 16',
        'kind in ("urgent", "high")',
        "age in [10..20]",
        "none = null and kind != null",
        "open = true",
        'day + duration("P3D")',
        'day < date("2026-03-03")',
        "day.year = 2026",
        "sum(for i in items return i.price * i.count)",
        "items[price > 6]",
        "items[price > limit][1].count",
        "xs[item > 1]",
        "xs[-1]",
        "some x in xs satisfies x > limit",
        "every x in xs satisfies x < limit and x < age",
        "for i in 1..3 return i * 2",
        'count(items) > 1 and contains(kind, "ur")',
        'substring(kind, 2, 2) + upper case("x")',
        "not(open)",
        "-amount",
        "[amount, kind]",
    ],
)
def test_it_is_taken_and_gives_what_the_long_road_gives(text):
    expression = compile_expression(text)
    short = expression._direct

    assert short is not None
    assert short(SCOPE) == expression.explain(SCOPE).value


@pytest.mark.parametrize(
    "text",
    [
        "function(x) x",
        "decide(amount)",
        "{a: 1}",
        "1 ** 2",
        "substring(string: kind, start position: 2)",
        "for x in xs, y in xs return x",
        "for x in xs return partial",
        "is defined(amount)",
        "1 instance of number",
    ],
)
def test_some_expressions_have_none(text):
    assert compile_expression(text)._direct is None


@pytest.mark.parametrize(
    "text",
    [
        "amount + 1",
        'kind + "x"',
        "amount > 5",
        "case.person.age > 5",
        "items[price > 6]",
        "for i in items return i.price",
        "some x in xs satisfies x > 1",
        "age between 1 and 5",
        "count(xs)",
        "if open then 1 else 2",
        "open and age > 5",
        "xs[1]",
        "amount",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        MISSING,
        None,
        5,
        2.5,
        "text",
        True,
        [1, "a", None],
        [{"price": 1}, {"price": None}, 5],
        {"price": 7, "person": {"age": 9}},
        Decimal("NaN"),
        list(range(11_000)),
    ],
    ids=["missing", "null", "int", "float", "string", "boolean", "list", "contexts", "context", "no number", "long"],
)
def test_what_is_unusual_takes_the_long_road(feel, text, value):
    feel(text, {} if value is MISSING else dict.fromkeys(SCOPE, value))
