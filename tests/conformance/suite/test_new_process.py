"""At every wait state of every model: stored, loaded in a new process, and the trace is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.suite.models import MODELS

ROOT = Path(__file__).parent.parent.parent.parent


def test_every_step_may_be_taken_by_a_new_process(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    shutil.copy(request.getfixturevalue("_migrated_file"), tmp_path / "empty.sqlite")
    for step in range(max(len(model.steps) for model in MODELS) + 1):
        child = [sys.executable, "-m", "tests.conformance.suite.child", str(tmp_path), str(step)]
        done = subprocess.run(child, cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3_000:]

    traces = {model.name: json.loads((tmp_path / f"{model.name}.json").read_text()) for model in MODELS}
    assert traces == {model.name: model.expected for model in MODELS}
