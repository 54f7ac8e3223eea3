"""Constants, names, lists, contexts and ranges."""

from __future__ import annotations

from typing import Any

from engine.feel.compiler import Compiler, compiles
from engine.feel.frames import Closure, Frame
from engine.feel.operators import compare
from engine.feel.reader import Node
from engine.feel.values import FeelFunction, Range, as_number


@compiles("constant")
def constant(compiler: Compiler, value: Any) -> Closure:
    """A value that is known."""
    return lambda frame: value


@compiles("name")
def name(compiler: Compiler, name: str) -> Closure:
    """A name: read where the compiler knows it to be bound, else looked for in every frame."""
    builtin = compiler.builtins.get(name)
    depth, dynamic = compiler.depth_of(name)
    if name in compiler.builtins and depth == len(compiler.scopes):
        compiler.free.discard(name)
    if dynamic:
        return lambda frame: look(frame, name, builtin)
    if name == "partial" and depth < len(compiler.scopes):
        return _partial(depth)
    if depth == 0:
        return _here(name, builtin)
    return _one_out(name, builtin) if depth == 1 else _further_out(name, depth, builtin)


def _here(name: str, builtin: FeelFunction | None) -> Closure:
    def read(frame: Frame) -> Any:
        try:
            value = frame.bound[name]
        except KeyError:
            return look(frame, name, builtin)
        kind = type(value)
        if kind is int or kind is float:
            return as_number(value)
        return value

    return read


def _one_out(name: str, builtin: FeelFunction | None) -> Closure:
    def read(frame: Frame) -> Any:
        try:
            value = frame.up.bound[name]  # type: ignore[union-attr]
        except KeyError:
            return look(frame, name, builtin)
        kind = type(value)
        if kind is int or kind is float:
            return as_number(value)
        return value

    return read


def _further_out(name: str, depth: int, builtin: FeelFunction | None) -> Closure:
    def read(frame: Frame) -> Any:
        here: Any = frame
        for _ in range(depth):
            here = here.up
        try:
            value = here.bound[name]
        except KeyError:
            return look(frame, name, builtin)
        kind = type(value)
        if kind is int or kind is float:
            return as_number(value)
        return value

    return read


def _partial(depth: int) -> Closure:
    """The results so far: a copy, as the list goes on growing."""

    def read(frame: Frame) -> Any:
        here: Any = frame
        for _ in range(depth):
            here = here.up
        results = here.bound["partial"]
        frame.account.charge(1 + len(results) // 8)
        return list(results)

    return read


def look(frame: Frame, name: str, builtin: FeelFunction | None) -> Any:
    """A name's value from the nearest frame that has it; null, and the reason, where none has."""
    here: Frame | None = frame
    while here is not None:
        bound = here.bound
        if name in bound:
            value = bound[name]
            return as_number(value) if type(value) in (int, float) else value
        here = here.up
    if builtin is not None:
        return builtin
    frame.account.lack(name)
    return None


@compiles("list")
def make_list(compiler: Compiler, items: list[Node]) -> Closure:
    """``[a, b]``."""
    parts = [compiler.compile(item) for item in items]
    return lambda frame: [part(frame) for part in parts]


@compiles("context")
def make_context(compiler: Compiler, entries: list[tuple[str, Node]], repeated: bool) -> Closure:
    """``{a: 1, b: a + 1}``: an entry sees those before it, and a function sees itself."""
    known: set[str] = set()
    compiler.scopes.append(known)
    parts = []
    for key, node in entries:
        if node[0] == "function":
            known.add(key)
        parts.append((key, compiler.compile(node)))
        known.add(key)
    compiler.scopes.pop()

    def make(frame: Frame) -> dict[str, Any] | None:
        if repeated:
            frame.account.warn("una clave del contexto se repite", "a key of the context is repeated")
            return None
        result: dict[str, Any] = {}
        inner = Frame(result, frame, frame.account)
        for key, part in parts:
            result[key] = part(inner)
        return result

    return make


@compiles("range")
def make_range(compiler: Compiler, start: Node, end: Node, start_included: bool, end_included: bool) -> Closure:
    """``[a..b]``."""
    low, high = compiler.compile(start), compiler.compile(end)

    def make(frame: Frame) -> Range | None:
        a, b = low(frame), high(frame)
        if a is None and b is None:
            frame.account.warn("el rango no tiene extremos", "the range has no ends")
            return None
        if a is not None and b is not None and compare("<=", a, b) is None:
            frame.account.warn("los extremos del rango no se comparan", "the ends of the range cannot be compared")
            return None
        return Range(a, b, start_included, end_included)

    if start[0] == end[0] == "constant" and start[1] is not None and end[1] is not None:
        fixed = make(Frame({}))
        if fixed is not None:
            return lambda frame: fixed
    return make


@compiles("endless")
def make_endless(compiler: Compiler, operator: str, end: Node) -> Closure:
    """``< 5`` as a value."""
    value = compiler.compile(end)

    def make(frame: Frame) -> Range:
        limit = value(frame)
        if operator in ("<", "<="):
            return Range(None, limit, False, operator == "<=", operator)
        if operator in (">", ">="):
            return Range(limit, None, operator == ">=", False, operator)
        return Range(limit, limit, operator == "=", operator == "=", operator)

    return make
