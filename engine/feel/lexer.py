"""Cuts FEEL text into tokens; names of several words are known ones, or are put together by the parser."""

from __future__ import annotations

from typing import NamedTuple

import re2

from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import MAX_TEXT


class Token(NamedTuple):
    """One token: its kind, its text or value, where it starts and ends."""

    kind: str
    text: str
    start: int
    end: int


KEYWORDS = frozenset(
    {
        "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "between", "instance",
        "of", "true", "false", "null", "function", "external",
    }
)  # fmt: skip
OPERATORS = ("**", "..", "<=", ">=", "!=", "->", *"+-*/=<>()[]{},:.?@")
SPACE = re2.compile(r"(?:[\s\x{0085}\x{00A0}\x{1680}\x{180E}\x{2000}-\x{200B}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}]+|//[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/)+")
NUMBER = re2.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
WORD = re2.compile(r"[\pL_$\x{1F000}-\x{1FAFF}\x{2600}-\x{27BF}][\pL\pN_$\pM\x{1F000}-\x{1FAFF}\x{2600}-\x{27BF}\x{00B7}\x{200C}\x{200D}]*")
STRING = re2.compile(r'"(?:[^"\\]|\\.)*"', re2.UNICODE if hasattr(re2, "UNICODE") else 0)
ESCAPE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "'": "'", "/": "/"}


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``, ended by one of kind "end". Raises ``FeelSyntaxError``."""
    if len(text) > MAX_TEXT:
        raise FeelSyntaxError(
            f"la expresión tiene {len(text)} caracteres; se admiten {MAX_TEXT}",
            f"the expression has {len(text)} characters; {MAX_TEXT} are allowed",
            "",
            0,
        )
    tokens: list[Token] = []
    position, length = 0, len(text)
    while True:
        space = SPACE.match(text, position)
        if space is not None:
            position = space.end()
        if position >= length:
            tokens.append(Token("end", "", length, length))
            return tokens
        token = _next(text, position)
        tokens.append(token)
        position = token.end


def _next(text: str, position: int) -> Token:
    char = text[position]
    if char == '"':
        return _string(text, position)
    if char.isdigit() or (char == "." and text[position + 1 : position + 2].isdigit() and not text[max(0, position - 1)] == "."):
        number = NUMBER.match(text, position)
        if number is not None:
            found = number.group()
            return Token("number", found, position, position + len(found))
    word = WORD.match(text, position)
    if word is not None:
        found = word.group()
        return Token("keyword" if found in KEYWORDS else "name", found, position, position + len(found))
    for operator in OPERATORS:
        if text.startswith(operator, position):
            return Token("op", operator, position, position + len(operator))
    if char == "`" and (end := text.find("`", position + 1)) > position:
        return Token("quoted", text[position + 1 : end], position, end + 1)
    if char == "'":
        return Token("op", "'", position, position + 1)
    raise FeelSyntaxError(f"el signo «{char}» no se entiende", f"the sign “{char}” cannot be read", text, position)


def _string(text: str, start: int) -> Token:
    position, parts = start + 1, []
    while position < len(text):
        char = text[position]
        if char == '"':
            return Token("string", "".join(parts), start, position + 1)
        if char == "\\" and position + 1 < len(text):
            decoded, position = _escape(text, position)
            parts.append(decoded)
            continue
        parts.append(char)
        position += 1
    raise FeelSyntaxError("el texto entre comillas no termina", "the string does not end", text, start)


def _escape(text: str, position: int) -> tuple[str, int]:
    mark = text[position + 1]
    if mark in ESCAPE:
        return ESCAPE[mark], position + 2
    for letter, digits in (("u", 4), ("U", 6)):
        code = text[position + 2 : position + 2 + digits]
        if mark == letter and len(code) == digits and all(c in "0123456789abcdefABCDEF" for c in code):
            number, end = int(code, 16), position + 2 + digits
            if 0xD800 <= number < 0xDC00 and text.startswith("\\u", end):
                low = text[end + 2 : end + 6]
                try:
                    second = int(low, 16)
                except ValueError:
                    second = 0
                if 0xDC00 <= second < 0xE000:
                    return chr(0x10000 + ((number - 0xD800) << 10) + second - 0xDC00), end + 6
            if number <= 0x10FFFF and not 0xD800 <= number < 0xE000:
                return chr(number), end
    return "\\" + mark, position + 2
