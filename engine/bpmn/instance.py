"""A running process instance in memory: SpiffWorkflow's workflow and tasks, kept flat, with scopes beside them.

Tokens are SpiffWorkflow tasks without parents: what has finished leaves at once, so an instance is as large as what
is live, not as its history. Nothing here decides; ``advance`` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution
    from engine.bpmn.specs import ElementSpec, ProcessSpec

ScopeKind = Literal["process", "subprocess", "call", "local", "body", "iteration"]
Role = Literal["plain", "body", "iteration"]
WAITING, STARTED, ERROR, READY, FUTURE = (
    TaskState.WAITING,
    TaskState.STARTED,
    TaskState.ERROR,
    TaskState.READY,
    TaskState.FUTURE,
)


class Scope:
    """Where variables live: the instance, a subprocess, a called process, a loop, or an activity's local ones."""

    __slots__ = ("compensations", "data", "id", "kind", "owner", "parent", "process", "tokens", "variables")

    def __init__(
        self, id: UUID, kind: ScopeKind, parent: Scope | None, process: ProcessSpec, owner: Token | None
    ) -> None:
        self.id = id
        self.kind: ScopeKind = kind
        self.parent = parent
        self.process = process
        self.owner = owner
        self.variables: dict[str, Any] = {}
        self.data: dict[str, Any] = {}
        self.compensations: list[dict[str, Any]] = []
        self.tokens: dict[UUID, Token] = {}

    @property
    def closed(self) -> bool:
        """Whether reads end here: a called process does not see its caller's variables."""
        return self.kind in ("call", "process")

    @property
    def element_id(self) -> str | None:
        """Id of the subprocess whose inside this is; None for a process."""
        return self.owner.task_spec.element.id if self.owner is not None and self.kind == "subprocess" else None

    def holder(self, name: str) -> Scope:
        """The scope that a write of ``name`` lands in: the nearest that has it, else the outermost one."""
        scope = self
        while True:
            if name in scope.variables or scope.closed or scope.parent is None:
                return scope
            scope = scope.parent

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it, out to the instance's own."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


class Token(Task):  # type: ignore[misc]
    """A token at an element: a SpiffWorkflow task that knows its scope and how it came."""

    task_spec: ElementSpec
    workflow: Instance

    def __init__(self, workflow: Instance, spec: ElementSpec, scope: Scope, id: UUID, entered_at: datetime) -> None:
        super().__init__(workflow, spec, None, FUTURE, id)
        self.scope = scope
        self.entered_at = entered_at
        self.flow: str | None = None
        self.role: Role = "plain"
        self.owned: Scope | None = None  # its local variables, where it has any
        self.content: Scope | None = None  # the inside of a subprocess, called process or loop
        self.subscriptions: dict[UUID, Subscription] = {}
        scope.tokens[id] = self

    @property
    def inner(self) -> Scope:
        """The scope in which the element's own expressions are read: its local one, else the one it lies in."""
        return self.owned if self.owned is not None else self.scope

    def reset(self) -> None:
        """Back to the moment of arrival, for a retry."""
        self._set_state(FUTURE)

    def collect_log_extras(self, dct: dict[str, Any] | None = None) -> dict[str, Any]:
        """Nothing: variables must not reach a log."""
        return {}

    def _set_state(self, value: int) -> None:
        self._state = value


@dataclass(slots=True)
class Subscription:
    """Something waited for: a due time, a message, a signal or a condition.

    ``token`` waits for it (a catch event, an activity with a boundary event, an event-based gateway), or ``scope`` does
    (an event subprocess); ``spec`` is the element that it leads to.
    """

    id: UUID
    kind: Literal["timer", "message", "signal", "conditional"]
    spec: ElementSpec
    scope: Scope
    token: Token | None = None
    name: str | None = None
    key: str | None = None
    due_at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Instance(Workflow):  # type: ignore[misc]
    """One running instance. ``tasks`` holds its live tokens, ``scopes`` their scopes."""

    def __init__(self, id: UUID, spec: ProcessSpec) -> None:
        super().__init__(spec, deserializing=True)
        self.id = id
        self.scopes: dict[UUID, Scope] = {}
        self.subscriptions: dict[UUID, Subscription] = {}
        self.root: Scope | None = None
        self.execution: Execution | None = None
        # Tokens that wait for others at a join, by scope and element.
        self.gathered: dict[tuple[UUID, str], list[Token]] = {}
        self.ended: Literal["completed", "terminated", "cancelled"] | None = None

    def is_completed(self) -> bool:
        """Whether no live token is left; asks the tokens, never an iterator that may stop early."""
        return not self.tasks

    def _task_completed_notify(self, task: Token) -> None:
        """SpiffWorkflow would look at every waiting task here; ``advance`` knows what can move."""

    def token(self, id: UUID) -> Token | None:
        """The live token ``id``, or None."""
        return self.tasks.get(id)  # type: ignore[no-any-return]

    def collect_log_extras(self, dct: dict[str, Any] | None = None) -> dict[str, Any]:
        """Nothing: variables must not reach a log."""
        return {}
