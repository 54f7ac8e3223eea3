"""Compensation: what was completed and can be undone, and undoing it in reverse order, one handler after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine.bpmn.instance import Scope, Token

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution
    from engine.bpmn.specs import ElementSpec


def remember(x: Execution, token: Token) -> None:
    """Note that the activity of ``token`` was completed, if anything can undo it."""
    spec = token.task_spec
    entry: dict[str, Any] = {}
    handler = _handler(spec)
    if handler is not None:
        entry = {"activity": spec.element.id, "handler": handler}
    elif token.content is not None and token.content.kind == "subprocess":
        own = _compensation_subprocess(spec)
        if own is not None:
            # What was done inside is for the event subprocess to undo, by a compensation of its own.
            entry = {"activity": spec.element.id, "handler": own.element.id, "left": list(token.content.compensations)}
        elif token.content.compensations:
            entry = {"activity": spec.element.id, "inside": list(token.content.compensations)}
    elif token.role == "body" and token.content is not None and token.content.compensations:
        entry = {"activity": spec.element.id, "inside": list(token.content.compensations)}
    if not entry:
        return
    inside = token.content if token.content is not None and token.content.kind == "subprocess" else None
    entry["variables"] = {
        **(token.owned.variables if token.owned is not None else {}),
        **(inside.variables if inside is not None else {}),
    }
    token.scope.compensations.append(entry)
    x.changes.touched_scopes[token.scope.id] = token.scope


def _handler(spec: ElementSpec) -> str | None:
    for boundary in spec.boundaries:
        if boundary.element.event_kind == "compensation":
            return boundary.element.compensation_handler
    return None


def _compensation_subprocess(spec: ElementSpec) -> ElementSpec | None:
    if spec.inside is None:
        return None
    for subprocess in spec.inside.event_subprocesses:
        assert subprocess.inside is not None
        if subprocess.inside.event_starts[0].element.event_kind == "compensation":
            return subprocess
    return None


def throw(x: Execution, token: Token, activity: str | None) -> bool:
    """Compensate ``activity`` (None: all of the scope) from ``token``. Returns True if there is nothing to undo."""
    scope = _scope_of_throw(token)
    entries = [entry for entry in scope.compensations if activity in (None, entry["activity"])]
    return compensate(x, token, scope, entries, then="complete")


def _scope_of_throw(token: Token) -> Scope:
    """The scope that is compensated: inside an event subprocess it is the one around it.

    A compensation event subprocess runs after its subprocess is gone, and holds itself what was done there.
    """
    scope = token.scope
    while scope.owner is not None and scope.owner.task_spec.element.triggered_by_event:
        if "compensates" in scope.owner.internal_data:
            break
        scope = scope.owner.scope
    return scope


def compensate(x: Execution, token: Token, scope: Scope, entries: list[dict[str, Any]], *, then: str) -> bool:
    """Run the handlers of ``entries``, the last completed first; ``then`` says what ``token`` does afterwards."""
    scope.compensations = [entry for entry in scope.compensations if entry not in entries]
    x.changes.touched_scopes[scope.id] = scope
    token.internal_data["handlers"] = _flatten(entries)
    token.internal_data["then"] = then
    x.touch(token)
    return _next(x, token)


def _flatten(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Handlers in the order in which they run: reverse completion, inner ones in place of their subprocess."""
    handlers: list[dict[str, Any]] = []
    for entry in reversed(entries):
        if "inside" in entry:
            for inner in _flatten(entry["inside"]):
                handlers.append({**inner, "variables": {**entry["variables"], **inner["variables"]}})
        else:
            handlers.append(
                {"handler": entry["handler"], "variables": entry["variables"], "left": entry.get("left", [])}
            )
    return handlers


def _next(x: Execution, token: Token) -> bool:
    """Start the next handler; True when none is left and ``token`` may go on at once."""
    handlers = token.internal_data["handlers"]
    if not handlers:
        if token.internal_data.get("then") == "cancel":
            from engine.bpmn import events

            x.finish(token)
            events.transaction_cancelled(x, token)
            return False
        return True
    entry = handlers.pop(0)
    x.touch(token)
    spec = token.task_spec.process.spec(entry["handler"])
    assert spec is not None
    handler = x.place(spec, token.scope)
    handler.internal_data["compensates"] = str(token.id)
    if entry["left"]:
        handler.internal_data["left"] = entry["left"]
    if entry["variables"]:
        local = x.own(handler)
        for name, value in entry["variables"].items():
            x.write_local(local, name, value)
    return False


def handler_done(x: Execution, handler: Token) -> None:
    """A handler has finished: go on with the next, or with the event that threw."""
    token = x.instance.token(UUID(handler.internal_data["compensates"]))
    if token is not None and _next(x, token):
        x.guarded(token, "completing", token.complete)
