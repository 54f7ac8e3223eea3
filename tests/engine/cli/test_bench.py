"""``siproc bench``."""

from __future__ import annotations

from click.testing import CliRunner

from engine.cli import main


def test_an_unknown_benchmark_is_answered_with_those_that_there_are() -> None:
    done = CliRunner().invoke(main, ["bench", "nothing"])
    assert done.exit_code == 2
    assert "nothing" in done.output
