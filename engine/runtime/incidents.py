"""Incidents: what needs a person before it can go on; retrying, with corrected variables if need be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine.bpmn import advance
from engine.bpmn.instance import Instance
from engine.errors import Conflict, NotFound
from engine.runtime.steps import Cascade, Outcome, deliver, locked, run
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.runtime import Incident, Job, ProcessInstance


def retry(context: Context, incident_id: UUID, variables: Mapping[str, Any] | None = None) -> Outcome | None:
    """Try again, after writing ``variables`` into the scope of the token. Raises ``NotFound``, ``Conflict``."""
    incident = context.session.get(Incident, incident_id)
    if incident is None:
        raise NotFound
    if incident.resolved_at is not None:
        raise Conflict
    if incident.instance_id is None or incident.token_id is None:
        incident.resolved_at = context.now
        incident.resolved_by = getattr(context.actor, "id", None)
        return None
    token_id = incident.token_id
    row = locked(context, incident.instance_id)
    cascade = Cascade()
    if variables:

        def write(instance: Instance, world: Any) -> Any:
            token = instance.token(token_id)
            if token is None:
                raise NotFound
            return advance.write_variables(instance, world, token.inner.id, variables)

        run(context, row, write, cascade)
    context.session.execute(
        update(Job)
        .where(Job.token_id == token_id)
        .values(state="due", due_at=context.now, attempts=0, lease=None, leased_until=None, error=None)
        .execution_options(synchronize_session=False)
    )
    outcome = run(context, row, lambda instance, world: advance.retry(instance, world, token_id), cascade)
    deliver(context, cascade)
    return outcome


def note(context: Context, row: ProcessInstance | None, element_id: str, code: str, es: str, en: str) -> None:
    """Write an incident about a command that was rolled back; once for each element while it is open."""
    instance_id = row.id if row is not None else None
    already = context.session.scalar(
        select(Incident.id).where(
            Incident.instance_id == instance_id,
            Incident.element_id == element_id,
            Incident.code == code,
            Incident.resolved_at.is_(None),
        )
    )
    if already is None:
        context.session.add(
            Incident(
                id=new_id(),
                instance_id=instance_id,
                token_id=None,
                definition_id=row.definition_id if row else None,
                element_id=element_id,
                case_id=row.case_id if row else None,
                office_code=row.office_code if row else None,
                code=code,
                text_es=es,
                text_en=en,
                created_at=context.now,
            )
        )
