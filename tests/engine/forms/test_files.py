"""The forms that the project ships, each held to the same rules and to hostile answers."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.forms import Field, parse_form
from engine.settings import ROOT

FILES = sorted((ROOT / "forms").rglob("*.form"))
FORMS = {path.name: parse_form(path.read_bytes(), path.name) for path in FILES}
NOW = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
CONTEXT = {
    "office": {"timezone": "America/Mexico_City", "country": "MX"},
    "case": {"priority": "P1"},
    "agentes": [{"value": "0190", "label": "Ana"}],
    "oficinas": [{"value": "MX-TAP", "label": "Tapachula"}],
}


def test_every_step_of_the_handbook_has_its_form():
    assert len(FORMS) >= 145
    assert {"F-00-01", "F-04-01", "F-SP-02", "F-RET-01"} <= {form.id for form in FORMS.values()}


@pytest.mark.parametrize("name", FORMS)
def test_a_file_is_named_by_its_number_and_gives_no_warning(name):
    form = FORMS[name]

    assert re.fullmatch(re.escape(form.id) + r"-[a-z0-9-]+\.form", name)
    assert form.warnings == ()
    assert form.fields


def test_no_number_is_given_twice():
    assert Counter(form.id for form in FORMS.values()).most_common(1)[0][1] == 1


def test_a_field_that_comes_and_goes_says_when():
    silent = [
        (form.id, name)
        for form in FORMS.values()
        for name, field in form.fields.items()
        if field.hide is not None and not field.only_if
    ]

    assert silent == []


def test_conditions_read_only_what_they_can_know():
    known = {"person", "case", "office", "process", "clasificacion", "custodia", "paises", "entidades"}
    known |= {"paises_con_entidades", "agentes", "oficinas", "this", "parent", "i"}
    known |= {"solo_voluntad"}  # SP-14 asks with the same form twice: first what the family wants, then the quotations
    known |= {"hay_violencia"}  # what the risks of an abduction (P-05C) say
    strangers = []
    for form in FORMS.values():
        own = {segment for name in form.index for segment in name.split(".")}
        for name, field in form.fields.items():
            for condition in (field.hide, field.required_if, field.agrees, field.computed, field.options_from):
                if condition is not None and condition.variables - own - known:
                    strangers.append((form.id, name, condition.source))

    assert strangers == []


def test_a_first_contact_is_accepted():
    first_contact = FORMS["F-00-01-primer-contacto.form"]

    values = first_contact.clean(
        {
            "fecha_reporte": "2026-05-04T11:00", "canal": "telefono", "tipo_reportante": "familiar",
            "rep_nombre": "Marta López", "rep_parentesco": "madre", "rep_telefono": "+504 9999-8888",
            "contacto_seguro": "solo_horario", "contacto_instruccion": "Después de las seis", "idioma": "es",
            "lugar_texto": "Cárcel de Tapachula", "pais": "MX", "entidad": "MX-CHP", "peligro_ahora": "no",
            "peligro_tipo": ["violencia"], "relato_breve": "Lo arrestaron ayer.", "motivo": "preso",
            "afectada_nombre": "José López", "afectada_edad": "24",
        },
        CONTEXT,
        NOW,
    )  # fmt: skip

    assert values["rep_telefono"] == "+50499998888"
    assert values["solo_consulta"] is False
    assert "peligro_tipo" not in values


def test_a_state_belongs_to_its_country():
    with pytest.raises(Invalid) as error:
        FORMS["F-00-01-primer-contacto.form"].clean({"pais": "HN", "entidad": "MX-CHP"}, CONTEXT, NOW)

    assert error.value.fields["entidad"].es == "No pertenece al país elegido."


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.decimals()
    | st.binary(max_size=8) | st.dates() | st.datetimes(timezones=st.none() | st.timezones()) | st.times(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
plausible = st.sampled_from(
    ["si", "no", "true", "1", "MX", "MX-CHP", "2026-05-04", "2026-05-04T09:30", "1990", "12:30", "-1", "1e9", "0",
     "+504 99998888", "0801-1990-12345", "14.9, -92.2", "a@b.hn", " ", "P1", "familiar", "otro", "\x00", "9" * 600],
)  # fmt: skip


@st.composite
def submissions(draw):
    """A form and answers to some of its questions, mostly under its own names, and some under none."""
    form = FORMS[draw(st.sampled_from(sorted(FORMS)))]
    names = [name.replace("*", draw(st.sampled_from(["0", "1", "7"]))) for name in form.index]
    answers = draw(st.dictionaries(st.sampled_from(names), plausible | anything, max_size=len(names)))
    return form, answers | draw(st.dictionaries(st.text(max_size=12), anything, max_size=2))


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(submissions(), st.booleans())
def test_whatever_is_sent_it_is_accepted_or_invalid(submission, with_context):
    form, answers = submission
    context = CONTEXT if with_context else {}

    refused = {}
    try:
        values = form.clean(answers, context, NOW)
    except Invalid as error:
        refused = error.fields
    else:
        form.to_input(values, context, NOW)

    assert all(text.in_language("es") and text.in_language("en") for text in refused.values())
    assert isinstance(form.read_anyway(answers, context, NOW), dict)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FORMS)), anything)
def test_whatever_is_stored_a_page_can_be_filled(name, stored):
    form = FORMS[name]
    variables = dict.fromkeys(list(form.blank)[:5], stored)

    assert isinstance(form.initial(variables, CONTEXT, NOW), dict)


def test_every_field_has_words_and_a_level():
    for form in FORMS.values():
        for name, field in form.fields.items():
            assert isinstance(field, Field)
            assert field.label[0] == field.label[0].upper(), (form.id, name)
            assert field.sensitivity in {"N0", "N1", "N2", "N3"}
