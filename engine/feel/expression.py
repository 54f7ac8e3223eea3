"""Compiled expressions and unary tests: read once, cached by their text, evaluated often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from engine.feel import closures
from engine.feel.builtins import BUILTINS
from engine.feel.closures.tests import predicate_of_tests
from engine.feel.compiler import Compiler
from engine.feel.direct import Direct, direct_of
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.frames import Closure, Frame, exactly
from engine.feel.hints import meant
from engine.feel.limits import DEFAULT, Account, Beyond, FeelWarning, Limits
from engine.feel.names import Names
from engine.feel.parser import Parser
from engine.feel.reader import Node

BUILTIN_NAMES = Names(name for name in BUILTINS if " " in name)
CACHE_SIZE = 8_192
ROAD_AFTER = 3  # evaluations; making it takes as long as some of them
# A name that is missing, a value of another kind, a number beyond bounds: the long road knows what it means.
SHORT_ROAD_ENDS = (Beyond, LookupError, ArithmeticError, ValueError, RecursionError)

assert closures  # its modules declare how nodes are compiled


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A value, and why what became null did so."""

    value: Any
    warnings: tuple[FeelWarning, ...]


class Expression:
    """A compiled expression. ``text`` is as written; ``tree`` as read; ``variables`` are the free names it reads."""

    __slots__ = ("_closure", "_declared", "_direct", "_uses", "text", "tree", "variables")

    def __init__(
        self, text: str, tree: Node, closure: Closure, variables: frozenset[str], declared: frozenset[str]
    ) -> None:
        self.text = text
        self.tree = tree
        self.variables = variables
        self._closure = closure
        self._declared = declared
        self._direct: Direct | None = None
        self._uses = 0

    def evaluate(self, scope: Mapping[str, Any], *, now: datetime | None = None, limits: Limits = DEFAULT) -> Any:
        """The value in ``scope``; null where it has none. Raises ``FeelLimitError``."""
        direct = self._direct or self.short_road()
        if direct is not None and limits is DEFAULT:
            try:
                return direct(scope, now)
            except SHORT_ROAD_ENDS:
                pass
        return self.within(
            Frame(scope, None, None, now) if limits is DEFAULT else Frame(scope, None, Account(limits, now))
        )

    def short_road(self) -> Direct | None:
        """The short road, made when the expression is used again; None where there is none (yet).

        Threads that make it at once make the same.
        """
        self._uses += 1
        if self._uses == ROAD_AFTER:
            self._direct = direct_of(self.tree, BUILTINS, self._declared)
        return self._direct

    def explain(self, scope: Mapping[str, Any], *, now: datetime | None = None, limits: Limits = DEFAULT) -> Evaluation:
        """The value, with the reasons of every null. Raises ``FeelLimitError``."""
        account = Account(limits, now)
        value = self.within(Frame(scope, None, account))
        return Evaluation(value, tuple(_advised(account, scope)))

    def within(self, frame: Frame) -> Any:
        """The value in a frame that is there already (decisions evaluate many expressions in one)."""
        value = _run(self._closure, frame)
        if type(value) is list or type(value) is dict:
            frame.account.measure(value)
        return value


class UnaryTests:
    """Compiled unary tests, as in the cell of a decision table. ``tree`` is for who arranges many of them."""

    __slots__ = ("_closure", "_predicate", "text", "tree", "variables")

    def __init__(self, text: str, tree: Node, closure: Closure, variables: frozenset[str]) -> None:
        self.text = text
        self.tree = tree
        self.variables = variables
        self._closure = closure
        self._predicate = predicate_of_tests(tree)

    def evaluate(
        self, value: Any, scope: Mapping[str, Any], *, now: datetime | None = None, limits: Limits = DEFAULT
    ) -> bool:
        """Whether ``value`` satisfies the tests. Raises ``FeelLimitError``."""
        return self.check(value, Frame(scope, None, Account(limits, now)))

    def check(self, value: Any, frame: Frame) -> bool:
        """The same in a frame that is there already (a table evaluates many cells)."""
        if self._predicate is not None:
            try:
                return self._predicate(value) is True
            except ArithmeticError:
                return False
        return _run(self._closure, Frame({"?": value}, frame, frame.account)) is True


def compile_expression(text: str, names: Iterable[str] = frozenset()) -> Expression:
    """Compile FEEL text (without the leading ``=``); ``names`` are names of several words that may occur.

    Raises ``FeelSyntaxError``.
    """
    return _expression(text, names if isinstance(names, frozenset) else frozenset(names))


def compile_unary_tests(text: str, names: Iterable[str] = frozenset()) -> UnaryTests:
    """Compile unary tests. Raises ``FeelSyntaxError``."""
    return _unary_tests(text, names if isinstance(names, frozenset) else frozenset(names))


@lru_cache(maxsize=CACHE_SIZE)
def _expression(text: str, names: frozenset[str]) -> Expression:
    try:
        tree = Parser(_sound(text), names, BUILTIN_NAMES).whole_expression()
        closure, free = _compiled(tree, names, set())
    except RecursionError:
        raise _unreadable(text) from None
    return Expression(text, tree, closure, free, names)


@lru_cache(maxsize=CACHE_SIZE)
def _unary_tests(text: str, names: frozenset[str]) -> UnaryTests:
    try:
        tree = Parser(_sound(text), names, BUILTIN_NAMES).whole_tests()
        closure, free = _compiled(tree, names, {"?"})
    except RecursionError:
        raise _unreadable(text) from None
    return UnaryTests(text, tree, closure, free)


def _compiled(tree: Node, names: frozenset[str], bound: set[str]) -> tuple[Closure, frozenset[str]]:
    compiler = Compiler(BUILTINS, names)
    closure = compiler.inside(bound, tree) if bound else compiler.compile(tree)
    return exactly(closure) if compiler.exact else closure, frozenset(compiler.free)


def _advised(account: Account, scope: Mapping[str, Any]) -> Iterator[FeelWarning]:
    """The warnings; one of a name that is not there says which was probably meant."""
    advice: dict[str, str | None] = {}
    for place, warning in enumerate(account.warnings):
        name, entries = account.missing.get(place, ("", None))
        if name and name not in advice:
            advice[name] = meant(name, chain(scope, BUILTINS) if entries is None else entries)
        other = advice.get(name)
        if other is None:
            yield warning
        else:
            yield FeelWarning(f"{warning.es}: ¿quiso decir «{other}»?", f"{warning.en}: did you mean “{other}”?")


def _sound(text: str) -> str:
    """The text, unless it holds half a character, which nothing could store or show."""
    for position, char in enumerate(text) if not text.isascii() else ():
        if "\ud800" <= char <= "\udfff":
            raise FeelSyntaxError("hay medio carácter suelto", "there is half a character", text, position)
    return text


def _unreadable(text: str) -> FeelSyntaxError:
    return FeelSyntaxError("la expresión es demasiado profunda", "the expression is too deep", text, 0)


def _run(closure: Closure, frame: Frame) -> Any:
    try:
        return closure(frame)
    except RecursionError:
        raise FeelLimitError("la expresión es demasiado profunda", "the expression is too deep") from None
    except ArithmeticError:
        # Only a number that is none gets here: a host handed in NaN or infinity.
        frame.account.warn("un número no es un número finito", "a number is no finite number")
        return None
