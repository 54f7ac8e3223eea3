"""Every column of the database says how it is kept, and is kept so."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import LargeBinary

from engine.store.sealing.classes import BLIND, CLASSES, DIGEST, OPEN, SEALED
from engine.store.sealing.types import Blind, SealedColumn
from engine.store.tables import Base

COLUMNS = {f"{table.name}.{column.name}": column for table in Base.metadata.sorted_tables for column in table.columns}
KINDS = {f"{row.table}.{name}": row.kind for row in CLASSES for name in row.columns}


def test_every_column_is_in_the_table_of_classes_once() -> None:
    named = Counter(f"{row.table}.{name}" for row in CLASSES for name in row.columns)

    assert sorted(COLUMNS.keys() - named.keys()) == [], "say in engine/store/sealing/classes.py how these are kept"
    assert sorted(named.keys() - COLUMNS.keys()) == [], "there are no such columns"
    assert [name for name, count in named.items() if count > 1] == []
    assert {row.kind for row in CLASSES} == {OPEN, SEALED, BLIND, DIGEST}
    assert all(row.why for row in CLASSES)


def test_columns_are_kept_as_the_table_says() -> None:
    sealed = {name for name, column in COLUMNS.items() if isinstance(column.type, SealedColumn)}
    blind = {name for name, column in COLUMNS.items() if isinstance(column.type, Blind)}

    wrapped = {"data_key.wrapped"}  # by the master key, before there is anything else to seal with
    assert sealed | wrapped == {name for name, kind in KINDS.items() if kind == SEALED}
    assert blind | {"person_token.token"} == {name for name, kind in KINDS.items() if kind == BLIND}
    assert all(isinstance(COLUMNS[name].type, LargeBinary) for name in wrapped)


def test_a_sealed_column_is_bound_to_its_own_name() -> None:
    assert {name: column.type.label for name, column in COLUMNS.items() if isinstance(column.type, SealedColumn)} == {
        name: name for name, column in COLUMNS.items() if isinstance(column.type, SealedColumn)
    }
