"""Closures of the short road: each for one shape of expression, each giving up by ``Beyond`` at anything unusual."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from engine.feel.limits import Beyond, FreeAccount
from engine.feel.operators import arithmetic, compare
from engine.feel.signatures import Builtin
from engine.feel.temporal import temporal_property

Direct = Callable[[Any], Any]

FREE = FreeAccount()
ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip


def _inner(found: Any, name: str) -> Any:
    """What is behind a dot."""
    if type(found) is dict:
        inner = found[name]
        kind = type(inner)
        if kind is int or kind is float:
            raise Beyond
        return inner
    inner = temporal_property(found, name)
    if inner is None:
        raise Beyond
    return inner


def path(v: Direct, name: str) -> Direct:
    """A property of any value."""

    def read(env: Any) -> Any:
        found = v(env)
        if type(found) is dict:
            inner = found[name]
            kind = type(inner)
            if kind is int or kind is float:
                raise Beyond
            return inner
        return _inner(found, name)

    return read


def path_of_name(first: str, name: str) -> Direct:
    """A property of what a name of the scope means."""

    def read(env: Any) -> Any:
        found = env[first]
        if type(found) is dict:
            inner = found[name]
            kind = type(inner)
            if kind is int or kind is float:
                raise Beyond
            return inner
        return _inner(found, name)

    return read


def path_of_slot(place: int, name: str) -> Direct:
    """A property of a loop's variable."""

    def read(env: Any) -> Any:
        found = env[place]
        if type(found) is dict:
            inner = found[name]
            kind = type(inner)
            if kind is int or kind is float:
                raise Beyond
            return inner
        return _inner(found, name)

    return read


def slot(place: int) -> Direct:
    """A loop's variable."""

    def read(env: Any) -> Any:
        value = env[place]
        kind = type(value)
        if kind is int or kind is float:
            raise Beyond
        return value

    return read


def entry_of_item(place: int, name: str, outer: Direct) -> Direct:
    """A name in a filter: an entry of the item, else what the name is outside."""

    def read(env: Any) -> Any:
        item = env[place]
        if type(item) is dict and name in item:
            value = item[name]
            kind = type(value)
            if kind is int or kind is float:
                raise Beyond
            return value
        return outer(env)

    return read


def choice_by_entry(v: Direct, entry: str, quick: Callable[[Any, Any], Any], constant: Any) -> Direct:
    """``items[price > 5]``: the filter that most filters are."""
    kind = type(constant)

    def choose(env: Any) -> list[Any]:
        kept = []
        items = items_of(v(env))
        env[1] -= len(items)
        if env[1] < 0 or not items:
            raise Beyond
        for item in items:
            if type(item) is not dict:
                raise Beyond
            value = item[entry]
            if type(value) is not kind:
                raise Beyond
            if quick(value, constant):
                kept.append(item)
        return kept

    return choose


def items_of(value: Any) -> list[Any]:
    """A list's items; anything else is for the long road."""
    if type(value) is list:
        return value
    raise Beyond


def calculation(sign: str, quick: Callable[[Any, Any], Any], a: Direct, b: Direct) -> Direct:
    """An operation of two values."""
    adds = sign == "+"

    def calculate(env: Any) -> Any:
        x, y = a(env), b(env)
        kind = type(x)
        if kind is Decimal and type(y) is Decimal:
            return quick(x, y)
        if adds and kind is str and type(y) is str and len(x) + len(y) < FREE.TRIFLE:
            return x + y
        return arithmetic(FREE, sign, x, y)

    return calculate


def calculation_with(sign: str, quick: Callable[[Any, Any], Any], a: Direct, constant: Decimal) -> Direct:
    """An operation with a constant number."""

    def calculate(env: Any) -> Any:
        x = a(env)
        if type(x) is Decimal:
            return quick(x, constant)
        return arithmetic(FREE, sign, x, constant)

    return calculate


def null_test(sign: str, a: Direct) -> Direct:
    """``a = null``."""
    if sign == "=":
        return lambda env: a(env) is None
    if sign == "!=":
        return lambda env: a(env) is not None
    raise Beyond


def name_compared(quick: Callable[[Any, Any], Any], name: str, constant: Any) -> Direct:
    """A name of the scope compared with a constant."""
    kind = type(constant)

    def decide(env: Any) -> bool:
        x = env[name]
        if type(x) is kind:
            return quick(x, constant)  # type: ignore[no-any-return]
        raise Beyond

    return decide


def compared_with(sign: str, quick: Callable[[Any, Any], Any], a: Direct, constant: Any) -> Direct:
    """Anything compared with a constant."""
    kind = type(constant)
    if kind is bool and sign not in ("=", "!="):
        raise Beyond

    def decide(env: Any) -> bool:
        x = a(env)
        if type(x) is kind:
            return quick(x, constant)  # type: ignore[no-any-return]
        raise Beyond

    return decide if kind in (str, Decimal, bool) else comparison(sign, quick, a, lambda env: constant)


def comparison(sign: str, quick: Callable[[Any, Any], Any], a: Direct, b: Direct) -> Direct:
    """Two values compared."""

    def decide(env: Any) -> bool:
        x, y = a(env), b(env)
        kind = type(x)
        if kind is type(y):
            if kind is Decimal or kind is str or kind is date:
                return quick(x, y)  # type: ignore[no-any-return]
            if kind is list or kind is dict:
                raise Beyond
        result = compare(sign, x, y)
        if result is None:
            raise Beyond
        return result

    return decide


def logic(parts: list[Direct], decisive: bool) -> Direct:
    """``and`` (false decides) or ``or`` (true decides)."""
    first, second, *rest = parts

    def decide(env: Any) -> Any:
        verdict = first(env)
        if verdict is decisive:
            return decisive
        if verdict is True or verdict is False:
            verdict = second(env)
            if verdict is True or verdict is False:
                return verdict
        raise Beyond

    return logic([decide, *rest], decisive) if rest else decide


def call_of_one(builtin: Builtin, a: Direct) -> Direct:
    """A built-in function of one argument."""
    quick = builtin.single

    def call(env: Any) -> Any:
        x = a(env)
        function = quick.get(type(x))
        result = builtin(FREE, x) if function is None else function(FREE, x)
        if result is None:
            raise Beyond
        return result

    return call


def call_of_two(builtin: Builtin, a: Direct, b: Direct) -> Direct:
    """A built-in function of two arguments."""
    quick = builtin.quick
    known: tuple[Any, Any, Any] = (None, None, None)  # the last kinds and their function, replaced as a whole

    def call(env: Any) -> Any:
        nonlocal known
        x, y = a(env), b(env)
        first, second, function = known
        if type(x) is not first or type(y) is not second:
            function = quick.get((type(x), type(y)))
            if function is not None:
                known = (type(x), type(y), function)
        result = builtin(FREE, x, y) if function is None else function(FREE, x, y)
        if result is None:
            raise Beyond
        return result

    return call
