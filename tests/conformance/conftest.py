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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what runs and what is refused, element by element, where the models were run."""
    from tests.conformance.suite import table

    passed = terminalreporter.stats.get("passed", [])
    if any("conformance/suite/test_models" in report.nodeid for report in passed):
        terminalreporter.section("conformance: element by element")
        terminalreporter.write_line(table.text())
