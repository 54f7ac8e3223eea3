"""``siproc retention``: what is kept no longer by the terms of the settings, and forgetting it."""

from __future__ import annotations

import click

from engine.access import audit
from engine.access.actors import SYSTEM
from engine.runtime import retention as rules
from engine.settings import load
from engine.store import Context, Store


@click.command()
@click.option("--apply", "really", is_flag=True, help="Forget it. Without this nothing is changed.")
@click.option("--database", metavar="URL", help="Another database than the settings name.")
def retention(really: bool, database: str | None) -> None:
    """Values and files of closed cases go after the terms of SIPROC_RETENTION; who did what, and when, stays."""
    settings = load()
    try:
        terms = rules.read_terms(settings.retention)
    except ValueError as error:
        raise click.UsageError(f"SIPROC_RETENTION: «{error}»: PEN=P10Y,*=P5Y") from error
    store = Store(database or settings.database, lock_timeout=settings.lock_timeout)

    def forget(context: Context) -> rules.Forgotten:
        found = rules.forget(context, terms)
        if found.ids or found.case_ids:
            audit.record(
                context, "retention:apply", instances=found.by_domain.total(), cases_with_files=len(found.case_ids)
            )
        return found

    found = store.read(lambda context: rules.due(context, terms), SYSTEM)
    for domain, count in sorted(found.by_domain.items()):
        click.echo(f"{domain}: {count}")
    if found.case_ids:
        click.echo(f"expedientes con archivos / cases with files: {len(found.case_ids)}")
    while really and (done := store.transact(forget, SYSTEM)) and (done.ids or done.case_ids):
        pass
    store.close()
    click.echo("hecho / done" if really else "sin cambios / nothing changed (--apply)")
