"""Small decision models for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from engine.dmn import DecisionModel, DmnError, DmnFinding, parse_dmn
from engine.feel import from_json, to_json

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def definitions(body: str, *, namespace: str = "urn:tests", xmlns: str = NAMESPACE) -> bytes:
    """A model around ``body``."""
    return f'<definitions xmlns="{xmlns}" id="d" name="tests" namespace="{namespace}">{body}</definitions>'.encode()


def literal(text: str) -> str:
    """A literal expression."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<literalExpression><text>{escaped}</text></literalExpression>"


def decision(name: str, logic: str, *, needs: str = "", type_: str = "") -> str:
    """A decision; ``needs`` are requirement elements."""
    typed = f' typeRef="{type_}"' if type_ else ""
    return f'<decision id="d_{name}" name="{name}"><variable name="{name}"{typed}/>{needs}{logic}</decision>'


def input_data(name: str, type_: str = "") -> str:
    """An input."""
    typed = f' typeRef="{type_}"' if type_ else ""
    return f'<inputData id="i_{name}" name="{name}"><variable name="{name}"{typed}/></inputData>'


def needs_input(*names: str) -> str:
    """Requirements of inputs."""
    return "".join(
        f'<informationRequirement><requiredInput href="#i_{name}"/></informationRequirement>' for name in names
    )


def needs_decision(*names: str) -> str:
    """Requirements of decisions."""
    return "".join(
        f'<informationRequirement><requiredDecision href="#d_{name}"/></informationRequirement>' for name in names
    )


def needs_knowledge(*names: str) -> str:
    """Requirements of knowledge models or services."""
    return "".join(
        f'<knowledgeRequirement><requiredKnowledge href="#{name}"/></knowledgeRequirement>' for name in names
    )


def table(
    inputs: list[str], outputs: list[str], rules: list[list[str]], *, policy: str = "UNIQUE", extra: str = ""
) -> str:
    """A decision table; an output is ``name``, or ``name=allowed values``."""
    head = "".join(f"<input><inputExpression><text>{text}</text></inputExpression></input>" for text in inputs)
    for output in outputs:
        name, _, allowed = output.partition("=")
        values = f"<outputValues><text>{allowed}</text></outputValues>" if allowed else ""
        head += f'<output name="{name}">{values}</output>'
    body = ""
    for number, cells in enumerate(rules, 1):
        texts = [cell.replace("&", "&amp;").replace("<", "&lt;") for cell in cells]
        tests = "".join(f"<inputEntry><text>{text}</text></inputEntry>" for text in texts[: len(inputs)])
        results = "".join(f"<outputEntry><text>{text}</text></outputEntry>" for text in texts[len(inputs) :])
        body += f'<rule id="r{number}"><description>nota {number}</description>{tests}{results}</rule>'
    return f'<decisionTable id="t" hitPolicy="{policy}"{extra}>{head}{body}</decisionTable>'


@pytest.fixture
def write() -> SimpleNamespace:
    """What writes the parts of a model."""
    return SimpleNamespace(
        definitions=definitions,
        literal=literal,
        decision=decision,
        input_data=input_data,
        needs_input=needs_input,
        needs_decision=needs_decision,
        needs_knowledge=needs_knowledge,
        table=table,
    )


@pytest.fixture
def model() -> Callable[..., DecisionModel]:
    """Reads a model from its body."""
    return lambda body, **options: parse_dmn(definitions(body, **options), "prueba.dmn")


@pytest.fixture
def value() -> Callable[..., Any]:
    """The plain value of a decision of a body."""

    def decide(body: str, name: str, context: Mapping[str, Any] | None = None) -> Any:
        read = parse_dmn(definitions(body), "prueba.dmn")
        return to_json(read.evaluate(name, from_json(dict(context or {}))).value)

    return decide


@pytest.fixture
def findings() -> Callable[[str], list[DmnFinding]]:
    """Why a body is refused."""

    def refused(body: str) -> list[DmnFinding]:
        with pytest.raises(DmnError) as caught:
            parse_dmn(definitions(body), "prueba.dmn")
        return caught.value.findings

    return refused
