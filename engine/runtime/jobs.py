"""Jobs: run by their handler in one transaction with what follows, retried with back-off, then an incident."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from engine.bpmn import advance
from engine.bpmn.instance import Instance
from engine.errors import Text
from engine.feel import from_json
from engine.runtime import state
from engine.runtime.steps import Cascade, deliver, locked, run
from engine.store import Context
from engine.store.tables.runtime import Job as JobRow

BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))


class BpmnError(Exception):
    """A handler says that the business case failed: thrown in the diagram as a BPMN error with ``code``."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.variables = dict(variables or {})


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler gets: its type, headers, the variables that its task sees, and the expressions of its inputs."""

    id: UUID
    type: str
    instance_id: UUID
    case_id: UUID | None
    element_id: str
    headers: Mapping[str, str]
    variables: Mapping[str, Any]
    attempt: int
    inputs: Mapping[str, str]


LOST = Text(
    "el programa terminó mientras la hacía, cada vez que lo intentó.",
    "the program ended while it did it, each time that it tried.",
)
Handler = Callable[[Context, Job], Mapping[str, Any] | None]


def perform(context: Context, job_id: UUID, mine: UUID, handlers: Mapping[str, Handler]) -> bool:
    """Run a leased job and let its task go on; False if the lease is no longer ours."""
    row = context.session.get(JobRow, job_id, populate_existing=True)
    if row is None or row.lease != mine or row.instance_id is None or row.token_id is None:
        return False
    token_id = row.token_id
    handler = handlers.get(row.type)
    if handler is None:
        raise LookupError(f"No handler does jobs of type {row.type!r}.")
    instance_row = locked(context, row.instance_id)
    if instance_row.state != "active":
        return False
    instance = state.load(context, instance_row)
    state.keep(instance_row.id, instance_row.stamp, instance)
    token = instance.token(token_id)
    if token is None:
        context.session.delete(row)
        return False
    reading = {name: value for scope in reversed(list(token.inner.chain())) for name, value in scope.variables.items()}
    if token.owned is not None and token.task_spec.inputs_mapped:
        # A handler sees its inputs first; with inputs mapped, exactly what the designer gave it and what lies around.
        reading |= token.owned.variables
    job = Job(
        row.id,
        row.type,
        instance_row.id,
        row.case_id,
        token.task_spec.element.id,
        row.data.get("headers", {}),
        reading,
        row.attempts,
        {item.target: item.source for item in token.task_spec.element.inputs},
    )
    cascade = Cascade()
    try:
        with context.session.begin_nested():
            result = {name: from_json(value) for name, value in (handler(context, job) or {}).items()}
    except BpmnError as error:
        instance_row = locked(context, instance_row.id)  # the handler may have changed the case
        code, message, variables = error.code, error.message, error.variables

        def fail(instance: Instance, world: Any) -> Any:
            return advance.raise_error(instance, world, token_id, code, message, variables)

        run(context, instance_row, fail, cascade)
    else:
        instance_row = locked(context, instance_row.id)

        def done(instance: Instance, world: Any) -> Any:
            return advance.complete(instance, world, token_id, result)

        run(context, instance_row, done, cascade)
    deliver(context, cascade)
    return True


def failed(context: Context, job_id: UUID, mine: UUID, why: Text) -> None:
    """A handler failed: later again, or an incident when its retries are used up."""
    row = context.session.get(JobRow, job_id, populate_existing=True)
    if row is None or row.lease != mine:
        return
    row.lease = row.leased_until = None
    row.error = why.in_language("es")[:2_000]
    if row.attempts < row.retries:
        row.due_at = context.now + _back_off(row.id, row.attempts)
        return
    row.state = "failed"
    context.session.flush()
    if row.instance_id is None or row.token_id is None:
        return
    token_id, kind = row.token_id, row.type
    instance_row = locked(context, row.instance_id)
    text = Text(
        f"La tarea automática «{{kind}}» falló {{n}} veces: {_verbatim(why.in_language('es'))}",
        f"The automatic task “{{kind}}” failed {{n}} times: {_verbatim(why.in_language('en'))}",
        {"kind": kind, "n": row.attempts},
    )
    if instance_row.state == "active":
        run(context, instance_row, lambda i, world: advance.fail_job(i, world, token_id, text), Cascade())


def _verbatim(told: str) -> str:
    return told[:500].replace("{", "{{").replace("}", "}}")


def _back_off(job_id: UUID, attempts: int) -> timedelta:
    """How long to wait: longer each time, and up to a fifth more, different for each job, so that they spread out."""
    spread = Random(f"{job_id}{attempts}").random() / 5  # noqa: S311 - nothing secret
    return BACK_OFF[min(attempts - 1, len(BACK_OFF) - 1)] * (1 + spread)


def complete_by_hand(context: Context, instance_id: UUID, token_id: UUID, variables: Mapping[str, Any]) -> None:
    """Let the task of a job go on as if its handler had given ``variables`` (trials, and supervisors' repairs)."""
    cascade = Cascade()
    row = locked(context, instance_id)
    run(context, row, lambda instance, world: advance.complete(instance, world, token_id, variables), cascade)
    deliver(context, cascade)


def throw_by_hand(context: Context, instance_id: UUID, token_id: UUID, code: str, variables: Mapping[str, Any]) -> None:
    """Let the task of a job fail with a BPMN error, as if its handler had thrown it."""
    cascade = Cascade()
    row = locked(context, instance_id)
    run(
        context,
        row,
        lambda instance, world: advance.raise_error(instance, world, token_id, code, "", variables),
        cascade,
    )
    deliver(context, cascade)
