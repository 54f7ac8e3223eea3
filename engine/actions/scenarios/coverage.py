"""What scenarios have passed through: elements, sequence flows and rows of decision tables, of each procedure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine.bpmn.model import Element
from engine.definitions import registry
from engine.dmn.tables import Table
from engine.store import Context
from engine.store.tables.definitions import DecisionDefinition, ProcessDefinition
from engine.store.tables.runtime import ActivityHistory

Place = tuple[str, str]  # process and element or flow; decision and row


@dataclass(frozen=True, slots=True)
class ProcessCoverage:
    """A procedure: how much is drawn, and what no scenario has passed through."""

    process_id: str
    elements: int
    flows: int
    missed_elements: Sequence[str]
    missed_flows: Sequence[str]

    @property
    def complete(self) -> bool:
        """Whether nothing is missed."""
        return not self.missed_elements and not self.missed_flows


@dataclass(frozen=True, slots=True)
class TableCoverage:
    """A decision table: how many rows, and which no scenario has matched (from 1)."""

    decision_id: str
    rows: int
    missed: Sequence[int]


@dataclass(slots=True)
class Coverage:
    """Listens while scenarios run (see ``engine.bpmn.tracing``), and is told what became history."""

    elements: set[Place] = field(default_factory=set)
    flows: set[Place] = field(default_factory=set)
    rows: set[tuple[str, int]] = field(default_factory=set)
    _owners: dict[int, dict[str | None, str]] = field(default_factory=dict)
    _models: list[Any] = field(default_factory=list)  # kept alive, so that ids of objects stay theirs

    def took(self, process_id: str, flow_id: str) -> None:
        """A token took a sequence flow."""
        self.flows.add((process_id, flow_id))

    def decided(self, model: Any, tables: Sequence[Any]) -> None:
        """A decision of ``model`` was made."""
        owners = self._owners.get(id(model))
        if owners is None:
            self._models.append(model)
            owners = self._owners[id(model)] = {
                decision.logic.element_id: decision.id
                for decision in model.decisions.values()
                if isinstance(decision.logic, Table)
            }
        for table in tables:
            name = owners.get(table.element_id)
            if name is not None:
                self.rows |= {(name, rule.index) for rule in table.matched}

    def note_history(self, context: Context) -> None:
        """Add what the store's instances have completed."""
        query = (
            select(ProcessDefinition.process_id, ActivityHistory.element_id)
            .join(ProcessDefinition, ProcessDefinition.id == ActivityHistory.definition_id)
            .where(ActivityHistory.action == "completed")
            .distinct()
        )
        self.elements |= {(row.process_id, row.element_id) for row in context.session.execute(query)}

    def add(self, other: Coverage) -> None:
        """Take over what another has heard."""
        self.elements |= other.elements
        self.flows |= other.flows
        self.rows |= other.rows

    def processes(self, context: Context, only: Iterable[str] | None = None) -> Iterator[ProcessCoverage]:
        """Every published procedure, by id; with ``only``, those."""
        wanted = set(only) if only is not None else None
        query = select(ProcessDefinition.id, ProcessDefinition.process_id).where(ProcessDefinition.latest)
        for row in context.session.execute(query.order_by(ProcessDefinition.process_id)).all():
            if wanted is not None and row.process_id not in wanted:
                continue
            model = registry.spec(context, row.id).model
            yield ProcessCoverage(
                row.process_id,
                len(model.elements),
                len(model.flows),
                [id for id, element in model.elements.items() if not self._passed(row.process_id, element)],
                [id for id in model.flows if (row.process_id, id) not in self.flows],
            )

    def _passed(self, process_id: str, element: Element) -> bool:
        """Whether it was completed; what undoes an activity is caught where its handler runs.

        An end event that is reached has happened, also one that interrupts the scope in which it stands.
        """
        if element.kind == "endEvent" and any((process_id, flow) in self.flows for flow in element.incoming):
            return True
        handler = element.compensation_handler
        return (process_id, element.id) in self.elements or (
            handler is not None and (process_id, handler) in self.elements
        )

    def tables(self, context: Context) -> Iterator[TableCoverage]:
        """Every published decision table, by id."""
        query = select(DecisionDefinition.decision_id).where(DecisionDefinition.latest)
        for name in context.session.scalars(query.order_by(DecisionDefinition.decision_id)).all():
            _, model = registry.decision(context, name)
            table = model.decisions[name].logic
            if isinstance(table, Table):
                numbers = range(1, len(table.rules) + 1)
                yield TableCoverage(name, len(table.rules), [n for n in numbers if (name, n) not in self.rows])
