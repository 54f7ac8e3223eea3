"""What a model shows, read from its diagram and its trace; and the list of all that the dialect has to show."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import model as bpmn
from engine.bpmn.parser import parse_bpmn
from engine.bpmn.rules import ALLOWED_EVENTS, EVENT_SUBPROCESS_STARTS, PROCESS_STARTS

ALWAYS_INTERRUPTING = frozenset({"error", "compensation", "cancel"})
ATTRIBUTES = {
    "default of activity": "a default flow of an activity",
    "default of exclusiveGateway": "a default flow of an exclusive gateway",
    "default of inclusiveGateway": "a default flow of an inclusive gateway",
    "default of complexGateway": "a default flow of a complex gateway",
    "conditionExpression of activity": "conditional flows of an activity",
    "instantiate of receiveTask": "a receive task that starts an instance",
    "instantiate of eventBasedGateway": "an event-based gateway that starts an instance",
    "startQuantity": "several tokens start one activity",
    "completionQuantity": "one activity sends several tokens",
    "isForCompensation": "a compensation handler",
    "activityRef": "compensation of one activity",
    "activationCondition": "the activation condition of a complex gateway",
    "errorRef missing": "an error event that catches every code",
    "escalationRef missing": "an escalation event that catches every code",
    "several definitions, caught": "any of several events is caught",
    "several definitions, thrown": "several events are thrown",
    "eventDefinitionRef": "an event definition that several events share",
    "timeDate": "a timer at an instant",
    "timeDuration": "a timer after a duration",
    "timeCycle": "a timer that repeats",
    "standardLoop loopCondition": "a loop with a condition",
    "standardLoop loopMaximum": "a loop with a maximum",
    "standardLoop testBefore": "a loop that tests before its first round",
    "multiInstance parallel": "instances at once",
    "multiInstance sequential": "instances one after the other",
    "multiInstance collection": "one instance for each item",
    "multiInstance loopCardinality": "a number of instances",
    "multiInstance output": "what the instances give, collected",
    "multiInstance completionCondition": "enough instances are done",
    "multiInstance behavior None": "an event for every instance",
    "multiInstance behavior One": "an event for the first instance",
    "multiInstance behavior All": "no event",
    "multiInstance behavior Complex": "events by conditions",
    "adHoc ordering Parallel": "inner activities in any order, at once",
    "adHoc ordering Sequential": "inner activities one at a time",
    "adHoc completionCondition": "an ad-hoc subprocess that is done early",
    "adHoc cancelRemainingInstances false": "what still runs may finish",
    "calledElement": "a called process in the standard's own attribute",
    "isExecutable": "a process that runs",
    "lane": "lanes",
    "dataObject": "data objects and stores",
    "collaboration": "several processes in one file",
    "globalTask": "a global task that is called",
    "zeebe:input": "input mappings",
    "zeebe:output": "output mappings",
    "zeebe:taskDefinition": "a job",
    "zeebe:taskDefinition retries": "how often a job is tried",
    "zeebe:taskHeaders": "headers of a task",
    "zeebe:script": "a FEEL script",
    "zeebe:calledDecision": "a decision",
    "zeebe:calledDecision bindingType": "a decision of the same deployment",
    "zeebe:calledElement latest": "the newest version of a called process",
    "zeebe:calledElement deployment": "the called process of the same deployment",
    "zeebe:calledElement versionTag": "the called process of a version tag",
    "zeebe:calledElement propagateAllParentVariables": "a called process that sees only what is mapped",
    "zeebe:calledElement propagateAllChildVariables": "a called process that gives only what is mapped",
    "zeebe:versionTag": "the version tag of a process",
    "zeebe:userTask": "a user task of the engine's own",
    "zeebe:assignmentDefinition assignee": "an assignee",
    "zeebe:assignmentDefinition candidateGroups": "candidate groups",
    "zeebe:assignmentDefinition candidateUsers": "candidate users",
    "zeebe:taskSchedule dueDate": "a due date",
    "zeebe:taskSchedule followUpDate": "a follow-up date",
    "zeebe:priorityDefinition": "a priority",
    "zeebe:formDefinition": "a form",
    "zeebe:subscription": "a correlation key",
    "zeebe:publishMessage": "a published message's own key, id and time to live",
    "zeebe:loopCharacteristics": "a loop over a collection",
    "zeebe:adHoc activeElementsCollection": "chosen elements of an ad-hoc subprocess",
    "zeebe:adHoc outputCollection": "what the elements of an ad-hoc subprocess give, collected",
}


# What BPMN has and this dialect refuses, with the rule that says so (each has its diagram in test_refusals).
NOT_RUN = {
    "errors, compensation and ends among several definitions of one event": "event.multiple",
    "parallel multiple events": "event.parallel-multiple",
    "parallel event-based gateways": "gateway.event-parallel",
    "compensation that is not waited for": "compensation.no-wait",
    "scripts in other languages": "script.language",
    "conditions in other languages": "expression.language",
    "service, send and script tasks without a job type": "task.no-type",
    "data associations that compute": "data.assignment",
    "data associations into an ioSpecification": "data.io-specification",
    "potential owners and performers": "task.performer",
    "execution and task listeners": "extension.unsupported",
    "extensions of other engines": "dialect.foreign",
    "extensions that must be understood": "extension.must-understand",
    "several none start events": "start.several-none",
    "conditional start events of a process": "start.kind",
    "choreographies and conversations": "element.unsupported",
    "message events without a correlation key": "message.correlation-key",
    "transactions that are undone otherwise than by compensation": "transaction.method",
    "decisions by version tag": "call.binding",
    "forms of a fixed version": "form.binding",
}


def dialect() -> dict[str, str]:
    """All that has to have a model: elements with their events, as the rules allow them, and attributes."""
    found = dict.fromkeys(sorted(bpmn.FLOW_NODES - bpmn.EVENTS), "an element")
    found |= {f"startEvent {kind}": "starts a process" for kind in sorted(PROCESS_STARTS)}
    for kind in sorted(EVENT_SUBPROCESS_STARTS):
        found |= {f"event subprocess {text}": "starts an event subprocess" for text in _both(kind)}
    for element, kinds in ALLOWED_EVENTS.items():
        for kind in sorted(kinds):
            if element == "boundaryEvent":
                found |= {f"boundaryEvent {text}": "at the border of an activity" for text in _both(kind)}
            else:
                found[f"{element} {kind}"] = "an event"
    return found | ATTRIBUTES


def _both(kind: str) -> tuple[str, ...]:
    if kind in ALWAYS_INTERRUPTING:
        return (kind,)
    return f"{kind}, interrupting", f"{kind}, not interrupting"


def features(files: dict[str, bytes], completed: list[str]) -> set[str]:
    """What the files show of the dialect in elements that were completed, or are left by those that were."""
    found: set[str] = set()
    for name, content in files.items():
        if not name.endswith(".bpmn"):
            continue
        definitions, _ = parse_bpmn(content, name)
        text = content.decode()
        found |= {word for word, mark in IN_TEXT.items() if mark in text}
        for process in definitions.processes:
            found |= {"isExecutable"} if process.executable else set()
            found |= {"dataObject"} if process.data_objects else set()
            found |= {"zeebe:versionTag"} if process.version_tag else set()
            for element in process.elements.values():
                if element.id in completed or _shown_without_completing(process, element, completed):
                    found.update(_of_element(process, element))
    return found


IN_TEXT = {
    "collaboration": "<collaboration",
    "globalTask": "<global",
    "eventDefinitionRef": "<eventDefinitionRef",
    "zeebe:subscription": "<zeebe:subscription",
    "zeebe:publishMessage": "<zeebe:publishMessage",
    "zeebe:loopCharacteristics": "<zeebe:loopCharacteristics",
    "zeebe:userTask": "<zeebe:userTask",
    "calledElement": " calledElement=",
}


def _shown_without_completing(process: bpmn.Process, element: bpmn.Element, completed: list[str]) -> bool:
    """A compensation boundary event is never passed by a token; its handler is. A loop may have no rounds."""
    loops_not_once = element.loop is not None and bool(element.incoming)
    return (element.compensation_handler in completed) or loops_not_once


def _of_element(process: bpmn.Process, element: bpmn.Element) -> Iterator[str]:
    kind, event = element.kind, element.event_kind
    if kind in bpmn.EVENTS:
        around = process.elements.get(element.parent or "")
        if kind == "boundaryEvent" or (kind == "startEvent" and around is not None and around.triggered_by_event):
            how = (
                ""
                if event in ALWAYS_INTERRUPTING
                else ", interrupting"
                if element.interrupting
                else ", not interrupting"
            )
            yield f"{'boundaryEvent' if kind == 'boundaryEvent' else 'event subprocess'} {event}{how}"
        else:
            yield f"{kind} {event}"
    else:
        yield kind
    yield from _flows(process, element)
    yield from _attributes(element)
    yield from _event(element)
    yield from _loop(element.loop)
    yield from _extensions(element)


def _flows(process: bpmn.Process, element: bpmn.Element) -> Iterator[str]:
    what = "activity" if element.is_activity else element.kind
    if element.default is not None:
        yield f"default of {what}"
    if element.is_activity and any(process.flows[flow].condition for flow in element.outgoing):
        yield "conditionExpression of activity"


def _attributes(element: bpmn.Element) -> Iterator[str]:
    if element.instantiate:
        yield f"instantiate of {element.kind}"
    for name, shown in {
        "startQuantity": element.start_quantity > 1,
        "completionQuantity": element.completion_quantity > 1,
        "isForCompensation": element.for_compensation,
        "activationCondition": element.activation_condition,
        "lane": element.lane,
        "adHoc completionCondition": element.completion_condition,
        "adHoc cancelRemainingInstances false": not element.cancel_remaining,
    }.items():
        if shown:
            yield name
    if element.kind == "adHocSubProcess":
        yield f"adHoc ordering {element.ordering}"


def _event(element: bpmn.Element) -> Iterator[str]:
    event = element.event
    if event is None:
        return
    if element.further_events:
        thrown = element.kind in {"intermediateThrowEvent", "endEvent"}
        yield f"several definitions, {'thrown' if thrown else 'caught'}"
    if event.kind in {"error", "escalation"} and event.code is None:
        yield f"{event.kind}Ref missing"
    if event.activity is not None:
        yield "activityRef"
    if event.timer is not None:
        yield f"time{event.timer.capitalize()}"


def _loop(loop: bpmn.Loop | None) -> Iterator[str]:
    if loop is None:
        return
    if loop.kind == "standard":
        shown = {
            "loopCondition": loop.condition,
            "loopMaximum": loop.maximum is not None,
            "testBefore": loop.test_before,
        }
        yield from (f"standardLoop {name}" for name, value in shown.items() if value)
        return
    yield f"multiInstance {loop.kind}"
    yield f"multiInstance behavior {loop.behavior}"
    shown = {
        "collection": loop.collection,
        "loopCardinality": loop.cardinality,
        "output": loop.output_collection,
        "completionCondition": loop.completion_condition,
    }
    yield from (f"multiInstance {name}" for name, value in shown.items() if value)


def _extensions(element: bpmn.Element) -> Iterator[str]:
    task, called = element.user_task or bpmn.UserTask(), element.called
    for name, shown in {
        "input": element.inputs,
        "output": element.outputs,
        "taskDefinition": element.job_type,
        "taskDefinition retries": element.retries,
        "taskHeaders": element.headers,
        "script": element.script,
        "assignmentDefinition assignee": task.assignee,
        "assignmentDefinition candidateGroups": task.candidate_groups,
        "assignmentDefinition candidateUsers": task.candidate_users,
        "taskSchedule dueDate": task.due_date,
        "taskSchedule followUpDate": task.follow_up_date,
        "priorityDefinition": task.priority,
        "formDefinition": task.form_id,
        "adHoc activeElementsCollection": element.active_elements,
        "adHoc outputCollection": element.output_collection if element.kind == "adHocSubProcess" else None,
    }.items():
        if shown:
            yield f"zeebe:{name}"
    if called is not None and element.kind == "businessRuleTask":
        yield "zeebe:calledDecision"
        if called.binding == "deployment":
            yield "zeebe:calledDecision bindingType"
    if called is not None and element.kind == "callActivity":
        yield f"zeebe:calledElement {called.binding}"
        if not called.propagate_parent:
            yield "zeebe:calledElement propagateAllParentVariables"
        if not called.propagate_child:
            yield "zeebe:calledElement propagateAllChildVariables"
