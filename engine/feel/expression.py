"""Compiled expressions and unary tests: read once, cached by their text, evaluated often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.feel.builtins import BUILTINS
from engine.feel.compiler import Closure, Compiler, Frame
from engine.feel.errors import FeelLimitError
from engine.feel.limits import DEFAULT, Account, FeelWarning, Limits
from engine.feel.parser import Names, Node, Parser

BUILTIN_NAMES = Names(name for name in BUILTINS if " " in name)
CACHE_SIZE = 4_096


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A value, and why what became null did so."""

    value: Any
    warnings: tuple[FeelWarning, ...]


class Expression:
    """A compiled expression. ``text`` is as written; ``variables`` are the free names that it reads."""

    __slots__ = ("_closure", "text", "tree", "variables")

    def __init__(self, text: str, tree: Node, closure: Closure, variables: frozenset[str]) -> None:
        self.text = text
        self.tree = tree
        self.variables = variables
        self._closure = closure

    def evaluate(self, scope: Mapping[str, Any], *, now: datetime | None = None, limits: Limits = DEFAULT) -> Any:
        """The value in ``scope``; null where it has none. Raises ``FeelLimitError``."""
        return self._run(scope, Account(limits, now))

    def explain(self, scope: Mapping[str, Any], *, now: datetime | None = None, limits: Limits = DEFAULT) -> Evaluation:
        """The value, with the reasons of every null. Raises ``FeelLimitError``."""
        account = Account(limits, now)
        value = self._run(scope, account)
        return Evaluation(value, tuple(account.warnings))

    def within(self, frame: Frame) -> Any:
        """The value in a frame that is there already (decisions evaluate many expressions in one)."""
        return self._closure(frame)

    def _run(self, scope: Mapping[str, Any], account: Account) -> Any:
        try:
            return self._closure(Frame(scope, None, account))
        except RecursionError:
            raise FeelLimitError("la expresión es demasiado profunda", "the expression is too deep") from None


class UnaryTests:
    """Compiled unary tests, as in the cell of a decision table. ``tree`` is for who arranges many of them."""

    __slots__ = ("_closure", "text", "tree", "variables")

    def __init__(self, text: str, tree: Node, closure: Closure, variables: frozenset[str]) -> None:
        self.text = text
        self.tree = tree
        self.variables = variables
        self._closure = closure

    def evaluate(
        self, value: Any, scope: Mapping[str, Any], *, now: datetime | None = None, limits: Limits = DEFAULT
    ) -> bool:
        """Whether ``value`` satisfies the tests. Raises ``FeelLimitError``."""
        return self.check(value, Frame(scope, None, Account(limits, now)))

    def check(self, value: Any, frame: Frame) -> bool:
        """The same in a frame that is there already (a table evaluates many cells)."""
        try:
            return self._closure(frame.inner({"?": value})) is True
        except RecursionError:
            raise FeelLimitError("la prueba es demasiado profunda", "the test is too deep") from None


def compile_expression(text: str, names: Iterable[str] = ()) -> Expression:
    """Compile FEEL text (without the leading ``=``); ``names`` are names of several words that may occur.

    Raises ``FeelSyntaxError``.
    """
    return _expression(text, frozenset(names))


def compile_unary_tests(text: str, names: Iterable[str] = ()) -> UnaryTests:
    """Compile unary tests. Raises ``FeelSyntaxError``."""
    return _unary_tests(text, frozenset(names))


@lru_cache(maxsize=CACHE_SIZE)
def _expression(text: str, names: frozenset[str]) -> Expression:
    tree = Parser(text, names, BUILTIN_NAMES).whole_expression()
    compiler = Compiler(BUILTINS)
    closure = compiler.compile(tree)
    return Expression(text, tree, closure, frozenset(compiler.free))


@lru_cache(maxsize=CACHE_SIZE)
def _unary_tests(text: str, names: frozenset[str]) -> UnaryTests:
    tree = Parser(text, names, BUILTIN_NAMES).whole_tests()
    compiler = Compiler(BUILTINS)
    closure = compiler.compile(tree)
    return UnaryTests(text, tree, closure, frozenset(compiler.free))
