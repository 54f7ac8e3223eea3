"""Reading files: versions, names in scope, imports, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from engine.dmn import DecisionModel, DmnError, DmnFinding, parse_dmn
from engine.dmn.parser import NAMESPACES

Model = Callable[..., DecisionModel]
Value = Callable[..., Any]


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_it_reads_every_version(write: SimpleNamespace, namespace: str) -> None:
    data = write.definitions(write.decision("d", write.literal("1 + 1")), xmlns=namespace)

    assert parse_dmn(data).evaluate("d", {}).value == 2


@pytest.mark.parametrize(
    "data", [b"<a/>", b"not xml", b"", b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>']
)
def test_it_refuses_what_is_no_decision_model(data: bytes) -> None:
    with pytest.raises(DmnError) as caught:
        parse_dmn(data, "otro.dmn")

    (finding,) = caught.value.findings
    assert finding.rule in ("xml.refused", "xml.not-dmn")
    assert finding.file == "otro.dmn"


def test_it_finds_decisions_by_id_and_by_name(model: Model, write: SimpleNamespace) -> None:
    read = model(
        write.input_data("n") + write.decision("el doble", write.literal("n * 2"), needs=write.needs_input("n"))
    )

    assert read.evaluate("d_el doble", {"n": 2}).value == 4
    assert read.evaluate("el doble", {"n": 2}).value == 4
    assert read.decisions["d_el doble"].name == "el doble"
    assert read.decisions["d_el doble"].inputs == ["n"]
    with pytest.raises(KeyError):
        read.evaluate("el triple", {})


def test_an_element_needs_no_id(value: Value) -> None:
    body = '<decision name="a"><literalExpression><text>1</text></literalExpression></decision>'

    assert value(body + body.replace('"a"', '"b"'), "b") == 1


def test_inputs_behind_other_decisions_are_known(model: Model, write: SimpleNamespace) -> None:
    body = (
        write.input_data("x")
        + write.input_data("y")
        + write.decision("a", write.literal("x"), needs=write.needs_input("x"))
    )
    body += write.decision("b", write.literal("a + y"), needs=write.needs_decision("a") + write.needs_input("y"))

    assert model(body).decisions["d_b"].inputs == ["x", "y"]


def test_a_name_with_operators_is_one_name_where_it_is_required(value: Value, write: SimpleNamespace) -> None:
    body = write.input_data("a-b") + write.input_data("a") + write.input_data("b")
    body += write.decision("uno", write.literal("a-b"), needs=write.needs_input("a-b"))
    body += write.decision("resta", write.literal("a-b"), needs=write.needs_input("a", "b"))

    given = {"a-b": "nombre", "a": 5, "b": 3}
    assert value(body, "uno", given) == "nombre"
    assert value(body, "resta", given) == 2


def test_what_is_not_required_is_not_seen(model: Model, write: SimpleNamespace) -> None:
    body = write.input_data("secreto") + write.decision("d", write.literal("secreto"))

    result = model(body).evaluate("d", {"secreto": 1})

    assert result.value is None
    assert "secreto" in result.warnings[0].es


def test_what_a_model_does_not_declare_comes_from_the_caller(value: Value, write: SimpleNamespace) -> None:
    body = write.decision(
        "plazo", write.table(["tarea", "case.priority"], ["p"], [['"ut_contacto"', '"P1"', '"PT4H"']])
    )

    assert value(body, "plazo", {"tarea": "ut_contacto", "case": {"priority": "P1"}}) == "PT4H"


def test_an_input_may_be_called_like_a_function(value: Value, write: SimpleNamespace) -> None:
    body = write.input_data("date") + write.input_data("count")
    body += write.decision("d", write.literal("date + count"), needs=write.needs_input("date", "count"))

    assert value(body, "d", {"date": 1, "count": 2}) == 3


def test_a_variable_may_have_another_name_than_its_element(value: Value) -> None:
    body = """<inputData id="i" name="Edad de la persona"><variable name="edad"/></inputData>
      <decision id="d" name="¿Mayor?"><variable name="mayor"/><informationRequirement><requiredInput href="#i"/>
      </informationRequirement><literalExpression><text>edad &gt; 17</text></literalExpression></decision>"""

    for name in ("d", "mayor", "¿Mayor?"):
        assert value(body, name, {"edad": 20}) is True
        assert value(body, name, {"Edad de la persona": 20}) is True


def test_a_missing_input_is_null_with_a_reason_only_where_it_is_read(model: Model, write: SimpleNamespace) -> None:
    body = write.input_data("a") + write.input_data("b")
    body += write.decision("d", write.literal("a"), needs=write.needs_input("a", "b"))

    result = model(body).evaluate("d", {})

    assert result.value is None
    assert [warning.es for warning in result.warnings] == ["falta la entrada «a»"]


REFUSED = {
    "part.name": '<decision id="d"/>',
    "part.duplicate-id": '<decision id="d" name="a"/>\n<decision id="d" name="b"/>',
    "requirement.missing": '<decision id="d" name="a"><informationRequirement><requiredInput href="#x"/>'
    "</informationRequirement></decision>",
    "requirement.cycle": '<decision id="d" name="a"><informationRequirement><requiredDecision href="#d"/>'
    "</informationRequirement></decision>",
    "type.unknown": '<inputData id="d" name="a"><variable name="a" typeRef="tNada"/></inputData>',
    "import.missing": '<import id="d" namespace="urn:otro" name="o" importType="'
    'https://www.omg.org/spec/DMN/20230324/MODEL/"/>',
}


@pytest.mark.parametrize("rule", REFUSED)
def test_it_refuses(findings: Callable[[str], list[DmnFinding]], rule: str) -> None:
    found = findings(REFUSED[rule])

    assert rule in [item.rule for item in found]
    assert all(item.es and item.en and item.line and item.file == "prueba.dmn" for item in found)


def test_a_circle_of_decisions_names_each_of_them(
    findings: Callable[[str], list[DmnFinding]], write: SimpleNamespace
) -> None:
    body = write.decision("a", write.literal("b"), needs=write.needs_decision("b"))
    body += write.decision("b", write.literal("a"), needs=write.needs_decision("a"))
    body += write.decision("c", write.literal("a"), needs=write.needs_decision("a"))

    assert [(item.rule, item.element_id) for item in findings(body)][:2] == [
        ("requirement.cycle", "d_a"),
        ("requirement.cycle", "d_b"),
    ]


def test_a_long_chain_of_decisions_is_read_and_never_a_traceback(model: Model, write: SimpleNamespace) -> None:
    body = write.decision("n0", write.literal("1"))
    for n in range(1, 40):
        body += write.decision(f"n{n}", write.literal(f"n{n - 1} + 1"), needs=write.needs_decision(f"n{n - 1}"))

    assert model(body).evaluate("n39", {}).value == 40


def test_a_tolerant_reading_keeps_what_can_be_read(write: SimpleNamespace) -> None:
    body = write.decision("mal", write.literal("1 +")) + write.decision("bien", write.literal("1 + 1"))

    read = parse_dmn(write.definitions(body), tolerant=True)

    assert read.evaluate("bien", {}).value == 2
    assert read.evaluate("mal", {}).value is None
    assert [item.rule for item in read.findings] == ["expression.syntax"]


def test_many_names_and_many_expressions_are_read_quickly(model: Model, write: SimpleNamespace) -> None:
    body = "".join(write.input_data(f"dato número {n}") for n in range(1_500))
    body += "".join(
        write.decision(f"d{n}", write.literal(f"dato número {n} + 1"), needs=write.needs_input(f"dato número {n}"))
        for n in range(1_500)
    )

    assert model(body).evaluate("d7", {"dato número 7": 1}).value == 2
