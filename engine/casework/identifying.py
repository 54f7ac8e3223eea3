"""Giving a person who was registered as unknown the name that an identification found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine.casework import people
from engine.store import Context

NAMES = ("nombres", "apellido1", "apellido2")


def identify(context: Context, person_id: UUID, values: Mapping[str, Any]) -> tuple[str, str]:
    """Give a person the name and document of ``values``, keys as in F-00-02; gives the name before and the one now.

    What stood there was a makeshift: no part of it stays beside the new name. Without any name nothing is changed.
    Raises ``NotFound``.
    """
    row = people.get(context, person_id)
    before = row.name
    if any(str(values.get(name) or "").strip() for name in NAMES):
        row.given_names = row.first_surname = row.second_surname = ""
        people.register(context, values, person_id)
    return before, row.name
