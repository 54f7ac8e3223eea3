"""Ours against Flowable and Operaton, embedded, on the same PostgreSQL; needs Maven, a JDK 17, and a server that listens.

``siproc bench jvm --database postgresql://user@127.0.0.1:5432/name``
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import psycopg
from sqlalchemy.engine import make_url

from engine.cli.bench import Options
from tests.benchmarks import _stage, completion

ENGINES = ("flowable", "operaton")
FOLDER = Path(__file__).parent / "peers" / "jvm"


def measure(options: Options) -> dict[str, Any]:
    """``times_as_fast`` for each engine and number of clients, and the figures behind it."""
    if shutil.which("mvn") is None or options.database is None or options.database.startswith("sqlite"):
        raise click.UsageError(__doc__ or "")
    counts, cases = [options.clients] if options.clients else [1, 4], 20 if options.quick else 150
    address = make_url(options.database)
    jdbc = f"jdbc:postgresql://{address.host}:{address.port or 5432}"
    subprocess.run(["mvn", "-q", "-B", "-f", str(FOLDER), "compile"], check=True)
    text = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(text, autocommit=True) as connection:
        for name in ENGINES:  # their tables have the same names
            connection.execute(f"DROP DATABASE IF EXISTS peer_{name}")
            connection.execute(f"CREATE DATABASE peer_{name}")
    found: dict[str, Any] = {}
    with _stage.databases(options) as databases:
        for count in counts:
            ours = completion.rate(databases[0][1], count, cases)
            found[f"clients_{count}"] = {"ours": ours}
            for name in ENGINES:
                theirs = _run(name, f"{jdbc}/peer_{name}", address.username or "", count, cases)
                found[f"clients_{count}"][name] = theirs
                found[f"times_as_fast_as_{name}_{count}"] = round(ours["per_second"] / theirs["per_second"], 2)
    return found


def _run(name: str, jdbc: str, user: str, clients: int, cases: int) -> dict[str, Any]:
    done = subprocess.run(
        ["mvn", "-q", "-B", "-f", str(FOLDER), "exec:java", f"-Dexec.args={name} {jdbc} {user} {clients} {cases}"],
        check=True,
        capture_output=True,
        text=True,
    )
    [line] = [line for line in done.stdout.splitlines() if "{" in line]
    found: dict[str, Any] = json.loads(line[line.index("{") :])  # Maven colours what it does not print
    return found


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
