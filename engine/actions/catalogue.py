"""The catalogue in the designer's room: a sheet and a picture of each published procedure."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from engine.access.policy import require
from engine.definitions import registry
from engine.dmn.tables import Table
from engine.errors import DefinitionError, NotFound
from engine.reports.catalogue import Library, Sheet, sheet
from engine.reports.pictures import svg
from engine.store import Context
from engine.store.tables.definitions import DecisionDefinition, FormDefinition, ProcessDefinition


def listing(context: Context) -> Sequence[ProcessDefinition]:
    """Every published procedure, by domain and name."""
    require(context.actor, "definition:read")
    return context.session.scalars(
        select(ProcessDefinition)
        .where(ProcessDefinition.latest)
        .order_by(ProcessDefinition.domain, ProcessDefinition.name)
    ).all()


def read(context: Context, process_id: str) -> tuple[ProcessDefinition, Sheet]:
    """The sheet of a procedure. Raises ``NotFound``."""
    require(context.actor, "definition:read")
    row = registry.latest(context, process_id)
    names = dict(_pairs(context, DecisionDefinition.decision_id, DecisionDefinition.name, DecisionDefinition.latest))
    titles = dict(_pairs(context, FormDefinition.form_id, FormDefinition.title, FormDefinition.latest))
    others = {item.process_id: registry.spec(context, item.id).model for item in listing(context)}

    def table(name: str) -> Table | None:
        try:
            logic = registry.decision(context, name)[1].decisions[name].logic
        except (NotFound, DefinitionError):
            return None
        return logic if isinstance(logic, Table) else None

    known = Library(table, lambda name: names.get(name) or name, lambda name: titles.get(name) or name, others)
    return row, sheet(others[process_id], row.domain, known)


def picture(context: Context, process_id: str) -> str:
    """The diagram of a procedure as SVG. Raises ``NotFound``."""
    require(context.actor, "definition:read")
    return svg(registry.source(context, registry.latest(context, process_id).id))


def _pairs(context: Context, id: object, name: object, latest: object) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in context.session.execute(select(id, name).where(latest))]  # type: ignore[call-overload]
