"""Item definitions: what conforms, what is coerced, what becomes null."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from engine.dmn import DecisionModel, DmnFinding

Model = Callable[..., DecisionModel]
Value = Callable[..., Any]

ITEMS = """
<itemDefinition name="tPersona">
  <itemComponent name="nombre completo"><typeRef>string</typeRef></itemComponent>
  <itemComponent name="edad"><typeRef>tEdad</typeRef></itemComponent>
</itemDefinition>
<itemDefinition name="tEdad"><typeRef>number</typeRef><allowedValues><text>[0..130]</text></allowedValues></itemDefinition>
<itemDefinition name="tPersonas" isCollection="true"><typeRef>tPersona</typeRef></itemDefinition>
<itemDefinition name="tTextos" isCollection="true"><typeRef>string</typeRef>
  <allowedValues><text>"a","b"</text></allowedValues></itemDefinition>
<itemDefinition name="tPocos" isCollection="true"><typeRef>number</typeRef>
  <typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>
<itemDefinition name="tFuncion"><functionItem outputTypeRef="number"><parameters name="n"/></functionItem></itemDefinition>
"""
ANA = '{nombre completo: "Ana", edad: 30}'


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        ("number", "1", 1),
        ("number", '"1"', None),
        ("string", '["uno"]', "uno"),
        ("string", '["uno", "dos"]', None),
        ("tTextos", '"a"', ["a"]),
        ("tTextos", '["a", "z"]', None),
        ("tPocos", "[1, 2]", [1, 2]),
        ("tPocos", "[1, 2, 3]", None),
        ("dateTime", '@"2026-03-02"', "2026-03-02T00:00:00Z"),
        ("date", '@"2026-03-02"', "2026-03-02"),
        ("date", '@"2026-03-02T10:00:00"', None),
        ("tEdad", "131", None),
        ("tPersona", ANA, {"nombre completo": "Ana", "edad": 30}),
        ("tPersona", '{nombre completo: "Ana"}', None),
        ("tPersona", '{nombre completo: "Ana", edad: null}', {"nombre completo": "Ana", "edad": None}),
        ("tPersona", '{nombre completo: "Ana", edad: 200}', None),
        ("tPersona", '{nombre completo: "Ana", edad: 1, más: 2}', {"nombre completo": "Ana", "edad": 1, "más": 2}),
        ("tPersonas", ANA, [{"nombre completo": "Ana", "edad": 30}]),
        ("tPersonas", "[1]", None),
        ("feel:number", "1", 1),
        ("Any", "[1]", [1]),
    ],
)
def test_a_decision_gives_what_its_type_says(
    value: Value, write: SimpleNamespace, type_: str, text: str, expected: Any
) -> None:
    assert value(ITEMS + write.decision("d", write.literal(text), type_=type_), "d") == expected


def test_an_input_of_another_type_is_null_and_says_so(model: Model, write: SimpleNamespace) -> None:
    body = write.input_data("edad", "number")
    body += write.decision("d", write.literal("edad = null"), needs=write.needs_input("edad"))

    result = model(body).evaluate("d", {"edad": "siete"})

    assert result.value is True
    assert "«edad»" in result.warnings[0].es


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{ANA} instance of tPersona", True),
        (f"[{ANA}] instance of tPersonas", True),
        (f"[{ANA}] instance of list<tPersona>", True),
        (f"{ANA} instance of tPersonas", False),
        ("{edad: 1} instance of tPersona", False),
        ("null instance of tPersona", False),
        ("500 instance of tEdad", True),
        ("(function(n) n) instance of tFuncion", True),
        ("1 instance of tFuncion", False),
    ],
)
def test_instances_of_the_types_of_a_model(value: Value, write: SimpleNamespace, text: str, expected: bool) -> None:
    assert value(ITEMS + write.decision("d", write.literal(text)), "d") is expected


def test_a_component_of_two_words_is_a_path(value: Value, write: SimpleNamespace) -> None:
    body = ITEMS + write.input_data("p", "tPersona")
    body += write.decision("d", write.literal('p.nombre completo + "!"'), needs=write.needs_input("p"))

    assert value(body, "d", {"p": {"nombre completo": "Ana", "edad": 3}}) == "Ana!"


def test_a_knowledge_model_of_a_function_type_gives_its_result(value: Value, write: SimpleNamespace) -> None:
    body = (
        ITEMS
        + f"""<businessKnowledgeModel id="k" name="k"><variable name="k" typeRef="tFuncion"/><encapsulatedLogic>
        <formalParameter name="n"/>{write.literal("n + 1")}</encapsulatedLogic></businessKnowledgeModel>"""
    )
    body += write.decision("d", write.literal("k(1)"), needs=write.needs_knowledge("k"))

    assert value(body, "d") == 2


@pytest.mark.parametrize(
    ("rule", "items"),
    [
        ("type.unknown", '<itemDefinition name="t"><typeRef>tNada</typeRef></itemDefinition>'),
        ("type.cycle", '<itemDefinition name="t"><typeRef>t</typeRef></itemDefinition>'),
        (
            "type.cycle",
            """<itemDefinition name="t"><typeRef>u</typeRef></itemDefinition>
            <itemDefinition name="u"><typeRef>t</typeRef></itemDefinition>""",
        ),
        ("type.name", '<itemDefinition name="t"/><itemDefinition name="t"/>'),
        (
            "expression.syntax",
            '<itemDefinition name="t"><typeRef>string</typeRef><allowedValues><text>[[</text></allowedValues>'
            "</itemDefinition>",
        ),
    ],
)
def test_it_refuses(findings: Callable[[str], list[DmnFinding]], rule: str, items: str) -> None:
    assert rule in {item.rule for item in findings(items)}


def test_a_structure_may_hold_its_own_kind(value: Value, write: SimpleNamespace) -> None:
    body = """<itemDefinition name="tNodo"><itemComponent name="n"><typeRef>number</typeRef></itemComponent>
        <itemComponent name="hijo"><typeRef>tNodo</typeRef></itemComponent></itemDefinition>"""
    body += write.decision("d", write.literal("{n: 1, hijo: {n: 2, hijo: null}}"), type_="tNodo")

    assert value(body, "d") == {"n": 1, "hijo": {"n": 2, "hijo": None}}
