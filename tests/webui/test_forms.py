import json
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from engine.errors import Text
from engine.forms import parse_form
from engine.settings import ROOT
from webui.forms import edit_rows, render_form, shown_now, typed_values

NOW = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
CONTEXT = {"office": {"timezone": "America/Mexico_City", "country": "MX"}}
KIND = {
    "type": "select", "id": "tipo", "key": "tipo", "label": "¿Quién reporta?", "validate": {"required": True},
    "values": [{"value": "familiar", "label": "Familiar"}, {"value": "anonimo", "label": "Anónimo"}],
}  # fmt: skip
NAME = {
    "type": "textfield", "id": "nombre", "key": "nombre", "label": "Nombre", "description": "Como lo diga la persona.",
    "conditional": {"hide": '=tipo = "anonimo"'}, "validate": {"required": True, "maxLength": 80},
    "properties": {"soloSi": "no es anónimo", "sensibilidad": "N3"},
}  # fmt: skip
ROWS = {
    "type": "dynamiclist", "id": "miembros", "path": "miembros", "label": "Miembros", "components": [
        {"type": "textfield", "id": "m", "key": "nombre", "label": "Nombre de pila"},
        {"type": "number", "id": "e", "key": "edad", "label": "Edad", "decimalDigits": 0},
    ],
}  # fmt: skip
VOID = {"input", "br", "hr", "img", "meta", "link"}


class Tree(HTMLParser):
    """The elements of a page, each with its attributes and text; it fails on tags that do not match."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.open = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "text": "", **dict(attributes)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, **wanted):
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in wanted.items()}
        return [each for each in self.elements if all(each.get(key) == value for key, value in wanted.items())]

    def one(self, **wanted):
        (found,) = self.all(**wanted)
        return found


@pytest.fixture(scope="module", autouse=True)
def page():
    app = Flask("forms", template_folder=str(ROOT / "webui" / "templates"))
    with app.test_request_context():
        yield


def form(*components):
    written = {"type": "default", "id": "F-TEST", "schemaVersion": 18, "components": list(components)}
    return parse_form(json.dumps(written).encode(), "prueba.form")


def drawn(it, values=None, errors=None, context=CONTEXT, language="es"):
    return Tree(render_form(it, values or {}, errors or {}, context, now=NOW, language=language))


def test_a_field_is_tied_to_its_label_hint_and_error():
    tree = drawn(form(NAME), {"nombre": ""}, {"nombre": Text("Falta esta respuesta.", "This answer is missing.")})
    field = tree.one(name="nombre")

    assert tree.one(for_=field["id"])["text"].startswith("Nombre")
    assert field["aria-describedby"] == "f-nombre-hint f-nombre-error"
    assert field["aria-invalid"] == "true"
    assert "Como lo diga la persona." in tree.one(id="f-nombre-hint")["text"]
    assert tree.one(id="f-nombre-error")["text"] == "Falta esta respuesta."
    assert (field["maxlength"], field["aria-required"]) == ("80", "true")


def test_errors_are_listed_above_with_a_way_to_each():
    errors = {"nombre": Text("Falta.", "Missing."), "raro": Text("No existe.", "There is none.")}
    tree = drawn(form(NAME), {}, errors, language="en")

    assert tree.one(href="#f-nombre")["text"] == "Nombre"
    assert "raro: There is none." in tree.one(role="alert")["text"]


def test_what_was_typed_stays_however_wrong_and_is_never_markup():
    tree = drawn(form(NAME), MultiDict([("nombre", '"><script>x</script>')]))

    assert tree.one(name="nombre")["value"] == '"><script>x</script>'
    assert tree.all(tag="script") == []


def test_few_options_are_buttons_in_a_fieldset_with_a_legend():
    tree = drawn(form(KIND), {"tipo": "familiar"})

    assert [each["value"] for each in tree.all(type="radio")] == ["familiar", "anonimo"]
    assert "checked" in tree.one(type="radio", value="familiar")
    assert "¿Quién reporta?" in tree.one(tag="legend")["text"]
    assert tree.one(role="radiogroup")["aria-required"] == "true"


def test_an_optional_choice_can_be_taken_back():
    assert drawn(form({**KIND, "validate": {}})).one(type="radio", value="")["id"] == "f-tipo-none"


def test_many_options_are_a_list_in_groups():
    tree = drawn(form({"type": "select", "id": "e", "key": "e", "label": "Estado", "valuesExpression": "=entidades"}))

    assert tree.one(tag="select")["name"] == "e"
    assert "Chiapas" in tree.one(tag="optgroup", label="México")["text"]


def test_a_conditional_field_is_there_whatever_its_state_and_says_when_it_counts():
    shown, hidden = drawn(form(KIND, NAME), {"tipo": "familiar"}), drawn(form(KIND, NAME), {"tipo": "anonimo"})

    for tree, state in ((shown, "1"), (hidden, "0")):
        around = tree.one(data_name="nombre")
        assert (around["data-shown"], around["data-depends"]) == (state, "tipo")
        assert around["data-show-if"] == 'not(tipo = "anonimo")'
        assert tree.one(name="nombre")
        assert "Solo si no es anónimo." in tree.one(id="f-nombre-hint")["text"]


def test_what_the_page_cannot_change_is_decided_on_the_server():
    adult = {**NAME, "conditional": {"hide": "=person.age >= 18"}}

    assert drawn(form(adult), context={**CONTEXT, "person": {"age": 30}}).all(name="nombre") == []
    assert drawn(form(adult), context={**CONTEXT, "person": {"age": 9}}).one(name="nombre")


def test_nothing_needs_or_carries_a_script():
    tree = drawn(form(KIND, NAME, ROWS))

    assert not [key for each in tree.elements for key in each if key.startswith("on") or key == "style"]


def test_rows_are_added_and_taken_away_by_buttons():
    tree = drawn(form(ROWS), {"miembros.0.nombre": "Luz", "miembros.1.nombre": "Sol"})

    assert tree.one(name="miembros.1.nombre")["value"] == "Sol"
    assert tree.one(name="_agregar:miembros")["type"] == "submit"
    assert "formnovalidate" in tree.one(name="_quitar:miembros#1")


def test_a_row_more():
    sent = MultiDict([("miembros.0.nombre", "Luz"), ("_agregar:miembros", "1"), ("csrf_token", "t")])

    typed = edit_rows(form(ROWS), sent)

    assert typed == {"miembros.0.nombre": "Luz", "miembros.1.nombre": ""}
    assert drawn(form(ROWS), typed).one(name="miembros.1.edad")["inputmode"] == "numeric"


def test_a_row_less():
    sent = {"miembros.0.nombre": "Luz", "miembros.1.nombre": "Sol", "miembros.1.edad": "3", "_quitar:miembros#0": "1"}

    assert edit_rows(form(ROWS), sent) == {"miembros.0.nombre": "Sol", "miembros.0.edad": "3"}


@pytest.mark.parametrize("button", ["_agregar:otros", "_quitar:miembros#x", "_quitar:", "_agregar:"])
def test_a_strange_row_button_changes_nothing(button):
    assert edit_rows(form(ROWS), {"miembros.0.nombre": "Luz", button: "1"}) == {"miembros.0.nombre": "Luz"}


def test_without_a_row_button_there_is_nothing_to_edit():
    assert edit_rows(form(ROWS), {"miembros.0.nombre": "Luz"}) is None


def test_the_pages_own_names_are_no_answers():
    sent = MultiDict([("csrf_token", "t"), ("_version", "3"), ("tipo", "a"), ("tipo", "b"), ("nombre", "x")])

    assert typed_values(sent) == {"tipo": ["a", "b"], "nombre": "x"}


def test_a_page_may_ask_what_counts_now():
    assert shown_now(form(KIND, NAME), {"tipo": "anonimo"}, CONTEXT, NOW) == {"shown": ["tipo"], "required": ["tipo"]}


def test_inputs_suit_the_thumb_and_the_answer():
    it = form(
        {"type": "textfield", "id": "a", "key": "a", "label": "A", "properties": {"tipo": "phone"}},
        {"type": "datetime", "id": "b", "key": "b", "subtype": "datetime", "dateLabel": "B"},
        {"type": "number", "id": "c", "key": "c", "label": "C", "properties": {"tipo": "money"}},
        {"type": "textfield", "id": "d", "key": "d", "label": "D", "properties": {"tipo": "dni"}},
        {"type": "filepicker", "id": "e", "key": "e", "label": "E"},
        {"type": "checkbox", "id": "f", "key": "f", "label": "F"},
    )
    tree = drawn(it, {"f": "true"})

    assert tree.one(name="a")["type"] == "tel"
    assert tree.one(name="b")["type"] == "datetime-local"
    assert tree.one(name="c")["inputmode"] == "decimal"
    assert tree.one(name="d")["inputmode"] == "numeric"
    assert "referencia" in tree.one(id="f-e-hint")["text"]
    assert "checked" in tree.one(name="f")


def test_prose_is_words_not_markup():
    it = form({"type": "text", "id": "t", "text": "# Aviso\n\nEs **gratis** <b>siempre</b>.\n\n- uno\n- dos"})
    tree = drawn(it)

    assert tree.one(tag="h3")["text"] == "Aviso"
    assert tree.one(tag="strong")["text"] == "gratis"
    assert [each["text"] for each in tree.all(tag="li")] == ["uno", "dos"]
    assert tree.all(tag="b") == []


def test_a_computed_field_shows_what_it_says_or_what_the_process_knows():
    fields = (
        {"type": "number", "id": "a", "key": "a", "label": "A"},
        {
            "type": "number",
            "id": "b",
            "key": "b",
            "label": "B",
            "properties": {"tipo": "computed", "calculo": "=a * 2"},
        },
        {"type": "textfield", "id": "n", "key": "nivel", "label": "Nivel", "properties": {"tipo": "computed"}},
    )
    tree = drawn(form(*fields), {"a": "4"}, context={**CONTEXT, "nivel": "alta"})

    assert tree.one(id="f-b")["text"] == "8"
    assert tree.one(id="f-nivel")["text"] == "alta"
    assert drawn(form(*fields)).all(id="f-nivel") == []


@pytest.mark.parametrize("path", sorted((ROOT / "forms").rglob("*.form")), ids=lambda path: path.stem)
def test_every_form_of_the_project_is_drawn_well(path):
    it = parse_form(path.read_bytes(), path.name)
    tree = drawn(it, it.initial({}, CONTEXT, NOW), {name: Text("Mal.", "Wrong.") for name in it.index})
    ids = [each["id"] for each in tree.elements if "id" in each]

    assert len(ids) == len(set(ids))
    for each in tree.elements:
        for described in (each.get("aria-describedby") or "").split():
            assert described in ids
        if each["tag"] in ("input", "select", "textarea"):
            assert tree.all(tag="label", for_=each["id"])
