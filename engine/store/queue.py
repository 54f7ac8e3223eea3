"""A fair queue for the writers of one SQLite file: threads by a ticket lock, processes by a lock file.

SQLite's own busy handler sleeps and lets others overtake, so that one of four busy writers can starve for seconds.
"""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from time import monotonic

from engine.errors import Unavailable


class WriterQueue:
    """Lets one writer in at a time, in the order in which they came."""

    def __init__(self, database: Path | None) -> None:
        self._condition = Condition()
        self._line: deque[object] = deque()
        self._descriptor = (
            os.open(database.with_name(database.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
            if database is not None
            else None
        )

    @property
    def waiting(self) -> int:
        """How many threads of this process stand in line behind the one whose turn it is."""
        return max(0, len(self._line) - 1)

    @contextmanager
    def turn(self, timeout: float) -> Iterator[None]:
        """Wait for our turn, at most ``timeout`` seconds. Raises ``Unavailable``."""
        ticket = object()
        deadline = monotonic() + timeout
        with self._condition:
            self._line.append(ticket)
        try:
            with self._condition:
                if not self._condition.wait_for(lambda: self._line[0] is ticket, max(0.0, timeout)):
                    raise Unavailable
            self._lock_file(deadline)
            try:
                yield
            finally:
                if self._descriptor is not None:
                    fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        finally:
            with self._condition:
                self._line.remove(ticket)
                self._condition.notify_all()

    def _lock_file(self, deadline: float) -> None:
        if self._descriptor is None:
            return
        pause = Condition()
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if monotonic() >= deadline:
                    raise Unavailable from None
                with pause:
                    pause.wait(0.002)
            else:
                return

    def close(self) -> None:
        """Give the lock file back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
