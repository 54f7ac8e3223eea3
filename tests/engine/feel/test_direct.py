"""The short road: taken where it can be, left where anything is unusual."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from engine.feel import compile_expression
from engine.feel.direct import HELPERS, direct_of
from engine.feel.signatures import BUILTINS

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
        "{a: amount, b: a * 2}.b + 1",
        "2 ** 3",
        "for x in xs, y in xs return x * y",
        "items.price",
        "today() > day",
    ],
)
def test_it_is_taken_and_gives_what_the_long_road_gives(text):
    expression = compile_expression(text)
    short = direct_of(expression.tree, BUILTINS, frozenset())

    assert short is not None
    assert short(SCOPE, None) == expression.explain(SCOPE).value


@pytest.mark.parametrize(
    "text",
    [
        "function(x) x",
        "decide(amount)",
        "substring(string: kind, start position: 2)",
        "for x in xs return partial",
        "is defined(amount)",
        "1 instance of number",
    ],
)
def test_some_expressions_have_none(text):
    assert direct_of(compile_expression(text).tree, BUILTINS, frozenset()) is None


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


@pytest.mark.parametrize(
    "text",
    [
        "`__import__('os').system('true')` + 1",
        "`raise Beyond` = `scope`",
        "{`);import os#`: 1, b: `);import os#`}.b",
        'a["\\n    import os" = item]',
        'xs["__builtins__" = `\n`]',
        "for `x\\n` in xs return `x\\n` * 2",
        "amount.`__class__` + kind.`__globals__`",
    ],
)
def test_no_word_of_the_designer_becomes_python(text):
    tree = compile_expression(text).tree
    short = direct_of(tree, BUILTINS, frozenset())

    assert short is not None
    ours = re.compile(r"[vk]\d+|scope|now|work|context|append|tzinfo|get|" + "|".join(HELPERS))
    code = short.__code__
    assert all(ours.fullmatch(name) for name in (*code.co_names, *code.co_varnames))
    assert short.__globals__["__builtins__"] == {}
