"""Inputs that come as JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from engine.dmn import DecisionModel
from engine.dmn.inputs import read_inputs
from engine.feel import DayTimeDuration

Model = Callable[..., DecisionModel]


def test_texts_become_what_the_model_says_they_are(model: Model, write: SimpleNamespace) -> None:
    items = """<itemDefinition name="tViaje"><itemComponent name="salida"><typeRef>date</typeRef></itemComponent>
        <itemComponent name="paradas" isCollection="true"><typeRef>date</typeRef></itemComponent></itemDefinition>
        <itemDefinition name="tFechas" isCollection="true"><typeRef>date</typeRef></itemDefinition>"""
    body = items + write.input_data("d", "date") + write.input_data("v", "tViaje") + write.input_data("f", "tFechas")
    read = model(body + write.input_data("p", "dayTimeDuration") + write.input_data("t", "string"))

    day = "2026-03-02"
    found = read_inputs(
        read,
        {"d": day, "v": {"salida": day, "paradas": [day], "nota": day}, "f": [day], "p": "P2D", "t": day, "otro": 1.5},
    )

    there = date(2026, 3, 2)
    assert found == {
        "d": there,
        "v": {"salida": there, "paradas": [there], "nota": day},
        "f": [there],
        "p": DayTimeDuration(Decimal(172_800)),
        "t": day,
        "otro": Decimal("1.5"),
    }


def test_a_text_that_is_no_date_stays_a_text(model: Model, write: SimpleNamespace) -> None:
    assert read_inputs(model(write.input_data("d", "date")), {"d": "mañana"}) == {"d": "mañana"}
