"""What one step changed: collected while tokens move, written by the runtime in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from engine.errors import Text

if TYPE_CHECKING:
    from engine.bpmn.instance import Scope, Subscription, Token


@dataclass(frozen=True, slots=True)
class Finished:
    """One execution of an element that is over."""

    token_id: UUID
    scope_id: UUID
    definition_id: UUID | None
    process_id: str
    element_id: str
    kind: str
    action: Literal["completed", "terminated"]
    entered_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """A user task that now waits for a person."""

    token: Token
    name: str
    form_id: str | None
    assignee: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    office: str | None

    @property
    def assignee_id(self) -> UUID | None:
        """The person who is named; None where the diagram gave no id."""
        try:
            return UUID(self.assignee) if self.assignee else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class NewJob:
    """A service task that waits for its handler."""

    token: Token
    type: str
    retries: int
    priority: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Published:
    """A message that an element sent."""

    name: str
    key: str
    variables: dict[str, Any]
    message_id: str | None = None
    time_to_live: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class NewIncident:
    """An element that cannot go on without a person."""

    token: Token
    code: str
    text: Text


@dataclass(slots=True)
class Changes:
    """Everything that one step did to an instance; ``command`` and ``element_id`` say what set it going, and where."""

    command: str = ""
    element_id: str | None = None
    history: list[Finished] = field(default_factory=list)
    created_tokens: set[UUID] = field(default_factory=set)
    touched_tokens: dict[UUID, Token] = field(default_factory=dict)
    removed_tokens: set[UUID] = field(default_factory=set)
    created_scopes: dict[UUID, Scope] = field(default_factory=dict)
    touched_scopes: dict[UUID, Scope] = field(default_factory=dict)
    removed_scopes: set[UUID] = field(default_factory=set)
    created_subscriptions: dict[UUID, Subscription] = field(default_factory=dict)
    touched_subscriptions: dict[UUID, Subscription] = field(default_factory=dict)
    removed_subscriptions: set[UUID] = field(default_factory=set)
    written: dict[tuple[UUID, str], Any] = field(default_factory=dict)
    written_items: dict[tuple[UUID, str, int], Any] = field(default_factory=dict)  # one item of a list, from 0
    opened_tasks: list[OpenedTask] = field(default_factory=list)
    closed_tasks: dict[UUID, Literal["completed", "cancelled"]] = field(default_factory=dict)
    answers: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)  # what a task was completed with
    jobs: list[NewJob] = field(default_factory=list)
    closed_jobs: list[UUID] = field(default_factory=list)
    messages: list[Published] = field(default_factory=list)
    signals: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    incidents: list[NewIncident] = field(default_factory=list)
    resolved: list[UUID] = field(default_factory=list)
    whole: bool = False  # so much changed that the history is given all that lives
    migrated: list[Token] = field(default_factory=list)  # now of another version
    changed_tasks: list[OpenedTask] = field(default_factory=list)  # open ones, as another version has them
    changed_jobs: list[NewJob] = field(default_factory=list)
