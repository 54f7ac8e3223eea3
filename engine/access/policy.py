"""May this actor do this to that, and what may they see: one rule, asked of one thing or put into a query."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true, union, union_all

from engine.access.actors import Actor
from engine.access.facts import Facts, TaskFacts
from engine.access.matrix import EVERYWHERE, HEADQUARTERS, PERMISSIONS, SUPERVISORS
from engine.errors import Forbidden, NotFound
from engine.store import Context
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import UserTask, UserTaskCandidate

# What only the one who has the task in hand may do.
HOLDING = ("task:complete", "task:release")


def may(actor: Actor, permission: str, facts: Facts | None = None) -> bool:
    """Whether ``actor`` has ``permission``, over the thing with these facts; nobody has an unknown one.

    Without facts it tells only whether a role of the actor has it over anything, as menus ask.
    """
    if not actor.roles & PERMISSIONS.get(permission, frozenset()):
        return False
    if actor.token is not None and permission not in actor.token.permissions:
        return False
    if facts is None:
        return True
    if isinstance(facts, TaskFacts):
        return _may_task(actor, permission, facts)
    return reaches_everywhere(actor) or facts.office_code == actor.office_code or actor.id in facts.holders


def require(
    actor: Actor,
    permission: str,
    facts: Facts | None = None,
    *,
    object_id: UUID | None = None,
    case_id: UUID | None = None,
) -> None:
    """Go on if ``actor`` may; else raise ``Forbidden``, which says what was refused and on what."""
    if not may(actor, permission, facts):
        raise Forbidden(permission=permission, object_id=object_id, case_id=case_id)


def reaches_everywhere(actor: Actor) -> bool:
    """Whether the actor's office does not bound what they see."""
    return actor.kind == "system" or (actor.office_code == HEADQUARTERS and bool(actor.roles & EVERYWHERE))


def supervises_everywhere(actor: Actor) -> bool:
    """Whether the actor looks after the open tasks of every office."""
    return actor.kind == "system" or (actor.office_code == HEADQUARTERS and bool(actor.roles & SUPERVISORS))


def supervises(actor: Actor, office_code: str | None) -> bool:
    """Whether the actor looks after the open tasks of this office."""
    local = office_code == actor.office_code and may(actor, "supervision:read")
    return supervises_everywhere(actor) or local


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Which case files the actor may read: their office's; every one from headquarters; those they hold.

    The same as ``may(actor, "case:read", facts.of_case(...))``.
    """
    if not may(actor, "case:read"):
        return false()
    if reaches_everywhere(actor):
        return true()
    in_hand = select(UserTask.case_id).where(UserTask.assignee_id == actor.id, UserTask.state == "open")
    return or_(CaseFile.office_code == actor.office_code, CaseFile.owner_id == actor.id, CaseFile.id.in_(in_hand))


def visible_tasks(actor: Actor) -> ColumnElement[bool]:
    """Which open tasks the actor may see: their own, those offered to them, and all for those who supervise.

    The same as ``may(actor, "task:read", facts.of_task(...))``.
    """
    if not may(actor, "task:read"):
        return false()
    if supervises_everywhere(actor):
        return true()
    supervised = UserTask.office_code == actor.office_code if may(actor, "supervision:read") else false()
    return or_(UserTask.assignee_id == actor.id, candidate(actor), supervised)


def candidate(actor: Actor) -> ColumnElement[bool]:
    """Whether an open task is offered to the actor: by a role at its office, or by name.

    Roles that serve every office from headquarters (a supervisor, the search liaison) are offered theirs of all.
    """
    row = UserTaskCandidate
    place = row.office_code == actor.office_code
    if serving := _serving(actor):
        place = or_(place, row.value.in_(sorted(serving)))
    by_role = and_(row.kind == "group", row.value.in_(sorted(actor.roles)), place)
    by_name = and_(row.kind == "user", row.value == str(actor.id))
    return exists(select(row.task_id).where(row.task_id == UserTask.id, or_(by_role, by_name)))


def within_reach(actor: Actor) -> ColumnElement[bool]:
    """The same as ``visible_tasks`` for lists of open tasks: what is theirs is looked up, however many others there are."""
    if not may(actor, "task:read"):
        return false()
    if supervises_everywhere(actor):
        return true()
    found = [select(UserTask.id).where(UserTask.assignee_id == actor.id, UserTask.state == "open"), *_offers(actor)]
    if may(actor, "supervision:read"):
        found.append(select(UserTask.id).where(UserTask.office_code == actor.office_code, UserTask.state == "open"))
    return UserTask.id.in_(union(*found))


def offered(actor: Actor) -> ColumnElement[bool]:
    """The same as ``candidate`` for lists of open tasks."""
    return UserTask.id.in_(union_all(*_offers(actor)))


def _offers(actor: Actor) -> list[Select[UUID]]:
    """Ids of the tasks that are offered to the actor, each from a part of the candidates' index."""
    row, serving = UserTaskCandidate, _serving(actor)
    here = select(row.task_id).where(row.kind == "group", _any(actor.roles), row.office_code == actor.office_code)
    by_name = select(row.task_id).where(row.kind == "user", row.value == str(actor.id))
    anywhere = select(row.task_id).where(row.kind == "group", _any(serving))
    return [here, by_name, anywhere] if serving else [here, by_name]


def _any(roles: frozenset[str]) -> ColumnElement[bool]:
    return or_(false(), *(UserTaskCandidate.value == role for role in sorted(roles)))


def is_candidate(actor: Actor, facts: TaskFacts) -> bool:
    """The same of one task."""
    serving = _serving(actor)
    return str(actor.id) in facts.candidate_users or any(
        role in actor.roles and (office == actor.office_code or role in serving)
        for role, office in facts.candidate_roles
    )


def require_case(context: Context, case_id: UUID) -> CaseFile:
    """The case file, if the actor may read it; raises ``NotFound`` otherwise, and never tells which of the two."""
    row = context.session.scalars(select(CaseFile).where(CaseFile.id == case_id, visible_cases(context.actor))).first()
    if row is None:
        raise NotFound
    return row


def _may_task(actor: Actor, permission: str, facts: TaskFacts) -> bool:
    if permission in HOLDING:
        return actor.id in facts.holders
    if permission == "task:claim":
        return actor.id in facts.holders or is_candidate(actor, facts)
    if permission == "task:assign":
        return supervises(actor, facts.office_code)
    return actor.id in facts.holders or is_candidate(actor, facts) or supervises(actor, facts.office_code)


def _serving(actor: Actor) -> frozenset[str]:
    return actor.roles & EVERYWHERE if actor.office_code == HEADQUARTERS else frozenset()
