"""Everything that whoever has the database has: the files of SQLite with their log, or all rows of PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from engine.store import Store


def dump(store: Store) -> bytes:
    """All of it, without any key."""
    if store.is_sqlite:
        path = Path(str(make_url(store.url).database))
        return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
    with store.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        cursor = connection.connection.cursor()
        pieces = []
        for table in tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as rows:
                pieces += [bytes(row) for row in rows]
    return b"".join(pieces)
