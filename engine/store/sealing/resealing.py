"""Every sealed value of the database, some rows at a time: counted by its key, brought under the key in use, or tried.

Works on the bytes as they are stored, beside whatever else runs; nothing of it is held longer than one batch takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, Table, bindparam, column, func, select, table, tuple_, update
from sqlalchemy.sql.expression import TableClause

from engine.store.context import Context
from engine.store.sealing.engines import SealBroken, keyring_of
from engine.store.sealing.keyring import FORMAT, HEADER
from engine.store.sealing.types import SealedColumn

BATCH = 200
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed columns, as bytes."""

    clause: TableClause
    key: tuple[str, ...]
    labels: dict[str, str]  # column to label


def sealed_tables(tables: list[Table]) -> list[SealedTable]:
    """Those of ``tables`` that have sealed columns."""
    found = []
    for item in tables:
        labels = {c.name: c.type.label for c in item.columns if isinstance(c.type, SealedColumn)}
        if labels:
            key = tuple(c.name for c in item.primary_key.columns)
            columns = [column(name, item.columns[name].type) for name in key]
            clause = table(item.name, *columns, *(column(name, LargeBinary) for name in labels))
            found.append(SealedTable(clause, key, labels))
    return found


def versions(context: Context, sealed: SealedTable) -> Counter[int]:
    """How many values each data key seals; 0: what is not sealed at all."""
    counts: Counter[int] = Counter()
    for name in sealed.labels:
        head = func.substr(sealed.clause.c[name], 1, HEADER, type_=LargeBinary)
        query = select(head, func.count()).where(sealed.clause.c[name].is_not(None)).group_by(head)
        for found, count in context.session.execute(query):
            counts[_version(bytes(found))] += count
    return counts


def reseal(context: Context, sealed: SealedTable, after: Key | None) -> tuple[Key | None, int]:
    """Bring the next rows under the key in use; gives the key of the last row (None: that was all), and how many values.

    Raises ``SealBroken`` for a value that does not open: nothing of this batch is changed then.
    """
    keyring = keyring_of(context)
    rows = context.session.execute(_rows(sealed, after).with_for_update()).mappings().all()
    changed = 0
    for row in rows:
        fresh = {
            name: keyring.seal(keyring.open(row[name], label), label)
            for name, label in sealed.labels.items()
            if row[name] is not None and _version(row[name]) != keyring.current
        }
        if fresh:
            changed += len(fresh)
            this = [sealed.clause.c[name] == row[name] for name in sealed.key]
            values = {name: bindparam(f"_{name}", value, LargeBinary) for name, value in fresh.items()}
            context.session.execute(update(sealed.clause).where(*this).values(values))
    return _last(sealed, rows), changed


def broken(context: Context, sealed: SealedTable, after: Key | None) -> tuple[Key | None, int, list[str]]:
    """Open the next rows' values; gives the key of the last row, how many there were, and which do not open."""
    keyring = keyring_of(context)
    rows = context.session.execute(_rows(sealed, after)).mappings().all()
    count, found = 0, []
    for row in rows:
        for name, label in sealed.labels.items():
            if row[name] is None:
                continue
            count += 1
            try:
                keyring.open(row[name], label)
            except SealBroken:
                found.append(f"{label} {'/'.join(str(row[part]) for part in sealed.key)}")
    return _last(sealed, rows), count, found


def batches(step: Callable[[Key | None], tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Call ``step`` with the key that it gave before, until it gives none."""
    after: Key | None = None
    while True:
        result = step(after)
        yield result
        after = result[0]
        if after is None:
            return


def _rows(sealed: SealedTable, after: Key | None) -> Any:
    key = [sealed.clause.c[name] for name in sealed.key]
    query = select(sealed.clause).order_by(*key).limit(BATCH)
    return query.where(tuple_(*key) > tuple_(*_bound(sealed, after))) if after is not None else query


def _bound(sealed: SealedTable, after: Key) -> list[Any]:
    return [
        bindparam(f"after_{name}", value, sealed.clause.c[name].type)
        for name, value in zip(sealed.key, after, strict=True)
    ]


def _last(sealed: SealedTable, rows: Any) -> Key | None:
    return tuple(rows[-1][name] for name in sealed.key) if len(rows) == BATCH else None


def _version(value: bytes) -> int:
    return int.from_bytes(value[1:HEADER]) if len(value) >= HEADER and value[0] == FORMAT else 0
