"""Finds what must never be in the rows of the runtime: each rule is one query over all instances.

Usable on a live installation: everything is read in one transaction, which sees one state of the database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from engine.errors import Text
from engine.runtime import awaiting, replay
from engine.store import Context
from engine.store.tables.runtime import (
    ActivityHistory,
    Incident,
    Job,
    MessageCorrelation,
    ProcessInstance,
    ScopeRow,
    StepHistory,
    SubscriptionRow,
    TokenRow,
    UserTask,
    UserTaskCandidate,
)

RUNNING = ("active", "suspended")
OPEN = ("open", "suspended")
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wrong:
    """What a rule found: how many, and the keys of the first of them."""

    rule: str
    text: Text
    count: int
    keys: tuple[str, ...]


def _instance(table: Any) -> Any:
    return exists(
        select(ProcessInstance.id).where(ProcessInstance.id == table.instance_id, ProcessInstance.state.in_(RUNNING))
    )


RULES: dict[str, tuple[Text, Callable[[], Select[Any]]]] = {
    "task.token": (
        Text("tareas abiertas sin su testigo", "open tasks without their token"),
        lambda: select(UserTask.id).where(UserTask.state.in_(OPEN), ~exists().where(TokenRow.id == UserTask.id)),
    ),
    "task.closed-with-token": (
        Text("tareas cerradas cuyo testigo sigue ahí", "closed tasks whose token is still there"),
        lambda: select(UserTask.id).where(UserTask.state.not_in(OPEN), exists().where(TokenRow.id == UserTask.id)),
    ),
    "task.state": (
        Text(
            "tareas abiertas en procesos suspendidos, o al revés", "open tasks in suspended instances, or the reverse"
        ),
        lambda: (
            select(UserTask.id)
            .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
            .where(
                or_(
                    and_(UserTask.state == "open", ProcessInstance.state != "active"),
                    and_(UserTask.state == "suspended", ProcessInstance.state != "suspended"),
                )
            )
        ),
    ),
    "candidate.closed": (
        Text("candidatos de tareas que no están abiertas", "candidates of tasks that are not open"),
        lambda: select(UserTaskCandidate.task_id).where(
            ~exists().where(UserTask.id == UserTaskCandidate.task_id, UserTask.state.in_(OPEN))
        ),
    ),
    "token.scope": (
        Text("testigos sin su ámbito", "tokens without their scope"),
        lambda: select(TokenRow.id).where(~exists().where(ScopeRow.id == TokenRow.scope_id)),
    ),
    "token.instance": (
        Text("testigos de procesos que terminaron", "tokens of instances that are over"),
        lambda: select(TokenRow.id).where(~_instance(TokenRow)),
    ),
    "instance.empty": (
        Text("procesos en marcha sin ningún testigo", "running instances without a token"),
        lambda: select(ProcessInstance.id).where(
            ProcessInstance.state.in_(RUNNING), ~exists().where(TokenRow.instance_id == ProcessInstance.id)
        ),
    ),
    "instance.ended": (
        Text("procesos con fin y estado que no concuerdan", "instances whose end and state disagree"),
        lambda: select(ProcessInstance.id).where(
            ProcessInstance.state.in_(RUNNING) == ProcessInstance.ended_at.is_not(None)
        ),
    ),
    "subscription.instance": (
        Text("esperas de procesos que terminaron", "subscriptions of instances that are over"),
        lambda: select(SubscriptionRow.id).where(~_instance(SubscriptionRow)),
    ),
    "subscription.token": (
        Text("esperas sin su testigo o su ámbito", "subscriptions without their token or scope"),
        lambda: select(SubscriptionRow.id).where(
            or_(
                and_(SubscriptionRow.token_id.is_not(None), ~exists().where(TokenRow.id == SubscriptionRow.token_id)),
                ~exists().where(ScopeRow.id == SubscriptionRow.scope_id),
            )
        ),
    ),
    "timer.due": (
        Text("temporizadores sin fecha", "timers without a due time"),
        lambda: select(SubscriptionRow.id).where(SubscriptionRow.kind == "timer", SubscriptionRow.due_at.is_(None)),
    ),
    "job.token": (
        Text("trabajos sin su testigo", "jobs without their token"),
        lambda: select(Job.id).where(Job.token_id.is_not(None), ~exists().where(TokenRow.id == Job.token_id)),
    ),
    "job.twice": (
        Text("testigos con más de un trabajo", "tokens with more than one job"),
        lambda: select(Job.token_id).where(Job.token_id.is_not(None)).group_by(Job.token_id).having(func.count() > 1),
    ),
    "incident.token": (
        Text("incidencias abiertas de testigos que ya no están", "open incidents of tokens that are gone"),
        lambda: select(Incident.id).where(
            Incident.resolved_at.is_(None),
            Incident.token_id.is_not(None),
            ~exists().where(TokenRow.id == Incident.token_id),
        ),
    ),
    "token.error": (
        Text("testigos detenidos sin incidencia abierta", "stopped tokens without an open incident"),
        lambda: select(TokenRow.id).where(
            TokenRow.state == "error",
            ~exists().where(Incident.token_id == TokenRow.id, Incident.resolved_at.is_(None)),
        ),
    ),
    "history.sequence": (
        Text("procesos con huecos en su historia", "instances with gaps in their history"),
        lambda: (
            select(ProcessInstance.id)
            .outerjoin(ActivityHistory, ActivityHistory.instance_id == ProcessInstance.id)
            .group_by(ProcessInstance.id, ProcessInstance.last_sequence)
            .having(
                or_(
                    func.count(ActivityHistory.sequence) != ProcessInstance.last_sequence,
                    func.coalesce(func.max(ActivityHistory.sequence), 0) != ProcessInstance.last_sequence,
                )
            )
        ),
    ),
    "history.version": (
        Text("procesos cuya historia no llega a su versión", "instances whose history does not reach their version"),
        lambda: (
            select(ProcessInstance.id)
            .outerjoin(StepHistory, StepHistory.instance_id == ProcessInstance.id)
            .group_by(ProcessInstance.id, ProcessInstance.version)
            .having(func.coalesce(func.max(StepHistory.version), 0) != ProcessInstance.version)
        ),
    ),
    "history.twice": (
        Text("tareas completadas más de una vez", "tasks that were completed more than once"),
        lambda: (
            select(ActivityHistory.token_id)
            .where(ActivityHistory.action == "completed")
            .group_by(ActivityHistory.token_id, ActivityHistory.element_id)
            .having(func.count() > 1)
        ),
    ),
    "message.instance": (
        Text("mensajes entregados a procesos que no existen", "messages delivered to instances that do not exist"),
        lambda: select(MessageCorrelation.message_id).where(
            ~exists().where(ProcessInstance.id == MessageCorrelation.instance_id)
        ),
    ),
}


AWAITED = Text(
    "tareas, trabajos o esperas que faltan o sobran junto a un testigo",
    "tasks, jobs or subscriptions that are missing or too many beside a token",
)


def check(context: Context, *, replaying: bool = True) -> list[Wrong]:
    """Everything that is wrong; with ``replaying``, also instances whose state is not what their history tells."""
    found = []
    for rule, (text, query) in RULES.items():
        keys = [str(key) for key in context.session.scalars(query())]
        if keys:
            found.append(Wrong(rule, text, len(keys), tuple(keys[:SHOWN])))
    running = context.session.scalars(select(ProcessInstance).where(ProcessInstance.state.in_(RUNNING))).all()
    amiss = [line for row in running for line in awaiting.differences(context, row)]
    if amiss:
        found.append(Wrong("instance.awaited", AWAITED, len(amiss), tuple(amiss[:SHOWN])))
    if replaying:
        untold = [
            difference
            for id in context.session.scalars(
                select(ProcessInstance.id).where(exists().where(StepHistory.instance_id == ProcessInstance.id))
            ).all()
            for difference in replay.differences(context, id)
        ]
        if untold:
            text = Text("estados que no son los que cuenta la historia", "states that are not what the history tells")
            found.append(Wrong("history.replay", text, len(untold), tuple(untold[:SHOWN])))
    return found
