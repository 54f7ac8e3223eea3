import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DefinitionError
from engine.forms import Field, Form, Group, Repeating, parse_form, schema

FIELD = {"type": "textfield", "id": "nombre", "key": "nombre", "label": "Nombre"}


def written(*components, **top):
    form = {"type": "default", "id": "F-TEST", "schemaVersion": 18, "components": list(components), **top}
    return json.dumps(form, indent=1, ensure_ascii=False).encode()


def findings(data):
    with pytest.raises(DefinitionError) as error:
        parse_form(data, "prueba.form")
    return list(error.value.findings)


def rules(data):
    return {finding.rule for finding in findings(data)}


def test_it_reads_fields_groups_and_rows():
    form = parse_form(
        written(
            FIELD,
            {"type": "group", "id": "g", "label": "Contacto", "path": "contacto_emg", "components": [
                {"type": "textfield", "id": "n", "key": "nombre", "label": "Nombre"}]},
            {"type": "dynamiclist", "id": "d", "label": "Miembros", "path": "miembros", "components": [
                {"type": "number", "id": "e", "key": "edad", "label": "Edad"}]},
            title="Persona",
        ),
        "persona.form",
    )  # fmt: skip

    assert (form.id, form.title) == ("F-TEST", "Persona")
    assert [type(component) for component in form.components] == [Field, Group, Repeating]
    assert list(form.fields) == ["nombre", "contacto_emg.nombre", "miembros.*.edad"]


def test_a_finding_says_where_and_why_in_both_languages():
    (finding,) = findings(written({"type": "iframe", "id": "marco", "label": "Página"}))

    assert (finding.rule, finding.element_id, finding.element_name) == ("form:unsupported", "marco", "Página")
    assert finding.line == 8
    assert "iframe" in finding.text.in_language("es")
    assert "not supported" in finding.text.in_language("en")


def test_all_findings_come_at_once():
    assert (
        len(findings(written({"type": "html", "id": "a"}, {"type": "button", "id": "b"}, {"type": "x", "id": "c"})))
        == 3
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"key": None}, "form:key-form"),
        ({"key": "_version"}, "form:key-form"),
        ({"key": "a..b"}, "form:key-form"),
        ({"key": "0"}, "form:key-form"),
        ({"label": "=1 + 1"}, "form:text-expression"),
        ({"conditional": {"hide": "a = 1"}}, "form:feel-missing"),
        ({"conditional": {"hide": "=a = "}}, "form:feel"),
        ({"conditional": {"show": "=true"}}, "form:conditional"),
        ({"validate": {"pattern": "("}}, "form:pattern"),
        ({"validate": {"pattern": r"(a)\1"}}, "form:pattern"),
        ({"validate": {"minLength": 5, "maxLength": 3}}, "form:limits"),
        ({"validate": {"minLength": "=5"}}, "form:whole"),
        ({"validate": {"required": "yes"}}, "form:boolean"),
        ({"validate": []}, "form:object"),
        ({"validate": {"validationType": "iban"}}, "form:one-of"),
        ({"properties": {"tipo": "foto"}}, "form:one-of"),
        ({"properties": {"sensibilidad": "N7"}}, "form:one-of"),
        ({"properties": {"requeridoSi": "true"}}, "form:feel-missing"),
        ({"properties": {"calculo": "=1"}}, "form:computed"),
        ({"type": "select"}, "form:values"),
        ({"type": "select", "values": [{"value": "a"}, {"value": "a"}]}, "form:values-repeated"),
        ({"type": "datetime", "subtype": "century"}, "form:one-of"),
        ({"readonly": "=true"}, "form:boolean"),
    ],
)  # fmt: skip
def test_what_it_does_not_understand_is_refused(change, rule):
    assert rule in rules(written({**FIELD, **change}))


def test_an_unknown_attribute_is_only_remarked_upon():
    form = parse_form(written({**FIELD, "sparkle": True, "properties": {"mood": "good"}}), "prueba.form")

    assert {finding.rule for finding in form.warnings} == {"form:attribute-unknown", "form:property-unknown"}


def test_keys_that_cannot_live_together():
    assert rules(written(FIELD, {**FIELD, "id": "otro"})) == {"form:key-taken"}
    assert rules(written(FIELD, {**FIELD, "id": "otro", "key": "nombre.propio"})) == {"form:key-taken"}


def test_ids_are_said_once():
    assert "form:id-repeated" in rules(written(FIELD, {**FIELD, "key": "otra"}))


def test_rows_hold_no_rows():
    inner = {"type": "dynamiclist", "id": "i", "path": "i", "components": []}

    assert rules(written({"type": "dynamiclist", "id": "o", "path": "o", "components": [inner]})) == {"form:rows"}


def test_templates_are_refused():
    assert rules(written({"type": "text", "id": "t", "text": "Hola {{nombre}}"})) == {"form:template"}


def test_a_form_starts_blank_or_with_what_is_known():
    assert parse_form(written(FIELD, properties={"inicio": "con_lo_sabido"}), "x").carries_over
    assert rules(written(FIELD, properties={"inicio": "como_sea"})) == {"form:one-of"}
    assert rules(written(FIELD, properties=3)) == {"form:object"}


def test_an_old_schema_is_refused():
    assert rules(written(FIELD, schemaVersion=9)) == {"form:version-old"}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "form:json"),
        (b"{", "form:json"),
        (b"[]", "form:json"),
        (b'"x"', "form:json"),
        (b"\xff\xfe", "form:encoding"),
        (b'{"a": NaN}', "form:json"),
        (b'{"a": 1, "a": 2}', "form:json"),
        (b"[" * 100_000, "form:json"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "form:depth"),
        (b" " * 1_000_001, "form:size"),
        (b'{"type": "form", "id": "x", "schemaVersion": 18, "components": []}', "form:type"),
        (b'{"type": "default", "schemaVersion": 18, "components": []}', "form:id-form"),
        (b'{"type": "default", "id": "x", "components": []}', "form:version-missing"),
        (b'{"type": "default", "id": "x", "schemaVersion": 18}', "form:components"),
        (b'{"type": "default", "id": "x", "schemaVersion": 18, "components": [3]}', "form:component"),
        (b'{"type": "default", "id": "x", "schemaVersion": 18, "components": [{"type": "text"}]}', "form:id-missing"),
    ],
)
def test_a_malformed_or_hostile_file_is_refused_with_a_reason(data, rule):
    assert rule in rules(data)


def test_too_many_elements_are_refused():
    crowd = [{"type": "separator", "id": f"s{number}"} for number in range(700)]

    assert rules(written(*crowd)) == {"form:too-many"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
    | st.sampled_from(["=a", "=", "a.b", "date", "true", "[", "si"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
names = st.sampled_from(sorted({*schema.ATTRIBUTES["select"], *schema.ATTRIBUTES["dynamiclist"], "subtype", "text"}))
components = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(schema.ATTRIBUTES)), "id": st.sampled_from(["a", "b", "c"])}
).flatmap(lambda known: st.dictionaries(names, json_values, max_size=6).map(lambda more: {**more, **known}))


@settings(max_examples=300, deadline=None)
@given(st.lists(components | json_values, max_size=3), json_values, json_values)
def test_whatever_is_written_it_is_read_or_refused(listed, validate, properties):
    data = written(*listed, {**FIELD, "validate": validate, "properties": properties})

    try:
        form = parse_form(data, "prueba.form")
    except DefinitionError as error:
        form = None
        spoken = [finding.text.in_language(language) for finding in error.findings for language in ("es", "en")]
        assert spoken
    assert form is None or isinstance(form, Form)
