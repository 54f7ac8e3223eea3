"""A worker that is killed while it erases leaves each case whole or erased, and the next one goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from engine.access.actors import SYSTEM
from engine.actions import retention
from engine.casework import cases, offices, people, timeline
from engine.clock import MovableClock
from engine.definitions import deploy
from engine.errors import Text
from engine.store import Context, Store
from engine.store.tables.casework import CaseFigure, CaseFile, Erasure, Person, TimelineEntry
from tests.scenarios.diagrams import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
TABLE = ROOT / "processes" / "general" / "conservacion.dmn"
# Killed in the middle of the second batch: after so many statements that change something.
KILLED = """
import os, signal, sys
from datetime import datetime
from sqlalchemy import event
from engine.access.actors import SYSTEM
from engine.actions import retention
from engine.clock import MovableClock
from engine.store import Store

retention.BATCH = 2
store = Store(sys.argv[1], clock=MovableClock(datetime.fromisoformat(sys.argv[2])))
left = [int(sys.argv[3])]

@event.listens_for(store.engine, "before_cursor_execute")
def count(connection, cursor, statement, *others):
    if statement.startswith(("UPDATE", "DELETE", "INSERT")):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

while store.transact(retention.sweep, SYSTEM):
    pass
"""


def dies(url: str, clock: MovableClock, after: int) -> bool:
    """Whether a worker that begins now is killed after so many statements."""
    command = [sys.executable, "-c", KILLED, url, clock.now().isoformat(), str(after)]
    ended = subprocess.run(command, check=False, timeout=120)
    return ended.returncode == -signal.SIGKILL


def made(context: Context) -> list[UUID]:
    """Six cases of six people."""
    offices.load(context)
    deploy.deploy(context, {TABLE.name: TABLE.read_bytes()})
    found = []
    for number in range(6):
        case = cases.open_case(context, "MX-TAP")
        person_id = people.register(context, {"nombres": f"Secreta{number}", "sexo": "mujer"})
        cases.set_person(context, case.id, person_id, "Secreta")
        timeline.append(context, case.id, "note", Text("Secreta", "Secreta"))
        found.append(case.id)
    context.session.execute(update(CaseFile).values(status="cerrado", closed_at=context.now, domain="SAL"))
    return found


def test_it_goes_on_where_it_was(database_url: str, store: Store, clock: MovableClock) -> None:
    ids = store.transact(made, SYSTEM)
    clock.advance(timedelta(days=1_000))
    store.transact(lambda context: retention.erase(context, 6), SYSTEM)

    def whole_or_erased(context: Context) -> int:
        erased = 0
        for case in context.session.scalars(select(CaseFile)):
            words = context.session.scalars(select(TimelineEntry.text_es).where(TimelineEntry.case_id == case.id)).all()
            figure = context.session.get(CaseFigure, case.id)
            if case.erased_at is None:
                assert "Secreta" in words
                assert (case.person_id is not None, figure) == (True, None)
            else:
                assert set(words) == {""}
                assert (case.person_id, case.title) == (None, "")
                assert figure is not None
                assert figure.sex == "mujer"
                erased += 1
        assert context.session.scalar(select(func.count()).select_from(Person)) == len(ids) - erased
        order = context.session.scalars(select(Erasure)).one()
        assert order.erased == erased
        return erased

    progress = []
    for after in (3, 12, 25, 40):
        assert dies(database_url, clock, after)
        progress.append(store.read(whole_or_erased, SYSTEM))
    assert progress == sorted(progress)
    assert progress[0] == 0
    assert 0 < progress[-1] < 6

    while store.transact(retention.sweep, SYSTEM):
        pass
    assert store.read(whole_or_erased, SYSTEM) == 6
    assert store.read(lambda context: context.session.scalars(select(Erasure)).one().finished_at, SYSTEM) is not None
