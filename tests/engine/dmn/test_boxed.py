"""Boxed values: contexts, invocations, functions, relations, lists, conditionals."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from engine.dmn import DecisionModel, DmnFinding
from engine.feel import FeelLimitError

Model = Callable[..., DecisionModel]
Value = Callable[..., Any]


def entry(name: str, logic: str, type_: str = "") -> str:
    """An entry of a boxed context."""
    typed = f' typeRef="{type_}"' if type_ else ""
    variable = f'<variable name="{name}"{typed}/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def test_each_entry_of_a_context_sees_those_before_it(value: Value, write: SimpleNamespace) -> None:
    body = write.decision(
        "d",
        f"""<context>{entry("precio base", write.literal("10"))}{entry("total", write.literal("precio base * 2"))}
        </context>""",
    )

    assert value(body, "d") == {"precio base": 10, "total": 20}


def test_an_entry_without_a_name_is_the_result(value: Value, write: SimpleNamespace) -> None:
    body = write.decision(
        "d", f"<context>{entry('a', write.literal('1'))}{entry('', write.literal('a + 1'))}</context>"
    )

    assert value(body, "d") == 2


def test_an_entry_of_another_type_is_null(model: Model, write: SimpleNamespace) -> None:
    read = model(write.decision("d", f"<context>{entry('a', write.literal('1'), 'string')}</context>"))

    result = read.evaluate("d", {})

    assert result.value == {"a": None}
    assert "«a»" in result.warnings[0].es


FACTORIAL = """<functionDefinition><formalParameter name="n" typeRef="number"/><literalExpression>
    <text>if n &lt; 2 then 1 else n * factorial(n - 1)</text></literalExpression></functionDefinition>"""


def test_a_function_in_a_context_may_call_itself(value: Value, write: SimpleNamespace) -> None:
    body = write.decision(
        "d", f"<context>{entry('factorial', FACTORIAL)}{entry('', write.literal('factorial(20)'))}</context>"
    )

    assert value(body, "d") == 2_432_902_008_176_640_000


def test_a_function_that_calls_itself_without_end_breaks_the_limit(model: Model, write: SimpleNamespace) -> None:
    endless = FACTORIAL.replace("if n &lt; 2 then 1 else n * ", "")
    read = model(
        write.decision(
            "d", f"<context>{entry('factorial', endless)}{entry('', write.literal('factorial(1)'))}</context>"
        )
    )

    with pytest.raises(FeelLimitError):
        read.evaluate("d", {})


def test_an_argument_of_another_type_makes_a_call_null(model: Model, write: SimpleNamespace) -> None:
    read = model(
        write.decision(
            "d", f"<context>{entry('factorial', FACTORIAL)}{entry('', write.literal('factorial(true)'))}</context>"
        )
    )

    assert read.evaluate("d", {}).value is None
    assert "«n»" in read.evaluate("d", {}).warnings[0].es


KNOWLEDGE = """<businessKnowledgeModel id="k" name="cuota mensual"><variable name="cuota mensual"/><encapsulatedLogic>
    <formalParameter name="monto total"/><formalParameter name="meses"/>
    <literalExpression><text>monto total / meses</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"""


def test_an_invocation_binds_by_name(value: Value, write: SimpleNamespace) -> None:
    invocation = f"""<invocation>{write.literal("cuota mensual")}
        <binding><parameter name="meses"/>{write.literal("12")}</binding>
        <binding><parameter name="monto total"/>{write.literal("600")}</binding></invocation>"""
    body = KNOWLEDGE + write.decision("d", invocation, needs=write.needs_knowledge("k"))

    assert value(body, "d") == 50


def test_a_knowledge_model_is_called_from_text(value: Value, write: SimpleNamespace) -> None:
    body = KNOWLEDGE + write.decision("d", write.literal("cuota mensual(600, 6)"), needs=write.needs_knowledge("k"))

    assert value(body, "d") == 100


def test_a_knowledge_model_can_be_evaluated_by_itself(value: Value) -> None:
    assert value(KNOWLEDGE, "cuota mensual", {"monto total": 10, "meses": 4}) == 2.5


def test_a_knowledge_model_may_hold_a_table(value: Value, write: SimpleNamespace) -> None:
    written = write.table(["edad"], ["g"], [["< 18", '"menor"'], [">= 18", '"mayor"']])
    body = f"""<businessKnowledgeModel id="k" name="grupo"><encapsulatedLogic><formalParameter name="edad"/>{written}
        </encapsulatedLogic></businessKnowledgeModel>"""
    body += write.decision("d", write.literal("for e in [5, 50] return grupo(e)"), needs=write.needs_knowledge("k"))

    assert value(body, "d") == ["menor", "mayor"]


def test_a_relation_is_a_list_of_contexts(value: Value, write: SimpleNamespace) -> None:
    relation = f"""<relation><column name="a b"/><column name="c"/>
        <row>{write.literal("1")}{write.literal('"x"')}</row><row>{write.literal("2")}{write.literal('"y"')}</row></relation>"""
    body = write.decision("r", relation)
    body += write.decision("d", write.literal('r[c = "y"].a b'), needs=write.needs_decision("r"))

    assert value(body, "r") == [{"a b": 1, "c": "x"}, {"a b": 2, "c": "y"}]
    assert value(body, "d") == [2]


def test_a_list_may_hold_any_expression(value: Value, write: SimpleNamespace) -> None:
    body = write.decision("d", f"<list>{write.literal('1')}<list>{write.literal('2')}</list></list>")

    assert value(body, "d") == [1, [2]]


@pytest.mark.parametrize(("condition", "expected"), [("true", "a"), ("false", "b"), ("null", "b"), ('"x"', None)])
def test_a_conditional(value: Value, write: SimpleNamespace, condition: str, expected: str | None) -> None:
    body = write.decision(
        "d",
        f"""<conditional><if>{write.literal(condition)}</if><then>{write.literal('"a"')}</then>
        <else>{write.literal('"b"')}</else></conditional>""",
    )

    assert value(body, "d") == expected


def test_a_conditional_may_choose_between_tables(value: Value, write: SimpleNamespace) -> None:
    tables = [write.table(["n"], ["o"], [["> 1", f'"{name}"']]) for name in "ab"]
    body = write.decision(
        "d",
        f"<conditional><if>{write.literal('f')}</if><then>{tables[0]}</then><else>{tables[1]}</else></conditional>",
    )

    assert value(body, "d", {"f": True, "n": 2}) == "a"
    assert value(body, "d", {"f": False, "n": 2}) == "b"


def test_an_empty_decision_gives_what_is_given_for_it(value: Value, write: SimpleNamespace) -> None:
    body = write.decision("a", "") + write.decision("d", write.literal("a = null"), needs=write.needs_decision("a"))

    assert value(body, "d") is True


REFUSED = {
    "boxed.incomplete": "<conditional><if><literalExpression><text>1</text></literalExpression></if></conditional>",
    "function.external": '<functionDefinition kind="Java"><context/></functionDefinition>',
    "expression.language": '<literalExpression expressionLanguage="python"><text>1</text></literalExpression>',
    "expression.syntax": "<literalExpression><text>if then</text></literalExpression>",
    "relation.cells": '<relation><column name="a"/><row/></relation>',
    "type.unknown": '<literalExpression typeRef="tNada"><text>1</text></literalExpression>',
}


@pytest.mark.parametrize("rule", REFUSED)
def test_it_refuses(findings: Callable[[str], list[DmnFinding]], rule: str) -> None:
    found = findings(f'<decision id="d" name="d">\n{REFUSED[rule]}</decision>')

    assert rule in {item.rule for item in found}
    assert {(item.element_id, item.line, item.file) for item in found} == {("d", 2, "prueba.dmn")}


def test_an_invocation_without_a_function_is_refused(findings: Callable[[str], list[DmnFinding]]) -> None:
    assert findings('<decision id="d" name="d"><invocation/></decision>')[0].rule == "boxed.incomplete"
