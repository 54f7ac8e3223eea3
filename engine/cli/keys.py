"""``siproc keys``: the keys of the encryption at rest: made, looked at, changed, and every value tried."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from engine.access import audit
from engine.access.actors import SYSTEM
from engine.settings import load
from engine.store import Store
from engine.store.sealing import masters, rotation

SHOWN = 50
database_option = click.option("--database", metavar="URL", help="Another database than the settings name.")


@contextmanager
def _store(database: str | None) -> Iterator[Store]:
    settings = load()
    store = Store(database or settings.database, lock_timeout=settings.lock_timeout)
    try:
        yield store
    finally:
        store.close()


@click.group()
def keys() -> None:
    """The keys of the encryption at rest: made, looked at, changed, and every sealed value tried."""


@keys.command()
@click.option("--file", "path", type=click.Path(dir_okay=False, path_type=Path), help="Put it on top of this file.")
def make(path: Path | None) -> None:
    """Make a master key and print it, or put it on top of a file of keys, where it is the one in use."""
    text = masters.new_text()
    if path is None:
        click.echo(text)
        return
    before = path.read_text() if path.exists() else ""
    masters.read_keys(before, str(path))
    descriptor = os.open(path.with_name(path.name + ".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n{before}")
        file.flush()
        os.fsync(file.fileno())
    path.with_name(path.name + ".new").replace(path)
    [made] = masters.read_keys(text, str(path))
    click.echo(f"{made.id}: {path}")


@keys.command()
@database_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(database: str | None, as_json: bool) -> None:
    """The master keys at hand, the data keys, and how many values each of them seals."""
    with _store(database) as store:
        states, plain = store.read(rotation.status, SYSTEM)
        at_hand = [key.id for key in store.keyring.masters.keys]
    if as_json:
        rows = [
            {"version": item.version, "purpose": item.purpose, "master": item.master_id, "values": item.values,
             "created_at": item.created_at.isoformat(),
             "retired_at": item.retired_at.isoformat() if item.retired_at is not None else None}
            for item in states
        ]  # fmt: skip
        click.echo(json.dumps({"masters": at_hand, "keys": rows, "not_sealed": plain}, indent=1))
        return
    for number, id in enumerate(at_hand):
        click.echo(f"maestra / master {id}{'' if number else '  (en uso / in use)'}")
    for item in states:
        state = "en uso / in use" if item.retired_at is None else f"relevada / retired {item.retired_at:%Y-%m-%d %H:%M}"
        values = f"{item.values} valores / values, " if item.purpose == "data" else ""
        click.echo(f"{item.purpose} {item.version}: {values}{item.created_at:%Y-%m-%d}, {item.master_id}, {state}")
    if plain:
        click.echo(f"✗ sin sellar / not sealed: {plain}")
        raise SystemExit(1)


@keys.command()
@database_option
@click.option("--data", "renew", is_flag=True, help="A new data key as well, and every value sealed with it.")
def rotate(database: str | None, renew: bool) -> None:
    """Wrap the data keys with the master key in use (the first one); both master keys have to be at hand."""
    with _store(database) as store:
        wrapped = store.transact(rotation.rewrap, SYSTEM)
        store.transact(lambda context: audit.record(context, "keys:rotate", wrapped=wrapped, renewed=renew), SYSTEM)
        click.echo(f"{wrapped} envueltas / wrapped: {store.keyring.masters.in_use().id}")
        if renew:
            version = store.transact(rotation.renew, SYSTEM)
            click.echo(f"data {version}")
            _seal(store)


@keys.command()
@database_option
def seal(database: str | None) -> None:
    """Bring every value under the data key in use, and forget data keys that nothing needs any more."""
    with _store(database) as store:
        _seal(store)


@keys.command()
@database_option
def verify(database: str | None) -> None:
    """Open every sealed value; status 1 if one of them does not open."""
    count, faults = 0, []
    with _store(database) as store:
        for number, found in rotation.find_broken(store, SYSTEM):
            count += number
            faults += found
    for line in faults[:SHOWN]:
        click.echo(f"✗ {line}")
    click.echo(f"{'✗' if faults else '✓'} {count} valores / values, {len(faults)} no se abren / do not open")
    raise SystemExit(1 if faults else 0)


def _seal(store: Store) -> None:
    changed = sum(rotation.seal_all(store, SYSTEM))
    dropped = store.transact(rotation.drop_unused, SYSTEM)
    click.echo(f"{changed} valores sellados de nuevo / values sealed anew")
    for version in dropped:
        click.echo(f"data {version}: ya no se necesita, borrada / not needed any more, deleted")
