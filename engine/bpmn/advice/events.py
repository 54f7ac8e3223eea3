"""Advice about events: dates that are past, and what is thrown or waited for without a partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.bpmn.advice.remarks import Remarks
from engine.bpmn.model import Element, Event
from engine.bpmn.specs import ProcessSpec
from engine.bpmn.timers import TimerError, as_instant
from engine.feel import FeelError, FeelSyntaxError, compile_expression

THROWING = frozenset({"intermediateThrowEvent", "endEvent", "sendTask"})


@dataclass(slots=True)
class Traffic:
    """Names of what the processes of some files throw and wait for; ``dynamic`` kinds have names made by expressions."""

    sent: set[str] = field(default_factory=set)
    awaited: set[str] = field(default_factory=set)
    caught_errors: set[str | None] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    dynamic_send: bool = False
    dynamic_wait: bool = False


def traffic(specs: Sequence[ProcessSpec]) -> Traffic:
    """What passes between the processes."""
    found = Traffic()
    for spec in specs:
        for element in spec.model.elements.values():
            if element.called is not None and element.kind == "callActivity":
                found.called.add(element.called.id)
            for event in _events(element):
                if event.kind == "message" and event.name:
                    dynamic = event.name.startswith("=")
                    if element.kind in THROWING:
                        found.sent.add(event.name)
                        found.dynamic_send |= dynamic
                    else:
                        found.awaited.add(event.name)
                        found.dynamic_wait |= dynamic
    return found


def _events(element: Element) -> list[Event]:
    return [event for event in (element.event, *element.further_events) if event is not None]


def look(spec: ProcessSpec, known: Traffic, now: datetime, remarks: Remarks) -> None:
    """Look at every event."""
    asked: set[str] = set()
    for element in spec.model.elements.values():
        for event in _events(element):
            if event.kind == "timer" and event.timer == "date" and _past(event.expression, now):
                remarks.say("timer.past", element, text=event.expression or "")
            elif event.kind == "message" and event.name and not event.name.startswith("="):
                sends = element.kind in THROWING
                if not sends and event.name not in known.sent and not known.dynamic_send and event.name not in asked:
                    asked.add(event.name)
                    remarks.say("message.nobody-sends", element, text=event.name)
                elif sends and event.name not in known.awaited and not known.dynamic_wait and not element.job_type:
                    remarks.say("message.nobody-waits", element, text=event.name)
            elif event.kind in ("escalation", "error") and element.kind in THROWING:
                _thrown(spec, element, event, known, remarks)


def _past(text: str | None, now: datetime) -> bool:
    if not text:
        return False
    try:
        if text.startswith("="):
            compiled = compile_expression(text[1:])
            if compiled.variables:
                return False
            return as_instant(compiled.evaluate({}, now=now)) < now
        return as_instant(text) < now
    except (TimerError, FeelError, FeelSyntaxError):
        return False


def _thrown(spec: ProcessSpec, element: Element, event: Event, known: Traffic, remarks: Remarks) -> None:
    """Whether anybody around ``element`` catches what it throws; a process that is called leaves that to its caller."""
    if spec.id in known.called:
        return
    elements = spec.model.elements
    around = element.parent
    while True:
        catching = [
            other
            for other in elements.values()
            if (other.kind == "boundaryEvent" and other.attached_to == around and around is not None)
            or (other.kind == "startEvent" and _event_subprocess_in(elements, other, around))
        ]
        if any(_catches(other, event) for other in catching):
            return
        if around is None:
            break
        around = elements[around].parent if around in elements else None
    rule = "error.uncaught" if event.kind == "error" else "escalation.unheard"
    remarks.say(rule, element, text=event.code or event.name or "")


def _event_subprocess_in(elements: dict[str, Element], start: Element, level: str | None) -> bool:
    owner = elements.get(start.parent or "")
    return owner is not None and owner.triggered_by_event and owner.parent == level


def _catches(element: Element, event: Event) -> bool:
    return any(other.kind == event.kind and other.code in (None, event.code) for other in _events(element))
