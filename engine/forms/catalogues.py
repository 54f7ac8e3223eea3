"""Lists that every form may name in an expression: countries, and the states or departments of those on the route."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def _load() -> dict[str, Any]:
    data = json.loads(Path(__file__).with_name("places.json").read_text(encoding="utf-8"))
    countries = [{"value": code, "label": name} for code, name in data["countries"]]
    names = dict(data["countries"])
    entities = [
        {"value": code, "label": name, "grupo": names[country]}
        for country, listed in data["entities"].items()
        for code, name in listed
    ]
    return {"paises": countries, "entidades": entities, "paises_con_entidades": list(data["entities"])}


CATALOGUES: dict[str, Any] = _load()
