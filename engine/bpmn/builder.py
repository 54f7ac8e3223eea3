"""Builds specs from a parsed process, and finds what keeps it from running."""

from __future__ import annotations

from engine.bpmn import model
from engine.bpmn.elements import activity, containers, events, gateways, tasks
from engine.bpmn.expressions import compile_text
from engine.bpmn.findings import Findings
from engine.bpmn.specs import CompileError, ContentSpec, ElementSpec, FlowSpec, ProcessSpec
from engine.feel import FeelSyntaxError

CLASSES: dict[str, type[ElementSpec]] = {
    kind: cls
    for cls in (
        activity.PassThroughSpec,
        tasks.UserTaskSpec,
        tasks.JobTaskSpec,
        tasks.SendTaskSpec,
        tasks.ScriptTaskSpec,
        tasks.BusinessRuleTaskSpec,
        containers.SubprocessSpec,
        containers.AdHocSpec,
        containers.CallActivitySpec,
        events.StartEventSpec,
        events.EndEventSpec,
        events.CatchEventSpec,
        events.ThrowEventSpec,
        events.BoundaryEventSpec,
        events.ReceiveTaskSpec,
        gateways.ExclusiveGatewaySpec,
        gateways.ParallelGatewaySpec,
        gateways.InclusiveGatewaySpec,
        gateways.ComplexGatewaySpec,
        gateways.EventBasedGatewaySpec,
    )
    for kind in cls.kinds
}


def build(process: model.Process, findings: Findings) -> ProcessSpec | None:
    """The spec of ``process``; None, with the reasons in ``findings``, where it cannot be built."""
    from engine.bpmn.rules import check

    check(process, findings)
    if findings.refused:
        return None
    spec = ProcessSpec(process)
    for element in process.elements.values():
        try:
            CLASSES[element.kind](spec, element)
        except CompileError as error:
            _bad_expression(findings, error)
    if not findings.refused:
        _connect(spec, process, findings)
    return None if findings.refused else spec


def _connect(spec: ProcessSpec, process: model.Process, findings: Findings) -> None:
    for element in process.elements.values():
        source: ElementSpec = spec.task_specs[element.id]
        for flow_id in element.outgoing:
            flow = process.flows[flow_id]
            target: ElementSpec = spec.task_specs[flow.target]
            condition = None
            if flow.condition is not None and flow_id != element.default:
                try:
                    condition = compile_text(flow.condition)
                except FeelSyntaxError as error:
                    _bad_expression(findings, CompileError(flow, "conditionExpression", error))
                    continue
            source.connect(target)
            source.flows.append(FlowSpec(flow.id, flow.name, target, condition))
        if element.attached_to:
            spec.task_specs[element.attached_to].boundaries.append(source)
    for element in process.elements.values():
        if element.is_container:
            spec.task_specs[element.id].inside = ContentSpec()
    for element in process.elements.values():
        _place(spec, element)
    _implicit_starts(spec.content)
    for element in process.elements.values():
        inside = spec.task_specs[element.id].inside
        if inside is not None and not element.triggered_by_event:
            _implicit_starts(inside)


def _place(spec: ProcessSpec, element: model.Element) -> None:
    item: ElementSpec = spec.task_specs[element.id]
    content = spec.content if element.parent is None else spec.task_specs[element.parent].inside
    content.elements.append(item)
    if element.triggered_by_event:
        content.event_subprocesses.append(item)
    elif element.kind == "startEvent":
        enclosing = spec.model.elements[element.parent] if element.parent else None
        in_event_subprocess = enclosing is not None and enclosing.triggered_by_event
        if element.event_kind == "none" and not in_event_subprocess:
            content.starts.append(item)
        else:
            content.event_starts.append(item)
    elif (element.kind == "eventBasedGateway" and element.instantiate) or (
        element.kind == "receiveTask" and element.instantiate and not element.incoming
    ):
        content.event_starts.append(item)
    elif element.kind == "intermediateCatchEvent" and element.event_kind == "link" and element.event is not None:
        content.links[element.event.name or ""] = item


def _implicit_starts(content: ContentSpec) -> None:
    """Without any start event, what has no incoming flow starts (BPMN 2.0.2, 10.5.2)."""
    if content.starts or content.event_starts:
        return
    for item in content.elements:
        element = item.element
        if (
            not element.incoming
            and not element.attached_to
            and not element.triggered_by_event
            and not element.for_compensation
            and not (element.kind == "intermediateCatchEvent" and element.event_kind == "link")
        ):
            content.starts.append(item)


def _bad_expression(findings: Findings, error: CompileError) -> None:
    findings.refuse(
        "expression.syntax",
        "La expresión de «{attribute}» no se entiende: {why_es}",
        "The expression of “{attribute}” cannot be read: {why_en}",
        id=error.element.id,
        name=error.element.name,
        line=error.element.line,
        attribute=error.attribute,
        why_es=getattr(error.error, "es", str(error.error)),
        why_en=getattr(error.error, "en", str(error.error)),
    )
