"""``siproc check``: whether the rows of the runtime hold together, and are what their history tells."""

from __future__ import annotations

import json

import click

from engine.access.actors import SYSTEM
from engine.runtime.checking import check as look
from engine.settings import load
from engine.store import Store


@click.command()
@click.option("--database", metavar="URL", help="Another database than the settings name.")
@click.option("--no-replay", is_flag=True, help="Do not tell every instance's state from its history.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--lang", "--language", type=click.Choice(["es", "en"]), default="es")
def check(database: str | None, no_replay: bool, as_json: bool, lang: str) -> None:
    """Look for what must never be. Exit status 1 if anything is wrong. It changes nothing and may run at any time."""
    settings = load()
    store = Store(database or settings.database, lock_timeout=settings.lock_timeout)
    found = store.read(lambda context: look(context, replaying=not no_replay), SYSTEM)
    store.close()
    if as_json:
        items = [{"rule": item.rule, "count": item.count, "keys": item.keys} for item in found]
        click.echo(json.dumps({"whole": not found, "wrong": items}, ensure_ascii=False, indent=1))
    else:
        for item in found:
            click.echo(f"✗ [{item.rule}] {item.count} {item.text.in_language(lang)}: {', '.join(item.keys)}")
        click.echo(("✓ todo concuerda" if lang == "es" else "✓ everything holds") if not found else "")
    raise SystemExit(1 if found else 0)
