"""The database: one way to write, one way to read, and the tables."""

from engine.store.context import Context
from engine.store.transact import Store

__all__ = ["Context", "Store"]
