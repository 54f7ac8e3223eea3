"""``siproc tck``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli import main

MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:m">
  <decision name="uno"><literalExpression><text>1</text></literalExpression></decision></definitions>"""
CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:x="http://www.w3.org/2001/XMLSchema"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>m.dmn</modelName>
  <testCase id="001"><resultNode name="uno"><expected><value xsi:type="x:decimal">1</value></expected></resultNode></testCase>
  <testCase id="002"><resultNode name="uno"><expected><value xsi:type="x:decimal">2</value></expected></resultNode></testCase>
</testCases>"""


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A kit of one folder with one case that passes and one that fails."""
    folder = tmp_path / "compliance-level-2" / "0001-uno"
    folder.mkdir(parents=True)
    (folder / "m.dmn").write_text(MODEL)
    (folder / "0001-uno-test-01.xml").write_text(CASES)
    return tmp_path


def test_json_has_totals_and_failures(kit: Path) -> None:
    result = CliRunner().invoke(main, ["tck", str(kit), "--json"])

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "total": 2,
        "passed": 1,
        "failed": [{"folder": "compliance-level-2/0001-uno", "case": "002/uno", "expected": "2", "got": "1"}],
    }


def test_people_read_failures_and_totals_by_level(kit: Path) -> None:
    shown = CliRunner().invoke(main, ["tck", str(kit)]).stdout

    assert "compliance-level-2/0001-uno 002/uno: 2 ≠ 1" in shown
    assert "compliance-level-2: 1 de 2 (50.00 %)" in shown


def test_it_ends_well_where_all_pass(kit: Path) -> None:
    file = next(kit.rglob("*-test-01.xml"))
    file.write_text(CASES.replace(">2<", ">1<"))

    assert CliRunner().invoke(main, ["tck", str(kit)]).exit_code == 0


def test_a_folder_without_cases_is_not_a_success(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["tck", str(tmp_path)]).exit_code == 1
