"""Commands on whole instances: start, cancel, write variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine.bpmn import advance
from engine.bpmn.instance import Instance
from engine.definitions import registry
from engine.runtime.steps import RUNNING, Cascade, Outcome, begin, deliver, locked, run
from engine.store import Context


def start(
    context: Context,
    process_id: str,
    *,
    case_id: UUID | None = None,
    office_code: str | None = None,
    variables: Mapping[str, Any] | None = None,
    start_event: str | None = None,
) -> Outcome:
    """Start the latest version of a process. ``variables`` are FEEL values. Raises ``NotFound``."""
    definition = registry.latest(context, process_id)
    cascade = Cascade()
    outcome = begin(
        context,
        definition.id,
        case_id=case_id,
        office_code=office_code,
        variables=variables or {},
        start_event=start_event,
        cascade=cascade,
    )
    deliver(context, cascade)
    return outcome


def cancel(context: Context, instance_id: UUID) -> Outcome:
    """End an instance and everything in it. Raises ``NotFound``, ``Conflict``."""
    cascade = Cascade()
    outcome = run(context, locked(context, instance_id), advance.cancel, cascade, RUNNING)
    deliver(context, cascade)
    return outcome


def write_variables(context: Context, instance_id: UUID, variables: Mapping[str, Any]) -> Outcome:
    """Write variables into the outermost scope; conditions that now hold fire. Raises ``NotFound``, ``Conflict``."""
    cascade = Cascade()

    def step(instance: Instance, world: Any) -> Any:
        assert instance.root is not None
        return advance.write_variables(instance, world, instance.root.id, variables)

    outcome = run(context, locked(context, instance_id), step, cascade, RUNNING)
    deliver(context, cascade)
    return outcome
