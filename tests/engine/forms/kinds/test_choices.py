import pytest

VALUES = [{"value": "si", "label": "Sí"}, {"value": "no", "label": "No"}]
SELECT = {"type": "select", "values": VALUES}
LIST = {"type": "checklist", "values": VALUES}
YES_OR_NO = {"type": "radio", "values": [{"value": True, "label": "Sí"}, {"value": False, "label": "No"}]}


def test_one_of_the_list(clean, refused):
    assert clean(SELECT, "si") == "si"
    assert "options" in refused(SELECT, "quizás")


def test_values_need_not_be_texts(clean, refused):
    assert clean(YES_OR_NO, "true") is True
    assert clean(YES_OR_NO, False) is False
    assert "options" in refused(YES_OR_NO, 1)


def test_several_of_the_list_in_its_order_and_once(clean):
    assert clean(LIST, ["no", "si", "no"]) == ["si", "no"]
    assert clean(LIST, "si") == ["si"]
    assert clean(LIST, []) == []


def test_several_where_one_fits(refused):
    assert "Only one" in refused(SELECT, ["si", "no"])


def test_a_list_of_strangers(refused):
    assert refused(LIST, ["si", {}])
    assert refused(LIST, ["si"] * 100)


def test_an_expression_names_the_options(clean, refused):
    offices = {"type": "select", "valuesExpression": "=oficinas"}
    context = {"oficinas": [{"value": "MX-TAP", "label": "Tapachula"}]}

    assert clean(offices, "MX-TAP", context) == "MX-TAP"
    assert "options of the list" in refused(offices, "MX-XXX", context)
    assert "no options" in refused(offices, "MX-TAP", {})


def test_countries_and_their_parts_are_known_to_every_form(clean):
    assert clean({"type": "select", "valuesExpression": "=paises"}, "MX") == "MX"
    assert clean({"type": "select", "valuesExpression": "=entidades"}, "MX-CHP") == "MX-CHP"


@pytest.mark.parametrize(("sent", "value"), [("true", True), ("on", True), (True, True), ("", False), (None, False)])
def test_a_box_to_tick(clean, sent, value):
    assert clean({"type": "checkbox"}, sent) is value


def test_a_box_takes_no_other_word(refused):
    assert refused({"type": "checkbox"}, "quizás")
    assert refused({"type": "checkbox"}, 3)


def test_a_required_box_must_be_ticked(refused):
    assert "confirmed" in refused({"type": "checkbox", "validate": {"required": True}}, "")
