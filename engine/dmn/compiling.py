"""Compiles the FEEL texts of a model and dispatches its boxed expressions, keeping track of the names in scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.dmn.errors import DmnFinding
from engine.dmn.model import Logic
from engine.dmn.nodes import Node, child, nearest_id, nearest_line, tag
from engine.dmn.types import MISFIT, Types
from engine.feel import FeelSyntaxError, compile_expression, compile_unary_tests
from engine.feel.frames import Frame

if TYPE_CHECKING:
    from engine.dmn.run import Run
    from engine.feel import Expression, UnaryTests

MAX_NAME = 200
Boxed = Callable[["BoxedCompiler", Node], Logic]


class BoxedCompiler:
    """Compiles the expressions of one file. ``paths`` are names that may follow a dot: components, columns, entries.

    The names in scope where an expression stands are added with ``scope``: a name with spaces or operators is read as
    one only where it is visible, and hides a function of that name only there.
    """

    def __init__(
        self,
        kinds: Mapping[str, Boxed],
        paths: Iterable[str],
        types: Types,
        findings: list[DmnFinding],
        language: str = "",
    ) -> None:
        self.kinds = kinds
        self.names = frozenset(name for name in paths if _needs_knowing(name))
        self.types = types
        self.findings = findings
        self.language = language
        self.reads: set[str] = set()

    @contextmanager
    def scope(self, names: Iterable[str]) -> Iterator[None]:
        """These names are visible to what is compiled inside."""
        outer = self.names
        self.names = outer | {name for name in names if 0 < len(name) <= MAX_NAME}
        try:
            yield
        finally:
            self.names = outer

    # -- FEEL --------------------------------------------------------------------------------------------------------

    def feel(self, text: str, node: Node) -> Expression:
        """Compile a FEEL text; a syntax error becomes a finding."""
        self.only_feel(node)
        try:
            expression = compile_expression(text or "null", self.names)
        except FeelSyntaxError as error:
            self._bad(error, text, node)
            return compile_expression("null")
        self.reads |= expression.variables
        return expression

    def tests(self, text: str, node: Node) -> UnaryTests | None:
        """Compile unary tests; None for those that take any value."""
        self.only_feel(node)
        if text.strip() in ("", "-"):
            return None
        try:
            tests = compile_unary_tests(text, self.names)
        except FeelSyntaxError as error:
            self._bad(error, text, node)
            return compile_unary_tests("false")
        self.reads |= tests.variables
        return tests

    def only_feel(self, node: Node) -> None:
        """Refuse other expression languages."""
        language = node.get("expressionLanguage") or self.language
        if language and "FEEL" not in language.upper():
            self.refuse("expression.language", f"Solo se evalúa FEEL, no «{language[:60]}».",
                        f"Only FEEL is evaluated, not “{language[:60]}”.", node)  # fmt: skip

    def _bad(self, error: FeelSyntaxError, text: str, node: Node) -> None:
        self.refuse(
            "expression.syntax",
            f"La expresión «{text[:80]}» no se entiende: {error.es}",
            f"The expression “{text[:80]}” cannot be read: {error.en}",
            node,
        )

    def refuse(self, rule: str, es: str, en: str, node: Node) -> None:
        """Note a reason to refuse the file."""
        self.findings.append(DmnFinding(rule, es, en, nearest_id(node), nearest_line(node)))

    def type_of(self, node: Node | None) -> str | None:
        """The type that a node refers to; an unknown one is a finding."""
        reference = node.get("typeRef") if node is not None else None
        if node is None or not reference:
            return None
        name = self.types.spelled(reference)
        if not self.types.knows(name):
            self.refuse("type.unknown", f"El tipo «{name[:80]}» no existe.", f"There is no type “{name[:80]}”.", node)
        return name

    # -- boxed expressions -------------------------------------------------------------------------------------------

    def inside(self, node: Node | None) -> Logic | None:
        """The boxed expression that ``node`` holds; None where it holds none."""
        found = child(node, *self.kinds) if node is not None else None
        return self.compile(found) if found is not None else None

    def part(self, node: Node, name: str) -> Logic:
        """The boxed expression in the child called ``name``, which may not be missing."""
        logic = self.inside(child(node, name))
        if logic is None:
            self.refuse("boxed.incomplete", f"Falta «{name}».", f"“{name}” is missing.", node)
            return nothing
        return logic

    def boxes(self, node: Node) -> list[Logic]:
        """All boxed expressions directly in ``node``."""
        return [self.compile(item) for item in node if tag(item) in self.kinds]

    def compile(self, node: Node) -> Logic:
        """One boxed expression, with its type check."""
        kind = tag(node)
        logic = self.kinds[kind](self, node)
        type_ = self.type_of(node) if kind != "functionDefinition" else None
        return logic if type_ is None else self.checked(logic, type_)

    def checked(self, logic: Logic, type_: str) -> Logic:
        """``logic``, whose value is of a type or null."""

        def check(run: Run, frame: Frame) -> Any:
            value = self.types.fit(logic(run, frame), type_, frame)
            if value is MISFIT:
                run.account.warn(f"el valor no es del tipo {type_}", f"the value is not of type {type_}")
                return None
            return value

        return check


def nothing(_run: Run, _frame: Frame) -> Any:
    """The logic of what was left empty: null."""
    return None


def _needs_knowing(name: str) -> bool:
    """Whether FEEL has to be told of a name: not of one plain word."""
    return not name.isidentifier() and 0 < len(name) <= MAX_NAME
