"""The text of any value, as ``string(value)`` gives it, within the bounds of an evaluation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.errors import FeelLimitError
from engine.feel.iso import to_text
from engine.feel.lexer import WORD
from engine.feel.limits import Account
from engine.feel.values import FeelFunction, Range, as_number

PLAIN_DIGITS = 40


def number_text(value: Decimal) -> str:
    """A number without exponent, unless it is very large or small; nought has neither sign nor exponent."""
    if value.is_zero():
        value = abs(value) if value.as_tuple().exponent <= 0 else Decimal(0)  # type: ignore[operator]
    return f"{value:f}" if abs(value.adjusted()) < PLAIN_DIGITS else str(value)


class Writer:
    """Writes values and pays for what it writes."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.left = account.limits.characters

    def text(self, value: Any) -> str:
        """What ``string(value)`` gives: a string as it is, what lies inside others as one would write it."""
        parts: list[str] = []
        self._write(value, parts, nested=False)
        text = "".join(parts)
        self.account.text(len(text))
        return text

    def _put(self, text: str, parts: list[str]) -> None:
        self.left -= len(text)
        if self.left < 0:
            raise FeelLimitError("el texto es demasiado largo", "the text is too long")
        parts.append(text)

    def _write(self, value: Any, parts: list[str], *, nested: bool) -> None:
        if isinstance(value, list):
            self._put("[", parts)
            for index, item in enumerate(value):
                self._put(", " if index else "", parts)
                self._write(item, parts, nested=True)
            self._put("]", parts)
        elif isinstance(value, dict):
            self._put("{", parts)
            for index, (key, item) in enumerate(value.items()):
                self._put((", " if index else "") + _key(key) + ": ", parts)
                self._write(item, parts, nested=True)
            self._put("}", parts)
        elif isinstance(value, Range):
            self._range(value, parts)
        else:
            self._put(_scalar(value, nested), parts)

    def _range(self, value: Range, parts: list[str]) -> None:
        if value.operator:
            self._put(f"{value.operator} ", parts)
            self._write(value.end if value.start is None else value.start, parts, nested=True)
            return
        self._put("[" if value.start_included else "(", parts)
        self._write(value.start, parts, nested=True)
        self._put("..", parts)
        self._write(value.end, parts, nested=True)
        self._put("]" if value.end_included else ")", parts)


def _scalar(value: Any, nested: bool) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value) if nested else value
    number = as_number(value)
    if number is not None:
        return number_text(number)
    return "function" if isinstance(value, FeelFunction) else to_text(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _key(key: str) -> str:
    return key if all(WORD.fullmatch(word) for word in key.split(" ")) else _quoted(key)


def text_of(value: Any) -> str:
    """The text of a value outside of an evaluation."""
    return Writer(Account()).text(value)
