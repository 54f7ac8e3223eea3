"""The player of test diagrams."""

from __future__ import annotations

import pytest

from engine.clock import MovableClock
from engine.store import Store
from tests.conformance.play import Play, player


@pytest.fixture
def play(sqlite_store: Store, clock: MovableClock) -> Play:
    """Plays a diagram on SQLite."""
    return player(sqlite_store, clock)
