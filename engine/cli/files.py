"""``siproc files``: whether every file of a case is whole, and deleting what belongs to nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click

from engine.actions import filekeeping
from engine.files.room import FileRoom, file_room
from engine.settings import load
from engine.store import Store


@contextmanager
def _opened(database: str | None) -> Iterator[tuple[Store, FileRoom]]:
    settings = load()
    store = Store(database or settings.database, lock_timeout=settings.lock_timeout)
    try:
        yield store, file_room(settings)
    finally:
        store.close()


@click.group()
def files() -> None:
    """Files of cases: are they whole, and is nothing left behind?"""


@files.command()
@click.option("--database", metavar="URL", help="Another database than the settings name.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--lang", "--language", type=click.Choice(["es", "en"]), default="es")
def verify(database: str | None, as_json: bool, lang: str) -> None:
    """Read every content and compare digests; status 1 if one is missing or damaged. Changes nothing."""
    with _opened(database) as (store, room):
        found = filekeeping.verify(store, room)
    if as_json:
        numbers = {"whole": found.whole, "contents": found.contents, "orphans": found.orphans}
        click.echo(json.dumps({**numbers, "missing": found.missing, "damaged": found.damaged}, indent=1))
    else:
        for word, names in (("falta" if lang == "es" else "missing", found.missing), ("dañado" if lang == "es" else "damaged", found.damaged)):  # fmt: skip
            for name in names:
                click.echo(f"✗ {word}: {name}")
        said = "{} contenidos revisados, {} objetos sin dueño" if lang == "es" else "{} contents checked, {} orphans"
        click.echo(("✓ " if found.whole else "✗ ") + said.format(found.contents, found.orphans))
    raise SystemExit(0 if found.whole else 1)


@files.command()
@click.option("--database", metavar="URL", help="Another database than the settings name.")
def sweep(database: str | None) -> None:
    """Erase removed files after thirty days, and delete objects that belong to nobody. The worker does so every day."""
    with _opened(database) as (store, room):
        swept = filekeeping.sweep(store, room)
    click.echo(f"{swept.erased} + {swept.dropped} + {swept.orphans}: retirados, soltados, sin dueño / removed, dropped, orphans")  # fmt: skip
