"""The only place that ends a transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from engine.clock import Clock, SystemClock
from engine.errors import Unavailable
from engine.store.connecting import connect
from engine.store.context import Context
from engine.store.queue import WriterQueue
from engine.store.tables.base import new_id

T = TypeVar("T")
ATTEMPTS = 5
# serialization_failure, deadlock_detected: the same work, run again, can succeed.
AGAIN = {"40001", "40P01"}


class Store:
    """One database. ``url`` is a SQLAlchemy address; ``lock_timeout`` (seconds) bounds the wait for a turn to write."""

    def __init__(self, url: str, clock: Clock | None = None, lock_timeout: int = 20) -> None:
        self.url = url
        self.clock = clock or SystemClock()
        self.lock_timeout = lock_timeout
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        file = Path(parsed.database) if self.is_sqlite and parsed.database not in (None, "", ":memory:") else None  # type: ignore[arg-type]
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = connect(url, lock_timeout)
        self._queue = WriterQueue(file) if self.is_sqlite else None

    def migrate(self) -> None:
        """Bring the database to the newest schema."""
        from engine.store.migrating import upgrade

        upgrade(self)

    def transact(self, work: Callable[[Context], T], actor: Any, request_id: UUID | None = None) -> T:
        """Run ``work`` in one transaction and commit it.

        ``work`` touches the database only: it is run again from the start after a serialization error. Raises what
        ``work`` raises, and ``Unavailable`` when the database cannot be had; in both cases nothing is stored.
        """
        request_id = request_id or new_id()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if self._queue is None:
                    return self._write(work, actor, request_id)
                with self._queue.turn(self.lock_timeout):
                    return self._write(work, actor, request_id)
            except (OperationalError, PoolTimeout, DBAPIError) as error:
                if not _worth_repeating(error) or attempt == ATTEMPTS:
                    if isinstance(error, (OperationalError, PoolTimeout)) or _state(error) in AGAIN:
                        raise Unavailable from error
                    raise
        raise AssertionError("unreachable")

    def _write(self, work: Callable[[Context], T], actor: Any, request_id: UUID) -> T:
        with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            with Session(connection, expire_on_commit=False) as session:
                result = work(Context(session, actor, self.clock.now(), request_id))
                session.flush()
                return result

    def read(self, work: Callable[[Context], T], actor: Any, request_id: UUID | None = None) -> T:
        """Run ``work`` in a transaction that is rolled back: it sees one state and changes nothing."""
        try:
            with self.engine.connect() as connection, Session(connection, expire_on_commit=False) as session:
                session.begin()
                result = work(Context(session, actor, self.clock.now(), request_id or new_id()))
                session.rollback()
                return result
        except (OperationalError, PoolTimeout) as error:
            raise Unavailable from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        if self._queue is not None:
            self._queue.close()


def _state(error: Exception) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")


def _worth_repeating(error: Exception) -> bool:
    return _state(error) in AGAIN or "database is locked" in str(error)
