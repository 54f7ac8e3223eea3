"""What all tables share: the declarative base, key and time types, and exact JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import uuid_utils
from sqlalchemy import DateTime, Dialect, MetaData, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> UUID:
    """A fresh UUIDv7: ids sort by the time of their making."""
    return UUID(int=uuid_utils.uuid7().int)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC with microseconds on every database. Refuses naive times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware to UTC; SQLite keeps no zone, so it gets none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A time without zone cannot be stored: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def json_text(value: Any) -> str:
    """``value`` as compact JSON; ids become their text. Refuses what is not JSON, NaN and infinity included."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON: {value!r}")


class Json(TypeDecorator[Any]):
    """JSON as it was written: text in SQLite, ``json`` in PostgreSQL.

    Not ``jsonb``: that one sorts the keys, and the entries of a FEEL context keep their order.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """``json`` where there is such a type."""
        return dialect.type_descriptor(JSON(none_as_null=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Python to text; on PostgreSQL the engine's serializer does the same."""
        return value if value is None or dialect.name == "postgresql" else json_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Back to Python."""
        return value if value is None or dialect.name == "postgresql" else json.loads(value)


class Names(TypeDecorator[list[str]]):
    """A short list of names without commas, sorted, each once: ``""`` is none of them."""

    impl = String(100)
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str:
        """The names in order."""
        return ",".join(sorted(set(value or ())))

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        """Back to a list."""
        return value.split(",") if value else []


class Base(DeclarativeBase):
    """Every table of ours."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {datetime: UtcDateTime}
