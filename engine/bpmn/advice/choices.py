"""Advice about conditions: those that can all be false, are always true, never true, or stand there twice."""

from __future__ import annotations

from engine.bpmn.advice.remarks import Remarks
from engine.bpmn.expressions import Value
from engine.bpmn.specs import ElementSpec, ProcessSpec
from engine.feel import FeelError


def look(spec: ProcessSpec, remarks: Remarks) -> None:
    """Look at every element that chooses."""
    for element_spec in spec.task_specs.values():
        if isinstance(element_spec, ElementSpec) and any(flow.condition for flow in element_spec.flows):
            _look_at(element_spec, remarks)


def _look_at(spec: ElementSpec, remarks: Remarks) -> None:
    element = spec.element
    exclusive = element.kind == "exclusiveGateway"
    conditions = [flow.condition for flow in spec.flows if flow.condition is not None and flow.id != spec.default]
    open_flows = [flow for flow in spec.flows if flow.condition is None and flow.id != spec.default]
    constants = [(condition, _constant(condition)) for condition in conditions]
    always = [condition for condition, value in constants if value is True]
    if spec.default is None and not open_flows and not always and not _opposite(conditions):
        remarks.say("choice.no-default", element)
    for condition in always if exclusive and len(spec.flows) > 1 else ():
        remarks.say("choice.always", element, text=condition.text, what="los otros flujos sobran / the others are idle")
    for condition, value in constants:
        if value is False:
            remarks.say("choice.never", element, text=condition.text)
    seen: set[str] = set()
    for condition in conditions if exclusive else ():
        text = "".join(condition.text.split())
        if text in seen:
            remarks.say("choice.twice", element, text=condition.text)
        seen.add(text)


def _constant(condition: Value) -> bool | None:
    """The value of a condition that reads nothing; None where it depends on data."""
    if condition.compiled is None or condition.compiled.variables:
        return None
    try:
        value = condition.compiled.evaluate({})
    except FeelError:
        return None
    return value if isinstance(value, bool) else None


def _opposite(conditions: list[Value]) -> bool:
    """Whether one condition is the other's ``not(…)``."""
    texts = {"".join(condition.text.removeprefix("=").split()) for condition in conditions}
    return any(f"not({text})" in texts for text in texts)
