"""``siproc scenario``: plays the procedures' scenarios and says what they pass through."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from engine.actions.scenarios import (
    Coverage,
    Decisions,
    Played,
    ProcessCoverage,
    Scenario,
    ScenarioError,
    Stage,
    read,
)
from engine.definitions import registry
from engine.errors import DefinitionError
from engine.reports.catalogue import decisions_named
from engine.settings import load
from engine.store import Context

FOLDER = "scenarios"
MEMORY = 2 * 1024**3
LARGEST_FILE = 512 * 1024**2


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
@click.option("--process", "chosen", metavar="ID", help="Only the scenarios of this procedure, and what it decides by.")
@click.option("--json", "as_json", is_flag=True, help="Answer for programs.")
@click.option(
    "--bounded", type=int, metavar="SECONDS", help="Stop after these seconds, and keep memory and files small."
)
@click.option("--strict", is_flag=True, help="Fail also where an element, flow or decision row is passed by none.")
def scenario(paths: tuple[str, ...], chosen: str | None, as_json: bool, bounded: int | None, strict: bool) -> None:
    """Play the scenarios at PATH (default: all procedures) and print what of each procedure they pass through."""
    if bounded is not None:
        _bound(bounded)
    settings = load()
    with tempfile.TemporaryDirectory(prefix="siproc-") as folder:
        try:
            stage = Stage(Path(folder), settings.processes_dir, settings.forms_dir)
        except DefinitionError as error:
            for item in error.findings:
                click.echo(f"{item.file}:{item.line}: {item.text}", err=True)
            raise SystemExit(1) from error
        played, processes = [], set()
        decisions = stage.look(lambda context: _decisions_of(context, chosen)) if chosen is not None else None
        for file in scenario_files(paths or (str(settings.processes_dir),)):
            if decisions is not None and not _belongs(file, str(chosen), decisions):
                continue
            result, process_id = _play(stage, file, decisions)
            played.append(result)
            processes |= {process_id} if process_id else set()
            if not as_json:
                _tell(result)
        only = {chosen} if chosen is not None else processes if paths else None
        report = stage.look(lambda context: _report(context, stage.coverage, only, decisions))
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


def _bound(seconds: int) -> None:
    """What is played may be anybody's text: it gets this much time, memory and disk, and no more."""
    import resource  # only where there are such bounds
    import signal

    signal.alarm(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))


def _decisions_of(context: Context, process_id: str) -> frozenset[str]:
    """The decisions that a procedure names."""
    model = registry.spec(context, registry.latest(context, process_id).id).model
    return frozenset(decisions_named(model))


def _belongs(file: Path, process_id: str, decisions: frozenset[str]) -> bool:
    """Whether a file is of the procedure; one that cannot be read is, where its text names the procedure."""
    try:
        found = read(file)
    except ScenarioError:
        return f"procedimiento: {process_id}".encode() in file.read_bytes()
    if isinstance(found, Scenario):
        return found.process_id == process_id
    return not decisions.isdisjoint(found.situations)


def _play(stage: Stage, file: Path, decisions: frozenset[str] | None) -> tuple[Played, str | None]:
    try:
        found = read(file)
    except ScenarioError as error:
        return Played(file, file.stem, error), None
    if isinstance(found, Decisions) and decisions is not None:
        found = Decisions(found.file, {name: items for name, items in found.situations.items() if name in decisions})
    return stage.play(found), found.process_id if isinstance(found, Scenario) else None


def _tell(result: Played) -> None:
    if result.error is None:
        click.echo(f"✓ {result.title}")
        return
    place = ":".join(str(part) for part in (result.error.file, result.error.line) if part is not None)
    click.echo(f"✗ {result.title}\n    {place}: {result.error.text}")


def _report(
    context: Context, coverage: Coverage, only: set[str] | None, decisions: frozenset[str] | None
) -> dict[str, Any]:
    return {
        "processes": [_process(item) for item in coverage.processes(context, only)],
        "decisions": []
        if only is not None and decisions is None
        else [
            {"id": item.decision_id, "rows": item.rows, "missed": list(item.missed)}
            for item in coverage.tables(context)
            if decisions is None or item.decision_id in decisions
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
    key = f"{item.file.parent.parent.name}/{item.file.stem}"
    answer: dict[str, Any] = {
        "key": key, "file": str(item.file), "title": item.title, "passed": item.error is None,
    }  # fmt: skip
    if item.error is not None:
        answer |= {
            "line": item.error.line, "error": str(item.error.text), "error_en": item.error.text.in_language("en"),
        }  # fmt: skip
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
