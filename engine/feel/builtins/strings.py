"""Built-in functions of strings (DMN 1.5, 10.3.4.3); regular expressions run in linear time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.limits import Account
from engine.feel.signatures import builtin
from engine.feel.xpath import pattern


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


def _compiled(account: Account, text: str, flags: str | None, string: str) -> Any:
    """The pattern, paid for: re2 needs at worst a step for each character and each place of the pattern."""
    compiled = pattern(text, flags or "")
    if compiled is not None:
        account.charge(10 + len(string) * compiled.programsize // 200 + getattr(compiled, "fee", 0))
    else:
        account.warn("«{}» no es una expresión regular admitida", "“{}” is no regular expression that is allowed", text)
    return compiled


@builtin("matches", "input:string, pattern:string, flags:string?")
def _matches(account: Account, string: str, text: str, flags: str | None = None) -> Any:
    compiled = _compiled(account, text, flags, string)
    return None if compiled is None else compiled.search(string) is not None


@builtin("replace", "input:string, pattern:string, replacement:string, flags:string?")
def _replace(account: Account, string: str, text: str, replacement: str, flags: str | None = None) -> Any:
    compiled = _compiled(account, text, flags, string)
    if compiled is None or compiled.search("") is not None:
        return None
    literal = "q" in (flags or "")
    parts, last, length = [], 0, len(string)
    for found in compiled.finditer(string):
        new = replacement if literal else _expand(replacement, found)
        if new is None:
            return None
        parts.append(string[last : found.start()])
        parts.append(new)
        length += len(new)
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
    compiled = _compiled(account, delimiter, None, string)
    if compiled is None or compiled.search("") is not None:
        return None
    parts, last = [], 0
    for found in compiled.finditer(string):
        parts.append(string[last : found.start()])
        last = found.end()
    account.size(len(parts) + 1)
    return [*parts, string[last:]]


@builtin("extract", "string:string, pattern:string")
def _extract(account: Account, string: str, text: str) -> Any:
    """Camunda's: every match of a pattern."""
    compiled = _compiled(account, text, None, string)
    if compiled is None:
        return None
    found = [match.group() for match in compiled.finditer(string)]
    account.size(len(found))
    return found


@builtin("string join", "list:list, delimiter:string!?")
@builtin("string join", "list:list, delimiter:string!, prefix:string!, suffix:string!")
def _join(
    account: Account,
    items: list[Any],
    delimiter: str | None = None,
    prefix: str | None = None,
    suffix: str | None = None,
) -> Any:
    texts = [item for item in items if item is not None]
    if not all(isinstance(text, str) for text in texts):
        return None
    between = delimiter or ""
    account.text(sum(map(len, texts)) + len(between) * len(texts) + len(prefix or "") + len(suffix or ""))
    return (prefix or "") + between.join(texts) + (suffix or "")
