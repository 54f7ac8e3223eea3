"""Runs cases of the DMN conformance kit: reads them, evaluates, compares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.dmn.errors import DmnError
from engine.dmn.folder import in_folder
from engine.dmn.model import DecisionModel
from engine.dmn.nodes import Node, child, children, tag
from engine.dmn.parser import parse_dmn
from engine.dmn.xml import XmlError, parse_xml
from engine.feel import FeelError, to_json
from engine.feel.iso import parse_date, parse_date_time, parse_duration, parse_time
from engine.feel.operators import equal
from engine.feel.textual import text_of
from engine.feel.values import as_number

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TOLERANCE = Decimal("0.00000001")
LARGE = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expected result, and whether it came."""

    folder: str
    case: str
    passed: bool
    expected: str
    got: str


class Untyped(str):
    """An expected text of which the kit does not say what it stands for."""

    __slots__ = ()


def run_folder(root: Path) -> Iterator[Outcome]:
    """Run every test file below ``root``, in order of path."""
    for path in sorted(root.rglob("*.xml")):
        yield from run_file(path, path.parent.relative_to(root))


def run_file(path: Path, label: Path) -> Iterator[Outcome]:
    """Run the cases of one test file; a file of another kind has none."""
    try:
        root = parse_xml(path.read_bytes(), max_bytes=LARGE, max_elements=200_000)
    except XmlError as error:
        yield Outcome(str(label), path.name, False, "", error.en)
        return
    if tag(root) != "testCases":
        return
    name = child(root, "modelName")
    file = path.parent / ((name.text or "").strip() if name is not None else "")
    model, broken = _load(file)
    for case in children(root, "testCase"):
        yield from _run_case(case, model, broken, str(label))


def _load(file: Path) -> tuple[DecisionModel | None, str]:
    try:
        return parse_dmn(file.read_bytes(), file.name, in_folder(file.parent), tolerant=True), ""
    except DmnError as error:
        return None, str(error)
    except OSError as error:
        return None, str(error)


def _run_case(case: Node, model: DecisionModel | None, broken: str, label: str) -> Iterator[Outcome]:
    inputs: dict[str, Any] = {}
    for node in children(case, "inputNode"):
        name, namespace = node.get("name", ""), node.get("namespace", "")
        own = not namespace or model is None or namespace == model.namespace
        inputs[name if own else f"{namespace}#{name}"] = _value(node)
    service = case.get("invocableName") if case.get("type") in ("decisionService", "bkm") else None
    for node in children(case, "resultNode"):
        name = node.get("name", "")
        fails = node.get("errorResult") == "true"
        expected_node = child(node, "expected")
        expected = _value(expected_node) if expected_node is not None else None
        case_id = f"{case.get('id', '')}/{name}"
        if model is None:
            yield Outcome(label, case_id, fails, _show(expected), broken)
            continue
        try:
            got, failed = _evaluate(_owner(model, node.get("namespace")), service, name, inputs)
        except FeelError as error:
            got, failed = f"error: {error}", True
        # An error gives null; the kit marks it, and null is what a caller sees.
        passed = same(expected, got) or (fails and (failed or got is None))
        yield Outcome(label, case_id, passed, "error" if fails and expected is None else _show(expected), _show(got))


def _owner(model: DecisionModel, namespace: str | None) -> DecisionModel:
    """The model that the kit names by its namespace: this one, or one that it imports."""
    return model.imports[namespace][1] if namespace and namespace in model.imports else model


def _evaluate(model: DecisionModel, service: str | None, name: str, inputs: dict[str, Any]) -> tuple[Any, bool]:
    target = service or name
    if model.find(target) is None:
        return None, True
    result = model.evaluate(target, inputs)
    value = result.value
    if service is not None and isinstance(value, dict) and name in value:
        value = value[name]
    return value, value is None and bool(result.warnings)


def same(expected: Any, got: Any) -> bool:
    """Whether a result is the expected one: numbers as decimals, within the kit's precision."""
    if expected is None or got is None:
        return expected is got
    if isinstance(expected, Untyped) and not isinstance(got, str):
        return str(expected) == text_of(got) or same(_number(expected), got)
    a, b = as_number(expected), as_number(got)
    if a is not None and b is not None:
        return a == b or abs(a - b) <= TOLERANCE * max(Decimal(1), abs(a))
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(same, expected, got))
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(same(expected[key], got[key]) for key in expected)
    if isinstance(expected, (datetime, time)) and isinstance(got, (datetime, time)) and type(expected) is type(got):
        return equal(expected, got) is True
    if isinstance(expected, str) and isinstance(got, (date, time)):
        return False
    return type(expected) is type(got) and equal(expected, got) is True


def _value(node: Node) -> Any:
    """The value that a node of the kit's format holds."""
    if node.get(XSI_NIL) == "true":
        return None
    components = children(node, "component")
    if components:
        return {item.get("name", ""): _value(item) for item in components}
    listed = child(node, "list")
    if listed is not None:
        if listed.get(XSI_NIL) == "true":
            return None
        return [_value(item) for item in children(listed, "item")]
    value = child(node, "value")
    return _scalar(value) if value is not None else ({} if tag(node) == "item" and len(node) else None)


def _scalar(node: Node) -> Any:
    if node.get(XSI_NIL) == "true":
        return None
    text = node.text or ""
    kind = (node.get(XSI_TYPE) or "").rpartition(":")[2]
    readers: dict[str, Any] = {
        "string": str, "boolean": lambda t: t.strip() == "true", "date": lambda t: parse_date(t.strip()),
        "time": lambda t: parse_time(t.strip()), "dateTime": lambda t: parse_date_time(t.strip()),
        "duration": lambda t: parse_duration(t.strip()), "dayTimeDuration": lambda t: parse_duration(t.strip()),
        "yearMonthDuration": lambda t: parse_duration(t.strip()),
    }  # fmt: skip
    if kind in readers:
        return readers[kind](text)
    if kind in ("decimal", "double", "integer", "int", "float", "long"):
        return Decimal(text.strip())
    return Untyped(text)


def _show(value: Any) -> str:
    return str(to_json(value))[:300]


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip())
    except ArithmeticError:
        return None
