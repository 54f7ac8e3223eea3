"""Types of sealed columns: plain in Python, sealed in the database.

A value is bound to its column, not to its row: a column type does not see the row. Whoever can write into the database could
therefore exchange two values of one column; the audit's chain and the history are there for that.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Dialect, LargeBinary, String, TypeDecorator, type_coerce
from sqlalchemy.sql import operators
from sqlalchemy.sql.expression import ClauseElement

from engine.store.sealing.engines import of_dialect
from engine.store.tables.base import json_text

if TYPE_CHECKING:
    from engine.store.sealing.keyring import Keyring

T = TypeVar("T")
DIGEST = 22  # characters of a blind digest: 128 bits


class SealedColumn(TypeDecorator[T]):
    """A sealed column; ``label`` is its "table.column"."""

    impl = LargeBinary
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[Any]):
        """Refuses to compare or sort by what the database cannot read, save for being null."""

        __slots__ = ()

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Only ``is_(None)`` and ``is_not(None)``; columns are compared with columns as keys of dictionaries are."""
            absent = op in (operators.is_, operators.is_not) and other and other[0] is None
            if absent or (other and isinstance(other[0], ClauseElement)):
                return super().operate(op, *other, **kwargs)
            raise TypeError(f"{self.expr} is sealed: find it by a blind index, compare it after reading.")

    @property
    def comparator_factory(self) -> Any:  # type: ignore[override]
        """The comparator that refuses."""
        return self.Comparator

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def process_bind_param(self, value: T | None, dialect: Dialect) -> bytes | None:
        """Seal it."""
        return None if value is None else of_dialect(dialect).seal(self.to_bytes(value), self.label)

    def process_result_value(self, value: Any, dialect: Dialect) -> T | None:
        """Open it. Raises ``SealBroken``."""
        return None if value is None else self.from_bytes(of_dialect(dialect).open(value, self.label))

    def to_bytes(self, value: T) -> bytes:
        """What is sealed of a value."""
        raise NotImplementedError

    def from_bytes(self, plain: bytes) -> T:
        """The value again."""
        raise NotImplementedError


def as_sealed(column: ColumnElement[Any]) -> ColumnElement[bytes]:
    """A sealed column as it is stored, for what is opened only if it turns out to be needed."""
    return type_coerce(column, LargeBinary)


def opened(keyring: Keyring, column: ColumnElement[T], value: bytes) -> T:
    """The value that ``as_sealed`` gave of ``column``. Raises ``SealBroken``."""
    kind: SealedColumn[T] = column.type  # type: ignore[assignment]
    return kind.from_bytes(keyring.open(value, kind.label))


class Sealed(SealedColumn[str]):
    """Text."""

    cache_ok = True

    def to_bytes(self, value: str) -> bytes:
        """UTF-8."""
        return value.encode()

    def from_bytes(self, plain: bytes) -> str:
        """From UTF-8."""
        return plain.decode()


class SealedJson(SealedColumn[Any]):
    """JSON, its keys in the order in which they were written."""

    cache_ok = True

    def to_bytes(self, value: Any) -> bytes:
        """Its text."""
        return json_text(value).encode()

    def from_bytes(self, plain: bytes) -> Any:
        """From its text."""
        return json.loads(plain)


class SealedDate(SealedColumn[date]):
    """A day."""

    cache_ok = True

    def to_bytes(self, value: date) -> bytes:
        """As ISO 8601 writes it."""
        return value.isoformat().encode()

    def from_bytes(self, plain: bytes) -> date:
        """From ISO 8601."""
        return date.fromisoformat(plain.decode())


class SealedBytes(SealedColumn[bytes]):
    """Bytes of moderate size; what is large is sealed in chunks (``streams``)."""

    cache_ok = True

    def to_bytes(self, value: bytes) -> bytes:
        """As they are."""
        return value

    def from_bytes(self, plain: bytes) -> bytes:
        """As they were."""
        return plain


class Blind(TypeDecorator[str]):
    """A text of which only a keyed digest is kept: it can be asked for by equality, and never read again.

    Columns of one ``label`` have equal digests for equal texts.
    """

    impl = String(DIGEST)
    cache_ok = True

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Its digest."""
        return None if value is None else digest_text(of_dialect(dialect).blind(value, self.label))


def digest_text(digest: bytes) -> str:
    """A digest as it is stored."""
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")
