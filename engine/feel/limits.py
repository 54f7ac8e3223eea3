"""Bounds on what an expression may take, and the running account of one evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from engine.feel.errors import FeelLimitError

MAX_TEXT = 8_000
MAX_NESTING = 64
MAX_NODES = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Steps of one evaluation, length of lists and of strings, depth of function calls."""

    steps: int = 200_000
    items: int = 20_000
    characters: int = 200_000
    depth: int = 48


DEFAULT = Limits()


class FeelWarning(NamedTuple):
    """Why something became null."""

    es: str
    en: str

    def __str__(self) -> str:
        return self.es


class Account:
    """What one evaluation has used so far, and what it noted."""

    __slots__ = ("calls", "left", "limits", "now", "warnings")

    def __init__(self, limits: Limits, now: datetime | None) -> None:
        self.limits = limits
        self.left = limits.steps
        self.calls = 0
        self.warnings: list[FeelWarning] = []
        self.now = now or datetime.now(UTC)

    def charge(self, amount: int) -> None:
        """Pay for work; raises ``FeelLimitError`` when nothing is left."""
        self.left -= amount
        if self.left < 0:
            raise FeelLimitError(
                "la expresión hace demasiado trabajo", "the expression does too much work"
            )

    def size(self, count: int) -> None:
        """Pay for a list of ``count`` items."""
        if count > self.limits.items:
            raise FeelLimitError(
                f"una lista tendría {count} elementos; se admiten {self.limits.items}",
                f"a list would have {count} items; {self.limits.items} are allowed",
            )
        self.charge(count + 1)

    def text(self, length: int) -> None:
        """Pay for a string of ``length`` characters."""
        if length > self.limits.characters:
            raise FeelLimitError(
                f"un texto tendría {length} caracteres; se admiten {self.limits.characters}",
                f"a string would have {length} characters; {self.limits.characters} are allowed",
            )
        self.charge(1 + length // 32)

    def warn(self, es: str, en: str) -> None:
        """Note why something became null."""
        if len(self.warnings) < 50:
            self.warnings.append(FeelWarning(es, en))
