"""Built-in functions that make numbers, strings and ranges of others (DMN 1.5, 10.3.4.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import re2

from engine.feel.iso import parse_date, parse_date_time, parse_duration, parse_literal, parse_time
from engine.feel.limits import Account
from engine.feel.operators import compare
from engine.feel.signatures import builtin
from engine.feel.textual import Writer
from engine.feel.values import NUMBERS, Range

NUMBER = re2.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")
RANGE = re2.compile(r"\s*([\[\](])(.*?)\.\.(.*)([\])\[])\s*")
CALL = re2.compile(r'(@|date and time|date|time|duration)\s*(\()?\s*"([^"\\]*)"\s*(\))?')
READERS = {
    "@": parse_literal, "date": parse_date, "time": parse_time, "date and time": parse_date_time,
    "duration": parse_duration,
}  # fmt: skip


@builtin("number", "from:string")
@builtin("number", "from:string, grouping separator:string!, decimal separator:string!")
def _number(account: Account, text: str, grouping: str | None = None, point: str | None = None) -> Any:
    if grouping not in (None, " ", ",", ".") or point not in (None, ".", ",") or (grouping and grouping == point):
        return None
    if grouping:
        text = text.replace(grouping, "")
    if point:
        text = text.replace(point, ".")
    return NUMBERS.create_decimal(text) if NUMBER.fullmatch(text) else None


@builtin("number", "from:number")
def _number_of(account: Account, value: Decimal) -> Any:
    return value


@builtin("string", "from:any")
def _string(account: Account, value: Any) -> Any:
    return Writer(account).text(value)


@builtin("string", "mask:string, value:any!")
def _string_mask(account: Account, mask: str, value: Any) -> Any:
    """Camunda's and others' ``string("%s", x)``: each ``%s`` becomes an item's text."""
    values = value if isinstance(value, list) else [value]
    writer = Writer(account)
    parts = mask.split("%s")
    shown = [writer.text(item) for item in values[: len(parts) - 1]]
    shown += ["%s"] * (len(parts) - 1 - len(shown))
    return "".join(text for pair in zip(parts, [*shown, ""], strict=True) for text in pair)


@builtin("range", "from:string")
def _range(account: Account, text: str) -> Any:
    match = RANGE.fullmatch(text)
    if match is None:
        return None
    start, end = _endpoint(match[2].strip()), _endpoint(match[3].strip())
    if start is None or end is None or compare("<=", start, end) is not True:
        return None
    return Range(start, end, match[1] == "[", match[4] == "]")


def _endpoint(text: str) -> Any:
    if NUMBER.fullmatch(text):
        return NUMBERS.create_decimal(text)
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        return text[1:-1]
    call = CALL.fullmatch(text)
    if call is None or (call[1] == "@") != (call[2] is None) or (call[2] is None) != (call[4] is None):
        return None
    return READERS[call[1]](call[3])
