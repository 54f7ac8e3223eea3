"""Every scenario of the procedures does as it says, and together they pass everything that is drawn and decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.actions.scenarios import Stage, read
from tests.scenarios.diagrams import ROOT

FILES = sorted((ROOT / "processes").rglob("scenarios/*.yaml"))
MISSED = "No scenario passes these; `siproc scenario --strict` lists them by procedure"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Everything published once; a story that others follow is played once."""
    return Stage(tmp_path_factory.mktemp("stage"), ROOT / "processes", ROOT / "forms")


@pytest.fixture(scope="module")
def played() -> set[Path]:
    """The files that were played in this module."""
    return set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_it_comes_out_as_it_says(file: Path, stage: Stage, played: set[Path]) -> None:
    story = stage.play(read(file))
    played.add(file)

    if story.error is not None:
        pytest.fail(f"{story.error.file}:{story.error.line}: {story.error.text}", pytrace=False)


@pytest.mark.timeout(900)  # run alone it plays everything
def test_nothing_is_drawn_or_decided_that_no_story_passes(stage: Stage, played: set[Path]) -> None:
    for file in FILES:
        if file not in played:  # only where this test is run alone
            stage.play(read(file))

    processes = stage.look(lambda context: list(stage.coverage.processes(context)))
    tables = stage.look(lambda context: list(stage.coverage.tables(context)))
    drawn = {(item.process_id, id) for item in processes for id in (*item.missed_elements, *item.missed_flows)}
    decided = {(item.decision_id, row) for item in tables for row in item.missed}

    assert drawn == set(), MISSED
    assert decided == set(), MISSED
