"""The web server, one process of it, with a hundred thousand open tasks: its pages, and completions through its API."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import tokens
from engine.access.actors import Actor
from engine.access.sessions import open_session
from engine.cli.bench import ROOT, Options
from engine.runtime import instances
from engine.store import Context, Store
from engine.store.tables.runtime import UserTask
from tests.benchmarks import _stage, completion, inbox

PATIENCE = 120
HEALTH = "/salud"


def measure(options: Options) -> dict[str, Any]:
    """For each database: requests a second and their delays, of each page and of completions, clients in processes.

    ``ratio_to_floor`` is the slowest page's rate by that of the address that does next to nothing, at the same server.
    """
    clients = options.clients or 4
    tasks, visits, cases = (10_000, 20, 5) if options.quick else (100_000, 100, 40)
    found: dict[str, Any] = {"open_tasks": tasks, "clients": clients}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = _measure(url, clients, tasks, visits, cases)
    ratios = [found[name]["ratio_to_floor"] for name in ("sqlite", "postgresql") if name in found]
    return {"ratio_to_floor": min(ratios), **found}


def _measure(url: str, clients: int, count: int, visits: int, cases: int) -> dict[str, Any]:
    store = Store(url)
    people = _stage.people(store, clients)
    inbox.fill(store, people, _stage.case(store, people[0]), count)
    completion.stage(store)
    secrets = [store.transact(lambda context, who=who: open_session(context, _id(who)), who) for who in people]
    keys = [store.transact(lambda context, who=who: _key(context, who), who) for who in people]
    work = [[_case(store, who) for _ in range(cases)] for who in people]
    looks = [_case(store, who) for who in people]
    _stage.analyze(store)
    store.close()
    with _server(url) as port:
        pages = {
            "health": [HEALTH] * clients,
            "inbox": ["/tareas"] * clients,
            "task": [f"/tareas/{task}" for task, _ in looks],
            "case": [f"/casos/{case}" for _, case in looks],
        }
        figures: dict[str, Any] = {
            name: _rates(_stage.together(clients, _look, port, addresses, secrets, visits))
            for name, addresses in pages.items()
        }
        figures["completion"] = _rates(_stage.together(clients, _complete, port, keys, work))
    slowest = min(figures[name]["per_second"] for name in pages)
    return {"ratio_to_floor": round(slowest / figures["health"]["per_second"], 3), **figures}


def _id(actor: Actor) -> UUID:
    assert actor.id is not None
    return actor.id


def _key(context: Context, actor: Actor) -> str:
    return tokens.make(context, actor, "bench", ["tasks:read", "tasks:write"], 7)[1]


def _case(store: Store, actor: Actor) -> tuple[str, str]:
    """The first task of a new case of the six, and the case."""
    case_id = _stage.case(store, actor)

    def begin(context: Context) -> str:
        started = instances.start(
            context, "seis", case_id=case_id, office_code=_stage.OFFICE, variables={"urgente": False}
        )
        context.session.flush()
        query = select(UserTask.id).where(UserTask.instance_id == started.instance_id)
        return str(context.session.scalars(query).one())

    return store.transact(begin, actor), str(case_id)


@contextmanager
def _server(url: str) -> Iterator[int]:
    """The port of ``siproc serve`` on that database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="siproc-bench-") as folder:
        environment = {
            **os.environ, "SIPROC_DATA_DIR": folder, "SIPROC_DATABASE_URL": url, "SIPROC_PORT": str(port),
            "SIPROC_API_RATE": "1000000",
        }  # fmt: skip
        command = [sys.executable, "-m", "engine.cli", "serve"]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait(port, server)
            yield port
        finally:
            server.terminate()
            server.wait()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    begun = perf_counter()
    while perf_counter() - begun < PATIENCE:
        if server.poll() is not None:
            raise RuntimeError("the server ended")
        try:
            if _ask(HTTPConnection("127.0.0.1", port, timeout=5), "GET", HEALTH)[0] == 200:
                return
        except OSError:
            sleep(0.1)
    raise TimeoutError("the server did not answer")


def _ask(
    line: HTTPConnection, method: str, where: str, headers: Mapping[str, str] | None = None, body: str = ""
) -> tuple[int, bytes]:
    line.request(method, where, body=body or None, headers={"Accept-Encoding": "gzip", **(headers or {})})
    answer = line.getresponse()
    return answer.status, answer.read()


def _look(
    number: int, barrier: Any, port: int, addresses: list[str], secrets: list[str], visits: int
) -> tuple[float, list[float]]:
    """Seconds of all visits of a page and of each."""
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"__Host-siproc={secrets[number]}"}

    def visit() -> None:
        status, _ = _ask(line, "GET", addresses[number], headers)
        assert status == 200, (addresses[number], status)

    visit()
    return _timed(barrier, visit, visits)


def _timed(barrier: Any, act: Callable[[], None], times: int) -> tuple[float, list[float]]:
    barrier.wait(PATIENCE)
    delays, begun = [], perf_counter()
    for _ in range(times):
        started = perf_counter()
        act()
        delays.append(perf_counter() - started)
    return perf_counter() - begun, delays


def _complete(
    number: int, barrier: Any, port: int, keys: list[str], work: list[list[tuple[str, str]]]
) -> tuple[float, list[float]]:
    """Complete the six tasks of each of one's cases, each named by the answer before it."""
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {keys[number]}", "Content-Type": "application/json"}
    following: list[str | None] = []
    first = iter(work[number])

    def complete() -> None:
        task = following.pop() if following else next(first)[0]
        status, body = _ask(line, "POST", f"/api/v1/tasks/{task}/complete", headers, '{"values": {}}')
        assert status == 200, (status, body)
        if (coming := json.loads(body)["next_task_id"]) is not None:
            following.append(coming)

    return _timed(barrier, complete, completion.TASKS * len(work[number]))


def _rates(answers: list[tuple[float, list[float]]]) -> dict[str, float]:
    delays = [delay for _, own in answers for delay in own]
    return {
        "per_second": round(len(delays) / max(spent for spent, _ in answers), 1),
        "p50_ms": round(_stage.percentile(delays, 0.5) * 1000, 1),
        "p95_ms": round(_stage.percentile(delays, 0.95) * 1000, 1),
    }


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
