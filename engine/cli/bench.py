"""``siproc bench``: measures one thing against its own floor, in one run, and says the ratios first."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent.parent
BENCHMARKS = ROOT / "tests" / "benchmarks"


@dataclass(frozen=True, slots=True)
class Options:
    """What a benchmark is told: where, with how many processes and persons, and whether a short look is enough."""

    database: str | None = None
    clients: int | None = None
    quick: bool = False
    persons: int | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: ``measure`` gives figures, ratios first; ``describe`` says them to people."""

    measure: Callable[[Options], Mapping[str, Any]]
    describe: Callable[[Mapping[str, Any]], str]


def names() -> list[str]:
    """All benchmarks of this checkout, sorted."""
    return sorted(path.stem for path in BENCHMARKS.glob("*.py") if not path.stem.startswith("_"))


def find(name: str) -> Benchmark:
    """The benchmark called ``name``; ``click.UsageError`` with the names there are, if it is none of them."""
    if name not in names():
        raise click.UsageError(f"No benchmark {name!r} here. There are: {', '.join(names()) or 'none'}.")
    sys.path.insert(0, str(ROOT))
    module = import_module(f"tests.benchmarks.{name}")
    return Benchmark(module.measure, module.describe)


@click.command()
@click.argument("name")
@click.option(
    "--database", metavar="URL", help="Measure on this database: its server is used, in a database of its own."
)
@click.option("--clients", type=click.IntRange(1, 64), help="Processes that work at once.")
@click.option("--persons", type=click.IntRange(100, 10_000_000), help="Persons among whom one is looked for (people).")
@click.option("--quick", is_flag=True, help="Fewer repetitions: a first look.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def bench(
    name: str, database: str | None, clients: int | None, persons: int | None, quick: bool, as_json: bool
) -> None:
    """Measure NAME on this machine. Every figure to compare comes from the same run."""
    benchmark = find(name)
    result = benchmark.measure(Options(database, clients, quick, persons))
    click.echo(json.dumps(result, ensure_ascii=False, indent=1) if as_json else benchmark.describe(result))
