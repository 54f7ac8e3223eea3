"""A consulate that works its cases through the doors that officers use: actions, worker, messages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.access.actors import SYSTEM, Actor
from engine.actions import cases, tasks
from engine.actions.filling import answers as plausible
from engine.clock import MovableClock
from engine.handlers import HANDLERS
from engine.runtime import messages, state
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile, Document
from engine.store.tables.runtime import ActivityHistory, Incident, UserTask
from tests.conftest import Cast


@dataclass
class Consulate:
    """The procedures as they are published, and one case at a time."""

    store: Store
    clock: MovableClock
    worker: Worker
    case_id: UUID | None = None

    def opens_a_case(self, actor: Actor) -> None:
        """Somebody reports; a case is opened."""
        self.case_id, _ = self.store.transact(cases.open_case, actor)
        self.worker.run_due()

    def does(self, actor: Actor, element_id: str, **said: Any) -> None:
        """``actor`` completes a task; what is not said is filled in plausibly."""
        task = self._open()[element_id]

        def work(context: Context) -> None:
            view = tasks.taken(context, task.id)
            values = plausible(context, view, Random(1), said) | {
                key: value for key, value in said.items() if view.form is not None and key in view.form.fields
            }
            tasks.complete_task(context, task.id, values)

        self.store.transact(work, actor)
        self.worker.run_due()

    def hears(self, message: str, **said: Any) -> None:
        """Something happens outside."""
        key = str(self.case_id)
        self.store.transact(lambda context: messages.publish(context, message, key, said), SYSTEM)
        self.worker.run_due()

    def waits(self, **duration: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(**duration))
        self.worker.run_due()

    def open_tasks(self) -> set[str]:
        """Elements of the case where people are waited for."""
        return set(self._open())

    def task(self, element_id: str) -> UserTask:
        """An open task."""
        return self._open()[element_id]

    def case(self) -> CaseFile:
        """The case file as it is."""
        return self.store.read(lambda context: context.session.get_one(CaseFile, self.case_id), SYSTEM)

    def documents(self) -> list[str]:
        """Codes of the documents that exist, in order."""
        query = select(Document.code).where(Document.case_id == self.case_id).order_by(Document.id)
        return self.store.read(lambda context: list(context.session.scalars(query)), SYSTEM)

    def done(self) -> list[str]:
        """Elements that were completed, in order."""
        query = select(ActivityHistory.element_id).where(ActivityHistory.action == "completed").order_by(
            ActivityHistory.sequence
        )  # fmt: skip
        return self.store.read(lambda context: list(context.session.scalars(query)), SYSTEM)

    def incidents(self) -> list[str]:
        """What the engine needs a person for."""
        query = select(Incident.text_es).where(Incident.resolved_at.is_(None))
        return self.store.read(lambda context: list(context.session.scalars(query)), SYSTEM)

    def _open(self) -> dict[str, UserTask]:
        query = select(UserTask).where(UserTask.case_id == self.case_id, UserTask.state == "open")
        rows = self.store.read(lambda context: list(context.session.scalars(query)), SYSTEM)
        return {row.element_id: row for row in rows}


@pytest.fixture
def store(_published_file: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Store]:
    """A store in which everything is published. That both databases do the same is tried with the runtime."""
    state.forget_all()
    opened = Store(f"sqlite:///{shutil.copy(_published_file, tmp_path / 'siproc.sqlite')}", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def consulate(store: Store, clock: MovableClock, cast: Cast) -> Consulate:
    """A consulate with all procedures and forms of the repository, and the cast at work."""
    return Consulate(store, clock, Worker(store, HANDLERS))
