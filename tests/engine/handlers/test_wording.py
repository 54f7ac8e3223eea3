"""Codes of options become their words by where a value came from, and nothing else is touched."""

from __future__ import annotations

import json

import pytest

from engine.forms import parse_form
from engine.handlers.wording import Glossary
from engine.handlers.wording import _origins as origins


def form(name: str, *components: dict[str, object]) -> object:
    """A form of these components."""
    schema = {"type": "default", "schemaVersion": 16, "id": name, "components": list(components)}
    return parse_form(json.dumps(schema).encode(), name)


def select(key: str, **options: str) -> dict[str, object]:
    """A list of options."""
    values = [{"value": value, "label": label} for value, label in options.items()]
    return {"type": "select", "id": f"c_{key}", "key": key, "label": key, "values": values}


FORMS = [
    form("uno", select("via", vuelo_comercial="Vuelo comercial", bus="Autobús"), select("pais_x", HN="Tierra")),
    form("dos", select("medio", bus="Ómnibus"), select("otro", no_es="No lo es"), select("mas", no_es="No es")),
]


@pytest.mark.parametrize(
    ("names", "value", "words"),
    [
        (("via",), "bus", "Autobús"),
        (("medio", "via"), "bus", "Ómnibus"),
        (("canal",), "bus", "bus"),  # a word of everyday, of who knows which list
        (("canal",), "vuelo_comercial", "Vuelo comercial"),
        (("canal",), "no_es", "no_es"),  # two lists call it differently
        (("via",), ["bus", "vuelo_comercial"], ["Autobús", "Vuelo comercial"]),
        (("tramos",), [{"via": "bus", "dias": 2}], [{"via": "Autobús", "dias": 2}]),
        (("via",), "Va en bus", "Va en bus"),
        (("via",), True, True),
        (("via",), {"monto": 1, "moneda": "bus"}, {"monto": 1, "moneda": "bus"}),
    ],
)
def test_a_code_is_called_as_its_field_calls_it(names: tuple[str, ...], value: object, words: object) -> None:
    assert Glossary(FORMS).words(names, value) == words  # type: ignore[arg-type]


def test_where_an_entry_came_from_is_read_in_its_expression() -> None:
    read = origins("={lugar: if centro != null then centro else acta.entidad, n: 1 + 2, quien: filas[1].parentesco}")

    assert read["lugar"] == ("centro", "entidad", "acta")
    assert read["n"] == ()
    assert read["quien"] == ("parentesco", "filas")
    assert origins("=acta") == origins("={no") == {}
