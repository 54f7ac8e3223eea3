"""A form in a line or two, and the office and instant of these tests: Tapachula, noon of 4 May 2026."""

import json
from datetime import UTC, datetime

import pytest

from engine.errors import Invalid
from engine.forms import parse_form

NOON = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
TAPACHULA = {"office": {"code": "MX-TAP", "timezone": "America/Mexico_City", "country": "MX"}}


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def context():
    return dict(TAPACHULA)


def source(*components, **top):
    """The bytes of a form with these components; ids are made up where they are missing."""
    named = [{"id": f"c{number}", **component} for number, component in enumerate(components)]
    form = {"type": "default", "id": "F-TEST", "schemaVersion": 18, "components": named, **top}
    return json.dumps(form).encode()


@pytest.fixture
def form():
    """Make a form of components."""
    return lambda *components, **top: parse_form(source(*components, **top), "prueba.form")


@pytest.fixture
def clean(form):
    """What the only field ``x`` of a form makes of an answer."""

    def cleaned(component, answer, context=TAPACHULA):
        return form({"key": "x", "label": "X", **component}).clean({"x": answer}, context, NOON)["x"]

    return cleaned


@pytest.fixture
def refused(form):
    """What the only field ``x`` of a form objects to an answer, in English."""

    def objection(component, answer, context=TAPACHULA):
        with pytest.raises(Invalid) as error:
            form({"key": "x", "label": "X", **component}).clean({"x": answer}, context, NOON)
        return error.value.fields["x"].in_language("en")

    return objection
