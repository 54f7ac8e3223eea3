"""Paths, and what is behind a dot."""

from __future__ import annotations

from typing import Any

from engine.feel.compiler import Compiler, compiles
from engine.feel.frames import Closure, Frame
from engine.feel.limits import Account
from engine.feel.reader import Node
from engine.feel.temporal import temporal_property
from engine.feel.values import Range, as_number, type_name

RANGE_PARTS = {
    "start": "start", "end": "end", "start included": "start_included", "end included": "end_included",
}  # fmt: skip
MAY_BE_NULL = frozenset({"time offset", "timezone", "start", "end"})


@compiles("path")
def path(compiler: Compiler, value: Node, name: str) -> Closure:
    """``value.name``."""
    v = compiler.compile(value)

    def read(frame: Frame) -> Any:
        found = v(frame)
        if type(found) is dict and name in found:
            inner = found[name]
            kind = type(inner)
            if kind is int or kind is float:
                return as_number(inner)
            return inner
        return property_of(frame.account, found, name)

    return read


def property_of(account: Account, value: Any, name: str) -> Any:
    """An entry, a property of a temporal value or range, or that of every item of a list."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        account.lack(name, value)
        return None
    if isinstance(value, list):
        account.size(len(value))
        return [property_of(account, item, name) for item in value]
    if isinstance(value, Range) and name in RANGE_PARTS:
        return getattr(value, RANGE_PARTS[name])
    found = temporal_property(value, name)
    if found is None and (value is None or name not in MAY_BE_NULL):
        account.warn("{} no tiene «{}»", "{} has no “{}”", type_name(value), name)
    return found
