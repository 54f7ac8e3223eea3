"""Texts of a diagram as values: literal, or FEEL where they start with ``=``; compiled once, evaluated often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import EngineError, Text
from engine.feel import FeelLimitError, FeelSyntaxError, compile_expression

# Functions of several words that the engine adds to FEEL; the compiler has to know such names beforehand.
FUNCTION_NAMES = frozenset({"business deadline"})


class ExpressionError(EngineError):
    """An expression of a diagram gave something that its place cannot take."""

    code = "expression_error"
    default = Text("La expresión no dio un valor que sirva aquí.", "The expression gave no value that serves here.")


@dataclass(frozen=True, slots=True)
class Value:
    """A compiled text. ``text`` is as written; ``compiled`` is None for a literal."""

    text: str
    compiled: Any

    def evaluate(self, variables: Mapping[str, Any], now: datetime) -> Any:
        """The value for ``variables``; raises ``ExpressionError`` where a limit of FEEL is breached."""
        if self.compiled is None:
            return self.text
        try:
            return self.compiled.evaluate(variables, now=now)
        except FeelLimitError as error:
            raise ExpressionError(
                Text(
                    "La expresión «{text}» excede los límites: {why}",
                    "The expression “{text}” exceeds the limits: {why}",
                    {"text": self.text[:200], "why": str(error)},
                )
            ) from error

    def why_null(self, variables: Mapping[str, Any], now: datetime) -> str:
        """What FEEL noted while this gave null, for a person who mends it."""
        if self.compiled is None:
            return ""
        return "; ".join(str(warning) for warning in self.compiled.explain(variables, now=now).warnings[:3])

    @property
    def variables(self) -> frozenset[str]:
        """Names that the expression reads."""
        return self.compiled.variables if self.compiled is not None else frozenset()


def compile_text(text: str) -> Value:
    """Compile ``text`` by the rule of the dialect; raises ``FeelSyntaxError``."""
    if text.startswith("="):
        return Value(text, compile_expression(text[1:], names=FUNCTION_NAMES))
    return Value(text, None)


class Reading(Mapping[str, Any]):
    """What an expression sees: facts of the case, then variables from the innermost scope outwards, then the rest."""

    __slots__ = ("facts", "last", "scope")

    def __init__(self, scope: Any, facts: Mapping[str, Any], last: Mapping[str, Any]) -> None:
        self.scope = scope
        self.facts = facts
        self.last = last

    def __getitem__(self, name: str) -> Any:
        if name in self.facts:
            return self.facts[name]
        scope = self.scope
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.parent if not scope.closed else None
        return self.last[name]

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def names(self) -> set[str]:
        """All names that can be read."""
        seen = {*self.facts, *self.last}
        scope = self.scope
        while scope is not None:
            seen.update(scope.variables)
            scope = scope.parent if not scope.closed else None
        return seen


__all__ = ["FUNCTION_NAMES", "ExpressionError", "FeelSyntaxError", "Reading", "Value", "compile_text"]
