"""Officers' tasks of one procedure, with due dates and cases as a test wants them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from engine.access.actors import SYSTEM
from engine.actions import tasks
from engine.casework import cases
from engine.definitions import deploy
from engine.runtime import instances
from engine.store import Context, Store
from engine.worklist.inbox import Page
from tests.conformance.diagram import bpmn

TEXT = """
start s
user a ; name Atender ; candidateGroups agente ; {due} inner <documentation>Lleve agua.</documentation>
user b ; name Informar ; candidateGroups agente, consul
end e
s -> a -> b -> e
"""


class Desk:
    """Opens cases, and looks at lists."""

    def __init__(self, store: Store, cast: Any) -> None:
        self.store, self.cast = store, cast
        store.transact(
            lambda context: deploy.deploy(
                context,
                {
                    "p.bpmn": bpmn(TEXT.format(due="dueDate =now() + duration(dentro) ;")),
                    "q.bpmn": bpmn(TEXT.format(due=""), process="q"),
                },
            ),
            SYSTEM,
        )

    def open(
        self, due: str | None = None, priority: str = "", compartments: Iterable[str] = (), office: str = "MX-TAP"
    ) -> UUID:
        """A case whose task is due after this duration; returns the task."""

        def work(context: Context) -> UUID:
            row = cases.open_case(context, office)
            if priority or compartments:
                cases.classify(context, row.id, domain="MIG", priority=priority or None, compartments=compartments)
            outcome = instances.start(
                context, "p" if due else "q", case_id=row.id, office_code=office, variables={"dentro": due}
            )
            return outcome.opened[0].token.id

        return self.store.transact(work, SYSTEM)

    def list(self, view: str = "office", who: str = "ana", **filters: str) -> Page:
        """A page of somebody's list."""
        page, _ = self.store.read(lambda context: tasks.list_tasks(context, view, **filters), getattr(self.cast, who))
        return page

    def counts(self, who: str = "ana", **filters: str) -> dict[str, int]:
        """The counts of somebody's views."""
        _, counts = self.store.read(
            lambda context: tasks.list_tasks(context, "mine", **filters), getattr(self.cast, who)
        )
        return counts

    def do(self, work: Any, who: str = "ana") -> Any:
        """An action of somebody."""
        return self.store.transact(work, getattr(self.cast, who))


@pytest.fixture
def desk(store: Store, cast: Any) -> Desk:
    """The procedure, published, and nobody's tasks yet."""
    return Desk(store, cast)
