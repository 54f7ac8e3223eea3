"""Moves the tokens of one instance as far as they go: state and trigger in, changes out, no database.

Every public function is one step. It starts from an instance at rest, runs until every token waits, and returns what
changed. An element that cannot go on becomes an incident at its token; the rest of the instance goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine.bpmn import events
from engine.bpmn.changes import Changes, NewIncident
from engine.bpmn.environment import Environment
from engine.bpmn.execution import Execution
from engine.bpmn.instance import Instance, Token
from engine.bpmn.specs import ProcessSpec
from engine.errors import Text


def start(
    spec: ProcessSpec,
    instance_id: UUID,
    env: Environment,
    variables: Mapping[str, Any],
    start_event: str | None = None,
) -> tuple[Instance, Changes]:
    """Start ``spec`` at its none start event, or at ``start_event`` (a message, timer or signal one)."""
    instance = Instance(instance_id, spec)
    x = Execution(instance, env, "start", start_event)
    instance.root = x.open_scope("process", None, spec, None)
    for name, value in variables.items():
        x.write_local(instance.root, name, value)
    if start_event is None:
        x.begin(instance.root, spec.content)
    else:
        for subprocess in spec.content.event_subprocesses:
            events.listen(x, subprocess, instance.root)
        events.start_at(x, instance.root, start_event)
    if not instance.tasks and not x.queue:
        x.end_instance("completed")
    return instance, x.run()


def complete(instance: Instance, env: Environment, token_id: UUID, variables: Mapping[str, Any]) -> Changes:
    """The user task or job at ``token_id`` is done and gave ``variables``."""
    token = _waiting(instance, token_id)
    x = Execution(instance, env, "complete", token.task_spec.element.id)
    x.changes.closed_tasks[token.id] = "completed"
    x.close_job(token)

    def finish() -> None:
        x.write_result(token, variables)
        token.complete()

    x.guarded(token, "completing", finish)
    return x.run()


def trigger(instance: Instance, env: Environment, subscription_id: UUID, variables: Mapping[str, Any]) -> Changes:
    """What the subscription waited for has come."""
    subscription = instance.subscriptions[subscription_id]
    x = Execution(instance, env, subscription.kind, subscription.spec.element.id)
    events.fire(x, subscription, dict(variables))
    return x.run()


def raise_error(
    instance: Instance, env: Environment, token_id: UUID, code: str, message: str, variables: Mapping[str, Any]
) -> Changes:
    """The job at ``token_id`` ended with a BPMN error."""
    token = _waiting(instance, token_id)
    x = Execution(instance, env, "error", token.task_spec.element.id)
    x.close_job(token)
    x.guarded(token, "entering", lambda: events.throw_error(x, token, code, message, dict(variables)))
    return x.run()


def fail_job(instance: Instance, env: Environment, token_id: UUID, text: Text) -> Changes:
    """The job at ``token_id`` used up its retries."""
    token = _waiting(instance, token_id)
    x = Execution(instance, env, "fail", token.task_spec.element.id)
    x.changes.incidents.append(NewIncident(token, "job_failed", text))
    return x.run()


def retry(instance: Instance, env: Environment, token_id: UUID) -> Changes:
    """Try again what became an incident at ``token_id``."""
    token = _waiting(instance, token_id)
    x = Execution(instance, env, "retry", token.task_spec.element.id)
    x.changes.resolved.append(token.id)
    phase = token.internal_data.pop("phase", None)
    x.touch(token)
    if phase == "completing":
        x.guarded(token, "completing", token.complete)
    elif phase == "entering":
        token.reset()
        x.queue.append(token)
    return x.run()


def cancel(instance: Instance, env: Environment) -> Changes:
    """End the instance and all its tokens."""
    x = Execution(instance, env, "cancel")
    assert instance.root is not None
    x.terminate_inside(instance.root)
    x.end_instance("cancelled")
    return x.run()


def write_variables(instance: Instance, env: Environment, scope_id: UUID, variables: Mapping[str, Any]) -> Changes:
    """Write variables from outside into the scope ``scope_id`` (outwards, where they are already there)."""
    x = Execution(instance, env, "variables")
    for name, value in variables.items():
        x.write(instance.scopes[scope_id], name, value)
    return x.run()


def _waiting(instance: Instance, token_id: UUID) -> Token:
    token = instance.token(token_id)
    if token is None:
        raise KeyError(token_id)
    return token
