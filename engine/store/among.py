"""Whether a key is among few that another query finds, so that each of the few is looked up, however many others there are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, CompoundSelect, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class among(FunctionElement[bool]):  # noqa: N801 - it is used as a function of SQL
    """``key IN (SELECT …)``, of whose rows there are few.

    PostgreSQL guesses from all rows how many of an officer's tasks are open; where many are done it takes them for thousands
    and reads the whole table beside them. As an array they are found first, and then each by the index of ``key``.
    """

    type = Boolean()
    name = "among"
    inherit_cache = True

    def __init__(self, key: ColumnElement[Any] | Any, few: Select[Any] | CompoundSelect[Any]) -> None:
        super().__init__(key, few.scalar_subquery())

    def self_group(self, against: Any = None) -> Any:
        """It says yes or no by itself: a database that has no booleans need not compare it with 1, past its indexes."""
        return self


@compiles(among)
def _in(element: among, compiler: SQLCompiler, **options: Any) -> str:
    key, few = element.clauses
    return f"{compiler.process(key, **options)} IN {compiler.process(few, **options)}"


@compiles(among, "postgresql")
def _any(element: among, compiler: SQLCompiler, **options: Any) -> str:
    key, few = element.clauses
    return f"{compiler.process(key, **options)} = ANY (ARRAY{compiler.process(few, **options)})"
