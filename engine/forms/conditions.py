"""The FEEL expressions of a form: compiled once, asked with limits, never an error at run time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.feel import FeelError, compile_expression

# Names of more than one word that the application may hand in.
LONG_NAMES = frozenset({"business deadline"})


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One expression of a form; ``source`` is its text without the leading "="."""

    source: str
    compiled: Any

    @classmethod
    def of(cls, text: str) -> Condition:
        """Compile ``text`` ("=…"); a text that is no FEEL raises ``FeelSyntaxError``."""
        source = text.strip().removeprefix("=").strip()
        return cls(source, compile_expression(source, LONG_NAMES))

    @property
    def variables(self) -> frozenset[str]:
        """The free names that it reads."""
        return frozenset(self.compiled.variables)

    def value(self, scope: Mapping[str, Any], now: datetime) -> Any:
        """Its value, or null where it cannot be told within the limits."""
        try:
            return self.compiled.evaluate(scope, now=now)
        except FeelError:
            return None

    def holds(self, scope: Mapping[str, Any], now: datetime) -> bool:
        """Whether it is true (null is not)."""
        return self.value(scope, now) is True
