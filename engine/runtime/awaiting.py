"""Compares what stands beside the tokens of an instance with what its diagram says must stand there.

From a token to its task, job and subscriptions: a lost one would let a case wait for ever for something that never comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from math import inf
from uuid import UUID

from sqlalchemy import select

from engine.bpmn import events, waiting
from engine.bpmn.elements.tasks import UserTaskSpec
from engine.bpmn.instance import ERROR, Instance, Scope, Token
from engine.bpmn.model import Event
from engine.bpmn.specs import ElementSpec
from engine.bpmn.timers import first_due
from engine.runtime import state
from engine.store import Context
from engine.store.tables.runtime import ActivityHistory, Incident, Job, ProcessInstance, StepHistory, UserTask

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
Awaited = tuple[UUID | None, UUID, str, int]  # token, scope, element, which of its definitions


def differences(context: Context, row: ProcessInstance) -> list[str]:
    """What is missing or too many beside the tokens of a running instance; empty where all is well."""
    try:
        instance = state.read(context, row)
    except (KeyError, AssertionError) as error:
        return [f"instance {row.id}: its rows do not hold together ({type(error).__name__} {error})"]
    return [
        f"instance {row.id}: {line}"
        for line in (*_tasks(context, instance), *_jobs(context, instance), *_subscriptions(context, row, instance))
    ]


def _tasks(context: Context, instance: Instance) -> Iterator[str]:
    """Each user task at rest has its open task, and no other token has one."""
    query = select(UserTask.id).where(UserTask.instance_id == instance.id, UserTask.state.in_(("open", "suspended")))
    found = set(context.session.scalars(query))
    for token in instance.tasks.values():
        expected = isinstance(token.task_spec, UserTaskSpec) and token.role != "body" and waiting.at_rest(token)
        if expected and token.id not in found and token.state != ERROR:
            yield f"no open task at {token.task_spec.name} ({token.id})"
        if not expected and token.id in found:
            yield f"an open task at {token.task_spec.name} ({token.id}), where none belongs"


def _jobs(context: Context, instance: Instance) -> Iterator[str]:
    """Each job's task at rest has one job; one that was given up has its failed job and an incident, to be tried again."""
    query = select(Job.token_id, Job.state).where(Job.instance_id == instance.id, Job.token_id.is_not(None))
    found: dict[UUID, list[str]] = {}
    for token_id, kind in context.session.execute(query):
        if token_id is not None:
            found.setdefault(token_id, []).append(kind)
    stopped = set(
        context.session.scalars(
            select(Incident.token_id).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
        )
    )
    for token in instance.tasks.values():
        states = found.get(token.id, [])
        if getattr(token.task_spec, "job_type", None) is None or token.role == "body":
            expected: list[list[str]] = [[]]
        elif token.state == ERROR:  # it failed as it entered or completed, beside its job
            expected = [[], ["due"], ["failed"]]
        elif waiting.at_rest(token):
            expected = [["failed"] if token.id in stopped else ["due"]]
        else:
            expected = [[]]
        if states not in expected:
            yield f"jobs {states} at {token.task_spec.name} ({token.id}), where {expected[0]} belongs"


def _subscriptions(context: Context, row: ProcessInstance, instance: Instance) -> Iterator[str]:
    """Each event is waited for once; a timer that goes off beside its activity may be used up if it has gone off."""
    found = Counter(
        (
            item.token.id if item.token is not None else None,
            item.scope.id,
            item.spec.element.id,
            int(item.data.get("definition", 0)),
        )
        for item in instance.subscriptions.values()
    )
    for key in [key for key, count in found.items() if count > 1]:
        yield f"{found[key]} subscriptions to {key[2]} at {key[0] or key[1]}, where one belongs"
    wanted = dict(_wanted(instance))
    missing = {key: spec for key, spec in wanted.items() if key not in found}
    if missing:
        fired = _fired(context, instance, {spec.element.id for spec in missing.values()})
        migrated = _migrated(context, row)
        for key, spec in missing.items():
            token = instance.token(key[0]) if key[0] is not None else None
            if not _used_up(spec, key[3], token, fired[spec.element.id], migrated):
                yield f"no subscription to {key[2]} at {key[0] or key[1]}"
    for key in found:
        if key not in wanted:
            yield f"a subscription to {key[2]} at {key[0] or key[1]}, where none belongs"


def _wanted(instance: Instance) -> Iterator[tuple[Awaited, ElementSpec]]:
    for token in instance.tasks.values():
        if waiting.at_rest(token) and not token.internal_data.get("gathered"):
            # A stopped one has let go of what it waited for by itself; its border still holds.
            own = token.state != ERROR
            for spec in waiting.awaited(token):
                if own or spec.element.kind == "boundaryEvent":
                    yield from _definitions(spec, token.inner, token)
    for scope in instance.scopes.values():
        if not waiting.interrupted(scope) and events.can_begin(scope):
            for spec in waiting.awaited_inside(scope):
                yield from _definitions(spec, scope, None)


def _definitions(spec: ElementSpec, scope: Scope, token: Token | None) -> Iterator[tuple[Awaited, ElementSpec]]:
    for number in range(1 + len(spec.element.further_events)):
        yield (token.id if token is not None else None, scope.id, spec.element.id, number), spec


def _used_up(spec: ElementSpec, number: int, token: Token | None, fired: Sequence[datetime], migrated: bool) -> bool:
    """Whether a timer that interrupts nothing has gone off as often as it should (or may have, in another version)."""
    event = (spec.element.event, *spec.element.further_events)[number]
    if event is None or event.kind != "timer" or spec.element.interrupting:
        return False
    times = sum(token is None or at >= token.entered_at for at in fired)
    return migrated or times >= _times(event)


def _times(event: Event) -> float:
    """How often a timer goes off; one whose cycle an expression gives at least once, for its rows went with it."""
    text = event.expression or ""
    if event.timer != "cycle" or text.startswith("="):
        return 1
    due = first_due("cycle", text, LONG_AGO)
    return inf if due.remaining is None else due.remaining + 1


def _fired(context: Context, instance: Instance, element_ids: Collection[str]) -> dict[str, list[datetime]]:
    """When each element was completed, ended or is at work; an event subprocess counts by its start."""
    found: dict[str, list[datetime]] = {element_id: [] for element_id in element_ids}
    query = select(ActivityHistory.element_id, ActivityHistory.at).where(
        ActivityHistory.instance_id == instance.id, ActivityHistory.element_id.in_(sorted(element_ids))
    )
    for element_id, at in context.session.execute(query):
        found[element_id].append(at)
    for token in instance.tasks.values():
        if token.task_spec.element.id in found:
            found[token.task_spec.element.id].append(token.entered_at)
    return found


def _migrated(context: Context, row: ProcessInstance) -> bool:
    query = select(StepHistory.version).where(StepHistory.instance_id == row.id, StepHistory.command == "migrate")
    return context.session.scalar(query.limit(1)) is not None
