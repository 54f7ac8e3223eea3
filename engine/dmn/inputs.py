"""Inputs that come as JSON: numbers exact, and dates, times and durations read where the model says that they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.dmn.model import DecisionModel, InputData
from engine.dmn.types import MAX_DEPTH, SIMPLE, ItemType, Types
from engine.feel import from_json
from engine.feel.iso import parse_date, parse_date_time, parse_duration, parse_time

READERS = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_time,
    "days and time duration": parse_duration,
    "years and months duration": parse_duration,
    "duration": parse_duration,
}


def read_inputs(model: DecisionModel, given: Mapping[str, Any]) -> dict[str, Any]:
    """FEEL values for the inputs of a model; what it does not declare is taken as it is."""
    types = {part.name: part.type for part in model.parts.values() if isinstance(part, InputData)}
    return {name: _read(from_json(value), types.get(name), model.types, 0) for name, value in given.items()}


def _read(value: Any, type_: str | None, types: Types, depth: int) -> Any:
    if type_ is None or value is None or depth > MAX_DEPTH:
        return value
    item = types.items.get(type_)
    if item is None:
        return _scalar(value, SIMPLE.get(type_))
    if item.is_collection and isinstance(value, list):
        return [_item(each, item, types, depth) for each in value]
    return _item(value, item, types, depth)


def _item(value: Any, item: ItemType, types: Types, depth: int) -> Any:
    if item.components and isinstance(value, dict):
        return {name: _component(each, item.components.get(name), types, depth) for name, each in value.items()}
    return _read(value, item.base, types, depth + 1)


def _component(value: Any, item: ItemType | None, types: Types, depth: int) -> Any:
    if item is None:
        return value
    if item.is_collection and isinstance(value, list):
        return [_item(each, item, types, depth + 1) for each in value]
    return _item(value, item, types, depth + 1)


def _scalar(value: Any, kind: str | None) -> Any:
    """A text as the value that it stands for; as it is where it stands for none."""
    reader = READERS.get(kind or "")
    if reader is None or not isinstance(value, str):
        return value
    found = reader(value)
    return value if found is None else found
