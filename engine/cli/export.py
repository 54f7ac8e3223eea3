"""``siproc export``: what happened, as an event log for process mining."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from engine.access import audit
from engine.access.actors import SYSTEM
from engine.runtime.mining import Wanted, write_ocel, write_xes
from engine.settings import load
from engine.store import Context, Store

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("kind", type=click.Choice(["xes", "ocel"]))
@click.option("--process", "process_id", metavar="ID", help="Only instances of this process.")
@click.option("--domain", metavar="DOM", help="Only cases of this domain, such as PEN.")
@click.option("--since", type=DAY, help="Only what started on this day (UTC) or later.")
@click.option("--until", type=DAY, help="Only what started before this day (UTC).")
@click.option("--database", metavar="URL", help="Another database than the settings name.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; else it is printed.")
def export(
    kind: str,
    process_id: str | None,
    domain: str | None,
    since: datetime | None,
    until: datetime | None,
    database: str | None,
    output: Path | None,
) -> None:
    """Write an event log of KIND: xes (IEEE 1849) or ocel (OCEL 2.0, JSON). It holds no names and no answers."""
    wanted = Wanted(process_id, domain, since and since.replace(tzinfo=UTC), until and until.replace(tzinfo=UTC))
    settings = load()
    store = Store(database or settings.database, lock_timeout=settings.lock_timeout)
    store.transact(lambda context: audit.record(context, f"export:{kind}"), SYSTEM)

    def work(context: Context) -> int:
        if kind == "xes":
            if output is None:
                return write_xes(context, wanted, sys.stdout.buffer)
            with output.open("wb") as stream:
                return write_xes(context, wanted, stream)
        if output is None:
            return write_ocel(context, wanted, sys.stdout)
        with output.open("w", encoding="utf-8") as text:
            return write_ocel(context, wanted, text)

    count = store.read(work, SYSTEM)
    store.close()
    click.echo(f"{count} eventos / events", err=True)
