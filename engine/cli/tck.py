"""``siproc tck``: runs a DMN conformance kit and prints totals and failures."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from engine.dmn.conformance import Outcome, run_folder


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Totals and failures as JSON.")
def tck(folder: Path, as_json: bool) -> None:
    """Run the conformance cases below FOLDER. Exit status 1 if any fails."""
    outcomes = list(run_folder(folder))
    failed = [item for item in outcomes if not item.passed]
    if as_json:
        click.echo(json.dumps(_report(len(outcomes), failed), ensure_ascii=False, indent=1))
    else:
        for item in failed:
            click.echo(f"{item.folder} {item.case}: {item.expected} ≠ {item.got}")
        _totals(outcomes, failed)
    raise SystemExit(1 if failed or not outcomes else 0)


def _report(total: int, failed: list[Outcome]) -> dict[str, object]:
    rows = [{"folder": i.folder, "case": i.case, "expected": i.expected, "got": i.got} for i in failed]
    return {"total": total, "passed": total - len(failed), "failed": rows}


def _totals(outcomes: list[Outcome], failed: list[Outcome]) -> None:
    levels, bad = (Counter(item.folder.split("/")[0] for item in some) for some in (outcomes, failed))
    for level, count in sorted(levels.items()):
        click.echo(f"{level}: {count - bad[level]} de {count} ({100 * (count - bad[level]) / count:.2f} %)")
    if not outcomes:
        click.echo("No hay casos que correr. / There are no cases to run.")
