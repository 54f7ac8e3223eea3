"""Coordinates: latitude and longitude, kept as a context of two numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import re2

from engine.forms import messages
from engine.forms.kinds.base import Kind, one
from engine.forms.messages import Problem
from engine.forms.model import Field
from engine.forms.situation import Situation

_pair = re2.compile(r"^\s*([+-]?\d{1,2}(?:\.\d{1,12})?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d{1,12})?)\s*$")
_precision = Decimal("0.000001")


def _read(_: Field, raw: Any, __: Situation) -> dict[str, Decimal] | None:
    raw = one(raw)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    latitude, longitude = _parts(raw)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise Problem(messages.COORDINATES)
    return {"lat": latitude.quantize(_precision).normalize(), "lon": longitude.quantize(_precision).normalize()}


def _parts(raw: Any) -> tuple[Decimal, Decimal]:
    if isinstance(raw, Mapping):
        if set(raw) != {"lat", "lon"}:
            raise Problem(messages.COORDINATES)
        return _part(raw["lat"]), _part(raw["lon"])
    found = _pair.search(raw) if isinstance(raw, str) and len(raw) < 80 and raw.isascii() else None
    if found is None:
        raise Problem(messages.COORDINATES)
    return Decimal(found.group(1)), Decimal(found.group(2))


def _part(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Problem(messages.COORDINATES)
    if isinstance(raw, int) and abs(raw) > 180:
        raise Problem(messages.COORDINATES)
    try:
        part = Decimal(str(raw))
    except InvalidOperation as error:
        raise Problem(messages.COORDINATES) from error
    if not part.is_finite() or part.adjusted() > 2:
        raise Problem(messages.COORDINATES)
    return part


def _write(_: Field, value: Any, __: Situation) -> str:
    if not isinstance(value, Mapping) or not {"lat", "lon"} <= set(value):
        return ""
    return ", ".join(f"{part:f}" if isinstance(part, Decimal) else str(part) for part in (value["lat"], value["lon"]))


COORDINATES = Kind(_read, _write)
