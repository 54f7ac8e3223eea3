"""Statements that are built and compiled once, and sent without the object layer: for what every completion does.

A ``Prepared`` belongs to a module and is shared by all threads. Values are bound by name; the types of the tables turn
them into what each database keeps.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from threading import Lock
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, SelectBase, Table, bindparam, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ClauseElement

Values = Mapping[str, Any]
KEPT = 500  # statements that are known by their text: of all databases of a process, and all shapes of officers
_known: dict[Any, tuple[Any, Any]] = {}
_lock = Lock()


class _Compiled:
    """The text of a statement for one database, and how its values are bound and sealed there."""

    __slots__ = ("binds", "named", "positional", "results", "text")

    def __init__(self, clause: ClauseElement, compiled: Any, fixed: Mapping[str, Any], dialect: Dialect) -> None:
        self.text: str = str(compiled)
        self.positional: bool = compiled.positional
        names = compiled.positiontup if compiled.positional else list(fixed)
        self.binds: list[tuple[str, Callable[[Any], Any] | None, Any]] = [
            (
                name,
                compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect),
                fixed[name],
            )
            for name in names
        ]
        columns = list(clause.selected_columns) if isinstance(clause, SelectBase) else []
        self.results: list[Callable[[Any], Any] | None] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self.named: Any = namedtuple("Row", [str(column.key) for column in columns], rename=True)  # type: ignore[misc]

    def bound(self, values: Values) -> Any:
        """``values`` as the driver wants them; a fixed value of the statement where none is given."""
        if self.positional:
            return tuple([_bind(values, *item) for item in self.binds])
        return {item[0]: _bind(values, *item) for item in self.binds}


def _bind(values: Values, name: str, process: Callable[[Any], Any] | None, fixed: Any) -> Any:
    value = values.get(name, fixed)
    return value if process is None else process(value)


class Prepared:
    """One statement. Its bind parameters are the names of the values that ``run`` is given."""

    def __init__(self, clause: ClauseElement) -> None:
        self.clause = clause
        self._texts: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def compiled(self, dialect: Dialect) -> _Compiled:
        """For one store: the text is the same for all databases of a kind, the keys are not."""
        found = self._compiled.get(dialect)
        if found is None:
            text = self._texts.get(dialect.name)
            if text is None:
                text = self._texts[dialect.name] = _compile(self.clause, dialect)
            found = self._compiled[dialect] = _Compiled(self.clause, *text, dialect)
        return found

    def run(self, session: Session, rows: Values | Sequence[Values]) -> None:
        """Send it with one row of values, or with several at once."""
        connection = _connection(session)
        with _driving(connection) as cursor:
            _send(connection, cursor, self, [rows] if isinstance(rows, Mapping) else rows)

    def all(self, session: Session, values: Values) -> list[list[Any]]:
        """The rows of a SELECT, as the types of its columns read them."""
        connection = _connection(session)
        with _driving(connection) as cursor:
            _send(connection, cursor, self, [values])
            found = cursor.fetchall()
        results = self.compiled(connection.dialect).results
        return [
            [value if process is None else process(value) for process, value in zip(results, row, strict=True)]
            for row in found
        ]

    def named(self, session: Session, values: Values) -> list[Any]:
        """The same rows, with each value by the name of its column."""
        found = self.all(session, values)
        make = self.compiled(session.connection().dialect).named._make
        return [make(row) for row in found]


def _compile(clause: ClauseElement, dialect: Dialect) -> tuple[Any, dict[str, Any]]:
    """A statement as text with its parameters, and the fixed values of those.

    To compile takes ten times as long as to see that another one differs in fixed values alone: as those of two officers with
    the same roles do.
    """
    key = clause._generate_cache_key() if isinstance(clause, SelectBase) else None
    if key is None:
        compiled: Any = clause.compile(dialect=dialect)
        return compiled, {name: bind.value for bind, name in compiled.bind_names.items()}
    place = dialect.name, key.key
    with _lock:
        known = _known.pop(place, None)
    if known is None:
        known = clause.compile(dialect=dialect), key.bindparams
    with _lock:
        _known[place] = known  # the last that was used stands last
        if len(_known) > KEPT:
            del _known[next(iter(_known))]
    compiled, parameters = known
    # Every value is one's own, but for what the compiler adds by itself, such as an offset of 0.
    own = {bind: mine.value for bind, mine in zip(parameters, key.bindparams, strict=True)}
    return compiled, {name: own.get(bind, bind.value) for bind, name in compiled.bind_names.items()}


def _connection(session: Session) -> Connection:
    session.flush()
    return session.connection()


@contextmanager
def _driving(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver. It goes past SQLAlchemy, which would name its errors and let go of a connection that is lost."""
    driver: Any = connection.connection.driver_connection
    dialect: Any = connection.dialect
    cursor = driver.cursor()
    try:
        yield cursor
        cursor.close()
    except dialect.loaded_dbapi.Error as error:
        gone = dialect.is_disconnect(error, driver, None)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, dialect.loaded_dbapi.Error, connection_invalidated=gone, dialect=dialect
        ) from error


def _send(connection: Connection, cursor: Any, statement: Prepared, rows: Sequence[Values]) -> None:
    compiled = statement.compiled(connection.dialect)
    many = len(rows) != 1
    values = [compiled.bound(row) for row in rows] if many else compiled.bound(rows[0])
    for hear in connection.dispatch.before_cursor_execute:  # whoever listens to SQLAlchemy hears these, too
        hear(connection, cursor, compiled.text, values, None, many)
    if many:
        cursor.executemany(compiled.text, values)
    else:
        cursor.execute(compiled.text, values)


def table_of(mapped: Any) -> Table:
    """The table of a mapped class."""
    return cast("Table", mapped.__table__)


def insertion(table: Any, names: Iterable[str] | None = None) -> Prepared:
    """An INSERT of the columns ``names`` (default: all) of a mapped class; what is not given is null."""
    columns = table_of(table)
    chosen = list(names) if names is not None else [column.name for column in columns.columns]
    return Prepared(insert(columns).values({name: bindparam(name, None, columns.c[name].type) for name in chosen}))


class Batch:
    """Writes that are sent together, in order, straight to the driver; on PostgreSQL without waiting for each answer."""

    def __init__(self) -> None:
        self.items: list[tuple[Prepared, Sequence[Values]]] = []

    def add(self, statement: Prepared, rows: Sequence[Values]) -> None:
        """Send ``statement`` with each of ``rows``; nothing if there are none."""
        if rows:
            self.items.append((statement, rows))

    def send(self, session: Session) -> None:
        """Send all."""
        items, self.items = self.items, []
        connection = _connection(session)
        if not items:
            return
        driver: Any = connection.connection.driver_connection
        with (
            _driving(connection) as cursor,
            driver.pipeline() if connection.dialect.name == "postgresql" else nullcontext(),
        ):
            for statement, rows in items:
                _send(connection, cursor, statement, rows)
