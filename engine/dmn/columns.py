"""The tests of one input column, arranged so that a value finds its rules by one look-up instead of test by test.

Rules are bits of a number. Cells that compare with constants (texts, numbers, booleans) go into an index; all others
are evaluated for the rules that are still possible. An index serves only values of its own kind: for any other value
each cell is evaluated, so that the rules of FEEL for comparing different kinds hold.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import accumulate
from operator import xor
from typing import Any

from engine.feel import UnaryTests
from engine.feel.frames import Closure, Frame

Tree = tuple[Any, ...]
Span = tuple[Decimal | None, Decimal | None, bool, bool]  # start, end, start included, end included
Find = Callable[[Any, int], int]  # rules by value; the second is what values not listed have
KINDS: tuple[type, ...] = (str, Decimal, bool)


class Column:
    """The cells of one column, first rule first; None takes any value."""

    __slots__ = ("any", "closures", "find", "kind", "otherwise", "slow", "unsure")

    def __init__(self, cells: Sequence[UnaryTests | None]) -> None:
        self.any = sum(1 << bit for bit, cell in enumerate(cells) if cell is None)
        self.closures: list[tuple[int, Closure]] = [
            (1 << bit, cell._closure) for bit, cell in enumerate(cells) if cell is not None
        ]
        self.kind: type | None = None
        self.slow = self.closures  # those that the index does not hold
        self.unsure = 0
        self.otherwise = self.any
        self.find: Find | None = None
        self._index(cells)

    def _index(self, cells: Sequence[UnaryTests | None]) -> None:
        simple: dict[type, dict[int, Tree]] = {kind: {} for kind in KINDS}
        for bit, cell in enumerate(cells):
            for kind in KINDS:
                if cell is not None and _constants(cell.tree, kind) is not None:
                    simple[kind][1 << bit] = cell.tree
        kind = max(KINDS, key=lambda kind: len(simple[kind]))
        if simple[kind]:
            self.kind = kind
            self.slow = [(bit, closure) for bit, closure in self.closures if bit not in simple[kind]]
            self.unsure = sum(bit for bit, _ in self.slow)
            if kind is Decimal:
                self.find = _numbers(simple[kind], self.any)
            else:
                self.find, self.otherwise = _values(simple[kind], kind, self.any)

    def matching(self, value: Any, possible: int, frame: Frame) -> int:
        """Which of the ``possible`` rules take ``value``."""
        if self.find is not None and type(value) is self.kind:
            found = possible & self.find(value, self.otherwise)
            return found if not self.slow else found | self._evaluate(self.slow, value, possible & self.unsure, frame)
        return possible & self.any | self._evaluate(self.closures, value, possible, frame)

    @staticmethod
    def _evaluate(cells: Iterable[tuple[int, Closure]], value: Any, possible: int, frame: Frame) -> int:
        if not possible:
            return 0
        found, inner = 0, frame.inner({"?": value})
        for bit, closure in cells:
            if possible & bit and closure(inner) is True:
                found |= bit
        return found


def _constants(tree: Tree, kind: type) -> list[Any] | None:
    """The constants (or spans of numbers) that a cell tests for; None where it does anything else."""
    if tree[0] not in ("tests", "not-tests"):
        return None
    found = []
    for test in tree[1]:
        constant = _span(test) if kind is Decimal else _constant(test, kind)
        if constant is None:
            return None
        found.append(constant)
    return found


def _constant(test: Tree, kind: type) -> Any:
    if test[0] == "matches" and test[1][0] == "constant" and type(test[1][1]) is kind:
        return test[1][1]
    return None


def _number(node: Tree) -> Decimal | None:
    if node[0] == "negate":
        number = _number(node[1])
        return None if number is None else -number
    return node[1] if node[0] == "constant" and type(node[1]) is Decimal else None


def _span(test: Tree) -> Span | None:
    if test[0] == "matches":
        node = test[1]
        number = _number(node)
        if number is not None:
            return (number, number, True, True)
        if node[0] == "range" and len(node) == 5:
            start, end = _number(node[1]), _number(node[2])
            return (start, end, node[3], node[4]) if start is not None and end is not None and start <= end else None
        return None
    if test[0] == "test" and test[1] in ("<", "<=", ">", ">="):
        number = _number(test[2])
        if number is None:
            return None
        return (None, number, False, test[1] == "<=") if test[1][0] == "<" else (number, None, test[1] == ">=", False)
    return None


def _values(trees: dict[int, Tree], kind: type, always: int) -> tuple[Find, int]:
    """Rules by text or by boolean, and those for any other."""
    wanted: dict[Any, int] = {}
    refused: dict[Any, int] = {}
    otherwise = always
    for bit, tree in trees.items():
        table = wanted if tree[0] == "tests" else refused
        otherwise |= 0 if tree[0] == "tests" else bit
        for value in _constants(tree, kind) or ():
            table[value] = table.get(value, 0) | bit
    found = {value: wanted.get(value, 0) | (otherwise & ~refused.get(value, 0)) for value in {**wanted, **refused}}
    return found.get, otherwise


def _numbers(trees: dict[int, Tree], always: int) -> Find:
    """Rules by number: between two neighbouring limits nothing changes.

    The places of the number line are the gap before the first limit, that limit, the gap after it, and so on; a rule's
    bit is turned over where its tests begin and end to hold.
    """
    spans = {bit: _constants(tree, Decimal) or [] for bit, tree in trees.items()}
    limits = sorted({end for found in spans.values() for span in found for end in span[:2] if end is not None})
    places = 2 * len(limits) + 1
    turns = [0] * (places + 1)
    for bit, found in spans.items():
        if trees[bit][0] == "not-tests":
            turns[0] ^= bit
        for first, last in _merged([_places(span, limits) for span in found]):
            turns[first] ^= bit
            turns[last + 1] ^= bit
    rules = [always | turned for turned in accumulate(turns, xor)]
    count = len(limits)

    def find(value: Decimal, _otherwise: int) -> int:
        place = bisect_left(limits, value)
        exact = place < count and limits[place] == value
        found: int = rules[2 * place + 1 if exact else 2 * place]
        return found

    return find


def _places(span: Span, limits: list[Decimal]) -> tuple[int, int]:
    """The first and the last place that a span covers."""
    start, end, start_included, end_included = span
    first = 0 if start is None else 2 * bisect_left(limits, start) + (1 if start_included else 2)
    last = 2 * len(limits) if end is None else 2 * bisect_left(limits, end) + (1 if end_included else 0)
    return first, last


def _merged(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pairs of places without overlap."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(pair for pair in pairs if pair[0] <= pair[1]):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result
