"""Reads the names of types: simple ones, ``list<…>``, ``range<…>``, ``context<…>`` and ``function<…> -> …``."""

from __future__ import annotations

from typing import Any

from engine.feel.names import Names
from engine.feel.reader import Reader

SEVERAL_WORDS = Names(
    (
        "date and time", "days and time duration", "years and months duration", "day-time duration",
        "year-month duration",
    )
)  # fmt: skip


def read_type(reader: Reader, known: Names) -> Any:
    """A type: its name, or a tuple of its outer name and its parts."""
    reader.deeper()
    found = SEVERAL_WORDS.match(reader.tokens, reader.position) or known.match(reader.tokens, reader.position)
    kind = _skip(reader, found) if found is not None else _named(reader, known)
    reader.nesting -= 1
    return kind


def _skip(reader: Reader, found: tuple[str, int]) -> str:
    reader.position += found[1]
    return found[0]


def _named(reader: Reader, known: Names) -> Any:
    if reader.token.kind not in ("name", "keyword", "quoted"):
        raise reader.wrong("un tipo", "a type")
    name = reader.token.text
    reader.position += 1
    if name in ("list", "range") and reader.take("<"):
        inner = read_type(reader, known)
        reader.expect(">")
        return (name, inner)
    if name == "context" and reader.take("<"):
        return _context(reader, known)
    if name == "function" and reader.take("<"):
        return _function(reader, known)
    while reader.take("."):
        found = known.match(reader.tokens, reader.position)
        name += "." + (_skip(reader, found) if found is not None else reader.token.text)
        reader.position += found is None
    return name


def _context(reader: Reader, known: Names) -> Any:
    members: list[tuple[str, Any]] = []
    while not reader.at(">"):
        name = reader.declared_name(":")
        reader.expect(":")
        members.append((name, read_type(reader, known)))
        if not reader.take(","):
            break
    reader.expect(">")
    return ("context", tuple(members))


def _function(reader: Reader, known: Names) -> Any:
    parameters = []
    while not reader.at(">"):
        parameters.append(read_type(reader, known))
        if not reader.take(","):
            break
    reader.expect(">")
    result = read_type(reader, known) if reader.take("->") else "Any"
    return ("function", tuple(parameters), result)
