"""Hostile texts and models in a process with little memory: each ends promptly, with a value or an error of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_a_small_process_survives_all_of_them():
    done = subprocess.run(
        [sys.executable, "-W", "error", str(Path(__file__).with_name("hostile.py"))],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2_000:]
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = Counter(kind for _, kind, _ in outcomes)
    assert len(outcomes) > 900
    assert set(kinds) == {"value", "FeelSyntaxError", "FeelLimitError", "DmnError"}
    assert min(kinds.values()) >= 5
    assert [name for name, _, seconds in outcomes if seconds > 2] == []
