"""The runner of conformance kits, tried on a kit of its own; and the official one, where it is there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.dmn.conformance import Untyped, run_folder, same

HEAD = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>m.dmn</modelName>"""
Cases = Callable[[str], dict[str, bool]]


@pytest.fixture
def cases(tmp_path: Path, write: SimpleNamespace) -> Cases:
    """Runs cases against a small model: which passed."""
    body = write.input_data("n") + write.decision("eco", write.literal("n"), needs=write.needs_input("n"))
    body += write.decision("mal", write.literal("1 +")) + write.decision("suma", write.literal("0.1 + 0.2"))
    body += """<decisionService id="s" name="servicio"><outputDecision href="#d_eco"/><outputDecision href="#d_suma"/>
        <inputData href="#i_n"/></decisionService>"""
    (tmp_path / "level" / "0001-x").mkdir(parents=True)
    (tmp_path / "level" / "0001-x" / "m.dmn").write_bytes(write.definitions(body))

    def run(text: str) -> dict[str, bool]:
        (tmp_path / "level" / "0001-x" / "0001-x-test-01.xml").write_text(f"{HEAD}{text}</testCases>")
        return {item.case: item.passed for item in run_folder(tmp_path)}

    return run


def case(given: str, expected: str, *, name: str = "eco", more: str = "") -> str:
    """A case that gives ``n`` and expects a value."""
    return f"""<testCase id="1"><inputNode name="n">{given}</inputNode>
        <resultNode name="{name}"{more}><expected>{expected}</expected></resultNode></testCase>"""


def typed(kind: str, text: str) -> str:
    """A value with its type."""
    return f'<value xsi:type="xsd:{kind}">{text}</value>'


VALUES = {
    "string": typed("string", "ñ"),
    "empty": typed("string", ""),
    "number": typed("decimal", "1.50"),
    "boolean": typed("boolean", "true"),
    "date": typed("date", "2026-03-02"),
    "time": typed("time", "10:00:00Z"),
    "date and time": typed("dateTime", "2026-03-02T10:00:00-06:00"),
    "duration": typed("duration", "P1DT2H"),
    "months": typed("duration", "P1Y"),
    "nil": '<value xsi:nil="true"/>',
    "list": f'<list><item>{typed("decimal", "1")}</item><item><value xsi:nil="true"/></item></list>',
    "empty list": "<list/>",
    "nil list": '<list xsi:nil="true"/>',
    "context": f'<component name="a">{typed("decimal", "1")}</component><component name="b" xsi:nil="true"/>',
    "contexts": f'<list><item><component name="a">{typed("string", "x")}</component></item></list>',
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_value_is_read_and_compared(cases: Cases, value: str) -> None:
    assert cases(case(value, value)) == {"1/eco": True}


@pytest.mark.parametrize("other", VALUES.keys())
def test_another_value_is_a_failure(cases: Cases, other: str) -> None:
    assert cases(case(VALUES[other], typed("string", "otra cosa"))) == {"1/eco": False}


def test_an_error_is_expected_as_null(cases: Cases) -> None:
    nil = '<value xsi:nil="true"/>'
    error = ' errorResult="true"'

    assert cases(case(nil, nil, name="mal", more=error)) == {"1/mal": True}
    assert cases(case(nil, nil, name="nadie", more=error)) == {"1/nadie": True}
    assert cases(case(typed("string", "x"), nil, more=error)) == {"1/eco": False}


def test_a_number_without_a_type_is_still_a_number(cases: Cases) -> None:
    assert cases(case(typed("decimal", "2"), "<value>2.0</value>")) == {"1/eco": True}
    assert not same(Untyped("x"), Decimal(2))
    assert same(Untyped("true"), True)


def test_a_service_gives_its_outputs_by_name(cases: Cases) -> None:
    text = f"""<testCase id="1" type="decisionService" invocableName="servicio"><inputNode name="n">{typed("decimal", "7")}
        </inputNode><resultNode name="eco"><expected>{typed("decimal", "7")}</expected></resultNode>
        <resultNode name="suma"><expected>{typed("decimal", "0.3")}</expected></resultNode></testCase>"""

    assert cases(text) == {"1/eco": True, "1/suma": True}


def test_a_model_that_is_missing_fails_its_cases(tmp_path: Path) -> None:
    (tmp_path / "x-test-01.xml").write_text(f"{HEAD}{case('', typed('string', 'x'))}</testCases>")
    (tmp_path / "other.xml").write_text("<other/>")
    (tmp_path / "broken-test-01.xml").write_text("<other>")

    assert [item.passed for item in run_folder(tmp_path)] == [False, False]


ROOT = Path(__file__).resolve().parents[3]
KIT = Path(os.environ.get("SIPROC_TCK") or ROOT.parent / "shared" / "tck")
ROW = re.compile(r"^\| `(\d{4}-[^`]+)` \| (?:`([^`]+)`|[^|`]+) \| [^|]+ \|$", re.MULTILINE)


@pytest.mark.skipif(
    not KIT.is_dir(), reason="no conformance kit: SIPROC_TCK names none, and ../shared/tck is not there"
)
def test_the_kit_fails_where_the_documentation_says_so_and_nowhere_else() -> None:
    outcomes = list(run_folder(KIT))
    failed = {(Path(item.folder).name, item.case.partition("/")[0]) for item in outcomes if not item.passed}
    listed = ROW.findall((ROOT / "docs" / "feel.md").read_text("utf-8"))

    assert len(outcomes) > 3_000
    assert listed
    for folder, case in listed:
        known = {(name, id) for name, id in failed if name == folder and case in ("", id)}
        assert known, f"{folder} {case} passes: it need not be listed"
        failed -= known
    assert not failed
