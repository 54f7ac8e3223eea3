"""Functions and calls, by position and by name."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('substring("abc", 2)', "bc"),
        ('substring(start position: 2, string: "abc")', "bc"),
        ('substring(string: "abc", start position: 2, length: 1)', "b"),
        ('substring(string: "abc")', "null"),
        ('substring(string: "abc", start: 2)', "null"),
        ('substring("abc", 2, 1, 1)', "null"),
        ('number(from: "1,5", grouping separator: null, decimal separator: ",")', "1.5"),
        ("sum(list: [1, 2])", "3"),
        ("sum(1, 2)", "3"),
        ("sum([])", "null"),
        ("is(value1: 1)", "false"),
        ('upper case(["a"])', "A"),
        ("count(5)", "1"),
        ("count(null)", "1"),
        ("nothing(1)", "null"),
        ("5(1)", "null"),
        ("(function(a, b) a + b)(1)", "null"),
        ("(function(a, b) a + b)(1, 2, 3)", "null"),
        ("(function(a, b) a + b)(a: 1, c: 2)", "null"),
        ("(function() 5)()", "5"),
        ("{add: function(a) function(b) a + b, r: add(1)(2)}.r", "3"),
        ("{fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(20)}.r", "2432902008176640000"),
        (
            "{even: function(n) if n = 0 then true else odd2(n - 1), odd2: function(n) not(even(n)), r: even(4)}.r",
            "true",
        ),
        ("(function(f) f(2))(function(x) x * 3)", "6"),
        ("(function(a: list<number>) a)(1)", "[1]"),
        ("(function(a: number) a)([2])", "2"),
        ('(function(a: number) a)(["x"])', "null"),
        ("(function(a: number, a: number) a)(1, 2)", "2"),
        ('(function(a: date and time) a)(date("2000-02-01"))', "2000-02-01T00:00:00Z"),
        ("(function(a): list<number> a)(1)", "[1]"),
        ("(function(a): number a)([1, 2])", "null"),
        ("sort([2, 3, 1], function(a, b) a > b)", "[3, 2, 1]"),
        ("sort(precedes: function(a, b) a < b, list: [2, 1])", "[1, 2]"),
        ("list replace([1, 2], function(item, newItem) item = 2, 5)", "[1, 5]"),
        ("is defined(a)", "true"),
        ("is defined(b)", "false"),
        ("is defined(c.x)", "true"),
        ("is defined(c.y)", "false"),
        ("is defined(c.x.y)", "false"),
        ("is defined(1 + null)", "true"),
        ("[{x: null}][is defined(x)]", "[{x: null}]"),
    ],
)
def test_it_calls(feel, text, value):
    assert feel(text, {"a": None, "c": {"x": None}}) == value
