"""Every scenario of the procedures does as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.actions.scenarios import Stage, read
from tests.scenarios.diagrams import ROOT

FILES = sorted((ROOT / "processes").rglob("scenarios/*.yaml"))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Everything published once; a story that others follow is played once."""
    return Stage(tmp_path_factory.mktemp("stage"), ROOT / "processes", ROOT / "forms")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_it_comes_out_as_it_says(file: Path, stage: Stage) -> None:
    played = stage.play(read(file))

    if played.error is not None:
        pytest.fail(f"{played.error.file}:{played.error.line}: {played.error.text}", pytrace=False)
