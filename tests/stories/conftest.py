"""A story that is about to begin: offices, procedures, people at their desks, and a clock that only the story moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.access import chain
from engine.actions.sweeping import SWEEPS
from engine.casework import letters
from engine.clock import MovableClock
from engine.handlers import HANDLERS
from engine.runtime.worker import Worker
from engine.store import Store
from tests.stories.driver import Story
from tests.webui.conftest import Browser, _peopled_file, window, working

__all__ = ["_peopled_file", "window", "working"]


@pytest.fixture
def story(
    working: Store, window: Callable[[], Browser], clock: MovableClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Story:
    """A story without a case yet."""
    printed: list[str] = []
    compiled = letters.typst.compile

    def compile_and_note(*given: Any, **named: Any) -> Any:
        printed.append(str(named["sys_inputs"]["carta"]))
        return compiled(*given, **named)

    monkeypatch.setattr(letters.typst, "compile", compile_and_note)
    return Story(working, clock, Worker(working, HANDLERS, [*SWEEPS, chain.sealing(tmp_path)]), window, printed)
