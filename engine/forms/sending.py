"""What was sent, sorted by field: a page's flat names or nested JSON, with everything unknown set apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Text
from engine.forms import messages
from engine.forms.model import Field, Place, Repeating

MOST_ROWS_SENT = 500
MOST_PROBLEMS = 30
# The page's own answers (token, version, row buttons) begin so and are none of the form's.
OWN_PREFIX = "_"
OWN_NAMES = frozenset({"csrf_token"})


@dataclass(slots=True)
class Received:
    """Raw answers by name (rows still numbered as sent), and what could not be placed."""

    answers: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, set[int]] = field(default_factory=dict)
    problems: dict[str, Text] = field(default_factory=dict)

    def refuse(self, name: object, text: Text) -> None:
        """Note that ``name`` cannot be placed."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems[str(name)[:120].encode("utf-8", "replace").decode()] = text


def receive(index: Mapping[str, Place], groups: frozenset[str], submitted: Mapping[str, Any]) -> Received:
    """Sort ``submitted`` by the names of ``index``; ``groups`` are the paths that hold others."""
    received = Received()
    for name, value in _entries(submitted):
        if name in OWN_NAMES or name.startswith(OWN_PREFIX):
            continue
        _place(index, groups, name, value, received)
    return received


def _entries(submitted: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    lists = getattr(submitted, "lists", None)
    if callable(lists):
        for name, values in lists():
            yield str(name), values if len(values) != 1 else values[0]
        return
    for name, value in submitted.items():
        yield str(name), value


def _place(index: Mapping[str, Place], groups: frozenset[str], name: str, value: Any, received: Received) -> None:
    template = _template(name)
    place = index.get(template) if template is not None else None
    if place is None:
        if template in groups:
            _inside(index, groups, name, value, received)
        else:
            received.refuse(name, messages.UNKNOWN)
    elif isinstance(place.component, Repeating):
        _rows(index, groups, name, value, received)
    elif isinstance(place.component, Field) and _row_noted(name, template or "", received):
        if name in received.answers:
            received.refuse(name, messages.SEVERAL)
        received.answers[name] = value


def _inside(index: Mapping[str, Place], groups: frozenset[str], name: str, value: Any, received: Received) -> None:
    if value is None:
        return
    if not isinstance(value, Mapping):
        received.refuse(name, messages.WRONG_TYPE)
        return
    for key, inner in value.items():
        _place(index, groups, f"{name}.{key}", inner, received)


def _rows(index: Mapping[str, Place], groups: frozenset[str], name: str, value: Any, received: Received) -> None:
    if value is None:
        return
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        received.refuse(name, messages.ROWS)
        return
    if len(value) > MOST_ROWS_SENT:
        received.refuse(name, messages.many_rows(MOST_ROWS_SENT))
        return
    for number, row in enumerate(value):
        for key, inner in row.items():
            _place(index, groups, f"{name}.{number}.{key}", inner, received)


def _row_noted(name: str, template: str, received: Received) -> bool:
    segments, stars = name.split("."), template.split(".")
    if "*" not in stars:
        return True
    at = stars.index("*")
    number = int(segments[at])
    if number >= MOST_ROWS_SENT:
        received.refuse(name, messages.many_rows(MOST_ROWS_SENT))
        return False
    received.rows.setdefault(".".join(segments[:at]), set()).add(number)
    return True


def _template(name: str) -> str | None:
    if len(name) > 300:
        return None
    segments = []
    for segment in name.split("."):
        if segment.isascii() and segment.isdigit():
            if len(segment) > 6 or str(int(segment)) != segment:
                return None
            segments.append("*")
        else:
            segments.append(segment)
    return ".".join(segments)
