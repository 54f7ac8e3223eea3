"""Hostile expressions: each ends promptly, with a FEEL error or with null."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from engine.feel import FeelError, FeelLimitError, compile_expression, compile_unary_tests

RECURSIVE = "{f: function(n) f(n + 1), r: f(0)}.r"
HEAVY = [
    "for a in 1..20000, b in 1..20000 return 1",
    "for a in 1..200, b in 1..200, c in 1..200 return a",
    "for a in 1..1000000000 return a",
    "for a in [1..1e30] return a",
    "some a in 1..15000, b in 1..15000 satisfies a = -b",
    "every a in 1..15000, b in 1..15000 satisfies a > 0",
    "count(for a in 1..20000 return (for b in 1..20000 return b))",
    "for a in 1..20000 return partial",
    "{f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1), r: f(40)}.r",
    RECURSIVE,
    "{f: function(g) g(g), r: f(f)}.r",
    "{a: [1,2,3,4], b: [a,a,a,a], c: [b,b,b,b], d: [c,c,c,c], e: [d,d,d,d], f: [e,e,e,e], g: [f,f,f,f], h: [g,g,g,g],"
    " i: [h,h,h,h], j: [i,i,i,i], k: [j,j,j,j], l: [k,k,k,k]}",
    "string({a: [1,2,3,4], b: [a,a,a,a], c: [b,b,b,b], d: [c,c,c,c], e: [d,d,d,d], f: [e,e,e,e], g: [f,f,f,f],"
    " h: [g,g,g,g], i: [h,h,h,h], j: [i,i,i,i], k: [j,j,j,j]})",
    "{a: [1,2,3,4], b: [a,a,a,a], c: [b,b,b,b], d: [c,c,c,c], e: [d,d,d,d], f: [e,e,e,e], g: [f,f,f,f], h: [g,g,g,g],"
    " i: [h,h,h,h], j: [i,i,i,i], a2: [1,2,3,4], b2: [a2,a2,a2,a2], c2: [b2,b2,b2,b2], d2: [c2,c2,c2,c2],"
    " e2: [d2,d2,d2,d2], f2: [e2,e2,e2,e2], g2: [f2,f2,f2,f2], h2: [g2,g2,g2,g2], i2: [h2,h2,h2,h2], same: i = i2}.same",
    "flatten({a: [1,2,3,4], b: [a,a,a,a], c: [b,b,b,b], d: [c,c,c,c], e: [d,d,d,d], f: [e,e,e,e], g: [f,f,f,f],"
    " h: [g,g,g,g], i: [h,h,h,h]}.i)",
    "{s: string join(for a in 1..20000 return \"aaaaaaaaaa\"), r: for a in 1..20000 return s + s}.r",
    'string join(for a in 1..20000 return "aaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
    'replace(string join(for a in 1..15000 return "aaaaaaaaaa"), "a", "$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0")',
    "for a in 1..20000 return 9 ** 9999",
    "for a in 1..20000 return exp(a / 7)",
    "for a in 1..20000 return 1.000001 ** (a / 7)",
    "sort(for a in 1..20000 return modulo(a * 7919, 10007), function(x, y) x < y)",
    "distinct values(for a in 1..20000 return [a])",
    "union(for a in 1..5000 return {x: a}, for a in 1..5000 return {x: a})",
    "(for b in 1..20000 return list contains(xs, -b))[1]",
]  # fmt: skip
NULL = [
    "9 ** (9 ** 9) ** 9",
    "10 ** 6145",
    "1e6144 * 10",
    "1 / 0",
    "0 ** -1",
    "(-8) ** 0.5",
    'duration("P1D") * 1e300',
    'duration("P1Y") * 1e300',
    'date("2026-01-01") + duration("P999999999999D")',
    'date("9999-12-31") + duration("P999999999999Y")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$") and null',
    'matches("a", "((((a{100}){100}){100}){100})")',
    'matches("a", "(?=a)")',
    "exp(100000)",
    'number("1e99999")',
    "decimal(1, 100000)",
]


@pytest.mark.parametrize("text", HEAVY)
def test_too_much_work_is_refused_promptly(text):
    expression = compile_expression(text)
    started = time.process_time()

    with pytest.raises(FeelLimitError) as refused:
        expression.evaluate({"xs": list(range(20_000))})

    assert refused.value.es
    assert time.process_time() - started < 2


@pytest.mark.parametrize("text", NULL)
def test_what_no_number_or_date_can_hold_is_null(text):
    started = time.process_time()

    assert compile_expression(text).evaluate({}) in (None, False)

    assert time.process_time() - started < 0.5


def test_a_regular_expression_takes_linear_time():
    scope = {"s": "a" * 40_000}
    started = time.process_time()

    assert compile_expression('matches(s, "(a+)+(a|a)*b")').evaluate(scope) is False
    with pytest.raises(FeelError):
        compile_expression('for i in 1..2000 return matches(s, "(x+x+)+y(a|aa){10,50}b")').evaluate(scope)

    assert time.process_time() - started < 3


def test_back_references_are_stopped_soon():
    scope = {"s": "a" * 5_000}
    slow = 'matches(s, "(a+)+\\1b")'
    for text in (slow, f"for i in 1..20000 return {slow}", 'for i in 1..20000 return matches("aab", "(a)\\1b")'):
        started = time.process_time()

        with pytest.raises(FeelLimitError):
            compile_expression(text).evaluate(scope)

        assert time.process_time() - started < 2


def test_memory_stays_small():
    tracemalloc.start()

    with pytest.raises(FeelLimitError):
        compile_expression('{s: string join(for a in 1..9000 return "aaaaaaaaaaaaaaaaaaaa"), r: for a in 1..20000 return s + "x"}').evaluate({})  # fmt: skip
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 50_000_000


def test_tests_are_bounded_too():
    with pytest.raises(FeelLimitError):
        compile_unary_tests("some a in 1..15000, b in 1..15000 satisfies a = -b and ? = 1").evaluate(1, {})


def test_partial_is_no_loop():
    value = compile_expression("for i in 1..4 return partial").evaluate({})

    assert [len(item) for item in value] == [0, 1, 2, 3]
