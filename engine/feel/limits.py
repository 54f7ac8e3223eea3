"""Bounds on what an expression may take, and the running account of one evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

from engine.feel.errors import FeelLimitError

MAX_TEXT = 8_000
MAX_NESTING = 64
MAX_NODES = 2_000
MAX_WARNINGS = 50
CHUNK = 2_000  # steps between two looks at the clock


@dataclass(frozen=True, slots=True)
class Limits:
    """Steps of one evaluation, length of lists and of strings, parts of the result, depth of calls, seconds."""

    steps: int = 200_000
    items: int = 20_000
    characters: int = 200_000
    parts: int = 100_000
    depth: int = 48
    seconds: float = 1.0


DEFAULT = Limits()


class FeelWarning(NamedTuple):
    """Why something became null."""

    es: str
    en: str

    def __str__(self) -> str:
        return self.es


def this_instant() -> datetime:
    """Now, where whoever asks for an evaluation did not say."""
    return datetime.now(UTC)


class Account:
    """What one evaluation has used so far, and what it noted."""

    __slots__ = ("_now", "calls", "deadline", "left", "limits", "missing", "reserve", "types", "warnings")

    def __init__(self, limits: Limits = DEFAULT, now: datetime | None = None, types: Any = None) -> None:
        self.limits = limits
        self._now = now
        self.left = CHUNK
        self.reserve = limits.steps - CHUNK
        self.deadline = 0.0
        self.calls = 0
        self.types = types
        self.warnings: list[FeelWarning] = []
        # Names that were not found and what there is instead (None: the scope), by the place of their warning.
        self.missing: dict[int, tuple[str, Any]] = {}

    @property
    def now(self) -> datetime:
        """The instant at which the evaluation happens, one for all of it."""
        if self._now is None:
            self._now = this_instant()
        return self._now

    def charge(self, amount: int) -> None:
        """Pay for work; raises ``FeelLimitError`` when nothing is left."""
        self.left -= amount
        if self.left < 0:
            self._refill()

    def _refill(self) -> None:
        clock = monotonic()
        if not self.deadline:
            self.deadline = clock + self.limits.seconds
        if self.left + self.reserve < 0 or clock > self.deadline:
            raise FeelLimitError("la expresión hace demasiado trabajo", "the expression does too much work")
        step = min(CHUNK, self.reserve) if self.left + CHUNK >= 0 else -self.left
        self.left += step
        self.reserve -= step

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

    def enter(self) -> None:
        """Go into a function's body; ``leave`` it again."""
        self.calls += 1
        if self.calls > self.limits.depth:
            raise FeelLimitError("las funciones se llaman sin fin", "functions call one another without end")
        self.charge(5)

    def leave(self) -> None:
        """Come back from a function's body."""
        self.calls -= 1

    def warn(self, es: str, en: str, *values: Any) -> None:
        """Note why something became null; ``values`` fill the places of both sentences."""
        if len(self.warnings) < MAX_WARNINGS:
            shown = [str(value)[:80] for value in values]
            self.warnings.append(FeelWarning(es.format(*shown), en.format(*shown)) if shown else FeelWarning(es, en))

    def lack(self, name: str, entries: Any = None) -> None:
        """Note that there is no such variable or function, or no such entry among ``entries``."""
        if len(self.warnings) < MAX_WARNINGS:
            self.missing[len(self.warnings)] = (name, entries)
            if entries is None:
                self.warn("no hay ninguna variable «{}»", "there is no variable “{}”", name)
            else:
                self.warn("el contexto no tiene «{}»", "the context has no “{}”", name)

    def measure(self, value: Any) -> None:
        """Refuse a result that unfolds to more parts than allowed (what is shared is counted each time)."""
        measure(value, self.limits.parts)


def measure(value: Any, left: int) -> None:
    """Refuse a list or context that unfolds to more than ``left`` parts."""
    stack = [value]
    while stack:
        current = stack.pop()
        items = current.values() if type(current) is dict else current
        left -= len(items)
        if left < 0:
            raise FeelLimitError("el resultado es demasiado grande", "the result is too large")
        stack.extend(item for item in items if type(item) is list or type(item) is dict)


class Beyond(Exception):
    """The short road of an evaluation ends here; the long one has to be taken."""


class FreeAccount(Account):
    """Pays for nothing and notes nothing: whatever is more than a trifle ends the short road."""

    __slots__ = ()
    TRIFLE = 400

    @property
    def now(self) -> datetime:
        """Unknown on the short road."""
        raise Beyond

    def charge(self, amount: int) -> None:
        """Free, if it is little."""
        if amount > self.TRIFLE:
            raise Beyond

    def size(self, count: int) -> None:
        """Free, if it is short."""
        if count > self.TRIFLE:
            raise Beyond

    def text(self, length: int) -> None:
        """Free, if it is short."""
        if length > self.TRIFLE:
            raise Beyond

    def lack(self, name: str, entries: Any = None) -> None:
        """Reasons are noted on the long road only."""
        raise Beyond

    def warn(self, es: str, en: str, *values: Any) -> None:
        """Reasons are noted on the long road only."""
        raise Beyond
