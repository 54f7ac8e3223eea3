"""How each database is connected to, one function a dialect, with what durability needs."""

from __future__ import annotations

from select import POLLIN, poll
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url

from engine.store.tables.base import json_text

# What every SQLite connection must answer, so that no acknowledged commit is lost and no row is orphaned.
PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


RESTED = 1.0  # seconds
# That a connection to PostgreSQL keeps prepared: all pages together send more than the driver's hundred.
STATEMENTS = 200


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

    _ask_less(engine)

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
        connection.prepared_max = STATEMENTS

    return engine


def _ask_less(engine: Engine) -> None:
    """Ask a pooled connection whether its server is there only where it rested, or something came that nobody asked for.

    A server that ends says so or hangs up, and either can be read at once; to ask before every transaction would be a
    message more to send and to wait for.
    """
    dialect: Any = engine.dialect
    ask, used = dialect.do_ping, WeakKeyDictionary[Any, float]()

    @event.listens_for(engine, "checkin")
    def note_use(connection: Any, _: Any) -> None:
        if connection is not None:
            used[connection] = monotonic()

    def is_there(connection: Any) -> bool:
        rested = monotonic() - used.get(connection, 0.0) > RESTED
        return bool(ask(connection)) if rested or _was_spoken_to(connection) else True

    dialect.do_ping = is_there


def _was_spoken_to(connection: Any) -> bool:
    """Whether there is something to be read on a connection that waits for nothing; so there is at its end."""
    if connection.closed:
        return True
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    return bool(waiting.poll(0))
