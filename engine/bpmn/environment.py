"""What the world must answer while tokens move: called definitions, decisions, facts and ids, handed in by the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from engine.bpmn.model import Called

if TYPE_CHECKING:
    from engine.bpmn.specs import ProcessSpec


class Environment(Protocol):
    """Handed to every step; has no side effects."""

    @property
    def now(self) -> datetime:
        """The instant of the step, aware, UTC."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """Read-only contexts that hide variables of the same name: case, person, office."""
        ...

    @property
    def last(self) -> Mapping[str, Any]:
        """Names that are read where no variable has them: the process, the engine's functions."""
        ...

    def new_id(self) -> UUID:
        """A fresh, time-ordered id."""
        ...

    def process(self, called: Called, process_id: str, caller: ProcessSpec) -> ProcessSpec:
        """The process that a call activity calls. Raises ``ElementIncident`` where there is none."""
        ...

    def decide(self, called: Called, decision_id: str, caller: ProcessSpec, variables: Mapping[str, Any]) -> Any:
        """The result of a decision. Raises ``ElementIncident`` where there is none, or where it fails."""
        ...
