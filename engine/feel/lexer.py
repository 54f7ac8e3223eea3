"""Cuts FEEL text into tokens; names of several words are put together by the parser, which knows them."""

from __future__ import annotations

import re
from typing import NamedTuple

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
OPERATORS = ("**", "..", "<=", ">=", "!=", "->", *"+-*/=<>()[]{},:.?@'")
# Names as DMN 1.5 has them (grammar rules 27-29), and the signs and symbols that people use besides.
START = (
    "A-Z_a-z$\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2600-\u27bf\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
# These patterns are ours and linear; what designers write as patterns goes to re2.
WORD = re.compile(f"[{START}][{START}0-9\u00b7\u0300-\u036f\u203f\u2040]*")
SPACE = re.compile("[\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]+")
NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
PLAIN = re.compile('[^"\\\\\x00]+')
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
        position = _skip(text, position)
        if position >= length:
            tokens.append(Token("end", "", length, length))
            return tokens
        token = _next(text, position)
        tokens.append(token)
        position = token.end


def _skip(text: str, position: int) -> int:
    """Where the next token starts, after spaces and comments."""
    while True:
        space = SPACE.match(text, position)
        if space is not None:
            position = space.end()
        if text.startswith("//", position):
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        elif text.startswith("/*", position):
            end = text.find("*/", position + 2)
            if end < 0:
                raise FeelSyntaxError("el comentario no termina", "the comment does not end", text, position)
            position = end + 2
        else:
            return position


def _next(text: str, position: int) -> Token:
    char = text[position]
    if char == '"':
        return _string(text, position)
    number = NUMBER.match(text, position)
    if number is not None:
        return Token("number", number.group(), position, number.end())
    word = WORD.match(text, position)
    if word is not None:
        found = word.group()
        return Token("keyword" if found in KEYWORDS else "name", found, position, word.end())
    for operator in OPERATORS:
        if text.startswith(operator, position):
            return Token("op", operator, position, position + len(operator))
    if char == "`" and (end := text.find("`", position + 1)) > position + 1:
        return Token("quoted", text[position + 1 : end], position, end + 1)
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    raise FeelSyntaxError(f"el signo «{shown}» no se entiende", f"the sign “{shown}” cannot be read", text, position)


def _string(text: str, start: int) -> Token:
    position, parts = start + 1, []
    while position < len(text):
        plain = PLAIN.match(text, position)
        if plain is not None:
            parts.append(plain.group())
            position = plain.end()
            continue
        char = text[position]
        if char == '"':
            return Token("string", "".join(parts), start, position + 1)
        if char == "\x00" or position + 1 >= len(text):
            break
        decoded, position = _escape(text, position)
        parts.append(decoded)
    raise FeelSyntaxError('el texto no termina: falta «"»', 'the string does not end: “"” is missing', text, start)


def _escape(text: str, position: int) -> tuple[str, int]:
    """The character that an escape stands for, and where it ends; what is no escape stays as it is."""
    mark = text[position + 1]
    if mark in ESCAPE:
        return ESCAPE[mark], position + 2
    for letter, digits in (("u", 4), ("U", 6)):
        number = _hex(text, position + 2, digits) if mark == letter else 0
        end = position + 2 + digits
        if 0xD800 <= number < 0xDC00 and text.startswith("\\u", end):
            second = _hex(text, end + 2, 4)
            if 0xDC00 <= second < 0xE000:
                return chr(0x10000 + ((number - 0xD800) << 10) + second - 0xDC00), end + 6
        if 0 < number <= 0x10FFFF and not 0xD800 <= number < 0xE000:
            return chr(number), end
    return "\\" + mark, position + 2


def _hex(text: str, start: int, digits: int) -> int:
    """The number that ``digits`` hexadecimal digits write; 0 where they do not."""
    code = text[start : start + digits]
    if len(code) < digits or not all(char in "0123456789abcdefABCDEF" for char in code):
        return 0
    return int(code, 16)
