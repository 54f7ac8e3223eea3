"""Decision tables: what each hit policy gives, defaults, allowed values, and what is told about it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from engine.dmn import DecisionModel, DmnFinding
from engine.feel import compile_unary_tests

Model = Callable[..., DecisionModel]
Value = Callable[..., Any]

AGES = [["< 18", '"menor"'], ["[18..64]", '"adulto"'], ["> 60", '"mayor"']]


def test_unique_gives_the_one_rule_that_matches(value: Value, write: SimpleNamespace) -> None:
    body = write.decision("grupo", write.table(["edad"], ["grupo"], AGES))

    assert value(body, "grupo", {"edad": 7}) == "menor"
    assert value(body, "grupo", {"edad": 64.5}) == "mayor"
    assert value(body, "grupo", {"edad": None}) is None


def test_unique_is_null_where_two_rules_match_and_says_so(model: Model, write: SimpleNamespace) -> None:
    read = model(write.decision("grupo", write.table(["edad"], ["grupo"], AGES)))

    result = read.evaluate("grupo", {"edad": 62})

    assert result.value is None
    assert [rule.index for rule in result.trace[0].matched] == [2, 3]
    assert "coinciden 2 renglones" in result.warnings[0].es
    assert "2 rules match" in result.warnings[0].en


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("FIRST", "adulto"),
        ("RULE ORDER", ["adulto", "mayor"]),
        ("COLLECT", ["adulto", "mayor"]),
        ("ANY", None),
        ("PRIORITY", "mayor"),
        ("OUTPUT ORDER", ["mayor", "adulto"]),
    ],
)
def test_every_hit_policy(value: Value, write: SimpleNamespace, policy: str, expected: Any) -> None:
    body = write.decision("g", write.table(["edad"], ['g="menor","mayor","adulto"'], AGES, policy=policy))

    assert value(body, "g", {"edad": 62}) == expected


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", 7), ("MIN", 2), ("MAX", 5), ("COUNT", 2)])
def test_every_aggregation(value: Value, write: SimpleNamespace, aggregation: str, expected: int) -> None:
    extra = f' aggregation="{aggregation}"'
    rules = [["> 1", "2"], ["> 5", "5"], ["> 100", "9"]]
    body = write.decision("t", write.table(["n"], ["t"], rules, policy="COLLECT", extra=extra))

    assert value(body, "t", {"n": 10}) == expected


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", None), ("MIN", None), ("COUNT", 0), ("", [])])
def test_what_collect_gives_where_no_rule_matches(
    value: Value, write: SimpleNamespace, aggregation: str, expected: Any
) -> None:
    extra = f' aggregation="{aggregation}"' if aggregation else ""
    body = write.decision("t", write.table(["n"], ["t"], [["> 5", "1"]], policy="COLLECT", extra=extra))

    assert value(body, "t", {"n": 1}) == expected


def test_any_gives_what_the_rules_agree_on(value: Value, write: SimpleNamespace) -> None:
    rules = [["> 1", "-", '"sí"'], ["-", "> 1", '"sí"'], ["< 0", "-", '"no"']]
    body = write.decision("t", write.table(["a", "b"], ["t"], rules, policy="ANY"))

    assert value(body, "t", {"a": 5, "b": 5}) == "sí"


def test_several_outputs_give_a_context(value: Value, write: SimpleNamespace) -> None:
    rules = [['"P1"', '"PT4H"', '"natural"'], ['"P2","P3"', '"P2D"', '"habil"']]
    body = write.decision("plazo", write.table(["prioridad"], ["duracion", "calendario"], rules))

    assert value(body, "plazo", {"prioridad": "P3"}) == {"duracion": "P2D", "calendario": "habil"}


def test_priority_of_several_outputs_goes_from_left_to_right(value: Value, write: SimpleNamespace) -> None:
    outputs = ['a="alta","baja"', "b=1,2,3"]
    rules = [["-", '"baja"', "1"], ["-", '"alta"', "3"], ["-", '"alta"', "2"]]
    body = write.decision("t", write.table(["n"], outputs, rules, policy="PRIORITY"))

    assert value(body, "t", {"n": 1}) == {"a": "alta", "b": 2}


def test_a_default_is_given_where_no_rule_matches(value: Value) -> None:
    body = """<decision id="d" name="d"><decisionTable>
      <input><inputExpression><text>n</text></inputExpression></input>
      <output name="o"><defaultOutputEntry><text>"otro"</text></defaultOutputEntry></output>
      <rule><inputEntry><text>1</text></inputEntry><outputEntry><text>"uno"</text></outputEntry></rule>
    </decisionTable></decision>"""

    assert value(body, "d", {"n": 1}) == "uno"
    assert value(body, "d", {"n": 2}) == "otro"


def test_an_input_that_is_not_allowed_makes_the_table_null(model: Model) -> None:
    read = model("""<decision id="d" name="d"><decisionTable>
      <input label="Color"><inputExpression><text>c</text></inputExpression>
        <inputValues><text>"rojo","azul"</text></inputValues></input>
      <output/>
      <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>
    </decisionTable></decision>""")

    assert read.evaluate("d", {"c": "azul"}).value == 1
    assert read.evaluate("d", {"c": "gris"}).value is None
    assert "Color" in read.evaluate("d", {"c": "gris"}).warnings[0].es


def test_a_result_that_the_output_does_not_allow_is_null(model: Model, write: SimpleNamespace) -> None:
    read = model(write.decision("t", write.table(["n"], ['t="a","b"'], [["1", '"a"'], ["2", '"z"']])))

    assert read.evaluate("t", {"n": 1}).value == "a"
    assert read.evaluate("t", {"n": 2}).value is None
    assert read.evaluate("t", {"n": 2}).warnings


def test_the_allowed_values_of_a_type_order_its_priorities(value: Value, write: SimpleNamespace) -> None:
    body = """<itemDefinition name="tNivel"><typeRef>string</typeRef>
        <allowedValues><text>"alto","medio","bajo"</text></allowedValues></itemDefinition>"""
    written = write.table(["n"], ["nivel"], [["> 1", '"bajo"'], ["> 5", '"alto"']], policy="PRIORITY")
    body += write.decision("nivel", written.replace('name="nivel"', 'name="nivel" typeRef="tNivel"'))

    assert value(body, "nivel", {"n": 9}) == "alto"


def test_the_trace_tells_rules_by_place_id_and_annotation(model: Model, write: SimpleNamespace) -> None:
    read = model(write.decision("grupo", write.table(["edad", "1 + 1"], ["grupo"], [["< 18", "2", '"menor"']])))

    (table,) = read.evaluate("grupo", {"edad": 7}).trace

    assert (table.element_id, table.name, table.policy) == ("t", "grupo", "UNIQUE")
    assert table.labels == ("edad", "1 + 1")
    assert table.inputs == [7, 2]
    (rule,) = table.matched
    assert (rule.index, rule.id, rule.outputs, rule.annotation) == (1, "r1", "menor", "nota 1")
    assert rule.conditions == ("< 18", "2")


def test_a_constant_table_tells_the_same_on_the_short_road(model: Model, write: SimpleNamespace) -> None:
    rules = [['"a"', "< 5", '"x"'], ['not("a")', "[5..9]", '"y"'], ["-", "10", '"z"']]
    read = model(write.decision("t", write.table(["s", "n"], ["t"], rules)))
    quick = read.quick["d_t"]
    read.quick.clear()

    for s in ("a", "b", None, Decimal(1)):
        for n in (Decimal(4), 7, Decimal("10.0"), Decimal("9.5"), None, "7"):
            slow = read.evaluate("t", {"s": s, "n": n})
            fast = quick({"s": s, "n": n})
            assert fast is None or fast == slow


@pytest.mark.parametrize("extra", [[], [["-", '"otro"']]], ids=["alone", "with a rule for all"])
@pytest.mark.parametrize(
    "cell",
    ["1", "1, 3", "< 3", ">= 3", "[1..3]", "(1..3)", "]1..3[", "not(1)", "not([1..2], 5)", "-1", "[-1..1]", "< 1, > 3",
     "[1..2], (1..4)", "? > 2", "2 + 1", "-", "null"],
)  # fmt: skip
def test_the_index_finds_what_the_tests_say(model: Model, write: SimpleNamespace, cell: str, extra: list[Any]) -> None:
    indexed = model(write.decision("t", write.table(["n"], ["t"], [[cell, '"sí"'], *extra], policy="FIRST")))

    for n in range(-4, 13):
        number = Decimal(n) / 2
        wanted = compile_unary_tests(cell).evaluate(number, {})
        assert indexed.evaluate("t", {"n": number}).value == ("sí" if wanted else "otro" if extra else None)


REFUSED = {
    "table.hit-policy": '<decisionTable hitPolicy="BEST"><output/></decisionTable>',
    "table.aggregation": '<decisionTable hitPolicy="COLLECT" aggregation="AVG"><output/></decisionTable>',
    "table.outputs": "<decisionTable/>",
    "table.input": "<decisionTable><input/><output/></decisionTable>",
    "table.output-name": '<decisionTable><output name="a"/><output/></decisionTable>',
    "table.aggregation-outputs": """<decisionTable hitPolicy="COLLECT" aggregation="SUM"><output name="a"/>
        <output name="b"/></decisionTable>""",
    "table.cells": """<decisionTable><output/><rule><inputEntry><text>1</text></inputEntry>
        <outputEntry><text>1</text></outputEntry></rule></decisionTable>""",
    "expression.syntax": """<decisionTable><input><inputExpression><text>n</text></inputExpression></input><output/>
        <rule><inputEntry><text>[1..</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable>""",
    "expression.language": """<decisionTable><input><inputExpression expressionLanguage="juel"><text>n</text>
        </inputExpression></input><output/></decisionTable>""",
    "type.unknown": '<decisionTable><output typeRef="tNada"/></decisionTable>',
}


@pytest.mark.parametrize("rule", REFUSED)
def test_it_refuses(findings: Callable[[str], list[DmnFinding]], rule: str) -> None:
    found = findings(f'<decision id="d" name="d">\n{REFUSED[rule]}</decision>')

    assert rule in [item.rule for item in found]
    assert all(item.es and item.en and item.line and item.element_id for item in found)


def test_every_bad_cell_is_a_finding_with_its_line(findings: Callable[[str], list[DmnFinding]]) -> None:
    rows = "\n".join(
        f'<rule id="r{n}"><inputEntry id="c{n}"><text>&lt; </text></inputEntry>'
        f"<outputEntry><text>1 +</text></outputEntry></rule>"
        for n in (1, 2)
    )
    found = findings(
        f"""<decision id="d" name="d"><decisionTable><input><inputExpression><text>n</text></inputExpression></input>
        <output/>\n{rows}</decisionTable></decision>"""
    )

    assert [(item.element_id, item.line) for item in found] == [("c1", 3), ("r1", 3), ("c2", 4), ("r2", 4)]


def test_a_table_of_many_rules_is_read_quickly(model: Model, write: SimpleNamespace) -> None:
    rules = [[f"[{n}..{n + 3}]", f'"k{n}"', str(n)] for n in range(2_000)]

    read = model(write.decision("t", write.table(["n", "k"], ["t"], rules)))

    assert read.evaluate("t", {"n": 1_500, "k": "k1499"}).value == 1_499
