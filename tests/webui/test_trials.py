"""Designers try expressions and decisions on sample data; nothing is written, and what was typed stays."""

from __future__ import annotations

from tests.webui.test_pages import Window

DESIGNER = "dani.euceda"


def test_an_expression_gives_its_value_and_type(window: Window) -> None:
    dani = window().sign_in(DESIGNER)
    page = dani.post("/diseno/probar", expression="edad < 18 and \"asilo\" in alertas", sample='{"edad": 16, "alertas": "asilo"}').get_data(as_text=True)  # fmt: skip
    assert '<pre class="mb-1">true</pre>' in page
    assert "boolean" in page


def test_a_null_says_why_and_the_text_stays(window: Window) -> None:
    dani = window().sign_in(DESIGNER)
    page = dani.post("/diseno/probar", expression='"a" + 1', sample="").get_data(as_text=True)
    assert "null" in page
    assert "Por qué" in page
    assert "&#34;a&#34; + 1</textarea>" in page


def test_a_mistake_is_shown_at_its_place(window: Window) -> None:
    dani = window().sign_in(DESIGNER)
    answer = dani.post("/diseno/probar", expression="1 + * 2", sample="{")
    assert answer.status_code == 422
    answer = dani.post("/diseno/probar", expression="1 + * 2", sample="{}")
    assert answer.status_code == 422
    assert "^" in answer.get_data(as_text=True)
    answer = dani.post("/diseno/probar", expression="1", sample="[1]")
    assert "entre llaves" in answer.get_data(as_text=True)
    assert dani.post("/diseno/probar", expression="1" * 30_000, sample="").status_code == 422


def test_a_cell_is_tried_on_an_input(window: Window) -> None:
    dani = window().sign_in(DESIGNER)
    page = dani.post("/diseno/probar", expression="[13..17]", input="15").get_data(as_text=True)
    assert '<pre class="mb-1">true</pre>' in page


def test_a_hostile_expression_is_stopped_in_words(window: Window) -> None:
    dani = window().sign_in(DESIGNER)
    answer = dani.post("/diseno/probar", expression="count(for a in 1..9999, b in 1..9999 return a)")
    assert answer.status_code in (200, 422)
    assert "Traceback" not in answer.get_data(as_text=True)


def test_a_decision_lights_the_rule_that_matched(window: Window) -> None:
    dani = window().sign_in(DESIGNER)
    address = "/diseno/probar/decision"
    assert 'name="v:edad"' in dani.get(f"{address}?decision=dmn_03_prioridad_plazos")
    page = dani.post(
        address,
        decision="dmn_03_prioridad_plazos",
        **{"v:edad": "9", "v:f_nna_no_acompanado": "true", "v:tipo": "MIG-03"},
    ).get_data(as_text=True)
    assert page.count('class="matched"') == 1
    assert "Niñez sola de 12 años o menos" in page.split('class="matched"')[1].split("</tr>")[0]
    assert "P1" in page
    assert 'class="no"' in page
    assert 'value="MIG-03"' in page


def test_an_unknown_decision_is_not_found_and_an_officer_has_no_such_page(window: Window) -> None:
    dani = window().sign_in(DESIGNER)
    assert dani.client.get("/diseno/probar/decision?decision=no_hay").status_code == 404
    ana = window().sign_in("ana.discua")
    assert ana.client.get("/diseno/probar/decision").status_code in (403, 404)
    assert ana.post("/diseno/probar", expression="1").status_code in (403, 404)
