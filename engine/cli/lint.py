"""``siproc lint``: what a diagram would be refused for, and what a good colleague would say of it."""

from __future__ import annotations

import json
from collections import Counter

import click

from engine.bpmn.advice.remarks import page
from engine.cli.reading import as_json, as_line, model_files
from engine.definitions.check import check
from engine.errors import Text

SUMMARY = Text("{} archivos, {} errores, {} avisos, {} notas", "{} files, {} errors, {} warnings, {} notes")


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--json", "as_json_", is_flag=True, help="Findings as JSON.")
@click.option("--lang", "--language", type=click.Choice(["es", "en"]), default="es", help="Language of the findings.")
@click.option("--strict", is_flag=True, help="Exit status 1 for warnings, too.")
@click.option("--rules", is_flag=True, help="Print the rules of advice as a page.")
def lint(paths: tuple[str, ...], as_json_: bool, lang: str, strict: bool, rules: bool) -> None:
    """Check BPMN, DMN and form files (or folders of them). Exit status 1 if any is refused."""
    if rules:
        click.echo(page(), nl=False)
        return
    if not paths:
        raise click.UsageError("PATHS…")
    files, named = model_files(paths)
    # A file that is named alone may call what is elsewhere; a folder has to hold together.
    checked = check(files, references=len(files) > len(named))
    counts = Counter(item.severity for item in checked.findings)
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
        click.echo(SUMMARY.in_language(lang).format(len(files), counts["error"], counts["warning"], counts["info"]))
    raise SystemExit(1 if checked.refused or (strict and counts["warning"]) else 0)
