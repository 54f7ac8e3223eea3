"""The errors of FEEL: what cannot be read, and what would take too much."""

from __future__ import annotations

from engine.feel.hints import hint


class FeelError(Exception):
    """Anything that FEEL refuses; ``es`` and ``en`` say it to a person."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es = es
        self.en = en


class FeelSyntaxError(FeelError):
    """A text that is no FEEL: ``line`` and ``column`` count from 1, ``caret`` is a two-line picture of the place.

    ``expected`` is the word that was missing; with the place it tells what to write instead.
    """

    def __init__(self, es: str, en: str, text: str, position: int, expected: str = "") -> None:
        advice = hint(text, position, expected)
        if advice is not None:
            es, en = f"{es}: {advice[0]}", f"{en}: {advice[1]}"
        before = text[:position]
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        shown = text.split("\n")[self.line - 1] if text else ""
        start = max(0, self.column - 60)
        self.caret = f"{shown[start : start + 120]}\n{' ' * (self.column - 1 - start)}^"
        super().__init__(
            f"línea {self.line}, columna {self.column}: {es}", f"line {self.line}, column {self.column}: {en}"
        )


class FeelLimitError(FeelError):
    """An expression that would take too much time or memory; it has no value, not even null."""
