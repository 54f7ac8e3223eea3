"""``siproc feel``: evaluates an expression, and says why what became null did so."""

from __future__ import annotations

import json
from typing import Any

import click

from engine.cli.reading import json_text
from engine.feel import Evaluation, FeelError, FeelSyntaxError, compile_expression, from_json, to_json
from engine.feel.textual import text_of
from engine.feel.values import type_name


@click.command()
@click.argument("expression")
@click.option("--context", "context_text", help="Variables, as a JSON object.")
@click.option("--json", "as_json", is_flag=True, help="Value, type, variables and warnings as JSON.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", help="Language of errors and warnings.")
def feel(expression: str, context_text: str | None, as_json: bool, lang: str) -> None:
    """Evaluate a FEEL EXPRESSION (with or without a leading =). Exit status 1 if it cannot be read or takes too much."""
    context = from_json(json_text(context_text, "--context", dict))
    try:
        compiled = compile_expression(expression.removeprefix("="), frozenset(_names(context)))
        found = compiled.explain(context)
        shown = json.dumps(_answer(found, compiled.variables), ensure_ascii=False) if as_json else text_of(found.value)
    except FeelError as error:
        click.echo(
            json.dumps(_refusal(error), ensure_ascii=False) if as_json else _picture(error, lang), err=not as_json
        )
        raise SystemExit(1) from None
    click.echo(shown)
    for warning in () if as_json else found.warnings:
        click.echo(f"  {getattr(warning, lang)}", err=True)


def _names(value: Any) -> set[str]:
    """The keys in a context, and in the contexts in it."""
    names: set[str] = set()
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            names.update(current)
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)
    return names


def _answer(found: Evaluation, variables: frozenset[str]) -> dict[str, Any]:
    return {
        "value": to_json(found.value),
        "type": type_name(found.value),
        "variables": sorted(variables),
        "warnings": [{"es": warning.es, "en": warning.en} for warning in found.warnings],
    }


def _refusal(error: FeelError) -> dict[str, Any]:
    place = {"line": error.line, "column": error.column} if isinstance(error, FeelSyntaxError) else {}
    return {"error": {"es": error.es, "en": error.en, **place}}


def _picture(error: FeelError, lang: str) -> str:
    text: str = getattr(error, lang)
    return f"{text}\n{error.caret}" if isinstance(error, FeelSyntaxError) else text
