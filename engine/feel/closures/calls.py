"""Function values and calls, by position and by name."""

from __future__ import annotations

from typing import Any

from engine.feel.calling import invoke, invoke_named
from engine.feel.compiler import Compiler, compiles
from engine.feel.frames import Closure, Frame, exactly
from engine.feel.limits import Account
from engine.feel.reader import Node
from engine.feel.types import MISFIT, conformed, kind_text
from engine.feel.values import FeelFunction

FOLDED = frozenset({"date", "time", "date and time", "duration"})
IS_DEFINED = "is defined"


@compiles("function")
def function(compiler: Compiler, parameters: list[tuple[str, Any]], body: Node, result: Any) -> Closure:
    """``function(a, b) …``: keeps the frame in which it is made."""
    names = [name for name, _ in parameters]
    kinds = [kind for _, kind in parameters]
    compiler.exact = True
    value = exactly(compiler.inside(set(names), body))
    compiler.captures = True
    typed = any(kind is not None for kind in kinds)

    def make(frame: Frame) -> FeelFunction:
        account = frame.account

        def call(*arguments: Any) -> Any:
            bound = dict(zip(names, arguments, strict=True))
            if typed and not _fit(account, bound, parameters):
                return None
            account.enter()
            try:
                given = value(Frame(bound, frame, account))
            finally:
                account.leave()
            if result is None:
                return given
            fitted = conformed(given, result, account.types)
            if fitted is MISFIT:
                account.warn("la función no da {}", "the function does not give {}", kind_text(result))
                return None
            return fitted

        return FeelFunction(call, names, types=kinds, result=result)

    return make


def _fit(account: Account, bound: dict[str, Any], parameters: list[tuple[str, Any]]) -> bool:
    for name, kind in parameters:
        value = bound[name]
        fitted = value if kind is None else conformed(value, kind, account.types)
        if fitted is MISFIT:
            account.warn("el parámetro «{}» no es {}", "the parameter “{}” is not {}", name, kind_text(kind))
            return False
        bound[name] = fitted
    return True


@compiles("call")
def call(
    compiler: Compiler, callee: Node, arguments: list[Node] | None, named: list[tuple[str, Node]] | None
) -> Closure:
    """``f(a)``: a built-in function directly, unless something in scope has its name."""
    label = callee[1] if callee[0] == "name" else "…"
    builtin = compiler.builtins.get(label) if callee[0] == "name" and not compiler.is_local(label) else None
    f = None if builtin is not None and label not in compiler.declared else compiler.compile(callee)
    if named is not None:
        return _by_name(compiler, label, f, builtin, named)
    parts = [compiler.compile(node) for node in arguments or ()]
    if label == IS_DEFINED and f is None and len(parts) == 1:
        return _is_defined(compiler, (arguments or [])[0], parts[0])
    if f is None and builtin is not None:
        return _builtin(label, builtin.call, parts, arguments or [])

    def run(frame: Frame) -> Any:
        found = f(frame)  # type: ignore[misc]
        if builtin is not None and not isinstance(found, FeelFunction):
            found = builtin
        return invoke(frame.account, label, found, [part(frame) for part in parts])

    return run


def _is_defined(compiler: Compiler, node: Node, value: Closure) -> Closure:
    """``is defined(a.b)``: whether there is such a variable or entry, be it null."""
    if node[0] == "name":
        return lambda frame: bound_in(frame, node[1])
    if node[0] == "path":
        base, name = compiler.compile(node[1]), node[2]

        def decide(frame: Frame) -> bool:
            found = base(frame)
            return name in found if isinstance(found, dict) else value(frame) is not None

        return decide
    return lambda frame: True


def bound_in(frame: Frame, name: str) -> bool:
    """Whether any frame binds the name."""
    here: Frame | None = frame
    while here is not None:
        if name in here.bound:
            return True
        here = here.up
    return False


def _by_name(
    compiler: Compiler, label: str, f: Closure | None, builtin: FeelFunction | None, named: list[tuple[str, Node]]
) -> Closure:
    pairs = [(name, compiler.compile(node)) for name, node in named]

    def run(frame: Frame) -> Any:
        found = builtin if f is None else f(frame)
        if builtin is not None and not isinstance(found, FeelFunction):
            found = builtin
        return invoke_named(frame.account, label, found, {name: part(frame) for name, part in pairs})

    return run


def _builtin(label: str, builtin: Any, parts: list[Closure], arguments: list[Node]) -> Closure:
    quick = builtin.quick

    def call_one(frame: Frame) -> Any:
        account, x = frame.account, only(frame)
        fitting = quick.get((type(x),))
        return builtin(account, x) if fitting is None else builtin.run(account, fitting, (x,))

    def call_two(frame: Frame) -> Any:
        account, x, y = frame.account, first(frame), second(frame)
        fitting = quick.get((type(x), type(y)))
        return builtin(account, x, y) if fitting is None else builtin.run(account, fitting, (x, y))

    def call_any(frame: Frame) -> Any:
        return builtin(frame.account, *[part(frame) for part in parts])

    if label in FOLDED and len(arguments) == 1 and arguments[0][0] == "constant":
        folded = call_any(Frame({}))
        if folded is not None:
            return lambda frame: folded
    if len(parts) == 1:
        (only,) = parts
        return call_one
    if len(parts) == 2:
        first, second = parts
        return call_two
    return call_any
