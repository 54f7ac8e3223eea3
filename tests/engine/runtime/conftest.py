"""A published model, and commands on it from outside, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.definitions import deploy
from engine.feel import load_value
from engine.runtime import awaiting, instances, replay, state, user_tasks
from engine.runtime.worker import WorkerActor
from engine.store import Context, Store
from engine.store.tables.runtime import (
    ActivityHistory,
    Incident,
    ProcessInstance,
    ScopeRow,
    UserTask,
)
from tests.conformance.diagram import bpmn

T = TypeVar("T")


class Engine:
    """What a test does with the runtime; every command begins as if in a new process."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.told = False

    def do(self, work: Callable[[Context], T]) -> T:
        """One command in its transaction; what is stored afterwards is what the history tells."""
        state.forget_all()
        result = self.store.transact(work, WorkerActor())
        if self.told:
            assert self.look(self._untold) == []
        return result

    @staticmethod
    def _untold(context: Context) -> list[str]:
        rows = context.session.scalars(select(ProcessInstance)).all()
        told = [difference for row in rows for difference in replay.differences(context, row.id)]
        running = [row for row in rows if row.state in ("active", "suspended")]
        return told + [difference for row in running for difference in awaiting.differences(context, row)]

    def look(self, work: Callable[[Context], T]) -> T:
        """Read."""
        return self.store.read(work, None)

    def publish(self, text: str, process: str = "p", *others: bytes) -> None:
        """Deploy a diagram."""
        files = {f"{process}.bpmn": bpmn(text, process=process)}
        files |= {f"other{number}.bpmn": data for number, data in enumerate(others)}
        self.do(lambda context: deploy.deploy(context, files))

    def start(self, process: str = "p", **variables: Any) -> UUID:
        """Start an instance."""
        return self.do(lambda context: instances.start(context, process, variables=variables)).instance_id

    def task(self, element: str, instance: UUID | None = None) -> UUID:
        """The oldest open task at an element."""
        query = select(UserTask.id).where(UserTask.element_id == element, UserTask.state == "open")
        if instance is not None:
            query = query.where(UserTask.instance_id == instance)
        found = self.look(lambda context: context.session.scalars(query.order_by(UserTask.id)).first())
        assert found is not None
        return found

    def complete(self, element: str, instance: UUID | None = None, **variables: Any) -> None:
        """Complete a task."""
        task = self.task(element, instance)
        self.do(lambda context: user_tasks.complete(context, task, variables))

    def trace(self, instance: UUID) -> str:
        """What completed in an instance, and its state."""

        def read(context: Context) -> str:
            done = context.session.scalars(
                select(ActivityHistory.element_id)
                .where(ActivityHistory.instance_id == instance, ActivityHistory.action == "completed")
                .order_by(ActivityHistory.sequence)
            )
            row = context.session.get(ProcessInstance, instance)
            assert row is not None
            return f"{' '.join(done)} | {row.state}"

        return self.look(read)

    def variables(self, instance: UUID) -> Mapping[str, Any]:
        """Variables of the outermost scope; they are kept when the instance has ended."""

        def read(context: Context) -> Mapping[str, Any]:
            row = context.session.scalars(
                select(ScopeRow).where(ScopeRow.instance_id == instance, ScopeRow.kind == "process")
            ).one()
            return {name: load_value(value) for name, value in row.variables.items()}

        return self.look(read)

    def incidents(self) -> list[Incident]:
        """Open incidents."""
        return self.look(
            lambda context: list(
                context.session.scalars(select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id))
            )
        )

    def instances(self) -> list[UUID]:
        """All instances in the order of their start."""
        return self.look(lambda context: list(context.session.scalars(select(ProcessInstance.id).order_by("id"))))


@pytest.fixture
def engine(store: Store) -> Engine:
    """The runtime on both databases."""
    return Engine(store)
