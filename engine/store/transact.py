"""The only place that ends a transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing, nullcontext, suppress
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Engine, Transaction
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from engine.clock import Clock, SystemClock
from engine.errors import Unavailable
from engine.store import outages
from engine.store.connecting import connect
from engine.store.context import SEEN, Context
from engine.store.queue import WriterQueue
from engine.store.sealing.engines import attach
from engine.store.sealing.keyring import Keyring
from engine.store.sealing.masters import Masters, masters_for
from engine.store.tables.base import new_id

T = TypeVar("T")
ATTEMPTS = 5


class Store:
    """One database. ``url`` is a SQLAlchemy address; ``lock_timeout`` (seconds) bounds the wait for a turn to write.

    ``masters`` are the master keys that open it (default: those of the settings). Raises ``MasterKeyError`` for keys that
    cannot be read; that one is missing shows at the first use.
    """

    def __init__(
        self, url: str, clock: Clock | None = None, lock_timeout: float = 20, masters: Masters | None = None
    ) -> None:
        self.url = url
        self.clock = clock or SystemClock()
        self.lock_timeout = lock_timeout
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        file = Path(parsed.database) if self.is_sqlite and parsed.database not in (None, "", ":memory:") else None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = connect(url, lock_timeout)
        self.keyring = Keyring(masters if masters is not None else masters_for(url), self.engine.connect)
        attach(self.engine.dialect, self.keyring)
        self._queue = WriterQueue(file) if self.is_sqlite else None

    def migrate(self) -> None:
        """Bring the database to the newest schema."""
        from engine.store.migrating import upgrade

        # The first connection to a new SQLite file switches it to WAL, for which nobody else may be connecting.
        with self._queue.turn(self.lock_timeout) if self._queue is not None else nullcontext():
            upgrade(self)

    def transact(self, work: Callable[[Context], T], actor: Any, request_id: UUID | None = None) -> T:
        """Run ``work`` in one transaction and commit it.

        ``work`` touches the database only: it is run again from the start when the database was busy or another
        transaction won. Raises what ``work`` raises, and ``Unavailable`` when the database cannot be had; in both
        cases nothing is stored, save where the connection breaks while the commit is under way: then nobody knows.
        """
        request_id = request_id or new_id()
        deadline = monotonic() + self.lock_timeout
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._queue.turn(deadline - monotonic()) if self._queue is not None else nullcontext():
                    return self._write(work, actor, request_id)
            except (DBAPIError, PoolTimeout) as error:
                again = outages.is_worth_repeating(error)
                if again and attempt < ATTEMPTS and monotonic() < deadline:
                    continue
                if again or outages.is_outage(error, writing=True):
                    raise Unavailable from error
                raise
        raise AssertionError("unreachable")

    def _write(self, work: Callable[[Context], T], actor: Any, request_id: UUID) -> T:
        with (
            self.engine.connect().execution_options(writing=True) as connection,
            connection.begin(),
            Session(connection, expire_on_commit=False) as session,
        ):
            self.keyring.ready(connection)
            result = work(Context(session, actor, self.clock.now(), request_id))
            session.flush()
            return result

    def read(self, work: Callable[[Context], T], actor: Any, request_id: UUID | None = None) -> T:
        """Run ``work`` in a read-only transaction: it sees one state of the database and cannot change it."""
        with closing(self.reading()) as reading:
            return reading.look(work, actor, request_id)

    def ask(self, work: Callable[[Context], T], actor: Any, request_id: UUID | None = None) -> T:
        """Run ``work`` that sends one SELECT and nothing else: it sees one state without a transaction around it."""
        with closing(Reading(self, alone=True)) as reading:
            return reading.look(work, actor, request_id)

    def reading(self) -> Reading:
        """One state of the database for several pieces of work; whoever asks for it closes it."""
        return Reading(self)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        if self._queue is not None:
            self._queue.close()


class Reading:
    """A read-only transaction that begins with the first ``look`` and ends with ``close``, or with what a look raises.

    All looks see the same state. One that follows begins anew. ``alone``: there is one look, of one statement, for which a
    transaction would only be more to wait for; on SQLite there is no wait and it is one all the same.
    """

    def __init__(self, store: Store, *, alone: bool = False) -> None:
        self._store = store
        self._alone = alone
        self._held = ExitStack()
        self._session: Session | None = None
        self._transaction: Transaction | None = None

    def look(self, work: Callable[[Context], T], actor: Any, request_id: UUID | None = None) -> T:
        """What ``work`` gives. Raises what it raises, and ``Unavailable`` when the database cannot be had."""
        try:
            if self._session is None:
                self._session = self._begin()
            return work(Context(self._session, actor, self._store.clock.now(), request_id or new_id()))
        except (DBAPIError, PoolTimeout) as error:
            self._end(failed=True)
            if outages.is_outage(error, writing=False) or outages.is_worth_repeating(error):
                raise Unavailable from error
            raise
        except BaseException:
            self._end(failed=True)
            raise

    def _begin(self) -> Session:
        options: dict[str, Any] = {}
        if self._alone and not self._store.is_sqlite:
            options = {"isolation_level": "AUTOCOMMIT"}
        elif not self._store.is_sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        connection = self._held.enter_context(self._store.engine.connect().execution_options(**options))
        self._transaction = connection.begin()
        session = self._held.enter_context(Session(connection, expire_on_commit=False, info={SEEN: {}}))
        self._store.keyring.ready(connection)
        return session

    def close(self) -> None:
        """End it; nothing is lost with a connection that is gone, for nothing was written."""
        self._end()

    def _end(self, *, failed: bool = False) -> None:
        held, self._held, self._session = self._held, ExitStack(), None
        transaction, self._transaction = self._transaction, None
        with suppress(DBAPIError), held:
            if transaction is not None and failed:
                transaction.rollback()
            elif transaction is not None:
                # There is nothing to keep, but with a rollback the driver forgets all statements that it has prepared.
                transaction.commit()
