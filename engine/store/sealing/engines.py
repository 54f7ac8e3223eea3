"""Which keyring belongs to which engine: column types see only the dialect, and every engine has one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect

from engine.store.context import Context

if TYPE_CHECKING:
    from engine.store.sealing.keyring import Keyring

_of_dialect: WeakKeyDictionary[Dialect, Keyring] = WeakKeyDictionary()


class SealBroken(Exception):
    """A sealed value does not open: it was altered, moved from another place, or its key is gone."""


def attach(dialect: Dialect, keyring: Keyring) -> None:
    """Let the columns of everything that runs on ``dialect`` seal with ``keyring``."""
    _of_dialect[dialect] = keyring


def of_dialect(dialect: Dialect) -> Keyring:
    """The keyring of a dialect. Raises ``SealBroken`` where the engine belongs to no store."""
    found = _of_dialect.get(dialect)
    if found is None:
        raise SealBroken("Sealed columns are read and written through a Store only.")
    return found


def keyring_of(context: Context) -> Keyring:
    """The keyring of the store that the transaction belongs to."""
    return of_dialect(context.session.connection().dialect)
