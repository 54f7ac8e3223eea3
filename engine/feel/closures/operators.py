"""Arithmetic, comparison, logic and ``if``: quick where both sides are what they mostly are, thorough elsewhere."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.compiler import Compiler, compiles
from engine.feel.frames import Closure, Frame
from engine.feel.operators import arithmetic, both, compare, either, negate
from engine.feel.reader import Node
from engine.feel.types import is_instance
from engine.feel.values import type_name

# Under ``exactly``; division and powers have more to watch than these.
QUICK: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip


@compiles("arithmetic")
def calculation(compiler: Compiler, first: Node, rest: list[tuple[str, Node]]) -> Closure:
    """``a + b - c``, one after the other."""
    compiler.exact = True
    start = compiler.compile(first)
    if len(rest) == 1:
        sign, node = rest[0]
        end = compiler.compile(node)
        if node[0] == "constant" and type(node[1]) is Decimal and sign in QUICK:
            return _with_constant(sign, start, node[1])
        special = SPECIAL.get(sign)
        return special(start, end) if special is not None else _general(sign, start, end)
    steps = [(sign, QUICK.get(sign), compiler.compile(node)) for sign, node in rest]

    def calculate(frame: Frame) -> Any:
        value = start(frame)
        for sign, quick, part in steps:
            other = part(frame)
            if quick is not None and type(value) is Decimal and type(other) is Decimal:
                try:
                    value = quick(value, other)
                    continue
                except ArithmeticError:
                    pass
            frame.account.charge(1)
            value = arithmetic(frame.account, sign, value, other)
        return value

    return calculate


def _general(sign: str, a: Closure, b: Closure) -> Closure:
    return lambda frame: arithmetic(frame.account, sign, a(frame), b(frame))


def _with_constant(sign: str, a: Closure, constant: Decimal) -> Closure:
    quick = QUICK[sign]

    def calculate(frame: Frame) -> Any:
        x = a(frame)
        if type(x) is Decimal:
            try:
                return quick(x, constant)
            except ArithmeticError:
                pass
        return arithmetic(frame.account, sign, x, constant)

    return calculate


def _add(a: Closure, b: Closure) -> Closure:
    def calculate(frame: Frame) -> Any:
        x, y = a(frame), b(frame)
        if type(x) is Decimal and type(y) is Decimal:
            try:
                return x + y
            except ArithmeticError:
                pass
        return arithmetic(frame.account, "+", x, y)

    return calculate


def _subtract(a: Closure, b: Closure) -> Closure:
    def calculate(frame: Frame) -> Any:
        x, y = a(frame), b(frame)
        if type(x) is Decimal and type(y) is Decimal:
            try:
                return x - y
            except ArithmeticError:
                pass
        return arithmetic(frame.account, "-", x, y)

    return calculate


def _multiply(a: Closure, b: Closure) -> Closure:
    def calculate(frame: Frame) -> Any:
        x, y = a(frame), b(frame)
        if type(x) is Decimal and type(y) is Decimal:
            try:
                return x * y
            except ArithmeticError:
                pass
        return arithmetic(frame.account, "*", x, y)

    return calculate


def _divide(a: Closure, b: Closure) -> Closure:
    def calculate(frame: Frame) -> Any:
        x, y = a(frame), b(frame)
        if type(x) is Decimal and type(y) is Decimal:
            try:
                return x / y
            except ArithmeticError:
                pass
        return arithmetic(frame.account, "/", x, y)

    return calculate


SPECIAL = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide}


@compiles("negate")
def negation(compiler: Compiler, operand: Node) -> Closure:
    """``-a``."""
    compiler.exact = True
    value = compiler.compile(operand)
    return lambda frame: negate(frame.account, value(frame))


def compared(frame: Frame, sign: str, x: Any, y: Any) -> bool | None:
    """A comparison in full, with the reason where it has no value."""
    result = compare(sign, x, y)
    if result is None:
        frame.account.warn(
            "{} y {} no se comparan con «{}»", "{} and {} cannot be compared by “{}”", type_name(x), type_name(y), sign
        )
    elif type(x) in (list, dict):
        frame.account.charge(len(x))
    return result


@compiles("compare")
def comparison(compiler: Compiler, sign: str, left: Node, right: Node) -> Closure:
    """``a < b`` and its like."""
    a, b = compiler.compile(left), compiler.compile(right)
    if right[0] == "constant" and type(right[1]) in (str, Decimal):
        return _compare_constant(sign, a, right[1])
    if sign in ("=", "!="):
        return _same(sign, a, b)
    quick = ORDERS[sign]

    def decide(frame: Frame) -> bool | None:
        x, y = a(frame), b(frame)
        if type(x) is Decimal and type(y) is Decimal:
            return quick(x, y)  # type: ignore[no-any-return]
        return compared(frame, sign, x, y)

    return decide


ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _compare_constant(sign: str, a: Closure, constant: Any) -> Closure:
    kind, quick = type(constant), ORDERS[sign]

    def decide(frame: Frame) -> bool | None:
        x = a(frame)
        if type(x) is kind:
            return quick(x, constant)  # type: ignore[no-any-return]
        return compared(frame, sign, x, constant)

    return decide


def _same(sign: str, a: Closure, b: Closure) -> Closure:
    quick = ORDERS[sign]

    def decide(frame: Frame) -> bool | None:
        x, y = a(frame), b(frame)
        kind = type(x)
        if kind is type(y) and (kind is str or kind is Decimal or kind is bool):
            return quick(x, y)  # type: ignore[no-any-return]
        return compared(frame, sign, x, y)

    return decide


@compiles("between")
def between(compiler: Compiler, value: Node, low: Node, high: Node) -> Closure:
    """``a between b and c``."""
    v, a, b = compiler.compile(value), compiler.compile(low), compiler.compile(high)

    def decide(frame: Frame) -> bool | None:
        x, y, z = v(frame), a(frame), b(frame)
        if type(x) is Decimal and type(y) is Decimal and type(z) is Decimal:
            return y <= x <= z
        return both(compared(frame, "<=", y, x), compared(frame, "<=", x, z))

    return decide


def _boolean(frame: Frame, word: str, value: Any) -> None:
    if value is not None and not isinstance(value, bool):
        frame.account.warn("«{}» con {} cuenta como null", "“{}” with {} counts as null", word, type_name(value))


@compiles("and")
def conjunction(compiler: Compiler, operands: list[Node]) -> Closure:
    """``a and b and c``: false as soon as one is false."""
    first, *rest = [compiler.compile(operand) for operand in operands]

    def decide(frame: Frame) -> bool | None:
        value = first(frame)
        for part in rest:
            if value is False:
                return False
            other = part(frame)
            if value is True and (other is True or other is False):
                value = other
            else:
                _boolean(frame, "and", value)
                _boolean(frame, "and", other)
                value = both(value, other)
        return value  # type: ignore[no-any-return]

    return decide


@compiles("or")
def disjunction(compiler: Compiler, operands: list[Node]) -> Closure:
    """``a or b or c``: true as soon as one is true."""
    first, *rest = [compiler.compile(operand) for operand in operands]

    def decide(frame: Frame) -> bool | None:
        value = first(frame)
        for part in rest:
            if value is True:
                return True
            other = part(frame)
            if value is False and (other is True or other is False):
                value = other
            else:
                _boolean(frame, "or", value)
                _boolean(frame, "or", other)
                value = either(value, other)
        return value  # type: ignore[no-any-return]

    return decide


@compiles("if")
def conditional(compiler: Compiler, condition: Node, then: Node, otherwise: Node) -> Closure:
    """``if a then b else c``: whatever is not true is else."""
    c, a, b = compiler.compile(condition), compiler.compile(then), compiler.compile(otherwise)
    return lambda frame: a(frame) if c(frame) is True else b(frame)


@compiles("instance")
def instance(compiler: Compiler, value: Node, kind: Any) -> Closure:
    """``a instance of type``."""
    v = compiler.compile(value)

    def decide(frame: Frame) -> bool | None:
        result = is_instance(v(frame), kind, frame.account.types)
        if result is None:
            frame.account.warn("no hay ningún tipo «{}»", "there is no type “{}”", kind)
        return result

    return decide
