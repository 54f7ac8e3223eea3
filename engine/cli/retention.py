"""``siproc retention``: whose personal data are kept no longer by the published terms, and erasing them."""

from __future__ import annotations

import click

from engine.access.actors import SYSTEM
from engine.actions import retention as actions
from engine.actions.filekeeping import delete_dropped
from engine.errors import EngineError
from engine.files.room import file_room
from engine.runtime import retention as rules
from engine.settings import load
from engine.store import Context, Store


@click.command()
@click.option("--apply", "really", is_flag=True, help="Erase it. Without this nothing is changed.")
@click.option("--list", "listed", is_flag=True, help="Every case that is due or held back, one a line.")
@click.option("--database", metavar="URL", help="Another database than the settings name.")
def retention(really: bool, listed: bool, database: str | None) -> None:
    """Personal data of closed cases go after the terms of the table «conservacion»; figures stay, holds hold."""
    settings = load()
    store = Store(database or settings.database, lock_timeout=settings.lock_timeout)
    try:
        groups = store.read(rules.groups, SYSTEM)
        if listed:
            store.read(_list, SYSTEM)
        else:
            for group in groups:
                click.echo(_line(group))
        due = sum(group.due for group in groups)
        if really:
            _erase(store, due)
            while delete_dropped(store, file_room(settings)):
                pass
    except EngineError as error:
        raise click.ClickException(f"{error.text.in_language('es')} / {error.text.in_language('en')}") from error
    finally:
        store.close()
    click.echo(f"{'borrados / erased' if really else 'vencidos / due'}: {due}")
    if not really:
        click.echo("sin cambios / nothing changed (--apply)")


def _line(group: rules.Group) -> str:
    kind, term = group.kind, group.term
    what = f"{kind.domain or '—'} {kind.level} {kind.resolution or '—'}: {term.text} ({term.row or '—'}. {term.why})"
    held = f", retenidos / held {group.held}" if group.held else ""
    running = f", en curso / running {group.running}" if group.running else ""
    return f"{what} · vencidos / due {group.due}{held}{running}, se conservan / kept {group.kept}"


def _list(context: Context) -> None:
    for line in rules.all_lines(context):
        case = line.case
        fate = "retenido / held" if line.held else "en curso / running" if line.running else "vencido / due"
        closed = case.closed_at.date() if case.closed_at is not None else ""
        click.echo(
            f"{case.folio} {case.office_code} {closed} {line.term.text} ({line.term.row}. {line.term.why}): {fate}"
        )


def _erase(store: Store, due: int) -> None:
    """Finish what was begun before, then erase what is due, in the worker's way: a few cases at a time."""
    _sweep(store)
    due = store.read(rules.count_due, SYSTEM) if due else 0
    if due:
        store.transact(lambda context: actions.erase(context, due), SYSTEM)
        _sweep(store)


def _sweep(store: Store) -> None:
    while store.transact(actions.sweep, SYSTEM):
        pass
