"""``siproc serve`` and ``siproc demo``: the web server, with the worker beside it in the demo."""

from __future__ import annotations

import dataclasses
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
from waitress import create_server

from engine.access import chain, postman
from engine.access.actors import SYSTEM
from engine.actions import demo as demo_data
from engine.actions.installation import install
from engine.actions.scenarios import Rehearser
from engine.actions.sweeping import SWEEPS, errands
from engine.errors import DefinitionError
from engine.files.room import file_room
from engine.handlers import HANDLERS
from engine.runtime.worker import Worker
from engine.settings import Settings, load
from engine.store import Store
from webui.app import create_app
from webui.build import ensure_built

THREADS = 8


def _store(settings: Settings) -> Store:
    store = Store(settings.database, lock_timeout=settings.lock_timeout)
    store.migrate()
    return store


def _install(store: Store, settings: Settings) -> None:
    try:
        store.transact(lambda context: install(context, settings.processes_dir, settings.forms_dir), SYSTEM)
    except DefinitionError as error:
        for item in error.findings:
            if item.severity == "error":
                click.echo(f"{item.file}:{item.line}: [{item.rule}] {item.element_id}: {item.text}", err=True)
        raise SystemExit(1) from error


@contextmanager
def _worker(store: Store, settings: Settings) -> Iterator[None]:
    """A worker thread for as long as the block runs."""
    stop = threading.Event()
    rehearser = Rehearser(store, settings)
    outside = [*errands(store, settings), rehearser.attend]
    worker = Worker(store, HANDLERS, [*SWEEPS, chain.sealing(settings.data_dir)], errands=outside)
    thread = threading.Thread(target=worker.run_forever, args=(stop, settings.worker_poll), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        rehearser.stop()


def _serve(store: Store, settings: Settings) -> None:
    server = create_server(
        create_app(store, settings), host=settings.host, port=settings.port, threads=THREADS, ident=None
    )
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
def serve(host: str | None, port: int | None) -> None:
    """Serve the web application. The worker runs by itself: ``siproc worker``."""
    settings = load()
    settings = dataclasses.replace(settings, host=host or settings.host, port=port or settings.port)
    ensure_built()
    store = _store(settings)
    _install(store, settings)
    click.echo(f"SIPROC: http://{settings.host}:{settings.port}/")
    _serve(store, settings)


@click.command()
@click.option("--no-serve", is_flag=True, help="Only make the demo data.")
@click.option("--reset", is_flag=True, help="Throw the demo's data away and start anew.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--cases", type=int, default=56, show_default=True, help="How many cases to make up.")
def demo(no_serve: bool, reset: bool, host: str | None, port: int | None, cases: int) -> None:
    """Build, make demo data, and serve web and worker together."""
    settings = load()
    settings = dataclasses.replace(
        settings,
        host=host or settings.host,
        port=port or settings.port,
        secure_cookies=False,
        second_factor="none",  # whoever tries it signs in with the printed password; ``load`` refuses this elsewhere
        mail_server=settings.mail_server or postman.PRINT,
    )
    if reset and not settings.database_url:
        shutil.rmtree(settings.data_dir, ignore_errors=True)
    click.echo("SIPROC: " + ("construyendo las páginas…" if not no_serve else "preparando…"))
    ensure_built()
    store = _store(settings)
    _install(store, settings)
    made = demo_data.build(
        store, cases=cases, say=click.echo, room=file_room(settings), processes=settings.processes_dir
    )
    click.echo(f"{made} expedientes de demostración." if made else "Los datos de demostración ya estaban.")
    seal = chain.sealing(settings.data_dir)
    while store.transact(seal, SYSTEM):
        pass
    if no_serve:
        store.close()
        return
    click.echo(f"\nAbra http://{settings.host}:{settings.port}/ y entre con una de estas cuentas:")
    for member in demo_data.PEOPLE:
        click.echo(f"  {member.email:<36} {demo_data.DEMO_PASSWORD}   {', '.join(member.roles)} · {member.office}")
    with _worker(store, settings):
        _serve(store, settings)
    store.close()
