"""All tables, as rows without behaviour."""

from engine.store.tables import access, casework, definitions, files, keys, programs, runtime, scenarios
from engine.store.tables.base import Base

__all__ = ["Base", "access", "casework", "definitions", "files", "keys", "programs", "runtime", "scenarios"]
