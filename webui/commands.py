"""``siproc serve``, ``siproc demo`` and ``siproc practice``: the web server, with the worker beside it where the data is made up."""

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


def _made_up(settings: Settings, cases: int) -> Store:
    """A store with made-up people and cases; what is there already stays."""
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
    return store


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
    store = _made_up(settings, cases)
    if no_serve:
        store.close()
        return
    click.echo(f"\nAbra http://{settings.host}:{settings.port}/ y entre con una de estas cuentas:")
    for member in demo_data.PEOPLE:
        click.echo(f"  {member.email:<36} {demo_data.DEMO_PASSWORD}   {', '.join(member.roles)} · {member.office}")
    with _worker(store, settings):
        _serve(store, settings)
    store.close()


@click.command()
@click.option("--reset", is_flag=True, help="Throw away what was practised and start anew.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; the next one after the real installation's by default.")
@click.option("--cases", type=int, default=40, show_default=True, help="How many cases to make up.")
def practice(reset: bool, host: str | None, port: int | None, cases: int) -> None:
    """Serve the practice mode: made-up people and cases in a database of their own; nothing leaves it."""
    real = load()
    settings = practising(real, host or real.host, port or real.port + 1)
    if reset:
        shutil.rmtree(settings.data_dir, ignore_errors=True)
    click.echo("SIPROC: preparando la práctica…")
    store = _made_up(settings, cases)
    click.echo(f"\nPara practicar: {settings.address}/")
    with _worker(store, settings):
        _serve(store, settings)
    store.close()


def practising(real: Settings, host: str, port: int) -> Settings:
    """The settings of the practice mode: a folder beside the real data, and no way out: no mail, no webhooks, no directory."""
    folder = real.data_dir / "practica"
    return dataclasses.replace(
        real,
        practice=True,
        data_dir=folder,
        database_url="",
        files=str(folder / "archivos"),
        host=host,
        port=port,
        public_url=real.practice_url,
        practice_url="",
        secret_key="",
        second_factor="none",  # whoever comes chooses from a list of made-up colleagues
        secure_cookies=real.practice_url.startswith("https:"),
        mail_server="",
        webhook_hosts="",
        oidc_issuer="",
    )
