"""Events: start, end, intermediate and boundary ones, and receive tasks, which wait as they do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.bpmn import compensation, events, model
from engine.bpmn.changes import Published
from engine.bpmn.elements.activity import ActivitySpec
from engine.bpmn.expressions import Value
from engine.bpmn.incidents import ElementIncident
from engine.bpmn.instance import Token
from engine.bpmn.specs import ElementSpec, FlowSpec
from engine.bpmn.timers import TimerError, as_duration
from engine.feel import to_json

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution


class DefinitionSpec:
    """One event definition of an element, with its texts compiled."""

    def __init__(self, event: model.Event, value: Callable[[str | None, str], Value | None]) -> None:
        self.event = event
        self.name_of_event = value(event.name, "name")
        self.key = value(event.correlation_key, "correlationKey")
        self.expression = value(event.expression, "expression")
        self.message_id = value(event.message_id, "messageId")
        self.time_to_live = value(event.time_to_live, "timeToLive")
        self.code = value(event.code, "code")

    def event_name(self, x: Execution, scope: Any) -> str:
        """Name of the message or signal."""
        return str(x.evaluate(self.name_of_event, scope)) if self.name_of_event is not None else ""

    def event_code(self, x: Execution, scope: Any) -> str:
        """Code of the error or escalation."""
        return str(x.evaluate(self.code, scope)) if self.code is not None else ""


class EventSpec(ElementSpec):
    """What all events share: their definitions. There are several where any is caught, or all are thrown."""

    def prepare(self) -> None:
        """Compile the definitions."""
        drawn = [self.element.event, *self.element.further_events]
        self.definitions = tuple(DefinitionSpec(event, self.value) for event in drawn if event is not None)
        self.job_type = self.value(self.element.job_type, "type")
        self.retries = self.value(self.element.retries, "retries")
        self.priority = self.value(self.element.headers.get("prioridad"), "prioridad")

    def take_payload(self, x: Execution, token: Token) -> None:
        """Write what the event brought."""
        x.write_result(token, token.internal_data.pop("variables", {}))

    def complete(self, x: Execution, token: Token) -> None:
        """Map the outputs and go on; a signal is thrown on leaving."""
        x.map_outputs(token)
        flows = x.choose(token)
        signals = self.signals(x, token)
        x.finish(token)
        x.leave(token, flows, signals)

    def signals(self, x: Execution, token: Token) -> list[tuple[str, dict[str, Any]]]:
        """The signals that are thrown, with their variables: the mapped inputs."""
        if not self.throws_signal:
            return []
        variables = dict(token.owned.variables) if token.owned is not None else {}
        thrown = [item for item in self.definitions if item.event.kind == "signal"]
        return [(item.event_name(x, token.inner), variables) for item in thrown]


class StartEventSpec(EventSpec):
    """A start event; by the time a token is here, its trigger has come."""

    kinds = ("startEvent",)

    def enter(self, x: Execution, token: Token) -> bool:
        """Pass."""
        self.take_payload(x, token)
        return True


class BoundaryEventSpec(EventSpec):
    """A boundary event; a token is here only after it was caught."""

    kinds = ("boundaryEvent",)

    def enter(self, x: Execution, token: Token) -> bool:
        """Pass."""
        self.take_payload(x, token)
        return True


class CatchEventSpec(EventSpec):
    """An intermediate catch event: it waits, unless a link or an event-based gateway brought the token."""

    kinds = ("intermediateCatchEvent",)

    def enter(self, x: Execution, token: Token) -> bool:
        """Wait for the event."""
        if self.element.event_kind in ("none", "link") or token.internal_data.pop("fired", False):
            self.take_payload(x, token)
            return True
        x.map_inputs(token)
        events.wait_for(x, self, token.inner, token)
        return False


class ReceiveTaskSpec(ActivitySpec, EventSpec):
    """A receive task: an activity that waits for a message."""

    kinds = ("receiveTask",)

    def prepare(self) -> None:
        """Compile the message."""
        EventSpec.prepare(self)

    def act(self, x: Execution, token: Token) -> bool:
        """Wait for the message."""
        if token.internal_data.pop("fired", False) or (self.element.instantiate and not self.element.incoming):
            self.take_payload(x, token)
            return True
        events.wait_for(x, self, token.inner, token)
        return False

    def complete(self, x: Execution, token: Token) -> None:
        """As every activity."""
        ActivitySpec.complete(self, x, token)


class ThrowEventSpec(EventSpec):
    """An intermediate throw event."""

    kinds = ("intermediateThrowEvent",)

    def enter(self, x: Execution, token: Token) -> bool:
        """Throw, then go on (a job or compensation is waited for)."""
        x.map_inputs(token)
        return throw(x, self, token)

    def complete(self, x: Execution, token: Token) -> None:
        """A link jumps to its catch event; all others go on."""
        if self.element.event_kind != "link":
            super().complete(x, token)
            return
        assert self.element.event is not None
        content = events.content_of(token.scope)
        target = content.links[self.element.event.name or ""] if content is not None else None
        assert target is not None
        x.finish(token)
        x.leave(token, [FlowSpec(target.name, "", target, None)])


class EndEventSpec(EventSpec):
    """An end event of any kind."""

    kinds = ("endEvent",)

    def enter(self, x: Execution, token: Token) -> bool:
        """Throw what the end stands for."""
        x.map_inputs(token)
        if self.element.event_kind == "cancel":
            events.cancel_transaction(x, token)
            return False
        return throw(x, self, token)

    def complete(self, x: Execution, token: Token) -> None:
        """End here: an error ends what encloses it, a terminate event all of its scope."""
        kind = self.element.event_kind
        if kind == "error":
            x.changes.touched_tokens[token.id] = token
            position = len(x.changes.history)
            code = self.definitions[0].event_code(x, token.inner)
            x.note(token, "completed")
            try:
                events.throw_error(x, token, code, self.element.name, {}, itself=False)
            except Exception:
                del x.changes.history[position:]
                raise
            if token.id in x.instance.tasks:
                x.release(token)
                x.retire(token)
            return
        x.map_outputs(token)
        signals = self.signals(x, token)
        x.finish(token)
        if kind == "terminate":
            x.terminate_inside(token.scope, keep=token)
        x.leave(token, [], signals)


def throw(x: Execution, spec: EventSpec, token: Token) -> bool:
    """Do what a throwing event stands for. True: go on at once; False: wait. Signals are thrown on leaving."""
    if spec.element.event_kind == "message" and spec.job_type is not None:
        from engine.bpmn.elements.tasks import new_job

        x.changes.jobs.append(new_job(x, spec, token))
        return False
    for definition in spec.definitions:
        kind = definition.event.kind
        if kind == "message":
            publish(x, definition, token)
        elif kind == "escalation":
            events.throw_escalation(x, token, definition.event_code(x, token.inner), {})
            if token.id not in x.instance.tasks:
                return False
        elif kind == "compensation":
            return compensation.throw(x, token, definition.event.activity)
    return True


def publish(x: Execution, spec: Any, token: Token) -> None:
    """Publish the message of a throw event, end event or send task; its inputs are the message's variables."""
    live = timedelta(0)
    message_id = None
    key = events.correlation_key(x, spec.key, spec.event.name, token.inner) if spec.key is not None else ""
    if getattr(spec, "time_to_live", None) is not None:
        try:
            live = as_duration(x.evaluate(spec.time_to_live, token.inner)).span
        except TimerError as error:
            raise ElementIncident("time_to_live", error.text) from error
    if getattr(spec, "message_id", None) is not None:
        value = to_json(x.evaluate(spec.message_id, token.inner))
        message_id = str(value) if value is not None else None
    payload = dict(token.owned.variables) if token.owned is not None else {}
    x.changes.messages.append(Published(spec.event_name(x, token.inner), key, payload, message_id, live))
