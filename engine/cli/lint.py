"""``siproc lint``: what a diagram would be refused for, and what a good colleague would say of it."""

from __future__ import annotations

import json

import click

from engine.cli.reading import as_json, as_line, model_files
from engine.definitions.check import check


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--json", "as_json_", is_flag=True, help="Findings as JSON.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", help="Language of the findings.")
def lint(paths: tuple[str, ...], as_json_: bool, lang: str) -> None:
    """Check BPMN, DMN and form files (or folders of them). Exit status 1 if any is refused."""
    files, named = model_files(paths)
    # A file that is named alone may call what is elsewhere; a folder has to hold together.
    checked = check(files, references=len(files) > len(named))
    if as_json_:
        click.echo(
            json.dumps(
                {"refused": checked.refused, "findings": [as_json(item) for item in checked.findings]},
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        for item in checked.findings:
            click.echo(as_line(item, lang))
        errors = sum(item.severity == "error" for item in checked.findings)
        click.echo(f"{len(files)} archivos, {errors} errores, {len(checked.findings) - errors} avisos")
    raise SystemExit(1 if checked.refused else 0)
