"""``siproc tck``: runs a DMN conformance kit and prints totals and failures."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from engine.dmn.conformance import run_folder


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json_", is_flag=True, help="Totals and failures as JSON.")
def tck(folder: Path, as_json_: bool) -> None:
    """Run the conformance cases below FOLDER. Exit status 1 if any fails."""
    outcomes = list(run_folder(folder))
    failed = [item for item in outcomes if not item.passed]
    if as_json_:
        rows = [{"folder": i.folder, "case": i.case, "expected": i.expected, "got": i.got} for i in failed]
        total = len(outcomes)
        click.echo(
            json.dumps({"total": total, "passed": total - len(failed), "failed": rows}, ensure_ascii=False, indent=1)
        )
    else:
        for item in failed:
            click.echo(f"{item.folder} {item.case}: {item.expected} ≠ {item.got}")
        levels = Counter(item.folder.split("/")[0] for item in outcomes)
        bad = Counter(item.folder.split("/")[0] for item in failed)
        for level, count in sorted(levels.items()):
            click.echo(f"{level}: {count - bad[level]} de {count} ({100 * (count - bad[level]) / count:.2f} %)")
    raise SystemExit(1 if failed else 0)
