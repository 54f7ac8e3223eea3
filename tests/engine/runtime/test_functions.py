"""The engine's own functions in expressions: what the documentation says of them is run in a procedure."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from click.testing import CliRunner

from engine.cli.run import run

ROOT = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"```feel office\n(.*?)```", re.DOTALL)
EXAMPLES = [
    tuple(re.split(r"\s+-> ", line))
    for line in BLOCK.search((ROOT / "docs" / "feel.md").read_text("utf-8"))[1].splitlines()  # type: ignore[index]
]
DECISIONS = ("salud/escolta", "penal/plazos_penal")


def diagram(expressions: list[str]) -> str:
    """A chain of script tasks, one for each expression."""
    body, last = "", "s"
    for number, text in enumerate(expressions):
        body += (
            f'<scriptTask id="t{number}"><extensionElements><zeebe:script expression={quoteattr("=" + text)} '
            f'resultVariable="r{number}"/></extensionElements></scriptTask>'
            f'<sequenceFlow id="f{number}" sourceRef="{last}" targetRef="t{number}"/>'
        )
        last = f"t{number}"
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">'
        f'<process id="p" isExecutable="true"><startEvent id="s"/>{body}</process></definitions>'
    )


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The variables that the examples left."""
    model = tmp_path_factory.mktemp("functions") / "p.bpmn"
    model.write_text(diagram([text for text, _ in EXAMPLES]))
    decisions = [str(ROOT / "processes" / f"{name}.dmn") for name in DECISIONS]

    result = CliRunner().invoke(run, [str(model), *decisions, "--process", "p", "--case", "MX-TAP", "--json"])

    outcome = json.loads(result.output)
    assert (outcome["state"], outcome["incidents"]) == ("completed", [])
    variables: dict[str, Any] = outcome["variables"]
    return variables


@pytest.mark.parametrize(("number", "example"), list(enumerate(EXAMPLES)), ids=[text for text, _ in EXAMPLES])
def test_an_example_gives_what_the_page_says(values: dict[str, Any], number: int, example: tuple[str, str]) -> None:
    value = values[f"r{number}"]

    assert ("null" if value is None else value) == example[1]


def test_every_function_has_an_example() -> None:
    assert len(EXAMPLES) >= 10
    for name in ("business deadline", "decide", "deadline"):
        assert any(text.startswith(f"{name}(") for text, _ in EXAMPLES)
