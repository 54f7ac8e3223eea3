"""Unary tests and what stands after ``in``; tests of constants alone become a function of the value."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.closures.operators import ORDERS
from engine.feel.compiler import Compiler, compiles
from engine.feel.frames import Closure, Frame
from engine.feel.operators import compare, contains, either, equal, matches
from engine.feel.reader import Node
from engine.feel.values import Range

Predicate = Callable[[Any], bool | None]
INPUT = {"?"}


@compiles("in")
def membership(compiler: Compiler, value: Node, tests: list[Node]) -> Closure:
    """``a in tests``."""
    v = compiler.compile(value)
    predicate = predicate_of(tests)
    if predicate is not None:
        return lambda frame: predicate(v(frame))
    check = compiler.inside(INPUT, ("tests", tests))
    return lambda frame: check(Frame({"?": v(frame)}, frame, frame.account))


@compiles("any")
def anything(compiler: Compiler) -> Closure:
    """``-``."""
    return lambda frame: True


@compiles("tests")
def alternatives(compiler: Compiler, tests: list[Node]) -> Closure:
    """``a, b``: one of them suffices."""
    checks = [compiler.compile(test) for test in tests]
    if len(checks) == 1:
        return checks[0]

    def decide(frame: Frame) -> bool | None:
        result: bool | None = False
        for check in checks:
            result = either(result, check(frame))
            if result is True:
                return True
        return result

    return decide


@compiles("not-tests")
def negation(compiler: Compiler, tests: list[Node]) -> Closure:
    """``not(a, b)``."""
    check = alternatives(compiler, tests)

    def decide(frame: Frame) -> bool | None:
        result = check(frame)
        return None if result is None else not result

    return decide


@compiles("test")
def test(compiler: Compiler, operator: str, end: Node) -> Closure:
    """``< a``."""
    value, given = compiler.compile(end), compiler.compile(("name", "?"))
    return lambda frame: compare(operator, given(frame), value(frame))


@compiles("condition")
def condition(compiler: Compiler, node: Node) -> Closure:
    """An expression with ``?``: true or false by itself, or a value to be matched; null, as of an error, fits nothing."""
    check, given = compiler.compile(node), compiler.compile(("name", "?"))

    def decide(frame: Frame) -> bool | None:
        result = check(frame)
        return result if result is None or isinstance(result, bool) else matches(given(frame), result)

    return decide


@compiles("matches")
def match(compiler: Compiler, node: Node) -> Closure:
    """A value: equal to the input, or a range or list that has it."""
    value, given = compiler.compile(node), compiler.compile(("name", "?"))
    return lambda frame: matches(given(frame), value(frame))


def predicate_of_tests(tree: Node) -> Predicate | None:
    """Whole unary tests as a function of the input alone; None where they read anything else."""
    if tree[0] == "any":
        return lambda value: True
    inner = predicate_of(tree[1])
    if inner is None or tree[0] == "tests":
        return inner

    def negated(value: Any) -> bool | None:
        result = inner(value)
        return None if result is None else not result

    return negated


def predicate_of(tests: list[Node]) -> Predicate | None:
    """Tests of constants as a function of the input alone; None where there is more than constants."""
    parts = [_predicate(test) for test in tests]
    if not all(parts):
        return None
    if len(parts) == 1:
        return parts[0]
    if all(test[0] == "matches" and test[1][0] == "constant" and type(test[1][1]) is str for test in tests):
        return _among(frozenset(test[1][1] for test in tests))
    predicates: list[Predicate] = [part for part in parts if part is not None]

    def decide(value: Any) -> bool | None:
        result: bool | None = False
        for predicate in predicates:
            result = either(result, predicate(value))
            if result is True:
                return True
        return result

    return decide


def _among(texts: frozenset[str]) -> Predicate:
    def decide(value: Any) -> bool | None:
        if type(value) is str:
            return value in texts
        return False if value is None else None

    return decide


def _predicate(test: Node) -> Predicate | None:
    if test[0] == "test" and test[2][0] == "constant" and type(test[2][1]) in (str, Decimal):
        return _comparing(test[1], test[2][1])
    if test[0] != "matches":
        return None
    kind, *parts = test[1]
    if kind == "constant" and type(parts[0]) in (str, Decimal):
        return _comparing("=", parts[0])
    if kind == "constant" and (parts[0] is None or type(parts[0]) is bool):
        constant = parts[0]
        return lambda value: matches(value, constant)
    if kind == "range" and parts[0][0] == parts[1][0] == "constant":
        low, high = parts[0][1], parts[1][1]
        if type(low) is Decimal and type(high) is Decimal:
            return _inside(Range(low, high, parts[2], parts[3]))
    return None


def _comparing(operator: str, constant: Any) -> Predicate:
    quick, kind = ORDERS[operator], type(constant)

    def decide(value: Any) -> bool | None:
        if type(value) is kind:
            return quick(value, constant)  # type: ignore[no-any-return]
        return compare(operator, value, constant)

    return decide


def _inside(interval: Range) -> Predicate:
    low, high = interval.start, interval.end
    above = ORDERS["<=" if interval.start_included else "<"]
    below = ORDERS["<=" if interval.end_included else "<"]

    def decide(value: Any) -> bool | None:
        if type(value) is Decimal:
            return above(low, value) and below(value, high)  # type: ignore[no-any-return]
        return equal(value, interval) if isinstance(value, Range) else contains(interval, value)

    return decide
