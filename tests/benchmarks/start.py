"""How long the server takes from nothing to its first answer, and how much a worker holds after ten thousand cases."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

from engine.cli.bench import ROOT, Options
from engine.runtime import instances
from engine.runtime.worker import WorkerActor
from engine.store import Store
from tests.benchmarks import _stage, completion

PATIENCE = 60


def measure(options: Options) -> dict[str, Any]:
    """``cold_start_seconds`` to the first answer, and a worker's memory in MB before and after its cases."""
    cases = 500 if options.quick else 10_000
    with tempfile.TemporaryDirectory(prefix="siproc-bench-") as folder:
        return {
            "cold_start_seconds": round(median(_start(Path(folder)) for _ in range(3)), 2),
            "worker_cases": cases,
            **_stage.together(1, _worker, folder, cases)[0],
        }


def _start(folder: Path) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "SIPROC_DATA_DIR": str(folder), "SIPROC_DATABASE_URL": "", "SIPROC_PORT": str(port)}
    command = [sys.executable, "-m", "engine.cli", "demo", "--cases", "1", "--port", str(port)]
    if not (folder / "made").exists():
        subprocess.run([*command, "--no-serve"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        (folder / "made").touch()
    begun = perf_counter()
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while perf_counter() - begun < PATIENCE:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/salud", timeout=1) as answer:
                    if answer.status == 200:
                        return perf_counter() - begun
            except (urllib.error.URLError, OSError):
                sleep(0.01)
        raise TimeoutError("the server did not answer")
    finally:
        server.terminate()
        server.wait()


def _worker(number: int, barrier: Any, folder: str, cases: int) -> dict[str, float]:
    """Start that many cases, each with its first task, in one process; what it holds is told by the system."""
    url = f"sqlite:///{folder}/worker.sqlite"
    store = Store(url)
    store.migrate()
    completion.stage(store)
    barrier.wait(120)
    actor, variables = WorkerActor(), {"urgente": False}
    store.transact(lambda context: instances.start(context, "seis", variables=variables), actor)
    before = _megabytes()
    for _ in range(cases):
        store.transact(lambda context: instances.start(context, "seis", variables=variables), actor)
    store.close()
    return {"memory_mb_before": before, "memory_mb_after": _megabytes()}


def _megabytes() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
