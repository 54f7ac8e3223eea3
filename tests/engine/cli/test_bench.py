"""``siproc bench``."""

from __future__ import annotations

import json

from click.testing import CliRunner

from engine.cli import main


def test_an_unknown_benchmark_is_answered_with_those_that_there_are() -> None:
    done = CliRunner().invoke(main, ["bench", "nothing"])
    assert done.exit_code == 2
    assert "nothing" in done.output


def test_whoever_is_described_again_is_found_among_the_others() -> None:
    done = CliRunner().invoke(main, ["bench", "people", "--persons", "120", "--database", "sqlite://", "--json"])
    assert done.exit_code == 0, done.output
    result = json.loads(done.output)["sqlite"]
    assert result["check"]["found"] >= 0.95
    assert result["search"]["found_of"]["surnames_swapped"] >= 0.95
