"""``siproc decide``: evaluates a decision of a DMN file and tells which rules matched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from engine.cli.reading import json_text
from engine.dmn import DecisionModel, DecisionResult, DmnError, TableTrace, in_folder, parse_dmn
from engine.dmn.inputs import read_inputs
from engine.feel import FeelLimitError, to_json

WORDS = {
    "es": {"warning": "aviso", "rule": "renglón", "none": "ningún renglón coincide", "limit": "no se evaluó"},
    "en": {"warning": "warning", "rule": "rule", "none": "no rule matches", "limit": "not evaluated"},
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--decision", default="", help="Name or id; may be left out where the file has one decision at its top.")
@click.option(
    "--context", "context_text", default="{}", help="The inputs by name, as a JSON object; @FILE reads a file."
)
@click.option("--trace", is_flag=True, help="Tell which rules of each table matched, and on what values.")
@click.option("--json", "as_json", is_flag=True, help="Value, trace and warnings as JSON.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", help="Language of findings and warnings.")
def decide(file: Path, decision: str, context_text: str, trace: bool, as_json: bool, lang: str) -> None:
    """Evaluate a decision of FILE and print its value as JSON."""
    if context_text.startswith("@"):
        source = Path(context_text[1:])
        if not source.is_file():
            raise click.UsageError(f"--context: {source}: no existe / does not exist")
        context_text = source.read_text(encoding="utf-8")
    given = json_text(context_text, "--context", dict)
    model = _model(file, lang)
    name = decision or _top(model)
    if model.find(name) is None:
        raise click.UsageError(f"--decision: {', '.join(sorted(_callable(model)))}")
    try:
        result = model.evaluate(name, read_inputs(model, given))
    except FeelLimitError as error:
        raise click.ClickException(f"{WORDS[lang]['limit']}: {error.es if lang == 'es' else error.en}") from error
    _print(result, trace, as_json, lang)


def _model(file: Path, lang: str) -> DecisionModel:
    try:
        return parse_dmn(file.read_bytes(), str(file), in_folder(file.parent))
    except DmnError as error:
        for item in error.findings:
            place = ":".join(str(part) for part in (item.file or file, item.line) if part is not None)
            element = f" «{item.element_id}»" if item.element_id else ""
            click.echo(f"{place}: error [{item.rule}]{element} {item.es if lang == 'es' else item.en}", err=True)
        raise SystemExit(1) from error


def _callable(model: DecisionModel) -> list[str]:
    decisions = [part.title or part.name for part in model.decisions.values()]
    return decisions + [part.title or part.name for part in model.services.values()]


def _top(model: DecisionModel) -> str:
    """The one decision that no other requires."""
    required = {href.rpartition("#")[2] for part in model.decisions.values() for href in part.needs}
    found = [id for id in model.decisions if id not in required]
    if len(found) != 1:
        raise click.UsageError(f"--decision: {', '.join(sorted(_callable(model)))}")
    return found[0]


def _print(result: DecisionResult, trace: bool, as_json: bool, lang: str) -> None:
    warnings = [item.es if lang == "es" else item.en for item in result.warnings]
    if as_json:
        report = {
            "value": to_json(result.value),
            "trace": [_table(item) for item in result.trace],
            "warnings": warnings,
        }
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
        return
    click.echo(json.dumps(to_json(result.value), ensure_ascii=False))
    for table in result.trace if trace else ():
        for line in _lines(table, lang):
            click.echo(line)
    for warning in warnings:
        click.echo(f"{WORDS[lang]['warning']}: {warning}", err=True)


def _table(table: TableTrace) -> dict[str, Any]:
    """How a table was decided, for programs."""
    return {
        "element": table.element_id,
        "name": table.name,
        "policy": table.policy,
        "inputs": [
            {"label": label, "value": to_json(value)} for label, value in zip(table.labels, table.inputs, strict=True)
        ],
        "matched": [
            {
                "rule": rule.index,
                "id": rule.id,
                "conditions": list(rule.conditions),
                "outputs": to_json(rule.outputs),
                "annotation": rule.annotation,
            }
            for rule in table.matched
        ],
    }


def _lines(table: TableTrace, lang: str) -> list[str]:
    """How a table was decided, for people: each value beside the condition that it met."""
    words = WORDS[lang]
    lines = [f"{table.name} ({table.policy})"]
    for rule in table.matched:
        met = "; ".join(
            f"{label} = {_short(value)} ∈ {condition}"
            for label, value, condition in zip(table.labels, table.inputs, rule.conditions, strict=True)
        )
        note = f"  // {rule.annotation}" if rule.annotation else ""
        lines.append(f"  {words['rule']} {rule.index} [{rule.id or '-'}]: {met} → {_short(rule.outputs)}{note}")
    if not table.matched:
        values = "; ".join(f"{a} = {_short(b)}" for a, b in zip(table.labels, table.inputs, strict=True))
        lines.append(f"  {words['none']}: {values}")
    return lines


def _short(value: Any) -> str:
    return json.dumps(to_json(value), ensure_ascii=False)
