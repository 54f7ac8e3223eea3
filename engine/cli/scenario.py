"""``siproc scenario``: plays the procedures' scenarios and says what they pass through."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from engine.actions.scenarios import Coverage, Played, ProcessCoverage, Scenario, ScenarioError, Stage, read
from engine.errors import DefinitionError
from engine.settings import load
from engine.store import Context

FOLDER = "scenarios"


def scenario_files(paths: tuple[str, ...]) -> list[Path]:
    """The scenario files at and below ``paths``."""
    found: list[Path] = []
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise click.UsageError(f"{path}: no existe / does not exist")
        found += sorted(path.rglob(f"{FOLDER}/*.yaml")) or sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return found


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Answer for programs.")
@click.option("--strict", is_flag=True, help="Fail also where an element, flow or decision row is passed by none.")
def scenario(paths: tuple[str, ...], as_json: bool, strict: bool) -> None:
    """Play the scenarios at PATH (default: all procedures) and print what of each procedure they pass through."""
    settings = load()
    with tempfile.TemporaryDirectory(prefix="siproc-") as folder:
        try:
            stage = Stage(Path(folder), settings.processes_dir, settings.forms_dir)
        except DefinitionError as error:
            for item in error.findings:
                click.echo(f"{item.file}:{item.line}: {item.text}", err=True)
            raise SystemExit(1) from error
        played, processes = [], set()
        for file in scenario_files(paths or (str(settings.processes_dir),)):
            result, process_id = _play(stage, file)
            played.append(result)
            processes |= {process_id} if process_id else set()
            if not as_json:
                _tell(result)
        report = stage.look(lambda context: _report(context, stage.coverage, None if not paths else processes))
    failed = [item for item in played if item.error is not None]
    if as_json:
        click.echo(
            json.dumps({"scenarios": [_as_json(item) for item in played], **report}, ensure_ascii=False, indent=1)
        )
    else:
        _tell_coverage(report)
        click.echo(f"{len(played) - len(failed)} passed, {len(failed)} failed")
    missed = any(item["missed_elements"] or item["missed_flows"] for item in report["processes"]) or any(
        item["missed"] for item in report["decisions"]
    )
    raise SystemExit(1 if failed or not played or (strict and missed) else 0)


def _play(stage: Stage, file: Path) -> tuple[Played, str | None]:
    try:
        found = read(file)
    except ScenarioError as error:
        return Played(file, file.stem, error), None
    return stage.play(found), found.process_id if isinstance(found, Scenario) else None


def _tell(result: Played) -> None:
    if result.error is None:
        click.echo(f"✓ {result.title}")
        return
    place = ":".join(str(part) for part in (result.error.file, result.error.line) if part is not None)
    click.echo(f"✗ {result.title}\n    {place}: {result.error.text}")


def _report(context: Context, coverage: Coverage, only: set[str] | None) -> dict[str, Any]:
    return {
        "processes": [_process(item) for item in coverage.processes(context, only)],
        "decisions": []
        if only is not None
        else [
            {"id": item.decision_id, "rows": item.rows, "missed": list(item.missed)}
            for item in coverage.tables(context)
        ],
    }


def _process(item: ProcessCoverage) -> dict[str, Any]:
    return {
        "id": item.process_id,
        "elements": item.elements,
        "flows": item.flows,
        "missed_elements": list(item.missed_elements),
        "missed_flows": list(item.missed_flows),
    }


def _as_json(item: Played) -> dict[str, Any]:
    answer: dict[str, Any] = {"file": str(item.file), "title": item.title, "passed": item.error is None}
    if item.error is not None:
        answer |= {"line": item.error.line, "error": str(item.error.text)}
    return answer


def _share(total: int, missed: int) -> str:
    return f"{total - missed}/{total} ({100 * (total - missed) // total if total else 100} %)"


def _tell_coverage(report: dict[str, Any]) -> None:
    click.echo("\nCobertura: elementos, flujos / coverage: elements, flows")
    for item in report["processes"]:
        elements, flows = item["missed_elements"], item["missed_flows"]
        click.echo(f"  {item['id']}: {_share(item['elements'], len(elements))}, {_share(item['flows'], len(flows))}")
        for name in (*elements, *flows):
            click.echo(f"    sin pasar / not passed: {name}")
    rows = sum(item["rows"] for item in report["decisions"])
    missed = sum(len(item["missed"]) for item in report["decisions"])
    if rows:
        click.echo(f"  filas de decisión / decision rows: {_share(rows, missed)}")
    for item in report["decisions"]:
        if item["missed"]:
            click.echo(f"    {item['id']}: sin pasar / not matched: {', '.join(map(str, item['missed']))}")
