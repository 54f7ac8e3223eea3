"""What is acknowledged is stored, what is not is not: killed processes, full disks, lost connections, busy writers."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from engine.access.actors import SYSTEM
from engine.errors import Unavailable
from engine.store import Context, Store
from engine.store.tables.casework import FolioCounter

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parent.parent.parent


def add(context: Context, series: str) -> None:
    context.session.add(FolioCounter(office_code="MX-TAP", year=2026, series=series, last=1))
    context.session.flush()


def stored(store: Store) -> set[str]:
    return set(store.read(lambda context: context.session.scalars(select(FolioCounter.series)).all(), SYSTEM))


def child(url: str, body: str) -> subprocess.CompletedProcess[str]:
    """Run ``body`` in a process of its own, with ``store``, ``add`` and ``die`` at hand."""
    program = f"""
import os, signal
from engine.store import Store
from engine.store.tables.casework import FolioCounter

def add(context, series):
    context.session.add(FolioCounter(office_code="MX-TAP", year=2026, series=series, last=1))
    context.session.flush()

def die():
    os.kill(os.getpid(), signal.SIGKILL)

store = Store({url!r})
{textwrap.dedent(body)}
"""
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_a_process_killed_before_its_commit_stores_nothing(store: Store, database_url: str) -> None:
    killed = child(database_url, "store.transact(lambda context: [add(context, 'A'), die()], None)")

    assert killed.returncode == -9
    store.transact(lambda context: add(context, "B"), SYSTEM)
    assert stored(store) == {"B"}


def test_a_process_killed_after_its_acknowledgement_has_stored_everything(store: Store, database_url: str) -> None:
    killed = child(
        database_url,
        """
        for series in "ABCDE":
            store.transact(lambda context: add(context, series), None)
            print(series, flush=True)
        store.engine.connect().execution_options(writing=True).begin()
        die()
        """,
    )

    assert killed.returncode == -9
    assert stored(store) == set(killed.stdout.split()) == set("ABCDE")
    store.transact(lambda context: add(context, "F"), SYSTEM)


def test_two_processes_write_in_turns_and_lose_nothing(store: Store, database_url: str) -> None:
    store.transact(lambda context: add(context, "A"), SYSTEM)
    program = f"""
from sqlalchemy import update
from engine.store import Store
from engine.store.tables.casework import FolioCounter
store = Store({database_url!r})
for _ in range(50):
    store.transact(lambda c: c.session.execute(update(FolioCounter).values(last=FolioCounter.last + 1)), None)
"""
    children = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) for _ in range(3)]

    assert [process.wait(60) for process in children] == [0, 0, 0]
    assert store.read(lambda context: context.session.scalar(select(FolioCounter.last)), SYSTEM) == 151


def test_a_full_disk_is_an_outage_that_keeps_what_was_stored(sqlite_store: Store) -> None:
    store = sqlite_store
    store.transact(lambda context: add(context, "A"), SYSTEM)

    def fill(context: Context) -> None:
        connection = context.session.connection()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        for number in range(2_000):
            context.session.add(FolioCounter(office_code="MX-TAP", year=number, series="FULL", last=1))
        context.session.flush()

    with pytest.raises(Unavailable):
        store.transact(fill, SYSTEM)
    store.engine.dispose()  # with room again

    assert stored(store) == {"A"}
    store.transact(lambda context: add(context, "B"), SYSTEM)
    assert store.read(lambda context: context.session.scalar(text("PRAGMA integrity_check")), SYSTEM) == "ok"


def test_a_lost_connection_is_an_outage_and_the_next_one_works(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("there is no connection to lose")
    runs: list[int] = []

    def lose(context: Context) -> None:
        runs.append(1)
        add(context, "A")
        backend = context.session.scalar(text("SELECT pg_backend_pid()"))
        with store.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        context.session.scalar(select(func.count()).select_from(FolioCounter))

    with pytest.raises(Unavailable):
        store.transact(lose, SYSTEM)

    assert len(runs) == 1
    assert stored(store) == set()
    store.transact(lambda context: add(context, "B"), SYSTEM)
    assert stored(store) == {"B"}


def test_connections_that_died_in_the_pool_are_not_noticed(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("there is no connection to lose")
    for series in ("A", "B"):
        store.transact(lambda context, series=series: add(context, series), SYSTEM)
        with store.engine.connect() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(text(f"{others} AND application_name = 'siproc'"))

    assert stored(store) == {"A", "B"}


def test_a_database_that_is_not_there_is_an_outage() -> None:
    store = Store("postgresql+psycopg://127.0.0.1:1/nowhere", lock_timeout=1)

    with pytest.raises(Unavailable):
        store.read(lambda context: None, SYSTEM)
    with pytest.raises(Unavailable):
        store.transact(lambda context: None, SYSTEM)


def test_somebody_else_who_holds_the_file_is_waited_for_and_then_it_is_an_outage(
    sqlite_store: Store, tmp_path: Path
) -> None:
    impatient = Store(sqlite_store.url, lock_timeout=0.3)
    intruder: Any = sqlite_store.engine.connect().execution_options(writing=True)

    with intruder.begin(), pytest.raises(Unavailable):
        impatient.transact(lambda context: context.session.execute(update(FolioCounter).values(last=1)), SYSTEM)
    intruder.close()

    impatient.transact(lambda context: add(context, "A"), SYSTEM)
    impatient.close()
    assert stored(sqlite_store) == {"A"}
