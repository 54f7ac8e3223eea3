"""How each database is connected to, one function a dialect, with what durability needs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url

from engine.store.tables.base import json_text

# What every SQLite connection must answer, so that no acknowledged commit is lost and no row is orphaned.
PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


class UnsafeDatabaseError(RuntimeError):
    """The database is set up so that it loses acknowledged work; the message says which setting and how to mend it."""


def connect(url: str, lock_timeout: float) -> Engine:
    """An engine for ``url``; nothing is connected yet."""
    open_engine = _sqlite if make_url(url).get_backend_name() == "sqlite" else _postgresql
    return open_engine(url, lock_timeout)


def _sqlite(url: str, lock_timeout: float) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=10,
        max_overflow=10,
        pool_timeout=lock_timeout,
        connect_args={"timeout": lock_timeout, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin by ourselves, so that writers begin as writers
        cursor = connection.cursor()
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.execute("PRAGMA secure_delete=FAST")  # what is deleted is overwritten where that costs no further write
        for name, wanted in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}={wanted}")
            found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
            if found != wanted:
                raise UnsafeDatabaseError(
                    f"SQLite was asked for {name}={wanted} and answers {found}; put the database on a local disk."
                )
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        # Straight to the driver: this runs before every transaction.
        connection.connection.driver_connection.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgresql(url: str, lock_timeout: float) -> Engine:
    address = make_url(url)
    asked = str(address.query.get("options", ""))
    engine = create_engine(
        address.difference_update_query(["options"]),
        json_serializer=json_text,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=lock_timeout,
        connect_args={
            "application_name": "siproc",
            "connect_timeout": 5,
            "keepalives": 1,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": 10_000,
            "options": (
                f"{asked} -c lock_timeout={int(lock_timeout * 1000)} -c statement_timeout=60000"
                " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
            ),
        },
    )

    @event.listens_for(engine, "connect")
    def refuse_unsafe(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for setting in ("fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {setting}")
            if cursor.fetchone()[0] == "off":
                raise UnsafeDatabaseError(
                    f"PostgreSQL runs with {setting}=off and would lose acknowledged work; set {setting}=on."
                )
        cursor.close()
        connection.rollback()

    return engine
