"""Built-in functions of strings (DMN 1.5, 10.3.4.3); regular expressions run in linear time."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import re2

from engine.feel.builtins.registry import builtin
from engine.feel.limits import Account


@builtin("substring", "string:string, start position:number, length:number?")
def _substring(account: Account, string: str, start: Decimal, length: Decimal | None = None) -> Any:
    first = int(start)
    if first == 0 or (length is not None and length < 1):
        return None
    begin = first - 1 if first > 0 else max(0, len(string) + first)
    return string[begin:] if length is None else string[begin : begin + int(length)]


@builtin("string length", "string:string")
def _length(account: Account, string: str) -> Any:
    return Decimal(len(string))


@builtin("upper case", "string:string")
def _upper(account: Account, string: str) -> Any:
    account.text(len(string))
    return string.upper()


@builtin("lower case", "string:string")
def _lower(account: Account, string: str) -> Any:
    account.text(len(string))
    return string.lower()


@builtin("substring before", "string:string, match:string")
def _before(account: Account, string: str, match: str) -> Any:
    return string.partition(match)[0] if match and match in string else ""


@builtin("substring after", "string:string, match:string")
def _after(account: Account, string: str, match: str) -> Any:
    if not match:
        return string
    return string.partition(match)[2]


@builtin("contains", "string:string, match:string")
def _contains(account: Account, string: str, match: str) -> Any:
    return match in string


@builtin("starts with", "string:string, match:string")
def _starts(account: Account, string: str, match: str) -> Any:
    return string.startswith(match)


@builtin("ends with", "string:string, match:string")
def _ends(account: Account, string: str, match: str) -> Any:
    return string.endswith(match)


@builtin("trim", "string:string")
def _trim(account: Account, string: str) -> Any:
    return string.strip()


@builtin("is blank", "string:string")
def _blank(account: Account, string: str) -> Any:
    return not string.strip()


@lru_cache(maxsize=512)
def pattern(text: str, flags: str) -> Any:
    """A compiled XPath pattern in re2's syntax; None where it cannot be one (look-around, back-references)."""
    if not set(flags) <= set("smixq"):
        return None
    if "q" in flags:
        text = re2.escape(text)
    if "x" in flags and "q" not in flags:
        text = _without_spaces(text)
    modes = "".join(flag for flag in "smi" if flag in flags)
    text = text.replace("\\i", "[\\pL_:]").replace("\\c", "[\\pL\\pN_:.\\-]")
    text = _character_classes(text)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 4 << 20
    try:
        return re2.compile(f"(?{modes}){text}" if modes else text, options)
    except re2.error:
        return None


def _without_spaces(text: str) -> str:
    """Flag x: spaces mean nothing, but inside a character class."""
    kept, depth, escaped = [], 0, False
    for char in text:
        if not escaped:
            depth += (char == "[") - (char == "]")
        if escaped or depth > 0 or not char.isspace():
            kept.append(char)
        escaped = char == "\\" and not escaped
    return "".join(kept)


def _character_classes(text: str) -> str:
    """XML Schema's ``[a-z-[aeiou]]`` has no counterpart in re2 for the general case: it is refused by not compiling."""
    return text.replace("\\p{IsBasicLatin}", "[\\x00-\\x7F]").replace("\\P{IsBasicLatin}", "[^\\x00-\\x7F]")


@builtin("matches", "input:string, pattern:string, flags:string?")
def _matches(account: Account, string: str, text: str, flags: str | None = None) -> Any:
    account.charge(10 + len(string) // 16 + len(text))
    compiled = pattern(text, flags or "")
    return None if compiled is None else compiled.search(string) is not None


@builtin("replace", "input:string, pattern:string, replacement:string, flags:string?")
def _replace(account: Account, string: str, text: str, replacement: str, flags: str | None = None) -> Any:
    account.charge(10 + len(string) // 16 + len(text))
    compiled = pattern(text, flags or "")
    if compiled is None or compiled.search("") is not None:
        return None
    literal = "q" in (flags or "")
    parts, last, length = [], 0, 0
    for found in compiled.finditer(string):
        new = replacement if literal else _expand(replacement, found)
        if new is None:
            return None
        parts.append(string[last : found.start()] + new)
        length += len(parts[-1])
        account.text(length)
        last = found.end()
    parts.append(string[last:])
    return "".join(parts)


def _expand(replacement: str, found: Any) -> str | None:
    """``$1`` and ``\\$`` in a replacement."""
    out, position = [], 0
    while position < len(replacement):
        char = replacement[position]
        if char == "\\":
            if replacement[position + 1 : position + 2] not in ("\\", "$"):
                return None
            out.append(replacement[position + 1])
            position += 2
        elif char == "$":
            digits = ""
            position += 1
            while position < len(replacement) and replacement[position].isdigit():
                if digits and int(digits + replacement[position]) > len(found.groups()):
                    break
                digits += replacement[position]
                position += 1
            if not digits:
                return None
            group = int(digits)
            out.append((found.group(group) or "") if group <= len(found.groups()) else "")
        else:
            out.append(char)
            position += 1
    return "".join(out)


@builtin("split", "string:string, delimiter:string")
def _split(account: Account, string: str, delimiter: str) -> Any:
    account.charge(10 + len(string) // 16)
    compiled = pattern(delimiter, "")
    if compiled is None:
        return None
    parts = compiled.split(string)
    account.size(len(parts))
    if compiled.groups:
        parts, last = [], 0
        for found in compiled.finditer(string):
            parts.append(string[last : found.start()])
            last = found.end()
        parts.append(string[last:])
    return parts


@builtin("string join", "list:list, delimiter:string!?")
@builtin("string join", "list:list, delimiter:string!, prefix:string!, suffix:string!")
def _join(account: Account, items: list[Any], delimiter: str | None = None, prefix: str | None = None, suffix: str | None = None) -> Any:  # fmt: skip
    texts = [item for item in items if item is not None]
    if not all(isinstance(text, str) for text in texts):
        return None
    account.text(sum(map(len, texts)) + len(delimiter or "") * len(texts))
    return (prefix or "") + (delimiter or "").join(texts) + (suffix or "")
