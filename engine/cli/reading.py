"""Reads what the commands are given: model files and folders, JSON texts; a bad one is one clear line and exit 2."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from engine.errors import Finding

SUFFIXES = (".bpmn", ".dmn", ".form")
MAX_FILE = 16 * 1024 * 1024


def model_files(paths: Iterable[str]) -> tuple[dict[str, bytes], list[str]]:
    """All model files at ``paths`` and below them by name, and the names of those that were named directly."""
    files: dict[str, bytes] = {}
    named: list[str] = []
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise click.UsageError(f"{path}: no existe / does not exist")
        found = sorted(item for item in path.rglob("*") if item.suffix in SUFFIXES) if path.is_dir() else [path]
        for item in found:
            if item.stat().st_size > MAX_FILE:
                raise click.UsageError(f"{item}: más de 16 MB / over 16 MB")
            name = str(item)
            if item.suffix not in SUFFIXES:
                name += ".bpmn" if b"omg.org/spec/BPMN" in item.read_bytes()[:4_000] else ".unknown"
            files[name] = item.read_bytes()
            if not path.is_dir():
                named.append(name)
    return files, named


def json_text(text: str | None, what: str, kind: type) -> Any:
    """Parse JSON given on the command line or read from a file; numbers stay exact."""
    if not text:
        return kind()
    try:
        value = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{what}: JSON: {error}") from error
    if not isinstance(value, kind):
        raise click.UsageError(f"{what}: se esperaba / expected a JSON {'object' if kind is dict else 'list'}")
    return value


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding for programs."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "file": finding.file,
        "element": finding.element_id,
        "name": finding.element_name,
        "line": finding.line,
        "es": finding.text.in_language("es"),
        "en": finding.text.in_language("en"),
    } | ({"remedy_es": finding.remedy.es, "remedy_en": finding.remedy.en} if finding.remedy else {})


GRADES = {
    "error": {"es": "error", "en": "error"},
    "warning": {"es": "aviso", "en": "warning"},
    "info": {"es": "nota", "en": "note"},
}


def as_line(finding: Finding, language: str) -> str:
    """A finding for people: where, how grave, which rule, what and why."""
    place = ":".join(str(part) for part in (finding.file, finding.line) if part is not None)
    element = f" «{finding.element_name or finding.element_id}»" if finding.element_id else ""
    text = (
        f"{place}: {GRADES[finding.severity][language]} [{finding.rule}]{element} {finding.text.in_language(language)}"
    )
    return text + (f"\n    → {finding.remedy.in_language(language)}" if finding.remedy else "")
