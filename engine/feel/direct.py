"""The short road of an evaluation: closures of the plain scope, for values of the kinds that an expression expects.

No frames, no account, no reasons: as soon as anything is not as expected (a name is missing, a value is null, a kind is
another, a list is long), ``Beyond`` ends the short road and the long one, which knows all rules, starts anew. As nothing
in FEEL has effects, starting anew costs time only. Function values and calls of anything but built-in functions are
always for the long road.

A closure takes an ``Env``: the scope itself where an expression has no loops; else a list of the scope, the work that is
left, and one place for each variable of a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, getcontext, setcontext
from typing import Any

from engine.feel.closures.calls import FOLDED, IS_DEFINED
from engine.feel.closures.tests import predicate_of
from engine.feel.limits import DEFAULT, Beyond, measure
from engine.feel.operators import negate
from engine.feel.reader import Node
from engine.feel.sequences import item_at, span
from engine.feel.shortcuts import (
    FREE,
    ORDERS,
    SIGNS,
    Direct,
    calculation,
    calculation_with,
    call_of_one,
    call_of_two,
    choice_by_entry,
    compared_with,
    comparison,
    entry_of_item,
    items_of,
    logic,
    name_compared,
    null_test,
    path,
    path_of_name,
    path_of_slot,
    slot,
)
from engine.feel.signatures import Builtin
from engine.feel.values import NUMBERS, FeelFunction, Range

LOOPS = frozenset({"for", "some", "every"})
WORK = 10_000
# Without a change of the thread's context, which pays only where there is more than one operation.
METHODS: dict[str, Callable[[Any, Any], Any]] = {
    "+": NUMBERS.add, "-": NUMBERS.subtract, "*": NUMBERS.multiply, "/": NUMBERS.divide,
}  # fmt: skip


class DirectCompiler:
    """Compiles one tree; ``Beyond`` where it has no short road."""

    def __init__(self, builtins: Mapping[str, FeelFunction], declared: frozenset[str], tree: Node) -> None:
        self.builtins = builtins
        self.declared = declared
        self.loops, operations = _survey(tree)
        self.exact = operations > 2
        self.signs = SIGNS if self.exact else METHODS
        self.places: list[tuple[str, int]] = []  # variables of loops, innermost last; an item of a filter has no name
        self.size = 2

    def compile(self, node: Node) -> Direct:
        """The closure of a node."""
        handler: Callable[..., Direct] | None = getattr(self, "_" + node[0], None)
        if handler is None:
            raise Beyond
        return handler(*node[1:])

    # -- values ------------------------------------------------------------------------------------------------------

    def _constant(self, value: Any) -> Direct:
        return lambda env: value

    def _name(self, name: str) -> Direct:
        read = self._outer(name)
        for place_name, place in self.places:
            if place_name == name:
                read = slot(place)
            elif place_name == "":
                read = slot(place) if name == "item" else entry_of_item(place, name, read)
        return read

    def _outer(self, name: str) -> Direct:
        if self.loops:

            def read_outer(env: Any) -> Any:
                value = env[0][name]
                kind = type(value)
                if kind is int or kind is float:
                    raise Beyond
                return value

            return read_outer

        def read(env: Any) -> Any:
            value = env[name]
            kind = type(value)
            if kind is int or kind is float:
                raise Beyond
            return value

        return read

    def _list(self, items: list[Node]) -> Direct:
        parts = [self.compile(item) for item in items]
        return lambda env: [part(env) for part in parts]

    def _path(self, value: Node, name: str) -> Direct:
        if value[0] == "name" and value[1] not in dict(self.places) and not self.loops:
            return path_of_name(value[1], name)
        places = [place for place_name, place in self.places if place_name == value[1]] if value[0] == "name" else []
        if places and self.places[-1][0] != "":
            return path_of_slot(places[-1], name)
        return path(self.compile(value), name)

    def _range(self, start: Node, end: Node, start_included: bool, end_included: bool) -> Direct:
        if start[0] == end[0] == "constant" and type(start[1]) is Decimal and type(end[1]) is Decimal:
            fixed = Range(start[1], end[1], start_included, end_included)
            return lambda env: fixed
        raise Beyond

    # -- operators ---------------------------------------------------------------------------------------------------

    def _arithmetic(self, first: Node, rest: list[tuple[str, Node]]) -> Direct:
        closure = self.compile(first)
        for sign, node in rest:
            if sign not in SIGNS:
                raise Beyond
            if node[0] == "constant" and type(node[1]) is Decimal:
                closure = calculation_with(sign, self.signs[sign], closure, node[1])
            else:
                closure = calculation(sign, self.signs[sign], closure, self.compile(node))
        return closure

    def _negate(self, operand: Node) -> Direct:
        value = self.compile(operand)
        return lambda env: negate(FREE, value(env))

    def _compare(self, sign: str, left: Node, right: Node) -> Direct:
        quick = ORDERS[sign]
        if right[0] == "constant":
            constant = right[1]
            if constant is None:
                return null_test(sign, self.compile(left))
            if left[0] == "name" and not self.loops and type(constant) in (str, Decimal):
                return name_compared(quick, left[1], constant)
            return compared_with(sign, quick, self.compile(left), constant)
        return comparison(sign, quick, self.compile(left), self.compile(right))

    def _between(self, value: Node, low: Node, high: Node) -> Direct:
        v, a, b = self.compile(value), self.compile(low), self.compile(high)

        def decide(env: Any) -> Any:
            x, y, z = v(env), a(env), b(env)
            kind = type(x)
            if (kind is Decimal or kind is date) and kind is type(y) and kind is type(z):
                return y <= x <= z
            raise Beyond

        return decide

    def _and(self, operands: list[Node]) -> Direct:
        return logic([self.compile(operand) for operand in operands], False)

    def _or(self, operands: list[Node]) -> Direct:
        return logic([self.compile(operand) for operand in operands], True)

    def _if(self, condition: Node, then: Node, otherwise: Node) -> Direct:
        c, a, b = self.compile(condition), self.compile(then), self.compile(otherwise)

        def choose(env: Any) -> Any:
            verdict = c(env)
            if verdict is True:
                return a(env)
            if verdict is False:
                return b(env)
            raise Beyond

        return choose

    def _in(self, value: Node, tests: list[Node]) -> Direct:
        predicate = predicate_of(tests)
        if predicate is None:
            raise Beyond
        v, test = self.compile(value), predicate

        def decide(env: Any) -> bool:
            verdict = test(v(env))
            if verdict is None:
                raise Beyond
            return verdict

        return decide

    # -- calls -------------------------------------------------------------------------------------------------------

    def _call(self, callee: Node, arguments: list[Node] | None, named: Any) -> Direct:
        name = callee[1] if callee[0] == "name" else ""
        known = self.builtins.get(name)
        if (
            known is None
            or named is not None
            or name in self.declared
            or name in dict(self.places)
            or name == IS_DEFINED
        ):
            raise Beyond
        builtin: Builtin = known.call  # type: ignore[assignment]
        if name in FOLDED and len(arguments or ()) == 1 and arguments[0][0] == "constant":  # type: ignore[index]
            return self._constant(builtin(FREE, arguments[0][1]))  # type: ignore[index]
        parts = [self.compile(argument) for argument in arguments or ()]
        if len(parts) == 1:
            return call_of_one(builtin, parts[0])
        if len(parts) == 2:
            return call_of_two(builtin, parts[0], parts[1])
        quick = builtin.quick

        def call(env: Any) -> Any:
            given = [part(env) for part in parts]
            function = quick.get(tuple(map(type, given)))
            result = builtin(FREE, *given) if function is None else function(FREE, *given)
            if result is None:
                raise Beyond
            return result

        return call

    # -- loops -------------------------------------------------------------------------------------------------------

    def _place(self, name: str) -> int:
        self.places.append((name, self.size))
        self.size += 1
        return self.size - 1

    def _filter(self, value: Node, condition: Node) -> Direct:
        v = self.compile(value)
        if condition[0] == "constant" and isinstance(condition[1], Decimal):
            index = condition[1]
            return lambda env: item_at(FREE, items_of(v(env)), index)
        if condition[0] == "compare" and condition[2][0] == "name" and condition[3][0] == "constant":
            _, sign, (_, entry), (_, constant) = condition
            if type(constant) in (str, Decimal) and entry != "item":
                return choice_by_entry(v, entry, ORDERS[sign], constant)
        place = self._place("")
        check = self.compile(condition)
        self.places.pop()

        def choose(env: Any) -> list[Any]:
            kept = []
            items = items_of(v(env))
            env[1] -= len(items)
            if env[1] < 0 or not items:
                raise Beyond
            for item in items:
                env[place] = item
                verdict = check(env)
                if verdict is True:
                    kept.append(item)
                elif verdict is not False:
                    raise Beyond
            return kept

        return choose

    def _source(self, iterators: list[tuple[str, Node]]) -> tuple[Direct, int]:
        if len(iterators) > 1:
            raise Beyond
        name, node = iterators[0]
        source = self._span(*node[1:]) if node[0] == "span" else self.compile(node)
        return source, self._place(name)

    def _span(self, start: Node, end: Node) -> Direct:
        a, b = self.compile(start), self.compile(end)
        return lambda env: span(FREE, a(env), b(env))

    def _for(self, iterators: list[tuple[str, Node]], body: Node) -> Direct:
        source, place = self._source(iterators)
        if _mentions(body, "partial"):
            raise Beyond
        result = self.compile(body)
        self.places.pop()

        def loop(env: Any) -> list[Any]:
            collected = []
            items = items_of(source(env))
            env[1] -= len(items)
            if env[1] < 0:
                raise Beyond
            for item in items:
                env[place] = item
                collected.append(result(env))
            return collected

        return loop

    def _some(self, iterators: list[tuple[str, Node]], condition: Node) -> Direct:
        return self._quantified(iterators, condition, True)

    def _every(self, iterators: list[tuple[str, Node]], condition: Node) -> Direct:
        return self._quantified(iterators, condition, False)

    def _quantified(self, iterators: list[tuple[str, Node]], condition: Node, decisive: bool) -> Direct:
        source, place = self._source(iterators)
        check = self.compile(condition)
        self.places.pop()

        def decide(env: Any) -> Any:
            items = items_of(source(env))
            env[1] -= len(items)
            if env[1] < 0:
                raise Beyond
            for item in items:
                env[place] = item
                verdict = check(env)
                if verdict is decisive:
                    return decisive
                if verdict is not True and verdict is not False:
                    raise Beyond
            return not decisive

        return decide


def direct_of(tree: Node, builtins: Mapping[str, FeelFunction], declared: frozenset[str]) -> Direct | None:
    """The short road of an expression; None where it has none."""
    try:
        compiler = DirectCompiler(builtins, declared, tree)
        closure = compiler.compile(tree)
    except (Beyond, RecursionError):
        return None
    if compiler.loops:
        closure = _with_places(closure, compiler.size)
    if compiler.exact:
        closure = _exactly(closure)
    return _measured(closure) if tree[0] in GROWING else closure


GROWING = frozenset({"list", "for", "if"})  # what may give more than the scope holds


def _with_places(closure: Direct, size: int) -> Direct:
    places = [None] * (size - 2)
    return lambda scope: closure([scope, WORK, *places])


def _exactly(closure: Direct) -> Direct:
    def run(scope: Any) -> Any:
        context = getcontext()
        setcontext(NUMBERS)
        try:
            return closure(scope)
        finally:
            setcontext(context)

    return run


def _measured(closure: Direct) -> Direct:
    def run(scope: Any) -> Any:
        value = closure(scope)
        if type(value) is list or type(value) is dict:
            measure(value, DEFAULT.parts)
        return value

    return run


def _survey(tree: Node) -> tuple[bool, int]:
    """Whether a tree has loops, and how many operations of arithmetic."""
    loops, operations = False, 0
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            kind = node[0] if node else None
            loops = loops or kind in LOOPS or (kind == "filter" and node[2][0] != "constant")
            operations += len(node[2]) if kind == "arithmetic" else 0
            stack.extend(node)
        elif isinstance(node, list):
            stack.extend(node)
    return loops, operations * (10 if loops else 1)


def _mentions(tree: Node, name: str) -> bool:
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if node == ("name", name):
            return True
        if isinstance(node, (tuple, list)):
            stack.extend(node)
    return False
