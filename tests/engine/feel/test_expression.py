"""Compiled expressions and unary tests as others use them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal, getcontext

import pytest

from engine.feel import FeelFunction, FeelLimitError, Limits, compile_expression, compile_unary_tests

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_it_is_read_once():
    assert compile_expression("a + 1") is compile_expression("a + 1")
    assert compile_expression("a + 1") is not compile_expression("a + 1", {"a b"})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a + b.c", {"a", "b"}),
        ("for x in xs return x + y", {"xs", "y"}),
        ("some x in xs satisfies x = limit", {"xs", "limit"}),
        ("{a: b, c: a}", {"b"}),
        ("function(x) x + y", {"y"}),
        ("count(xs)", {"xs"}),
        ("xs[item > n]", {"xs", "n"}),
        ("decide(x)", {"decide", "x"}),
        ("1 in (a, < b)", {"a", "b"}),
        ("x", {"x"}),
    ],
)
def test_it_knows_which_variables_it_reads(text, names):
    assert compile_expression(text).variables == names


def test_unary_tests_know_theirs():
    assert compile_unary_tests("? > limit, a").variables == {"limit", "a"}


def test_python_numbers_are_read_as_decimals():
    value = compile_expression("a + b").evaluate({"a": 1, "b": 0.1})

    assert value == Decimal("1.1")
    assert type(compile_expression("a").evaluate({"a": 1})) is Decimal
    assert type(compile_expression("c.a").evaluate({"c": {"a": 1}})) is Decimal
    assert type(compile_expression("xs[1]").evaluate({"xs": [1]})) is Decimal


def test_numbers_are_decimal_of_34_digits():
    assert compile_expression("0.1 + 0.2 = 0.3").evaluate({}) is True
    assert str(compile_expression("1 / 3").evaluate({})) == "0." + "3" * 34
    assert str(compile_expression("a / 3 * 1 + 0 * 2").evaluate({"a": Decimal(1)})) == "0." + "3" * 34


def test_it_leaves_the_threads_decimal_context_alone():
    before = getcontext()

    compile_expression("1 / a + 2 * 3 - 1").evaluate({"a": Decimal(3)})
    compile_expression("1 / a + 2 * 3 - 1").evaluate({"a": None})

    assert getcontext() is before
    assert getcontext().prec == 28


def test_it_explains_why_a_value_is_null():
    found = compile_expression("date(d) + unknown").explain({"d": "soon"})

    assert found.value is None
    assert [warning.en for warning in found.warnings] == [
        "“date” has no value for these arguments",
        "there is no variable “unknown”",
        "“+” does not apply to Null and Null",
    ]
    assert str(found.warnings[1]) == "no hay ninguna variable «unknown»"


def test_it_says_how_a_function_is_called():
    found = compile_expression("substring(5)").explain({})

    assert "substring(string, start position, length?)" in found.warnings[0].en


def test_now_and_today_are_what_the_caller_says():
    assert compile_expression("now()").evaluate({}, now=NOW) == NOW
    assert compile_expression("today()").evaluate({}, now=NOW) == date(2026, 3, 2)
    assert compile_expression("now() = now()").evaluate({}) is True


def test_it_calls_functions_that_the_host_hands_in():
    scope = {"business deadline": FeelFunction(lambda start, span: f"{start}+{span}", ("from", "duration"))}
    names = frozenset(scope)

    assert compile_expression('business deadline("a", "b")', names).evaluate(scope) == "a+b"
    assert compile_expression('business deadline(duration: "b", from: "a")', names).evaluate(scope) == "a+b"
    assert compile_expression('business deadline("a")', names).evaluate(scope) is None


def test_a_host_function_that_refuses_gives_null_and_the_reason():
    def refuse(value: str) -> str:
        raise ValueError(f"no {value}")

    found = compile_expression('f("x")').explain({"f": FeelFunction(refuse, ("value",))})

    assert found.value is None
    assert "no x" in found.warnings[0].en


def test_a_host_function_may_be_given_a_feel_function():
    scope = {"twice": FeelFunction(lambda f: f.call(f.call(Decimal(1))), ("f",))}

    assert compile_expression("twice(function(x) x / 3)").evaluate(scope).as_tuple().exponent == -34


def test_threads_share_it():
    expression = compile_expression("sum(for x in xs return x * factor)")

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: expression.evaluate({"xs": [1, 2, 3], "factor": n}), range(200)))

    assert results == [6 * n for n in range(200)]


@pytest.mark.parametrize(
    ("tests", "value", "holds"),
    [
        ("-", None, True),
        ("5", 5, True),
        ("5", Decimal("5.0"), True),
        ("5", "5", False),
        ("5", None, False),
        ("null", None, True),
        ("< 5", 4, True),
        ("< 5", None, False),
        (">= 5, < 1", 5, True),
        ("[1..5)", 5, False),
        ("]1..5]", 1, False),
        ("(1..5)", 3, True),
        ('"a", "b"', "b", True),
        ('not("a", "b")', "b", False),
        ('not("a", "b")', "c", True),
        ("not(5)", None, True),
        ("not(< 5)", None, False),
        ("true", True, True),
        ("true", False, False),
        ("not(true)", False, True),
        ("? > 3 and ? < 5", 4, True),
        ('contains(?, "na")', "Ana", True),
        ("limit", 7, True),
        ("> limit", 8, True),
        ("[1, 2, 7]", 7, True),
        ("xs", [1, 2], True),
        ("xs", 2, True),
        ("count(xs) > 1", 5, True),
        ("every x in ? satisfies x > 0", [1, 2], True),
        ('@"2026-03-02"', date(2026, 3, 2), True),
        ('< @"2026-03-02"', date(2026, 3, 1), True),
        ('date("2026-03-01")', date(2026, 3, 1), True),
        ("not(?)", False, True),
        ("not(limit) and true", 1, False),
        ("-5", -5, True),
        ("> -5", -4, True),
        ("= 5", 5, True),
        ("!= 5", 4, True),
    ],
)
def test_a_value_passes_unary_tests(tests, value, holds):
    assert compile_unary_tests(tests).evaluate(value, {"limit": 7, "xs": [1, 2]}) is holds


def test_limits_may_be_narrower():
    expression = compile_expression("for x in 1..1000 return x")

    assert len(expression.evaluate({})) == 1000
    with pytest.raises(FeelLimitError):
        expression.evaluate({}, limits=Limits(items=100))


def test_a_test_that_cannot_be_answered_fits_nothing_not_even_null():
    starts = compile_unary_tests('starts with(?, "LAB-")')

    assert starts.evaluate(None, {}) is False
    assert starts.evaluate("LAB-01", {}) is True
    assert compile_unary_tests("null").evaluate(None, {}) is True
