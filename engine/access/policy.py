"""May this actor do this to that, and what may they see: one rule, asked of one thing or put into a query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from engine.access.actors import Actor
from engine.access.matrix import EVERYWHERE, HEADQUARTERS, PERMISSIONS
from engine.errors import Forbidden, NotFound
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import UserTask, UserTaskCandidate


def may(actor: Actor, permission: str) -> bool:
    """Whether one of the actor's roles has ``permission``; nobody has an unknown one."""
    return bool(actor.roles & PERMISSIONS.get(permission, frozenset()))


def require(actor: Actor, permission: str) -> None:
    """Raise ``Forbidden`` unless the actor has ``permission``."""
    if not may(actor, permission):
        raise Forbidden(permission=permission)


def reaches_everywhere(actor: Actor) -> bool:
    """Whether the actor's office does not bound what they see."""
    return actor.kind == "system" or (actor.office_code == HEADQUARTERS and bool(actor.roles & EVERYWHERE))


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Which case files the actor may read: their office's; every one from headquarters; those of their own tasks."""
    if not may(actor, "case:read"):
        return false()
    if reaches_everywhere(actor):
        return true()
    mine = exists(
        select(UserTask.id).where(
            UserTask.case_id == CaseFile.id, UserTask.assignee_id == actor.id, UserTask.state == "open"
        )
    )
    return or_(CaseFile.office_code == actor.office_code, CaseFile.owner_id == actor.id, mine)


def candidate(actor: Actor) -> ColumnElement[bool]:
    """Whether an open task is offered to the actor: by a role at its office, or by name."""
    here = UserTaskCandidate.office_code == actor.office_code
    by_role = and_(
        UserTaskCandidate.kind == "group",
        UserTaskCandidate.value.in_(sorted(actor.roles)),
        here,
    )
    by_name = and_(UserTaskCandidate.kind == "user", UserTaskCandidate.value == str(actor.id))
    return exists(select(UserTaskCandidate.task_id).where(UserTaskCandidate.task_id == UserTask.id, or_(by_role, by_name)))


def visible_tasks(actor: Actor) -> ColumnElement[bool]:
    """Which open tasks the actor may see: their own, those offered to them, and all for those who supervise."""
    if not may(actor, "task:read"):
        return false()
    if reaches_everywhere(actor) and may(actor, "supervision:read"):
        return true()
    supervised = UserTask.office_code == actor.office_code if may(actor, "supervision:read") else false()
    return or_(UserTask.assignee_id == actor.id, candidate(actor), supervised)


def require_case(context: Any, case_id: Any) -> CaseFile:
    """The case file, if the actor may read it; raises ``NotFound`` otherwise, and never tells which of the two."""
    row = context.session.scalars(select(CaseFile).where(CaseFile.id == case_id, visible_cases(context.actor))).first()
    if row is None:
        raise NotFound
    return row  # type: ignore[no-any-return]
