from datetime import date
from decimal import Decimal

from engine.forms.situation import Situation
from engine.forms.telling import tell
from tests.engine.forms.test_form import AGE, KIND, NAME, group, rows

SECRET = {**NAME, "key": "miedo", "label": "A qué teme", "properties": {"sensibilidad": "N3"}}
DAY = {"type": "datetime", "subtype": "date", "key": "dia", "dateLabel": "Día"}
LEGAL = {"type": "checkbox", "key": "mayor", "label": "Mayor de edad"}
PEOPLE = {"type": "select", "key": "quien", "label": "Quién", "valuesExpression": "=agentes"}


def told(form, values, context, now, level="N3"):
    return tell(form, values, level, Situation.of(context, now))


def flat(items):
    """Labels with values; what stands below a heading as a list."""
    return {
        item.label: "reservado" if item.sealed else flat(item.parts) if item.parts else item.value for item in items
    }


def test_questions_and_answers_in_the_order_of_the_form_and_the_words_of_its_options(form, context, now):
    it = form(NAME, KIND, DAY, LEGAL, AGE)
    values = {
        "edad": Decimal(27),
        "tipo": "familiar",
        "nombre": "Suyapa Zúniga",
        "dia": date(2026, 3, 2),
        "mayor": True,
    }

    found = told(it, values, context, now)

    assert [item.label for item in found] == ["Nombre", "Tipo", "Día", "Mayor de edad", "Edad"]
    assert flat(found) == {
        "Nombre": "Suyapa Zúniga", "Tipo": ["Familiar"], "Día": date(2026, 3, 2), "Mayor de edad": True, "Edad": Decimal(27),
    }  # fmt: skip


def test_what_nobody_answered_is_not_told_but_a_no_is_an_answer(form, context, now):
    it = form(NAME, KIND, LEGAL, group("contacto", AGE))

    assert flat(told(it, {"nombre": "", "tipo": None, "mayor": False, "contacto": {}}, context, now)) == {
        "Mayor de edad": False
    }


def test_groups_and_rows_are_headings(form, context, now):
    it = form(group("contacto", NAME), rows("miembros", NAME, AGE))
    values = {
        "contacto": {"nombre": "Elda"},
        "miembros": [{"nombre": "Olvin", "edad": Decimal(9)}, {"nombre": "Ángel"}],
    }

    assert flat(told(it, values, context, now)) == {
        "Grupo": {"Nombre": "Elda"}, "Filas 1": {"Nombre": "Olvin", "Edad": Decimal(9)}, "Filas 2": {"Nombre": "Ángel"},
    }  # fmt: skip


def test_above_the_readers_level_it_is_told_that_it_was_answered_and_not_what(form, context, now):
    it = form(NAME, SECRET, rows("miembros", SECRET, properties={"sensibilidad": "N3"}))
    values = {"nombre": "Elda", "miedo": "a la mara", "miembros": [{"miedo": "a su tío"}]}

    found = told(it, values, context, now, level="N2")

    assert flat(found) == {"Nombre": "Elda", "A qué teme": "reservado", "Filas": "reservado"}
    assert "mara" not in repr(found)
    assert "tío" not in repr(found)
    assert flat(told(it, values, context, now, level="N3"))["A qué teme"] == "a la mara"


def test_rows_of_a_group_hide_their_reserved_answers_one_by_one(form, context, now):
    it = form(rows("miembros", NAME, SECRET))

    found = told(it, {"miembros": [{"nombre": "Elda", "miedo": "a su tío"}]}, context, now, level="N1")

    assert flat(found) == {"Filas": {"Nombre": "Elda", "A qué teme": "reservado"}}


def test_an_option_whose_list_is_gone_is_told_as_it_was_stored(form, context, now):
    it = form(PEOPLE)

    listed = {**context, "agentes": [{"value": "7", "label": "Ana Discua"}]}

    assert flat(told(it, {"quien": "7"}, listed, now)) == {"Quién": ["Ana Discua"]}
    assert flat(told(it, {"quien": "7"}, context, now)) == {"Quién": ["7"]}
