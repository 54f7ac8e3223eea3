"""Which errors of a database mean that it is busy or gone, and not that our statement is wrong."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# serialization_failure, deadlock_detected: the same work, run again, can succeed.
LOST_RACES = {"40001", "40P01"}
# Classes of SQLSTATE: connection, authorization, resources, operator intervention, system error; then
# lock_not_available and the time-outs of transactions.
OUTAGE_CLASSES = {"08", "28", "53", "57", "58"}
OUTAGE_STATES = {"55P03", "25P03", "25P04"}
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
# The same error class of SQLite also tells of a wrong statement (SQLITE_ERROR), which is a bug of ours.
OURS = ("SQLITE_ERROR", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_MISUSE", "SQLITE_RANGE", "SQLITE_TOOBIG")

# A disk or a server that takes no writes is an outage for a writer; for a reader it is a bug that it tried.
READ_ONLY = ("SQLITE_READONLY", "25006")


def is_worth_repeating(error: Exception) -> bool:
    """Whether the same work, run again from the start, can succeed."""
    return _state(error) in LOST_RACES or _sqlite_name(error).startswith(BUSY)


def is_outage(error: Exception, *, writing: bool) -> bool:
    """Whether the database cannot be had now: out of reach, full, overloaded or stopping."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state, name = _state(error), _sqlite_name(error)
    if (state or name).startswith(READ_ONLY):
        return writing
    if state:
        return state[:2] in OUTAGE_CLASSES or state in OUTAGE_STATES
    if name:
        return not name.startswith(OURS)
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))


def _state(error: Exception) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def _sqlite_name(error: Exception) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlite_errorname", None) or "")
