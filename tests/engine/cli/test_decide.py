"""``siproc decide``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli import main

MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d" namespace="urn:d">
  <inputData id="i" name="nacida"><variable name="nacida" typeRef="date"/></inputData>
  <decision id="grupo" name="Grupo de edad"><variable name="Grupo de edad"/>
    <informationRequirement><requiredInput href="#i"/></informationRequirement>
    <decisionTable hitPolicy="FIRST">
      <input label="Nacida"><inputExpression><text>nacida</text></inputExpression></input><output name="grupo"/>
      <rule id="r_menor"><description>Protección especial</description>
        <inputEntry><text>&gt; date("2010-01-01")</text></inputEntry>
        <outputEntry><text>"menor"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A decision file."""
    path = tmp_path / "grupo.dmn"
    path.write_text(MODEL)
    return path


def decide(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["decide", *map(str, arguments)])


def test_it_prints_the_value_as_json(file: Path) -> None:
    result = decide(file, "--decision", "Grupo de edad", "--context", '{"nacida": "2015-05-01"}')

    assert (result.exit_code, json.loads(result.stdout)) == (0, "menor")


def test_a_single_decision_needs_no_name(file: Path) -> None:
    assert json.loads(decide(file, "--context", '{"nacida": "2015-05-01"}').stdout) == "menor"


def test_the_trace_shows_the_rule_its_values_and_its_annotation(file: Path) -> None:
    shown = decide(file, "--context", '{"nacida": "2015-05-01"}', "--trace").stdout

    assert 'renglón 1 [r_menor]: Nacida = "2015-05-01" ∈ > date("2010-01-01") → "menor"' in shown
    assert "Protección especial" in shown
    assert "ningún renglón coincide" in decide(file, "--context", '{"nacida": "1980-05-01"}', "--trace").stdout


def test_json_has_value_trace_and_warnings(file: Path) -> None:
    report = json.loads(decide(file, "--decision", "grupo", "--json").stdout)

    assert report["value"] is None
    assert report["trace"][0]["inputs"] == [{"label": "Nacida", "value": None}]
    assert report["trace"][0]["matched"] == []
    assert "nacida" in report["warnings"][0]


def test_the_context_may_lie_in_a_file(file: Path, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"nacida": "2015-05-01"}')

    assert json.loads(decide(file, "--context", f"@{tmp_path / 'c.json'}").stdout) == "menor"
    assert decide(file, "--context", "@nowhere").exit_code == 2


def test_a_refused_file_is_told_by_its_findings(file: Path) -> None:
    file.write_text(MODEL.replace('hitPolicy="FIRST"', 'hitPolicy="BEST"'))

    result = decide(file, "--lang", "en")

    assert result.exit_code == 1
    assert "error [table.hit-policy] «grupo» There is no hit policy “BEST”." in result.stderr


@pytest.mark.parametrize(
    "arguments", [["--decision", "otra"], ["--context", "{"], ["--context", "[]"]], ids=["decision", "json", "list"]
)
def test_a_bad_argument_is_one_clear_line(file: Path, arguments: list[str]) -> None:
    result = decide(file, *arguments)

    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_too_much_work_is_told(file: Path) -> None:
    file.write_text(
        MODEL.replace(
            "nacida</text></inputExpression>", "count(for a in 1..9999, b in 1..9999 return 1)</text></inputExpression>"
        )
    )

    result = decide(file)

    assert result.exit_code == 1
    assert "no se evaluó" in result.stderr
