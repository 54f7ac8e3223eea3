"""How each database is connected to, one function a dialect, with what durability needs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url


class UnsafeDatabase(RuntimeError):
    """The database is set up so that it loses acknowledged work; the message says which setting and how to mend it."""


def connect(url: str, lock_timeout: int) -> Engine:
    """An engine for ``url``; nothing is connected yet."""
    return _sqlite(url, lock_timeout) if make_url(url).get_backend_name() == "sqlite" else _postgresql(url, lock_timeout)


def _sqlite(url: str, lock_timeout: int) -> Engine:
    engine = create_engine(url, connect_args={"timeout": lock_timeout, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we begin by ourselves, so that writers begin as writers
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgresql(url: str, lock_timeout: int) -> Engine:
    address = make_url(url)
    asked = str(address.query.get("options", ""))
    engine = create_engine(
        address.difference_update_query(["options"]),
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=lock_timeout,
        connect_args={
            "connect_timeout": 5,
            "keepalives": 1,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": 10_000,
            "options": (
                f"{asked} -c lock_timeout={lock_timeout * 1000} -c statement_timeout=60000"
                " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
            ),
        },
    )

    @event.listens_for(engine, "first_connect")
    def refuse_unsafe(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        for setting in ("fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {setting}")
            if cursor.fetchone()[0] == "off":
                raise UnsafeDatabase(
                    f"PostgreSQL runs with {setting}=off and would lose acknowledged work; set {setting}=on."
                )
        cursor.close()
        connection.rollback()

    return engine
