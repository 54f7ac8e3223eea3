"""Moves tokens by hand: cancels some, places others, with variables, and leaves no empty scope behind.

What is placed comes first and what is cancelled after it, so that a move never lets a scope run empty on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine.bpmn import compensation, events, loops
from engine.bpmn.changes import Changes
from engine.bpmn.environment import Environment
from engine.bpmn.execution import Execution
from engine.bpmn.instance import STARTED, Instance, Scope, Token
from engine.bpmn.specs import ElementSpec
from engine.errors import EngineError, Text


class CannotModify(EngineError):
    """What was asked has no sense in this instance; nothing of it was done."""

    code = "cannot_modify"


@dataclass(frozen=True, slots=True)
class Placing:
    """Put a token at an element, or on a sequence flow, with variables for it alone.

    ``scope_id`` says in which scope, where there are several (iterations of a loop, called processes); it may be one
    that lies around the element's own.
    """

    target_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    scope_id: UUID | None = None


def modify(instance: Instance, env: Environment, cancel: Iterable[UUID], place: Sequence[Placing]) -> Changes:
    """Cancel the tokens ``cancel`` and place those of ``place``. Raises ``CannotModify``."""
    tokens = [_live(instance, id) for id in cancel]
    x = Execution(instance, env, "modify", place[0].target_id if place else _element(tokens))
    for placing in place:
        _place(x, placing)
    for token in tokens:
        _cancel(x, token)
    return x.run()


def _element(tokens: list[Token]) -> str | None:
    return tokens[0].task_spec.element.id if tokens else None


def _live(instance: Instance, id: UUID) -> Token:
    token = instance.token(id)
    if token is None:
        raise CannotModify(Text("Ese paso ya no está en marcha.", "That step is no longer running."))
    return token


# -- placing -----------------------------------------------------------------------------------------------------------


def _place(x: Execution, placing: Placing) -> None:
    around = _around(x, placing.scope_id)
    process = around.process
    flow = process.model.flows.get(placing.target_id)
    spec = process.spec(flow.target if flow is not None else placing.target_id)
    if spec is None:
        raise CannotModify(
            Text(
                "«{id}» no es un elemento de este proceso.",
                "“{id}” is no element of this process.",
                {"id": placing.target_id[:200]},
            )
        )
    element = spec.element
    if element.for_compensation or element.kind == "boundaryEvent":
        raise CannotModify(
            Text(
                "A «{name}» no se llega por un flujo; elija la actividad que le sigue.",
                "“{name}” is not reached by a flow; choose the activity that follows it.",
                {"name": element.name or element.id},
            )
        )
    scope = _scope_for(x, spec, around, named=placing.scope_id is not None)
    token = x.place(spec, scope, flow.id if flow is not None else None)
    if placing.variables:
        local = x.own(token)
        for name, value in placing.variables.items():
            x.write_local(local, name, value)


def _around(x: Execution, scope_id: UUID | None) -> Scope:
    scope = x.instance.root if scope_id is None else x.instance.scopes.get(scope_id)
    if scope is None:
        raise CannotModify(Text("Ese ámbito ya no está en marcha.", "That scope is no longer running."))
    return scope


def _containers(spec: ElementSpec) -> list[ElementSpec]:
    """The subprocesses around an element, from the outermost in."""
    found: list[ElementSpec] = []
    parent = spec.process.spec(spec.element.parent or "")
    while parent is not None:
        found.insert(0, parent)
        parent = parent.process.spec(parent.element.parent or "")
    return found


def _scope_for(x: Execution, spec: ElementSpec, around: Scope, *, named: bool) -> Scope:
    """The scope in which ``spec`` lies: a running one, else one that is opened from the outside in."""
    containers = _containers(spec)
    scope, missing = _frame(around), containers
    for depth in range(len(containers), 0, -1):
        running = [
            item
            for item in x.instance.scopes.values()
            if item.kind == "subprocess" and item.owner is not None and item.owner.task_spec is containers[depth - 1]
        ]
        running = [item for item in running if around in item.chain() or (named and item in around.chain())]
        if len(running) > 1:
            raise CannotModify(
                Text(
                    "«{name}» está en marcha varias veces: diga en cuál.",
                    "“{name}” is running several times: say in which.",
                    {"name": containers[depth - 1].element.name or containers[depth - 1].name},
                )
            )
        if running:
            scope, missing = running[0], containers[depth:]
            break
    for container in missing:
        scope = _open(x, container, scope)
    return scope


def _frame(scope: Scope) -> Scope:
    """The process, called or outermost, in which ``scope`` lies."""
    while not scope.closed and scope.parent is not None:
        scope = scope.parent
    return scope


def _open(x: Execution, container: ElementSpec, scope: Scope) -> Scope:
    """Let a token enter a subprocess as far as its border: its start events stay untouched."""
    assert container.inside is not None
    if getattr(container, "loop", None) is not None:
        raise CannotModify(
            Text(
                "«{name}» se repite: coloque el paso en una de sus vueltas en marcha, o en la repetición entera.",
                "“{name}” is repeated: place the step in a round that is running, or at the whole repetition.",
                {"name": container.element.name or container.name},
            )
        )
    token = x.place(container, scope)
    x.queue.remove(token)
    token._set_state(STARTED)
    x.map_inputs(token)
    events.arm_boundaries(x, token)
    content = token.content = x.open_scope("subprocess", token.inner, container.process, token)
    for subprocess in container.inside.event_subprocesses:
        events.listen(x, subprocess, content)
    return content


# -- cancelling --------------------------------------------------------------------------------------------------------


def _cancel(x: Execution, token: Token) -> None:
    """End a token; a scope that it leaves empty ends too, outwards."""
    if token.id not in x.instance.tasks:
        return  # an outer one that was to be cancelled has taken it along
    scope = token.scope
    iteration, compensates = token.role == "iteration", "compensates" in token.internal_data
    x.terminate(token)
    if compensates:
        compensation.handler_done(x, token)
    if iteration and scope.owner is not None:
        loop = getattr(token.task_spec, "loop", None)
        assert loop is not None
        loops.iteration_cancelled(x, token, loop)
    elif not scope.tokens:
        _emptied(x, scope)


def _emptied(x: Execution, scope: Scope) -> None:
    if scope.owner is None:
        x.end_instance("cancelled")
    else:
        _cancel(x, scope.owner)
