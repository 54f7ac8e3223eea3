"""Events: who waits for what, what happens when it comes, and who catches what is thrown."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.bpmn.incidents import ElementIncident
from engine.bpmn.instance import Scope, Subscription, Token
from engine.bpmn.timers import TimerError, first_due, next_due
from engine.errors import Text

if TYPE_CHECKING:
    from engine.bpmn.elements.events import DefinitionSpec, EventSpec
    from engine.bpmn.execution import Execution
    from engine.bpmn.expressions import Value
    from engine.bpmn.specs import ContentSpec, ElementSpec

SUBSCRIBED = frozenset({"timer", "message", "signal", "conditional"})


def start_at(x: Execution, scope: Scope, element_id: str) -> None:
    """Begin an instance at the start event whose trigger came, or behind the gateway that waited for it to begin."""
    first = scope.process.spec(element_id)
    assert first is not None
    for flow_id in first.element.incoming:
        source = scope.process.spec(scope.process.model.flows[flow_id].source)
        if source is not None and source.element.kind == "eventBasedGateway":
            gateway, token = x.place(source, scope), x.place(first, scope, flow_id)
            token.internal_data["fired"] = True
            x.finish(gateway)
            x.retire(gateway)
            return
    x.place(first, scope)


def wait_for(x: Execution, spec: EventSpec, scope: Scope, token: Token | None) -> None:
    """Subscribe to the events of ``spec``; its expressions are read in ``scope``. Raises ``ElementIncident``."""
    for number, definition in enumerate(spec.definitions):
        kind = definition.event.kind
        subscription = Subscription(x.env.new_id(), kind, spec, scope, token)  # type: ignore[arg-type]
        if kind == "timer":
            _set_timer(x, definition, scope, subscription)
        elif kind == "message":
            subscription.name = definition.event_name(x, scope)
            subscription.key = correlation_key(x, definition.key, definition.event.name, scope)
        elif kind == "signal":
            subscription.name = definition.event_name(x, scope)
        elif kind == "conditional":
            subscription.data["was"] = False
            x.variables_changed = True
        if number:
            subscription.data["definition"] = number
        x.subscribe(subscription)


def definition_of(subscription: Subscription) -> DefinitionSpec:
    """Which of its element's definitions is waited for."""
    spec: Any = subscription.spec
    definition: DefinitionSpec = spec.definitions[int(subscription.data.get("definition", 0))]
    return definition


def arm_boundaries(x: Execution, token: Token) -> None:
    """Begin to wait for the boundary events of an activity."""
    for boundary in token.task_spec.boundaries:
        if boundary.element.event_kind in SUBSCRIBED:
            wait_for(x, boundary, token.inner, token)


def listen(x: Execution, subprocess: ElementSpec, scope: Scope) -> None:
    """Begin to wait for the start event of an event subprocess of ``scope``."""
    start = event_start(subprocess)
    if start.element.event_kind in SUBSCRIBED:
        wait_for(x, start, scope, None)


def event_start(subprocess: ElementSpec) -> ElementSpec:
    """The start event of an event subprocess."""
    assert subprocess.inside is not None
    return subprocess.inside.event_starts[0]


def correlation_key(x: Execution, key: Value | None, name: str | None, scope: Scope) -> str:
    """The key by which a message finds its receiver. Raises ``ElementIncident`` where it is neither text nor number."""
    value = x.evaluate(key, scope) if key is not None else None
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)) or value == "":
        raise ElementIncident(
            "correlation_key",
            Text(
                "La clave de correlación «{text}» del mensaje «{name}» no dio un texto ni un número.",
                "The correlation key “{text}” of the message “{name}” gave neither text nor a number.",
                {"text": key.text if key else "", "name": name or ""},
            ),
        )
    return key_text(value)


def key_text(value: str | int | Decimal) -> str:
    """A correlation key as stored: numbers without trailing zeros, so that 7, 7.0 and "7" are one key."""
    if isinstance(value, str):
        return value
    number = Decimal(value)
    return format(number.to_integral_value() if number == number.to_integral_value() else number.normalize(), "f")


def _zone(x: Execution) -> str:
    office = x.env.facts.get("office")
    return str(office.get("timezone", "UTC")) if isinstance(office, dict) else "UTC"


def _set_timer(x: Execution, definition: DefinitionSpec, scope: Scope, subscription: Subscription) -> None:
    timer, expression = definition.event.timer, definition.expression
    assert timer is not None
    assert expression is not None
    try:
        due = first_due(timer, x.evaluate(expression, scope), x.now, _zone(x))
    except TimerError as error:
        raise ElementIncident("timer", error.text) from error
    subscription.due_at = due.at
    if due.cycle is not None:
        subscription.data = {"cycle": due.cycle, "remaining": due.remaining}


def fire(x: Execution, subscription: Subscription, variables: dict[str, Any]) -> None:
    """What ``subscription`` waited for has come."""
    spec, token = subscription.spec, subscription.token
    if token is None:
        subprocess = spec.process.spec(spec.element.parent or "")
        assert subprocess is not None
        _rearm(x, subscription, spec.element.interrupting)
        start_event_subprocess(x, subscription.scope, subprocess, variables)
    elif spec.element.kind == "boundaryEvent":
        _rearm(x, subscription, spec.element.interrupting)
        fire_boundary(x, token, spec, variables)
    else:
        x.unsubscribe(subscription)
        x.guarded(token, "completing", lambda: token.task_spec.triggered(x, token, subscription, variables))


def _rearm(x: Execution, subscription: Subscription, interrupting: bool) -> None:
    """A timer is used up unless it is a cycle that goes on; messages and signals go on until interrupted."""
    if interrupting:
        x.unsubscribe(subscription)
        return
    if subscription.kind == "timer":
        cycle, remaining = subscription.data.get("cycle"), subscription.data.get("remaining")
        due = None
        if cycle is not None and subscription.due_at is not None:
            due = next_due(cycle, subscription.due_at, int(remaining) if remaining is not None else None, _zone(x))
        if due is None:
            x.unsubscribe(subscription)
        else:
            subscription.due_at = due.at
            subscription.data = {**subscription.data, "cycle": cycle, "remaining": due.remaining}
            x.changes.touched_subscriptions[subscription.id] = subscription


def fire_boundary(x: Execution, activity: Token, boundary: ElementSpec, variables: dict[str, Any]) -> Token:
    """A boundary event of ``activity`` was caught."""
    token = x.place(boundary, activity.scope)
    token.internal_data["variables"] = variables
    if boundary.element.interrupting:
        x.terminate(activity)
    return token


def start_event_subprocess(x: Execution, scope: Scope, subprocess: ElementSpec, variables: dict[str, Any]) -> Token:
    """Start an event subprocess in ``scope``; an interrupting one ends all else there."""
    token = x.place(subprocess, scope)
    token.internal_data["variables"] = variables
    if event_start(subprocess).element.interrupting:
        x.terminate_inside(scope, keep=token)
        stop_listening(x, scope)
    return token


def can_begin(scope: Scope) -> bool:
    """Whether an event subprocess of ``scope`` may begin: not when only such are left there.

    BPMN 2.0.2, 13.5.4: no handler is initiated once an interrupting one has started, nor while its parent is completing.
    """
    return any(not token.task_spec.element.triggered_by_event for token in scope.tokens.values())


def stop_listening(x: Execution, scope: Scope) -> None:
    """Begin no more event subprocesses in ``scope``."""
    for item in [item for item in x.instance.subscriptions.values() if item.scope is scope and item.token is None]:
        x.unsubscribe(item)


def stop_listening_if_completing(x: Execution, scope: Scope) -> None:
    """A scope in which only event subprocesses still run waits for them and begins no more."""
    content = content_of(scope)
    if content is not None and content.event_subprocesses and not can_begin(scope):
        stop_listening(x, scope)


def content_of(scope: Scope) -> ContentSpec | None:
    """What is drawn inside ``scope``; None for local scopes and loops."""
    if scope.closed:
        return scope.process.content
    if scope.kind == "subprocess" and scope.owner is not None:
        return scope.owner.task_spec.inside
    return None


def throw_error(
    x: Execution, token: Token, code: str, message: str, variables: dict[str, Any], *, itself: bool = True
) -> None:
    """Throw a BPMN error at ``token``. Raises ``ElementIncident`` where nobody catches it."""
    if not _throw(x, token, "error", code, {**variables}, itself=itself):
        raise ElementIncident(
            "error_not_caught",
            Text(
                "Nadie atrapa el error «{code}». {message}",
                "Nobody catches the error “{code}”. {message}",
                {"code": code, "message": message[:500]},
            ),
        )


def throw_escalation(x: Execution, token: Token, code: str, variables: dict[str, Any]) -> None:
    """Throw an escalation at ``token``; one that nobody catches goes unheard, as the standard says."""
    _throw(x, token, "escalation", code, variables, itself=False)


def _throw(x: Execution, token: Token, kind: str, code: str, variables: dict[str, Any], *, itself: bool) -> bool:
    came_from: Token | None = None
    if itself and token.role != "iteration" and _at_boundary(x, token, kind, code, variables):
        return True
    scope: Scope | None = token.scope
    while scope is not None:
        content = content_of(scope)
        if content is not None and can_begin(scope):
            candidates = [s for s in content.event_subprocesses if came_from is None or s is not came_from.task_spec]
            starts = {event_start(subprocess): subprocess for subprocess in candidates}
            start = _matching(starts, kind, code)
            if start is not None:
                start_event_subprocess(x, scope, starts[start], variables)
                return True
        owner = scope.owner
        if owner is not None:
            if owner.role != "iteration" and _at_boundary(x, owner, kind, code, variables):
                return True
            came_from = owner
        scope = owner.scope if owner is not None else None
    return False


def _at_boundary(x: Execution, activity: Token, kind: str, code: str, variables: dict[str, Any]) -> bool:
    boundary = _matching(activity.task_spec.boundaries, kind, code)
    if boundary is None:
        return False
    fire_boundary(x, activity, boundary, variables)
    return True


def _matching(specs: Any, kind: str, code: str) -> ElementSpec | None:
    """The one that names ``code``, else the one that catches all."""
    found = None
    for spec in specs:
        event = spec.element.event
        if event is not None and event.kind == kind:
            if event.code == code:
                return spec  # type: ignore[no-any-return]
            if event.code is None:
                found = spec
    return found


def throw_to_boundary(x: Execution, activity: Token, kind: str, name: str | None) -> None:
    """Throw an event at an activity's own boundary (multi-instance behaviours)."""
    for boundary in activity.task_spec.boundaries:
        event = boundary.element.event
        if event is not None and event.kind == kind and (event.name or event.code) in (name, None):
            fire_boundary(x, activity, boundary, {})
            return


def broadcast(x: Execution, name: str, variables: dict[str, Any]) -> None:
    """Let all of this instance that wait for a signal now hear it; the runtime carries it to the others."""
    x.changes.signals.append((name, variables))
    waiting = [item for item in x.instance.subscriptions.values() if item.kind == "signal" and item.name == name]
    for subscription in waiting:
        if subscription.id in x.instance.subscriptions:
            fire(x, subscription, dict(variables))


def check_conditions(x: Execution) -> None:
    """Fire the conditional events whose condition became true."""
    for subscription in list(x.conditional.values()):
        if subscription.id not in x.instance.subscriptions:
            continue
        condition = definition_of(subscription).expression
        assert condition is not None
        now_true = x.evaluate(condition, subscription.scope) is True
        if now_true != subscription.data["was"]:
            subscription.data = {**subscription.data, "was": now_true}
            x.changes.touched_subscriptions[subscription.id] = subscription
            if now_true:
                fire(x, subscription, {})


def cancel_transaction(x: Execution, token: Token) -> None:
    """A cancel end event was reached: undo what the transaction did, then leave it by its cancel boundary event."""
    from engine.bpmn import compensation

    scope = token.scope
    x.terminate_inside(scope, keep=token)
    compensation.compensate(x, token, scope, list(scope.compensations), then="cancel")


def transaction_cancelled(x: Execution, token: Token) -> None:
    """The compensation of a cancelled transaction is over."""
    owner = token.scope.owner
    assert owner is not None
    boundary = next((b for b in owner.task_spec.boundaries if b.element.event_kind == "cancel"), None)
    x.retire(token, check=False)
    if boundary is not None:
        fire_boundary(x, owner, boundary, {})
    else:
        x.guarded(owner, "completing", owner.complete)
