"""All tables, as rows without behaviour."""

from engine.store.tables import access, casework, definitions, keys, runtime
from engine.store.tables.base import Base

__all__ = ["Base", "access", "casework", "definitions", "keys", "runtime"]
