"""Random expressions, sensible and hostile: nothing but a FEEL error comes out, and both roads give the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.feel import (
    DayTimeDuration,
    FeelError,
    FeelFunction,
    FeelSyntaxError,
    Limits,
    Range,
    YearMonthDuration,
    compile_expression,
    compile_unary_tests,
    dump_value,
    load_value,
    to_json,
)
from engine.feel.expression import ROAD_AFTER
from engine.feel.signatures import BUILTINS
from engine.feel.textual import text_of

SCOPE: dict[str, Any] = {
    "a": Decimal("1.5"),
    "b": Decimal(3),
    "n": 7,
    "x": 2.25,
    "s": "Tegucigalpa",
    "t": "",
    "yes": True,
    "nothing": None,
    "d": date(2026, 3, 2),
    "dt": datetime(2026, 3, 2, 10, 30, tzinfo=UTC),
    "local": datetime(2026, 3, 2, 10, 30, tzinfo=ZoneInfo("America/Tegucigalpa")),
    "tm": time(10, 30),
    "span": DayTimeDuration(Decimal(3600)),
    "months": YearMonthDuration(14),
    "xs": [Decimal(1), Decimal(2), Decimal(3)],
    "mixed": [Decimal(1), "a", None, True, [Decimal(1)]],
    "ints": [1, 2, 3],
    "people": [
        {"name": "Ana", "age": Decimal(30), "item": Decimal(1)},
        {"name": "Beto", "age": Decimal(17)},
        {"name": "Carla", "age": None},
    ],
    "c": {"a": Decimal(1), "b c": {"d": "e"}, "xs": [Decimal(9)]},
    "r": Range(Decimal(1), Decimal(5)),
    "first name": "Diego",
}
NAMES = frozenset({"first name", "b c"})

LITERALS = st.sampled_from(
    [
        "0", "1", "2", "-1", "3.75", "1e3", ".5", "99999999999999999999", '""', '"abc"', '"Ana"', '"\\u00e9"', "true",
        "false", "null", '@"2026-03-02"', '@"10:30:00Z"', '@"2026-03-02T10:30:00@Europe/Madrid"', '@"P1D"', '@"P1Y2M"',
        '@"-2021-01-01"', '@"PT0.5S"', '@"nonsense"', 'duration("P3D")', 'date("2026-02-30")', "[]", "{}", "[1..5]",
        "(1..5)", "]1..5[", "[5..1]", "(< 5)", "[null..3]", '["a".."f"]',
    ]
)  # fmt: skip
VARIABLES = st.sampled_from(
    [*SCOPE, "unknown", "c.b c.d", "people.name", "d.year", "span.hours", "item", "partial", "?"]
)
OPERATORS = st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"])
TYPES = st.sampled_from(["number", "string", "Any", "list<number>", "context<a: number>", "function<number> -> string", "date and time", "days and time duration", "nonsense"])  # fmt: skip
FUNCTIONS = st.sampled_from(sorted(BUILTINS))


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def text(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.tuples(*parts).map(lambda values: template.format(*values))

    return st.one_of(
        text("{} {} {}", inner, OPERATORS, inner),
        text("({} {} {}) {} {}", inner, OPERATORS, inner, OPERATORS, inner),
        text("({})", inner),
        text("-{}", inner),
        text("if {} then {} else {}", inner, inner, inner),
        text("[{}, {}]", inner, inner),
        text("{{k: {}, m: {}}}", inner, inner),
        text("{{k: {}, m: k}}.m", inner),
        text("{}[{}]", inner, inner),
        text("{}[item > {}]", inner, inner),
        text("people[age > {}].name", inner),
        text("for i in {} return {}", inner, inner),
        text("for i in {} return i + {}", inner, inner),
        text("for i in 1..4 return if i = 1 then {} else partial[-1]", inner),
        text("for i in 1..3, j in {} return [i, j]", inner),
        text("some i in {} satisfies i = {}", inner, inner),
        text("every i in {} satisfies {}", inner, inner),
        text("{} between {} and {}", inner, inner, inner),
        text("{} in ({}, > {})", inner, inner, inner),
        text("{} in [{}..{}]", inner, inner, inner),
        text("{} instance of {}", inner, TYPES),
        text("{}({})", FUNCTIONS, inner),
        text("{}({}, {})", FUNCTIONS, inner, inner),
        text("{}({}, {}, {})", FUNCTIONS, inner, inner, inner),
        text("{}.{}", inner, st.sampled_from(["year", "a", "name", "start", "b c", "time offset", "days"])),
        text("(function(p, q) {})({}, {})", inner, inner, inner),
        text("(function(p: number) p + {})({})", inner, inner),
        text("sort({}, function(p, q) p < q)", inner),
        text('number(from: {}, grouping separator: ",", decimal separator: ".")', inner),
    )


EXPRESSIONS = st.recursive(st.one_of(LITERALS, VARIABLES), _combined, max_leaves=12)
FRAGMENTS = st.sampled_from(
    [
        "(", ")", "[", "]", "{", "}", "..", ",", ":", ".", "?", "@", '"', "//", "/*", "*/", "**", "-", "+", "<", ">=", "=",
        "if ", "then ", "else ", "for ", " in ", "return ", "some ", "every ", "satisfies ", "and ", "or ", "between ",
        "instance of ", "function(", "not(", "list<", "external ", "null", "true", "1", "0.1", "1e999", "x", "a b", "é", "😀",
        "\\", "\\u", "\n", "\t", "\u00a0", "\x00", "\ud800", "date and time(", "`a b`", "'", "->", "%", "#",
    ]
)  # fmt: skip
RUBBISH = st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=30).map("".join))

BOUNDED = settings(
    max_examples=500, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SEEDS = [
    "9**9**9**9",
    "sum([[1] * 1000] * 5000, [])",
    '"a" * 10 ** 9',
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "{f: function(x) x.__class__, r: f(1)}.r",
    'matches("a", "(a+)+$")',
    "((((((((((",
    "[[[[[[[[[[",
    "if if if if",
    "for for in for return for",
    "function(function) function",
    "1 in (in)",
    "not(not(not(",
    "..",
    "]..[",
    "@@",
    "a.b.c.d.e[1][2](3)(4)",
    "{a: a}.a.a",
    "partial",
    "?",
    "- -",
    "\U00010000",
    '"\\uD83D"',
    '"\\u0000"',
    "1e6144 * 1e6144 / 1e-6143",
    "date and time",
    "instance of",
]


def legible(error: FeelError) -> FeelError:
    """An error that says something, and where."""
    assert error.es
    assert error.en
    if isinstance(error, FeelSyntaxError):
        assert error.line >= 1
        assert error.column >= 1
        assert error.caret
    return error


def value_of(text: str) -> object:
    """The value, or the error that is allowed."""
    try:
        expression = compile_expression(text, NAMES)
        long = expression.explain(SCOPE, now=NOW).value
        for _ in range(ROAD_AFTER):
            short = expression.evaluate(SCOPE, now=NOW)
    except FeelError as error:
        return legible(error)
    assert type(short) is type(long)
    if not isinstance(long, FeelFunction):
        assert text_of(short) == text_of(long)
    return long


@BOUNDED
@given(EXPRESSIONS)
def test_an_expression_gives_a_value_or_a_feel_error_by_both_roads(text):
    value = value_of(text)

    if not isinstance(value, Exception):
        to_json(value)
        text_of(value)


@BOUNDED
@given(EXPRESSIONS)
def test_a_value_is_stored_and_comes_back(text):
    value = value_of(text)
    if isinstance(value, Exception):
        return

    try:
        stored = dump_value(value)
    except FeelError:
        assert "function" in text_of(value)
        return

    assert text_of(load_value(stored)) == text_of(value)


@BOUNDED
@given(EXPRESSIONS, st.sampled_from([None, 5, "Ana", True, [1], date(2026, 3, 2)]))
def test_unary_tests_give_a_boolean_or_a_feel_error(text, value):
    try:
        result = compile_unary_tests(text, NAMES).evaluate(value, SCOPE, now=NOW)
    except FeelError:
        return

    assert result in (True, False)


@BOUNDED
@given(RUBBISH)
def test_rubbish_gives_a_feel_error_or_a_value(text):
    value_of(text)


@pytest.mark.parametrize("text", SEEDS)
def test_a_seed_gives_a_feel_error_or_a_value(text):
    value_of(text)


@BOUNDED
@given(EXPRESSIONS, st.integers(1, 300))
def test_a_narrow_limit_gives_a_value_or_a_feel_error(text, steps):
    try:
        compile_expression(text, NAMES).evaluate(SCOPE, limits=Limits(steps=steps, items=5, characters=40, depth=3))
    except FeelError as error:
        legible(error)
