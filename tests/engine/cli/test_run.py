"""``siproc run``: the same scenario gives the same trace on both databases, and the exit status says how it ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.lint import lint
from engine.cli.run import run

ROOT = Path(__file__).parent.parent.parent.parent
VISIT = [
    "run", str(ROOT / "processes"), str(ROOT / "forms"), "--process", "penal", "--case", "MX-TAP", "--json",
    "--vars", '{"consentimiento": "otorgado", "alcances": {"familia": "minimo"}, "edad": 31, "tipo_caso": "PEN-01"}',
    "--steps", str(ROOT / "tests" / "scenarios" / "primera_visita.json"),
]  # fmt: skip
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">'
    '<process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>'
)
WAITS = HEAD + '<userTask id="t"/></process></definitions>'
ENDS = HEAD + '<task id="t"/></process></definitions>'
REFUSED = HEAD + '<serviceTask id="t"/></process></definitions>'
FAILS = HEAD + (
    '<scriptTask id="t"/><sequenceFlow id="g" sourceRef="t" targetRef="x"/><exclusiveGateway id="x"/>'
    '<sequenceFlow id="h" sourceRef="x" targetRef="a"><conditionExpression>=nada &gt; 1</conditionExpression></sequenceFlow>'
    '<sequenceFlow id="i" sourceRef="x" targetRef="b"><conditionExpression>=nada &lt; 1</conditionExpression></sequenceFlow>'
    '<task id="a"/><task id="b"/></process></definitions>'
).replace("<scriptTask", "<task")


def outcome(arguments: list[str], status: int = 0) -> dict[str, object]:
    result = CliRunner().invoke(run, arguments[1:] if arguments[0] == "run" else arguments)
    assert result.exit_code == status, result.output
    return json.loads(result.output)  # type: ignore[no-any-return]


def test_the_same_scenario_gives_the_same_trace_on_both_databases(postgresql: str) -> None:
    on_sqlite = outcome(VISIT)
    on_postgresql = outcome([*VISIT, "--database", postgresql])

    assert on_sqlite["completed"] == on_postgresql["completed"]
    assert on_sqlite["waiting"] == on_postgresql["waiting"]
    assert "ut_acta" in on_sqlite["completed"]  # type: ignore[operator]
    assert [item["id"] for item in on_sqlite["waiting"]] == ["ut_necesidad_legal"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("model", "state", "status"),
    [
        (WAITS, "waiting", 0),
        (ENDS, "completed", 0),
        (REFUSED, "refused", 1),
        (FAILS, "failed", 2),
        ("<x", "refused", 1),
    ],
)
def test_the_exit_status_says_how_it_ended(tmp_path: Path, model: str, state: str, status: int) -> None:
    file = tmp_path / "m.bpmn"
    file.write_text(model)

    answer = outcome([str(file), "--json"], status)

    assert answer["state"] == state
    assert set(answer) >= {"state", "completed", "waiting", "variables", "findings", "incidents"}


def test_lint_tells_where_and_why(tmp_path: Path) -> None:
    file = tmp_path / "m.bpmn"
    file.write_text(REFUSED)

    result = CliRunner().invoke(lint, [str(file), "--json"])

    assert result.exit_code == 1
    finding = json.loads(result.output)["findings"][0]
    assert (finding["rule"], finding["element"], finding["line"]) == ("task.no-type", "t", 1)
    assert finding["es"] != finding["en"]


def test_a_step_that_cannot_be_taken_is_said(tmp_path: Path) -> None:
    model, steps = tmp_path / "m.bpmn", tmp_path / "s.json"
    model.write_text(WAITS)
    steps.write_text('[{"complete": "nadie"}]')

    answer = outcome([str(model), "--steps", str(steps), "--json"], 2)

    assert "nadie" in str(answer["error"])


ENDLESS = HEAD + (
    '<task id="t"/><sequenceFlow id="g" sourceRef="t" targetRef="u"/><task id="u"/>'
    '<sequenceFlow id="h" sourceRef="u" targetRef="t"/></process></definitions>'
)
TOO_MUCH = HEAD + (
    '<scriptTask id="t"><extensionElements><zeebe:script expression="=for a in 1..20000, b in 1..20000 return a" '
    'resultVariable="r"/></extensionElements></scriptTask></process></definitions>'
)
ASKS = HEAD + (
    '<businessRuleTask id="t"><extensionElements><zeebe:calledDecision decisionId="d" resultVariable="r"/>'
    "</extensionElements></businessRuleTask></process></definitions>"
)
HEAVY = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="urn:m">'
    '<decision id="d" name="d"><literalExpression><text>for a in 1..20000, b in 1..20000 return a</text>'
    "</literalExpression></decision></definitions>"
)


@pytest.mark.parametrize(
    ("model", "code", "element"),
    [(ENDLESS, "limit_reached", "tu"), (TOO_MUCH, "expression_error", "t"), (ASKS, "decision_limit", "t")],
    ids=["an endless loop", "an expression", "a decision"],
)
def test_a_breached_limit_is_an_incident(tmp_path: Path, model: str, code: str, element: str) -> None:
    (tmp_path / "p.bpmn").write_text(model)
    (tmp_path / "d.dmn").write_text(HEAVY)

    result = outcome(["run", str(tmp_path), "--json"], 2)

    (incident,) = result["incidents"]  # type: ignore[misc]
    assert incident["code"] == code
    assert incident["element"] in element
    assert incident["es"] != incident["en"]
