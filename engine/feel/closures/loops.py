"""``for``, ``some``, ``every`` and filters: what is done for every item of a list, and paid beforehand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.compiler import OPEN, Compiler, compiles
from engine.feel.frames import Closure, Frame
from engine.feel.operators import both, either
from engine.feel.reader import Node
from engine.feel.sequences import item_at, items_of, span
from engine.feel.values import is_number

Parts = list[tuple[str, Closure]]
EMPTY: dict[str, Any] = {}


@compiles("span")
def steps(compiler: Compiler, start: Node, end: Node) -> Closure:
    """``1..5`` of an iteration: upwards or downwards."""
    a, b = compiler.compile(start), compiler.compile(end)
    return lambda frame: span(frame.account, a(frame), b(frame))


def _iterators(compiler: Compiler, iterators: list[tuple[str, Node]], scope: set[str]) -> Parts:
    compiler.scopes.append(scope)
    parts = []
    for name, source in iterators:
        parts.append((name, compiler.compile(source)))
        scope.add(name)
    compiler.scopes.pop()
    return parts


@compiles("for")
def iteration(compiler: Compiler, iterators: list[tuple[str, Node]], body: Node) -> Closure:
    """``for x in xs return …``; ``partial`` holds the results so far."""
    scope = {"partial"}
    parts = _iterators(compiler, iterators, scope)
    result, weight, captures = compiler.measured(lambda: compiler.inside(scope, body))
    walk = _walker(parts, weight, captures)

    def loop(frame: Frame) -> list[Any] | None:
        collected: list[Any] = []
        account = frame.account
        limit = account.limits.items

        def visit(inner: Frame) -> bool:
            if len(collected) >= limit:
                account.size(limit + 1)
            collected.append(result(inner))
            return True

        found = walk(Frame({"partial": collected}, frame, account), visit)
        return collected if found else None

    return loop


def _walker(parts: Parts, weight: int, captures: bool) -> Callable[[Frame, Callable[[Frame], bool]], bool]:
    """A function that visits each combination of the iterators' items, and gives False where one has none to give.

    The frame is used again for every item, unless a function value could keep it.
    """
    last = len(parts) - 1

    def walk(frame: Frame, visit: Callable[[Frame], bool], index: int = 0) -> bool:
        name, source = parts[index]
        account = frame.account
        items = items_of(account, source(frame))
        if items is None:
            return False
        bound: dict[str, Any] = frame.bound  # type: ignore[assignment]
        account.charge(1 + len(items) * (weight if index == last else 1))
        for item in items:
            if captures:
                bound = {**bound, name: item}
                frame = Frame(bound, frame.up, account)
            else:
                bound[name] = item
            if index == last:
                if not visit(frame):
                    return True
            elif not walk(frame, visit, index + 1):
                return False
        return True

    return walk


def _quantified(compiler: Compiler, iterators: list[tuple[str, Node]], condition: Node, *, some: bool) -> Closure:
    scope: set[str] = set()
    parts = _iterators(compiler, iterators, scope)
    check, weight, captures = compiler.measured(lambda: compiler.inside(scope, condition))
    walk = _walker(parts, weight, captures)
    join, decisive = (either, True) if some else (both, False)

    def decide(frame: Frame) -> bool | None:
        outcome: bool | None = not some

        def look(inner: Frame) -> bool:
            nonlocal outcome
            verdict = check(inner)
            outcome = join(outcome, verdict)
            return outcome is not decisive

        return outcome if walk(Frame({}, frame, frame.account), look) else None

    return decide


@compiles("some")
def some(compiler: Compiler, iterators: list[tuple[str, Node]], condition: Node) -> Closure:
    """``some x in xs satisfies …``."""
    return _quantified(compiler, iterators, condition, some=True)


@compiles("every")
def every(compiler: Compiler, iterators: list[tuple[str, Node]], condition: Node) -> Closure:
    """``every x in xs satisfies …``."""
    return _quantified(compiler, iterators, condition, some=False)


@compiles("filter")
def choice(compiler: Compiler, value: Node, condition: Node) -> Closure:
    """``xs[…]``: the item at a place, or those for which a condition holds."""
    v = _growing(compiler, value) or compiler.compile(value)
    if condition[0] == "constant" and isinstance(condition[1], Decimal):
        index = condition[1]
        return lambda frame: item_at(frame.account, _as_list(v(frame)), index)
    read_before = "item" in compiler.free
    check, weight, captures = compiler.measured(lambda: compiler.inside(OPEN, condition))
    if not read_before:
        compiler.free.discard("item")

    def choose(frame: Frame) -> Any:
        items = _as_list(v(frame))
        account = frame.account
        account.charge(1 + len(items) * weight)
        if not items:
            # Only a number needs no item; a condition is asked of none, but with null as item it harms nobody.
            return [] if condition[0] in CONDITIONS or not is_number(check(frame.inner(EMPTY))) else None
        inner = Frame(EMPTY, frame, account)
        kept = []
        for item in items:
            if captures:
                inner = Frame(EMPTY, frame, account)
            inner.bound = _entries(item)
            verdict = check(inner)
            if verdict is True:
                kept.append(item)
            elif verdict is not False and is_number(verdict):
                return item_at(account, items, verdict)
        return kept

    return choose


CONDITIONS = frozenset({"compare", "between", "in", "and", "or", "some", "every", "instance"})


def _growing(compiler: Compiler, value: Node) -> Closure | None:
    """``partial[-1]``: no copy of the results is needed to read one of them."""
    if value != ("name", "partial"):
        return None
    depth, dynamic = compiler.depth_of("partial")
    if dynamic or depth == len(compiler.scopes):
        return None

    def read(frame: Frame) -> Any:
        here: Any = frame
        for _ in range(depth):
            here = here.up
        return here.bound["partial"]

    return read


def _entries(item: Any) -> dict[str, Any]:
    """The names that a filter's condition sees for one item: its entries, and ``item``."""
    if type(item) is dict:
        return item if "item" in item else {**item, "item": item}
    return {"item": item}


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
