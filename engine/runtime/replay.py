"""Tells the state of an instance after any of its steps, from its history alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.errors import NotFound
from engine.store import Context
from engine.store.tables.runtime import ProcessInstance, ScopeRow, StepHistory, TokenRow

TOLD_SINCE = 2  # the format of instances since which steps tell the state


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token stood: its scope and element."""

    scope_id: UUID
    element_id: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A scope that was there."""

    kind: str
    parent_id: UUID | None
    owner_id: UUID | None
    definition_id: UUID | None


@dataclass(slots=True)
class Moment:
    """An instance after step ``version``. ``known``: whether the history tells its state from its beginning."""

    version: int = 0
    at: datetime | None = None
    actor_id: UUID | None = None
    command: str = ""
    element_id: str | None = None
    known: bool = False
    tokens: dict[UUID, Place] = field(default_factory=dict)
    scopes: dict[UUID, Frame] = field(default_factory=dict)
    variables: dict[UUID, dict[str, Any]] = field(default_factory=dict)  # as stored, by scope

    def take(self, step: StepHistory) -> None:
        """Become the moment after ``step``."""
        self.version, self.at, self.actor_id = step.version, step.at, step.actor_id
        self.command, self.element_id = step.command, step.element_id
        changes = step.changes
        if changes.get("whole") or step.command == "start":
            self.known = True
            self.tokens, self.scopes, self.variables = {}, {}, {}
        if not self.known:
            return  # what changed tells nothing without what it was before
        for id, kind, parent, owner, definition in changes.get("scopes", ()):
            self.scopes[UUID(id)] = Frame(kind, _id(parent), _id(owner), _id(definition))
            self.variables.setdefault(UUID(id), {})
        for scope_id, name, *rest in changes.get("variables", ()):
            values = self.variables.setdefault(UUID(scope_id), {})
            if len(rest) == 1:
                values[name] = rest[0]
            else:
                value, index = rest
                values[name] = [*values[name][:index], value, *values[name][index + 1 :]]
        for id in changes.get("left", ()):
            self.tokens.pop(UUID(id), None)
        for id, scope_id, element_id in changes.get("tokens", ()):
            self.tokens[UUID(id)] = Place(UUID(scope_id), element_id)
        for id in changes.get("closed", ()):
            self.scopes.pop(UUID(id), None)
            self.variables.pop(UUID(id), None)


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text is not None else None


def at(context: Context, instance_id: UUID, version: int | None = None) -> Moment:
    """The instance as it was after step ``version`` (default: the last). Raises ``NotFound``."""
    query = select(StepHistory).where(StepHistory.instance_id == instance_id).order_by(StepHistory.version)
    if version is not None:
        query = query.where(StepHistory.version <= version)
    moment = Moment()
    for step in context.session.scalars(query.execution_options(yield_per=500)):
        moment.take(step)
    if not moment.version:
        raise NotFound
    return moment


def differences(context: Context, instance_id: UUID) -> list[str]:
    """In what the stored state differs from what the history tells: empty where all is well.

    An instance of the older format tells nothing until its next step.

    Raises ``NotFound``.
    """
    row = context.session.get(ProcessInstance, instance_id)
    if row is None:
        raise NotFound
    moment = at(context, instance_id)
    if not moment.known:  # only the older format did not tell where it began
        return [] if row.format < TOLD_SINCE else ["its beginning, which nothing tells"]
    found = [] if moment.version == row.version else [f"version {row.version}, told {moment.version}"]
    tokens = {
        item.id: Place(item.scope_id, item.element_id)
        for item in context.session.scalars(select(TokenRow).where(TokenRow.instance_id == instance_id))
    }
    scopes, variables = {}, {}
    for item in context.session.scalars(select(ScopeRow).where(ScopeRow.instance_id == instance_id)):
        scopes[item.id] = Frame(item.kind, item.parent_id, item.owner_id, item.definition_id)
        variables[item.id] = item.variables
    for name, stored, told in (
        ("token", tokens, moment.tokens),
        ("scope", scopes, moment.scopes),
        ("variables", variables, moment.variables),
    ):
        for id in sorted({*stored, *told}):
            if stored.get(id) != told.get(id):
                found.append(f"{name} {id}: {stored.get(id)!r}, told {told.get(id)!r}")
    return found
