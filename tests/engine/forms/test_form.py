from datetime import date
from decimal import Decimal

import pytest

from engine.errors import Invalid

NAME = {"type": "textfield", "key": "nombre", "label": "Nombre"}
KIND = {
    "type": "select",
    "key": "tipo",
    "label": "Tipo",
    "values": [{"value": "familiar", "label": "Familiar"}, {"value": "anonimo", "label": "Anónimo"}],
}
UNLESS_ANONYMOUS = {**NAME, "conditional": {"hide": '=tipo = "anonimo"'}, "validate": {"required": True}}
AGE = {"type": "number", "key": "edad", "label": "Edad"}


class Posted(dict):
    """What a page sends: several texts a name."""

    def lists(self):
        return self.items()


def group(path, *components):
    return {"type": "group", "label": "Grupo", "path": path, "components": numbered(components)}


def rows(path, *components, **more):
    return {"type": "dynamiclist", "label": "Filas", "path": path, "components": numbered(components, path), **more}


def numbered(components, path="g"):
    return [{"id": f"{path}_{component['key']}", **component} for component in components]


@pytest.fixture
def objections(now, context):
    def of(form, submitted, seen=None):
        with pytest.raises(Invalid) as error:
            form.clean(submitted, {**context, **(seen or {})}, now)
        return {name: text.in_language("en") for name, text in error.value.fields.items()}

    return of


def test_a_page_and_a_program_are_read_alike(form, context, now):
    it = form(group("contacto", NAME), rows("miembros", NAME, AGE))

    page = it.clean(
        Posted({"contacto.nombre": ["Ana"], "miembros.0.nombre": ["Luz"], "miembros.0.edad": ["7"]}), context, now
    )
    program = it.clean({"contacto": {"nombre": "Ana"}, "miembros": [{"nombre": "Luz", "edad": 7}]}, context, now)

    assert page == program == {"contacto": {"nombre": "Ana"}, "miembros": [{"nombre": "Luz", "edad": Decimal(7)}]}


def test_every_counting_field_is_in_the_answer(form, context, now):
    assert form(NAME, AGE).clean({}, context, now) == {"nombre": None, "edad": None}


@pytest.mark.parametrize(
    "submitted",
    [{"otro": 1}, {"nombre.x": 1}, {"miembros.0.otro": 1}, {"miembros": [{"otro": 1}]}, {"miembros.00.nombre": "a"},
     {"miembros.-1.nombre": "a"}, {"miembros.999999999999.nombre": "a"}, {"a" * 5000: 1}, {"\ud800": 1}],
)  # fmt: skip
def test_an_unknown_field_is_refused(form, objections, submitted):
    (message,) = objections(form(NAME, rows("miembros", NAME)), submitted).values()

    assert message == "This form has no such question."


@pytest.mark.parametrize("rows_sent", ["x", 5, ["x"], {"nombre": "Ana"}])
def test_rows_of_another_shape_are_refused(form, objections, rows_sent):
    assert "rows" in objections(form(rows("miembros", NAME)), {"miembros": rows_sent})["miembros"]


def test_a_crowd_of_rows_is_refused(form, objections):
    it = form(rows("miembros", NAME, properties={"maxFilas": 2}))

    assert objections(it, {"miembros": [{"nombre": "a"}] * 3}) == {"miembros": "2 rows fit."}
    assert "500 rows fit" in objections(it, {"miembros": [{"nombre": "a"}] * 501})["miembros"]
    assert "500 rows fit" in objections(it, {"miembros.500.nombre": "a"})["miembros.500.nombre"]


def test_the_pages_own_names_are_none_of_the_forms(form, context, now):
    assert form(NAME).clean({"csrf_token": "x", "_version": "3", "nombre": "Ana"}, context, now) == {"nombre": "Ana"}


def test_a_hidden_field_is_dropped_and_not_asked_for(form, context, now):
    assert form(KIND, UNLESS_ANONYMOUS).clean({"tipo": "anonimo", "nombre": "Ana"}, context, now) == {"tipo": "anonimo"}


def test_a_hidden_field_may_be_wrong(form, context, now):
    assert form(KIND, UNLESS_ANONYMOUS).clean({"tipo": "anonimo", "nombre": 5}, context, now) == {"tipo": "anonimo"}


def test_a_shown_field_is_asked_for(form, objections):
    assert objections(form(KIND, UNLESS_ANONYMOUS), {"tipo": "familiar"}) == {"nombre": "This answer is missing."}


def test_hiding_one_hides_those_that_lean_on_it(form, context, now):
    third = {**AGE, "conditional": {"hide": "=nombre = null"}, "validate": {"required": True}}

    assert form(KIND, UNLESS_ANONYMOUS, third).clean({"tipo": "anonimo", "nombre": "Ana"}, context, now) == {
        "tipo": "anonimo"
    }


def test_a_stranger_of_the_same_name_decides_nothing(form, context, now):
    it = form({**KIND, "validate": {}}, {**NAME, "conditional": {"hide": '=tipo != "anonimo"'}})

    assert it.clean({"nombre": "Ana"}, {**context, "tipo": "anonimo"}, now) == {"tipo": None}


def test_a_hidden_group_takes_its_fields_along(form, context, now):
    hidden = {**group("contacto", {**NAME, "validate": {"required": True}}), "conditional": {"hide": "=edad = null"}}

    assert form(AGE, hidden).clean({}, context, now) == {"edad": None}


def test_a_circle_of_conditions_ends(form, context, now):
    one = {**NAME, "conditional": {"hide": "=edad = null"}}
    other = {**AGE, "conditional": {"hide": "=nombre != null"}}

    assert isinstance(form(one, other).clean({"nombre": "Ana", "edad": "3"}, context, now), dict)


def test_required_on_a_condition(form, objections, context, now):
    it = form(AGE, {**NAME, "properties": {"requeridoSi": "=edad < 18"}})

    assert objections(it, {"edad": "17"}) == {"nombre": "This answer is missing."}
    assert it.clean({"edad": "18"}, context, now)["nombre"] is None


def test_required_by_what_the_process_knows(form, objections):
    it = form({**NAME, "properties": {"requeridoSi": '=case.priority = "P1"'}})

    assert "nombre" in objections(it, {}, {"case": {"priority": "P1"}})


def test_answers_must_agree(form, objections):
    check = {"comprobar": "=edad >= 18", "mensaje": "Debe ser mayor de edad."}

    assert objections(form({**AGE, "properties": check}), {"edad": "3"}) == {"edad": "Debe ser mayor de edad."}


def test_a_row_sees_its_own_answers(form, objections):
    minor = {**NAME, "properties": {"requeridoSi": "=edad < 18"}}

    assert objections(form(rows("miembros", AGE, minor)), {"miembros": [{"edad": 40}, {"edad": 4}]}) == {
        "miembros.1.nombre": "This answer is missing."
    }


def test_blank_rows_are_dropped_and_errors_keep_the_number_that_was_sent(form, objections, context, now):
    it = form(rows("miembros", {**NAME, "validate": {"required": True}}, AGE))

    assert it.clean({"miembros.0.nombre": " ", "miembros.4.nombre": "Luz"}, context, now) == {
        "miembros": [{"nombre": "Luz", "edad": None}]
    }
    assert list(objections(it, {"miembros.0.nombre": "", "miembros.4.edad": "3"})) == ["miembros.4.nombre"]


def test_so_many_rows_at_least(form, objections):
    assert objections(form(rows("miembros", NAME, properties={"minFilas": "2"})), {"miembros.0.nombre": "Luz"}) == {
        "miembros": "Add at least 2 rows."
    }


def test_a_computed_field_is_computed_and_never_believed(form, context, now):
    twice = {
        "type": "number",
        "key": "doble",
        "label": "Doble",
        "properties": {"tipo": "computed", "calculo": "=edad * 2"},
    }

    assert form(AGE, twice).clean({"edad": "4", "doble": "100"}, context, now) == {"edad": 4, "doble": 8}


def test_a_locked_field_is_never_believed(form, context, now):
    assert form({**NAME, "readonly": True}, AGE).clean({"nombre": "Eva", "edad": "3"}, context, now) == {"edad": 3}


def test_what_counts_now(form, context, now):
    it = form(KIND, UNLESS_ANONYMOUS, rows("miembros", NAME))

    assert it.shown({"tipo": "anonimo"}, context, now) == {"tipo", "miembros"}
    assert it.shown({"miembros": [{}]}, context, now) == {"tipo", "nombre", "miembros", "miembros.0.nombre"}


def test_clean_values_come_back_as_they_were_typed(form, context, now):
    it = form(
        NAME, KIND, {"type": "datetime", "subtype": "datetime", "key": "cita", "label": "Cita"},
        {"type": "textfield", "key": "dni", "label": "DNI", "properties": {"tipo": "dni"}}, rows("miembros", AGE),
    )  # fmt: skip
    typed = {
        "nombre": "Ana", "tipo": "familiar", "cita": "2026-05-04T09:30", "dni": "0801-1990-12345",
        "miembros.0.edad": "1234.5",
    }  # fmt: skip

    values = it.clean(typed, context, now)

    assert it.to_input(values, context, now) == typed


def test_values_that_do_not_fit_are_left_out(form, context, now):
    strangers = {"nombre": 5, "tipo": "otro", "edad": "siete", "miembros": 3, "x": object()}

    assert form(NAME, KIND, AGE, rows("miembros", NAME)).to_input(strangers, context, now) == {}


def test_a_fresh_page_starts_with_the_forms_own_answers(form, context, now):
    when = {"type": "datetime", "subtype": "datetime", "key": "fecha", "label": "Fecha"}
    it = form(
        {**when, "properties": {"inicial": "=now()"}},
        {**KIND, "defaultValue": "familiar"},
        {**NAME, "properties": {"inicial": "=persona.nombre"}},
    )

    assert it.initial({"persona": {"nombre": "Ana"}}, context, now) == {
        "fecha": "2026-05-04T12:00", "tipo": "familiar", "nombre": "Ana",
    }  # fmt: skip


def test_what_another_form_called_the_same_is_not_carried_over(form, context, now):
    assert form(NAME).initial({"nombre": "Ana"}, context, now) == {}


def test_a_form_may_ask_for_what_is_known(form, context, now):
    signature = {"type": "textfield", "key": "firma", "label": "Firma", "properties": {"tipo": "signature"}}
    plan = {"type": "datetime", "key": "plan", "dateLabel": "Plan", "properties": {"noPasado": "true"}}
    it = form(NAME, KIND, signature, plan, rows("miembros", AGE), properties={"inicio": "con_lo_sabido"})
    known = {
        "nombre": "Ana", "tipo": "otro", "firma": "Ana", "plan": date(2026, 5, 3), "miembros": [{"edad": Decimal(7)}],
    }  # fmt: skip

    assert it.initial(known, context, now) == {"nombre": "Ana", "miembros.0.edad": "7"}


def test_a_half_filled_form_is_read_as_far_as_it_goes(form, context, now):
    it = form(NAME, AGE, rows("miembros", NAME))

    assert it.read_anyway({"nombre": "Ana", "edad": "x", "miembros.1.nombre": "Luz", "otro": "1"}, context, now) == {
        "nombre": "Ana", "edad": None, "miembros": [{"nombre": None}, {"nombre": "Luz"}],
    }  # fmt: skip
