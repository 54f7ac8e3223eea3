"""A form file as bounded JSON: size, depth and duplicates are checked before anything is believed."""

from __future__ import annotations

import json
import re
from typing import Any

from engine.errors import DefinitionError, Finding, Text

MOST_BYTES = 1_000_000
DEEPEST = 30


def load(data: bytes, filename: str) -> tuple[dict[str, Any], str]:
    """The JSON object of a form file and its text, or ``DefinitionError``."""
    if len(data) > MOST_BYTES:
        raise _refused(
            "form:size",
            Text(
                "El archivo es demasiado grande: caben {most} bytes.",
                "The file is too big: {most} bytes fit.",
                {"most": MOST_BYTES},
            ),
            filename,
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("form:encoding", Text("El archivo no es UTF-8.", "The file is not UTF-8."), filename) from error
    try:
        found = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _refused(
            "form:json",
            Text(
                "No es JSON válido en la columna {column}: {reason}.",
                "It is not valid JSON at column {column}: {reason}.",
                {"column": error.colno, "reason": error.msg},
            ),
            filename,
            error.lineno,
        ) from error
    except _RefusedJsonError as error:
        raise _refused("form:json", error.text, filename) from error
    except (RecursionError, ValueError) as error:
        raise _refused(
            "form:json", Text("No es JSON que se pueda leer.", "It is not readable JSON."), filename
        ) from error
    if not isinstance(found, dict):
        raise _refused("form:json", Text("Se esperaba un objeto JSON.", "A JSON object was expected."), filename)
    if _depth(found) > DEEPEST:
        raise _refused("form:depth", Text("Está anidado demasiado hondo.", "It is nested too deeply."), filename)
    return found, text


def line_of(text: str, element_id: str) -> int | None:
    """The line on which the component with this id is written."""
    found = re.search(r'"id"\s*:\s*' + re.escape(json.dumps(element_id, ensure_ascii=False)), text)
    return text.count("\n", 0, found.start()) + 1 if found else None


class _RefusedJsonError(Exception):
    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RefusedJsonError(
            Text(
                "El nombre «{name}» está repetido en un objeto.",
                "The name “{name}” is repeated in one object.",
                {"name": twice[:60]},
            )
        )
    return found


def _no_constant(name: str) -> Any:
    raise _RefusedJsonError(Text("{name} no es JSON.", "{name} is not JSON.", {"name": name}))


def _depth(found: Any) -> int:
    deepest, level = 0, [found]
    while level:
        deepest += 1
        if deepest > DEEPEST:
            break
        level = [inner for item in level for inner in _inner(item)]
    return deepest


def _inner(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []


def _refused(rule: str, text: Text, filename: str, line: int | None = None) -> DefinitionError:
    return DefinitionError([Finding(rule, "error", text, line=line, file=filename)])
