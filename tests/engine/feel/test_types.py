"""``instance of``, and types of parameters."""

from __future__ import annotations

import pytest

from engine.feel import compile_expression
from engine.feel.frames import Frame
from engine.feel.limits import Account


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 instance of number", "true"),
        ("null instance of number", "false"),
        ("null instance of Any", "false"),
        ("null instance of Null", "true"),
        ('"a" instance of Any', "true"),
        ("true instance of boolean", "true"),
        ('@"2026-03-02" instance of date', "true"),
        ('@"2026-03-02T10:00:00" instance of date', "false"),
        ('@"2026-03-02T10:00:00" instance of date and time', "true"),
        ('@"P1D" instance of days and time duration', "true"),
        ('@"P1D" instance of years and months duration', "false"),
        ("[1, null] instance of list<number>", "true"),
        ('[1, "a"] instance of list<number>', "false"),
        ("[1..2] instance of range<number>", "true"),
        ("(< 2) instance of range<string>", "false"),
        ("{a: 1, b: 2} instance of context<a: number>", "true"),
        ("{a: 1} instance of context<a: number, b: string>", "false"),
        ("(function(x: number) x) instance of function<number> -> Any", "true"),
        ("(function(x: string) x) instance of function<number> -> Any", "false"),
        ("(function(x, y) x) instance of function<number> -> Any", "false"),
        ("(function(x) x) instance of function", "true"),
        ("1 instance of nonsense", "null"),
        ("(function(x: number) x)(1)", "1"),
        ('(function(x: number) x)("a")', "null"),
        ("(function(x: number) x)(null)", "null"),
        ('(function(x: number): number "a")(1)', "null"),
    ],
)
def test_it_tells_types(feel, text, value):
    assert feel(text) == value


def test_a_model_brings_its_own_types():
    account = Account()
    account.types = lambda name, value: value in ("P1", "P2") if name == "tPriority" else None
    expression = compile_expression('["P1", "P9"][item instance of tPriority]')

    assert expression.within(Frame({}, None, account)) == ["P1"]
