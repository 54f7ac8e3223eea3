"""What time it is: the one place that asks, and the clock that tests and demo data move by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the present instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant at which the clock stands, aware, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move by ``by`` (negative turns it back) and return the new instant."""
        self._now += by
        return self._now

    def set(self, to: datetime) -> datetime:
        """Move to the instant ``to`` (aware) and return it in UTC."""
        self._now = to.astimezone(UTC)
        return self._now
