"""``siproc bench``."""

from __future__ import annotations

import json
from threading import Barrier

from click.testing import CliRunner

from engine.cli import main
from engine.store import Store
from tests.benchmarks import _floor, _stage, completion


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


def test_the_hand_written_floor_of_completions_writes_what_the_tables_take(store: Store) -> None:
    completion.stage(store)
    people = _stage.people(store, 1)
    _, delays = _floor.complete(0, Barrier(1), store.url, people, [_stage.case(store, people[0])], cases=1)
    assert len(delays) == completion.TASKS
