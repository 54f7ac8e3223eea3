"""Lines and paragraphs: cleaned of what cannot be stored, and held to their length and pattern."""

from __future__ import annotations

import unicodedata
from typing import Any

import re2

from engine.errors import Text
from engine.forms import messages
from engine.forms.kinds.base import Kind, one
from engine.forms.messages import Problem
from engine.forms.model import Field
from engine.forms.situation import Situation

LINE_LIMIT = 500
PARAGRAPHS_LIMIT = 20_000

# Turning the direction of writing makes a text show other than it is stored.
_TURNERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def tidy(raw: Any, *, lines: bool = False) -> str | None:
    """``raw`` as a storable text in NFC without outer blanks, ``None`` when nothing is left."""
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise Problem(messages.WRONG_TYPE)
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        return None
    if not lines and "\n" in text:
        raise Problem(messages.ONE_LINE)
    if any(_strange(character) for character in text):
        raise Problem(messages.STRANGE_CHARACTERS)
    return unicodedata.normalize("NFC", text.replace("\t", " ")).strip() or None


def _strange(character: str) -> bool:
    if character in "\n\t":
        return False
    return character in _TURNERS or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co")


def within_limits(field: Field, text: str, limit: int) -> str:
    """``text`` if it keeps the field's lengths and pattern."""
    checks = field.checks
    longest = min(checks.max_length or limit, limit)
    if len(text) > longest:
        raise Problem(messages.too_long(longest, len(text)))
    if checks.min_length is not None and len(text) < checks.min_length:
        raise Problem(messages.too_short(checks.min_length))
    if checks.pattern is not None and re2.search(checks.pattern, text) is None:
        said = checks.pattern_message
        raise Problem(Text(said, said) if said else messages.PATTERN)
    return text


def _read_line(field: Field, raw: Any, _: Situation) -> str | None:
    text = tidy(one(raw))
    return None if text is None else within_limits(field, text, LINE_LIMIT)


def _read_paragraphs(field: Field, raw: Any, _: Situation) -> str | None:
    raw = one(raw)
    if isinstance(raw, str) and len(raw) > 2 * PARAGRAPHS_LIMIT:
        raise Problem(messages.too_long(PARAGRAPHS_LIMIT, len(raw)))
    text = tidy(raw, lines=True)
    return None if text is None else within_limits(field, text, PARAGRAPHS_LIMIT)


def write_text(_: Field, value: Any, __: Situation) -> str:
    """A text as it is; what is no text has no place in a text field."""
    return value if isinstance(value, str) else ""


LINE = Kind(_read_line, write_text)
PARAGRAPHS = Kind(_read_paragraphs, write_text)
