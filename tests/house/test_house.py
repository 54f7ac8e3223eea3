"""The house tests itself: where transactions end, who asks for the time, what is documented, what never occurs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from engine.settings import TABLE

ROOT = Path(__file__).parent.parent.parent
CODE = sorted(path for folder in ("engine", "webui") for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)  # fmt: skip


def calls(path: Path) -> Iterator[ast.Call]:
    """Every call in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def name(call: ast.Call) -> str:
    """The called name, with what stands before its last dot."""
    function = call.func
    if isinstance(function, ast.Attribute):
        before = function.value.id if isinstance(function.value, ast.Name) else ""
        return f"{before}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def test_only_the_store_ends_a_transaction() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in CODE
        if "store" not in path.parts
        for call in calls(path)
        if name(call).endswith((".commit", ".rollback"))
    ]
    assert not found


def test_only_the_clock_asks_for_the_time() -> None:
    asking = {"datetime.now", "datetime.utcnow", "date.today", "time.time"}
    # FEEL imports nothing of ours; without a clock handed in it asks by itself.
    allowed = {ROOT / "engine" / "clock.py", ROOT / "engine" / "feel" / "limits.py"}
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in CODE
        if path not in allowed
        for call in calls(path)
        if name(call) in asking
    ]
    assert not found


def test_no_text_is_ever_run_as_python() -> None:
    forbidden = {"eval", "exec", "pickle.loads", "pickle.load", "yaml.load", "marshal.loads"}
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}" for path in CODE for call in calls(path) if name(call) in forbidden
    ]
    # FEEL's short road is Python that we write; what a designer wrote is only ever a constant of it.
    found += [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in CODE
        if path != ROOT / "engine" / "feel" / "source.py"
        for call in calls(path)
        if name(call) in {"compile", "FunctionType", "types.FunctionType"}
    ]
    assert not found


def test_every_module_says_its_job() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in CODE
        if "versions" not in path.parts and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
        and path.read_text("utf-8").strip()
    ]  # fmt: skip
    assert not silent


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    missing = [row.name for row in TABLE if f"| `SIPROC_{row.name.upper()}` |" not in text or row.sentence not in text]
    assert not missing


def test_nothing_is_left_for_later_and_no_machine_is_named() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b|/home/|/root/|/work/|/tmp/")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in CODE
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found


def test_no_merge_was_left_half_made() -> None:
    folders = ("engine", "webui", "processes", "forms", "docs", "tests")
    kinds = {".py", ".md", ".po", ".html", ".bpmn", ".dmn", ".form", ".yaml", ".js", ".css", ".typ"}
    marks = re.compile(r"^(?:<{7} |>{7} )", re.MULTILINE)
    found = [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in kinds and "node_modules" not in path.parts and marks.search(path.read_text("utf-8"))
    ]
    assert not found


def test_every_command_is_in_the_readme() -> None:
    from engine.cli import COMMANDS

    text = (ROOT / "README.md").read_text("utf-8")
    assert [command for command in (*COMMANDS, "serve", "demo") if f"siproc {command}" not in text] == []
