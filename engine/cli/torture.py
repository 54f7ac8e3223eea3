"""``siproc torture``: kills workers, clients and the database at random while they work, then looks for what was lost."""

from __future__ import annotations

import json
import random
import sys
from importlib import import_module

import click

from engine.cli.bench import ROOT


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.05), default=1.0, show_default=True)
@click.option(
    "--database", type=click.Choice(["sqlite", "postgresql"]), multiple=True, help="Only this one; else both."
)
@click.option("--seed", type=int, help="Of what is killed when; else random, and printed.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def torture(minutes: float, database: tuple[str, ...], seed: int | None, as_json: bool) -> None:
    """Four workers and four clients on one database for MINUTES each. Exit status 1 if anything was lost or doubled."""
    sys.path.insert(0, str(ROOT))
    torment = import_module("tests.faults.torment")
    seed = seed if seed is not None else random.SystemRandom().randrange(1_000_000)
    good = True
    for kind in database or ("sqlite", "postgresql"):
        result = torment.run(kind, minutes * 60, seed)
        good = good and not result["wrong"]
        if as_json:
            click.echo(json.dumps({"database": kind, "seed": seed, **result}, ensure_ascii=False))
        else:
            figures = ", ".join(f"{name} {value}" for name, value in result.items() if name != "wrong")
            click.echo(f"{'✓' if not result['wrong'] else '✗'} {kind} (seed {seed}): {figures}")
            for line in result["wrong"]:
                click.echo(f"    {line}")
    raise SystemExit(0 if good else 1)
