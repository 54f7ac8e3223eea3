"""Ours against plain SpiffWorkflow with one JSON row an instance, three hundred completions into a case, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import median
from typing import Any

from engine.cli.bench import Options
from tests.benchmarks import _stage, growth
from tests.benchmarks.peers import spiff

AT, AROUND = 300, 20


def measure(options: Options) -> dict[str, Any]:
    """``times_as_fast``: how many of our completions fit into one of theirs, there and at the beginning."""
    asked = replace(options, database=options.database if not (options.database or "").startswith("sqlite") else None)
    with _stage.databases(asked) as databases:
        url = dict(databases)["postgresql"]
        theirs = spiff.complete(url, AT + AROUND)
        ours = growth.costs(url, (AROUND, AT))["warm"]
    late, early = median(theirs[AT - AROUND : AT + AROUND]) * 1000, median(theirs[:AROUND]) * 1000
    return {
        "times_as_fast": round(late / ours[f"ms_at_{AT}"], 1),
        "times_as_fast_at_the_beginning": round(early / ours[f"ms_at_{AROUND}"], 1),
        "ours_ms": ours[f"ms_at_{AT}"],
        "theirs_ms": round(late, 2),
    }


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
