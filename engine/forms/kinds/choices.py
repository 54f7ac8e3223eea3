"""Answers out of a list: one of it, several of it, or a box to tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.forms import messages
from engine.forms.kinds.base import Kind, one
from engine.forms.messages import Problem
from engine.forms.model import Field, Option, Scalar
from engine.forms.situation import Situation

MOST_OPTIONS = 2000

_YES = frozenset({"on", "true", "1", "si", "sí", "yes"})
_NO = frozenset({"", "off", "false", "0", "no"})


def options_of(field: Field, situation: Situation) -> tuple[Option, ...]:
    """The options that the list has now: its own, or those that its expression names."""
    if field.options_from is None:
        return field.options
    listed = field.options_from.value(situation.scope, situation.now)
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return ()
    return tuple(option for entry in listed[:MOST_OPTIONS] if (option := option_from(entry)) is not None)


def option_from(entry: Any) -> Option | None:
    """An option from a plain value or from a context with ``value`` and ``label``."""
    if isinstance(entry, Mapping):
        value, label = _scalar(entry.get("value")), entry.get("label")
        if value is None:
            return None
        return Option(value, str(label) if label is not None else str(value), str(entry.get("grupo") or ""))
    value = _scalar(entry)
    return None if value is None else Option(value, str(value))


def _scalar(value: Any) -> Scalar | None:
    if isinstance(value, str | bool | Decimal):
        return value
    return Decimal(str(value)) if isinstance(value, int | float) else None


def _find(options: tuple[Option, ...], raw: Any) -> Scalar:
    if not isinstance(raw, str | bool | int | float | Decimal) or (isinstance(raw, Decimal) and raw.is_snan()):
        raise Problem(messages.WRONG_TYPE)
    if not options:
        raise Problem(messages.NO_OPTIONS)
    for option in options:
        if option.text == raw if isinstance(raw, str) else _same(option.value, raw):
            return option.value
    raise Problem(messages.OPTION)


def _same(value: Scalar, raw: bool | float | Decimal) -> bool:
    if isinstance(value, bool) or isinstance(raw, bool):
        return value is raw
    return isinstance(value, Decimal) and value == raw


def _read_choice(field: Field, raw: Any, situation: Situation) -> Scalar | None:
    raw = one(raw)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return _find(options_of(field, situation), raw)


def _read_choices(field: Field, raw: Any, situation: Situation) -> list[Scalar] | None:
    if raw is None:
        return None
    asked = raw if isinstance(raw, list | tuple) else [raw]
    given = [item for item in asked if not (item is None or (isinstance(item, str) and not item.strip()))]
    if not given:
        return None
    options = options_of(field, situation)
    if len(given) > max(len(options), 1) * 2:
        raise Problem(messages.OPTION)
    found = [_find(options, item) for item in given]
    return [option.value for option in options if any(option.value is item or option.value == item for item in found)]


def _read_tick(_: Field, raw: Any, __: Situation) -> bool:
    raw = one(raw)
    if raw is None or isinstance(raw, bool):
        return bool(raw)
    if isinstance(raw, str):
        word = raw.strip().lower()
        if word in _YES or word in _NO:
            return word in _YES
    raise Problem(messages.WRONG_TYPE)


def _write_choice(field: Field, value: Any, situation: Situation) -> str:
    try:
        return Option(_find(options_of(field, situation), value), "").text
    except Problem:
        return ""


def _write_choices(field: Field, value: Any, situation: Situation) -> list[str]:
    if not isinstance(value, list | tuple):
        return []
    options = options_of(field, situation)
    return [option.text for option in options if any(_equal(option.value, item) for item in value)]


def _equal(value: Scalar, item: Any) -> bool:
    if isinstance(item, str):
        return value == item
    return isinstance(item, bool | int | float | Decimal) and _same(value, item)


def _write_tick(_: Field, value: Any, __: Situation) -> str:
    return "true" if value is True else ""


CHOICE = Kind(_read_choice, _write_choice, messages.REQUIRED_CHOICE)
CHOICES = Kind(_read_choices, _write_choices, messages.REQUIRED_CHOICES)
TICK = Kind(_read_tick, _write_tick, messages.REQUIRED_TICK)
