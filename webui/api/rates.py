"""How often each caller asks: up to so many requests in any minute are let through."""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import monotonic

WINDOW = 60.0  # seconds


class Rates:
    """Counted by each server process for itself: this keeps a runaway program off, not a determined crowd."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._asked: dict[str, deque[float]] = {}
        self._swept = monotonic()

    def within(self, caller: str) -> bool:
        """Count a request of ``caller``; whether it is let through. One that is not counts for nothing."""
        now = monotonic()
        with self._lock:
            if now - self._swept > WINDOW:
                self._sweep(now)
            times = self._asked.setdefault(caller, deque(maxlen=self._most))
            if len(times) == self._most and (not times or now - times[0] < WINDOW):
                return False
            times.append(now)  # the oldest, of which the window knows nothing any more, makes room
            return True

    def _sweep(self, now: float) -> None:
        """Forget who has not asked for a while."""
        self._asked = {caller: times for caller, times in self._asked.items() if times and now - times[-1] < WINDOW}
        self._swept = now
