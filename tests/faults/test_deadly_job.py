"""A job that ends its worker each time is tried as often as it may be, then it is an incident and kills nobody else."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.clock import MovableClock
from engine.definitions import deploy
from engine.runtime import incidents, instances
from engine.runtime.checking import check
from engine.runtime.leasing import LEASE
from engine.runtime.worker import Worker, WorkerActor
from engine.store import Store
from engine.store.tables.runtime import Incident
from engine.store.tables.runtime import Job as JobRow
from tests.conformance.diagram import bpmn

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
MODEL = "start s\nservice j ; job work x2\nend e\ns -> j -> e"
DEADLY = """
import os, signal, sys
from datetime import datetime
from engine.clock import MovableClock
from engine.runtime.worker import Worker
from engine.store import Store

def work(context, job):
    os.kill(os.getpid(), signal.SIGKILL)

Worker(Store(sys.argv[1], clock=MovableClock(datetime.fromisoformat(sys.argv[2]))), {"work": work}).run_due()
"""


def dies(url: str, clock: MovableClock) -> bool:
    """Whether a worker that begins now is killed by what it does."""
    ended = subprocess.run([sys.executable, "-c", DEADLY, url, clock.now().isoformat()], check=False, timeout=120)
    return ended.returncode == -signal.SIGKILL


def test_it_becomes_an_incident_that_a_person_can_retry(database_url: str, store: Store, clock: MovableClock) -> None:
    store.transact(lambda context: deploy.deploy(context, {"p.bpmn": bpmn(MODEL)}), WorkerActor())
    store.transact(lambda context: instances.start(context, "p"), WorkerActor())

    assert dies(database_url, clock)
    assert not dies(database_url, clock)  # its lease is not over yet
    clock.advance(LEASE + timedelta(seconds=1))
    assert dies(database_url, clock)
    clock.advance(LEASE + timedelta(seconds=1))
    assert not dies(database_url, clock)

    found = store.read(lambda context: context.session.scalars(select(Incident)).one(), WorkerActor())
    job = store.read(lambda context: context.session.scalars(select(JobRow)).one(), WorkerActor())
    assert "falló 2 veces: el programa terminó mientras la hacía" in found.text_es
    assert "the program ended while it did it" in found.text_en
    assert (job.state, job.attempts, job.lease) == ("failed", 2, None)
    assert store.read(lambda context: check(context), WorkerActor()) == []

    store.transact(lambda context: incidents.retry(context, found.id), WorkerActor())
    assert Worker(store, {"work": lambda context, job: {}}).run_due() == 1
    assert store.read(lambda context: context.session.scalars(select(JobRow)).all(), WorkerActor()) == []
