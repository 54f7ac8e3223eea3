"""``siproc run``: executes a model with the real runtime in a throw-away store."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from engine.cli.reading import as_json, as_line, json_text, model_files
from engine.clock import MovableClock
from engine.definitions.check import check
from engine.errors import EngineError
from engine.handlers import HANDLERS
from engine.runtime.sandbox import START, Run, Sandbox
from engine.store import Store
from engine.store.throwaway import throwaway_schema

STATUS = {"completed": 0, "waiting": 0, "refused": 1, "failed": 2}


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--process", "process_id", help="Process to start (default: the one that no other calls).")
@click.option("--vars", "variables", help="Variables at the start, as a JSON object.")
@click.option("--steps", type=click.Path(exists=True, dir_okay=False), help="JSON file with the list of steps.")
@click.option("--database", help="PostgreSQL address; a schema of its own is made there and dropped.")
@click.option("--case", "office", help="Make up a case file at this office; the handlers do their tasks.")
@click.option("--json", "as_json_", is_flag=True, help="The outcome as JSON.")
def run(
    paths: tuple[str, ...],
    process_id: str | None,
    variables: str | None,
    steps: str | None,
    database: str | None,
    office: str | None,
    as_json_: bool,
) -> None:
    """Run a model. Exit status 0: completed or waiting, 1: refused, 2: failed."""
    files, named = model_files(paths)
    start_variables = json_text(variables, "--vars", dict)
    plan = json_text(Path(steps).read_text("utf-8") if steps else None, "--steps", list)
    if not all(isinstance(step, dict) for step in plan):
        raise click.UsageError("--steps: se esperaba una lista de objetos / expected a list of objects")
    entry = [id for id, (name, _) in check(files, references=False).processes.items() if not named or name in named]
    clock = MovableClock(START)
    try:
        with _store(database, clock) as store:
            outcome = Sandbox(store, clock, office=office, handlers=HANDLERS if office else None).run(
                files, process_id=process_id, variables=start_variables, steps=plan, entry=entry
            )
    except EngineError as error:
        outcome = Run("failed", error=error.text)
    _show(outcome, as_json_)
    raise SystemExit(STATUS[outcome.state])


@contextmanager
def _store(database: str | None, clock: MovableClock) -> Iterator[Store]:
    if database:
        with throwaway_schema(database) as url:
            store = Store(url, clock=clock)
            store.migrate()
            yield store
            store.close()
        return
    with tempfile.TemporaryDirectory(prefix="siproc-") as folder:
        store = Store(f"sqlite:///{folder}/run.sqlite", clock=clock)
        store.migrate()
        yield store
        store.close()


def _show(outcome: Run, as_json_: bool) -> None:
    if as_json_:
        answer: dict[str, Any] = {
            "state": outcome.state,
            "completed": outcome.completed,
            "waiting": outcome.waiting,
            "variables": outcome.variables,
            "findings": [as_json(item) for item in outcome.findings],
            "incidents": outcome.incidents,
        }
        if outcome.error is not None:
            answer["error"] = {"es": outcome.error.in_language("es"), "en": outcome.error.in_language("en")}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    click.echo(f"estado: {outcome.state}")
    click.echo("completado: " + " → ".join(outcome.completed))
    for item in outcome.waiting:
        click.echo("espera: " + ", ".join(f"{key}={value}" for key, value in item.items()))
    for name, value in outcome.variables.items():
        click.echo(f"variable: {name} = {json.dumps(value, ensure_ascii=False)}")
    for finding in outcome.findings:
        click.echo(as_line(finding, "es"))
    for incident in outcome.incidents:
        click.echo(f"incidente: {incident['element']}: {incident['es']}")
    if outcome.error is not None:
        click.echo(f"error: {outcome.error.in_language('es')}")
