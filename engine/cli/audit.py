"""``siproc audit``: whether the audit was changed behind its back, and its rows as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from engine.access import audit as records
from engine.access import chain
from engine.access.actors import SYSTEM
from engine.settings import load
from engine.store import Context, Store

SHOWN = 50


@contextmanager
def _store(database: str | None) -> Iterator[Store]:
    settings = load()
    store = Store(database or settings.database, lock_timeout=settings.lock_timeout)
    try:
        yield store
    finally:
        store.close()


def _folder(keys: str | None) -> Path:
    return Path(keys) if keys else load().data_dir


@click.group()
def audit() -> None:
    """Who did and saw what: chained, signed, and shown to be whole."""


@audit.command()
@click.option("--database", metavar="URL", help="Another database than the settings name.")
@click.option("--keys", metavar="DIR", help="Folder of the public key and the kept checkpoints (default: data_dir).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--lang", "--language", type=click.Choice(["es", "en"]), default="es")
def verify(database: str | None, keys: str | None, as_json: bool, lang: str) -> None:
    """Look at every row, link and signature; status 1 if anything was altered, dropped, inserted or moved."""
    with _store(database) as store:
        found = store.read(lambda context: chain.verify(context, _folder(keys)), SYSTEM)
    if as_json:
        faults = [
            {"kind": item.kind, "sequence": item.sequence, "entry": str(item.entry_id) if item.entry_id else None,
             "text": item.text.in_language(lang)}
            for item in found.faults
        ]  # fmt: skip
        numbers = {"rows": found.rows, "checkpoints": found.checkpoints, "unsealed": found.unsealed}
        click.echo(json.dumps({"whole": not faults, **numbers, "faults": faults}, ensure_ascii=False, indent=1))
    else:
        for item in found.faults[:SHOWN]:
            place = f"n.º {item.sequence}" if item.sequence is not None else str(item.entry_id)
            click.echo(f"✗ [{item.kind}] {place}: {item.text.in_language(lang)}")
        rows = (
            "{} filas revisadas, {} firmas, {} todavía sin sellar"
            if lang == "es"
            else "{} rows checked, {} signatures, {} not sealed yet"
        )
        click.echo(("✗ " if found.faults else "✓ ") + rows.format(found.rows, found.checkpoints, found.unsealed))
    raise SystemExit(1 if found.faults else 0)


@audit.command()
@click.option("--database", metavar="URL", help="Another database than the settings name.")
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="File (default: standard output).")
def export(database: str | None, output: str | None) -> None:
    """Write everything that is sealed as JSON lines, with digests and signatures, to be verified elsewhere."""
    with _store(database) as store, click.open_file(output or "-", "w", encoding="utf-8") as file:
        store.transact(lambda context: records.record(context, "audit:export"), SYSTEM)

        def write(context: Context) -> None:
            for line in chain.export(context):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

        store.read(write, SYSTEM)
