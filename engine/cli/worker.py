"""``siproc worker``: due timers, jobs and reminders, until it is told to stop."""

from __future__ import annotations

import signal
from threading import Event

import click

from engine.access import chain
from engine.actions.scenarios import Rehearser
from engine.actions.sweeping import SWEEPS, errands
from engine.handlers import HANDLERS
from engine.runtime.worker import Worker
from engine.settings import load
from engine.store import Store


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
def worker(once: bool) -> None:
    """Run the worker. Any number may run on one database."""
    settings = load()
    store = Store(settings.database, lock_timeout=settings.lock_timeout)
    store.migrate()
    rehearser = Rehearser(store, settings)
    outside = [*errands(store, settings), *([] if once else [rehearser.attend])]
    running = Worker(store, HANDLERS, [*SWEEPS, chain.sealing(settings.data_dir)], errands=outside)
    if once:
        click.echo(f"{running.run_due()}")
    else:
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        running.run_forever(stop, settings.worker_poll)
        rehearser.stop()
    store.close()
