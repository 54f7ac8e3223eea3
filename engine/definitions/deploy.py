"""Accepts files as new versions, all or none, and sets up what starts instances by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete, func, select, update

from engine.bpmn.elements.events import DefinitionSpec
from engine.bpmn.specs import ProcessSpec
from engine.bpmn.timers import TimerError, first_due
from engine.definitions.check import Checked, check
from engine.errors import DefinitionError, Finding
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.definitions import (
    DecisionDefinition,
    Deployment,
    FormDefinition,
    ProcessDefinition,
    Resource,
    StartSubscription,
)


@dataclass(slots=True)
class Deployed:
    """What a deployment made: new versions only, and the warnings about the files."""

    deployment_id: UUID
    processes: dict[str, UUID] = field(default_factory=dict)
    decisions: dict[str, UUID] = field(default_factory=dict)
    forms: dict[str, UUID] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def check_files(
    context: Context,
    files: Mapping[str, bytes],
    task_types: Collection[str] | None = None,
    *,
    references: bool = True,
) -> Checked:
    """Check ``files`` against one another and against what is deployed."""

    def known(column: object, latest: object) -> set[str]:
        return set(context.session.scalars(select(column).where(latest)))  # type: ignore[call-overload]

    processes = known(ProcessDefinition.process_id, ProcessDefinition.latest)
    decisions = known(DecisionDefinition.decision_id, DecisionDefinition.latest)
    forms = known(FormDefinition.form_id, FormDefinition.latest)
    return check(
        files,
        known_process=processes.__contains__,
        known_decision=decisions.__contains__,
        known_form=forms.__contains__,
        task_types=task_types,
        references=references,
    )


def deploy(
    context: Context,
    files: Mapping[str, bytes],
    task_types: Collection[str] | None = None,
    *,
    by: UUID | None = None,
    note: str = "",
    domains: Mapping[str, str] | None = None,
    references: bool = True,
) -> Deployed:
    """Deploy BPMN, DMN and form files together; a file whose content is already the latest makes no new version.

    ``domains`` names the domain of each file (its folder). Raises ``DefinitionError`` with every finding, and then
    nothing is stored.
    """
    checked = check_files(context, files, task_types, references=references)
    if checked.refused:
        raise DefinitionError(checked.findings)
    deployment = Deployment(id=new_id(), at=context.now, by=by, note=note)
    context.session.add(deployment)
    done = Deployed(deployment.id, findings=checked.findings)
    resources = {name: _resource(context, name, content) for name, content in files.items()}
    context.session.flush()
    for process_id, (name, spec) in checked.processes.items():
        domain = (domains or {}).get(name, "")
        row = _process(context, deployment, spec, resources[name], domain)
        if row is not None:
            done.processes[process_id] = row.id
            _start_subscriptions(context, row, spec)
    for decision_id, (name, title) in checked.decisions.items():
        decision = _next(context, DecisionDefinition, "decision_id", decision_id, resources[name])
        if decision is not None:
            row_id = new_id()
            context.session.add(
                DecisionDefinition(
                    id=row_id,
                    decision_id=decision_id,
                    version=decision,
                    name=title or decision_id,
                    latest=True,
                    resource_id=resources[name],
                    deployment_id=deployment.id,
                )
            )
            done.decisions[decision_id] = row_id
    for form_id, (name, form) in checked.forms.items():
        version = _next(context, FormDefinition, "form_id", form_id, resources[name])
        if version is not None:
            row_id = new_id()
            context.session.add(
                FormDefinition(
                    id=row_id,
                    form_id=form_id,
                    version=version,
                    title=form.title or form_id,
                    latest=True,
                    resource_id=resources[name],
                    deployment_id=deployment.id,
                )
            )
            done.forms[form_id] = row_id
    context.session.flush()
    return done


def _resource(context: Context, name: str, content: bytes) -> UUID:
    digest = hashlib.sha256(content).hexdigest()
    found = context.session.scalar(select(Resource.id).where(Resource.digest == digest))
    if found is not None:
        return found
    row = Resource(id=new_id(), digest=digest, name=name, content=content)
    context.session.add(row)
    context.session.flush()
    return row.id


def _process(
    context: Context, deployment: Deployment, spec: ProcessSpec, resource_id: UUID, domain: str
) -> ProcessDefinition | None:
    version = _next(context, ProcessDefinition, "process_id", spec.id, resource_id)
    if version is None:
        return None
    row = ProcessDefinition(
        id=new_id(),
        process_id=spec.id,
        version=version,
        version_tag=spec.model.version_tag,
        name=spec.model.name or spec.id,
        domain=domain or _previous_domain(context, spec.id),
        latest=True,
        resource_id=resource_id,
        deployment_id=deployment.id,
    )
    context.session.add(row)
    context.session.flush()
    return row


def _previous_domain(context: Context, process_id: str) -> str:
    query = select(ProcessDefinition.domain).where(ProcessDefinition.process_id == process_id)
    return context.session.scalar(query.order_by(ProcessDefinition.version.desc()).limit(1)) or ""


def _next(context: Context, table: type, column: str, id: str, resource_id: UUID) -> int | None:
    """The number of the next version; None where the latest has this very content."""
    key = getattr(table, column)
    latest = context.session.scalars(select(table).where(key == id, table.latest)).first()  # type: ignore[attr-defined]
    if latest is not None and latest.resource_id == resource_id:
        return None
    context.session.execute(update(table).where(key == id, table.latest).values(latest=False))  # type: ignore[attr-defined]
    highest = context.session.scalar(select(func.max(table.version)).where(key == id))  # type: ignore[attr-defined]
    return (highest or 0) + 1


def _start_subscriptions(context: Context, row: ProcessDefinition, spec: ProcessSpec) -> None:
    """Only the latest version of a process starts by events."""
    older = select(ProcessDefinition.id).where(
        ProcessDefinition.process_id == row.process_id, ProcessDefinition.id != row.id
    )
    context.session.execute(delete(StartSubscription).where(StartSubscription.definition_id.in_(older)))
    for start in spec.content.event_starts:
        targets = [start] if start.element.kind != "eventBasedGateway" else [flow.target for flow in start.flows]
        for target in targets:
            for definition in getattr(target, "definitions", ()):
                event = definition.event
                subscription = StartSubscription(
                    id=new_id(), definition_id=row.id, element_id=target.element.id, kind=event.kind, name=event.name
                )
                if event.kind == "timer" and event.timer is not None:
                    _first_timer(context, subscription, definition, spec)
                context.session.add(subscription)


def _first_timer(
    context: Context, subscription: StartSubscription, definition: DefinitionSpec, spec: ProcessSpec
) -> None:
    expression, event = definition.expression, definition.event
    assert expression is not None
    assert event.timer is not None
    try:
        due = first_due(event.timer, expression.evaluate({}, context.now), context.now)
    except TimerError as error:
        raise DefinitionError(
            [Finding("timer.value", "error", error.text, subscription.element_id, None, event.line, spec.model.file)]
        ) from error
    subscription.due_at, subscription.cycle, subscription.remaining = due.at, due.cycle, due.remaining
