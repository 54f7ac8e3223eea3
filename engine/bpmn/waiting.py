"""What a token or scope at rest waits for, told from the diagram alone."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import events
from engine.bpmn.instance import STARTED, Scope, Token
from engine.bpmn.specs import ElementSpec


def at_rest(token: Token) -> bool:
    """Whether ``token`` has entered its element and waits there."""
    return bool(token.state == STARTED or token.internal_data.get("phase") == "completing")


def awaited(token: Token) -> Iterator[ElementSpec]:
    """The events that a token at rest waits for: its own, those behind its gateway, those at its border."""
    spec = token.task_spec
    if spec.element.kind == "eventBasedGateway":
        yield from (flow.target for flow in spec.flows)
    elif spec.element.kind in ("intermediateCatchEvent", "receiveTask") and token.role != "body":
        if spec.element.event_kind in events.SUBSCRIBED:
            yield spec
    if token.role != "iteration":
        yield from (item for item in spec.boundaries if item.element.event_kind in events.SUBSCRIBED)


def awaited_inside(scope: Scope) -> Iterator[ElementSpec]:
    """The start events of the event subprocesses of ``scope`` that something outside can set off."""
    content = events.content_of(scope)
    for subprocess in content.event_subprocesses if content is not None else ():
        start = events.event_start(subprocess)
        if start.element.event_kind in events.SUBSCRIBED:
            yield start


def interrupted(scope: Scope) -> bool:
    """Whether an interrupting event subprocess runs in ``scope``: then nothing else is waited for there."""
    inner = [token.task_spec for token in scope.tokens.values() if token.task_spec.element.triggered_by_event]
    return any(events.event_start(spec).element.interrupting for spec in inner)
