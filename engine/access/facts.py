"""What the policy needs to know of a thing: its office, who holds it, and to whom it is offered."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from engine.store import Context
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import UserTask, UserTaskCandidate


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a thing that has an office, above all of a case. ``holders``: its owner, and who works at it."""

    office_code: str | None = None
    holders: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class TaskFacts(Facts):
    """The facts of an open task. Candidates are a role with its office, and ids of users as the diagram gave them."""

    candidate_roles: frozenset[tuple[str, str | None]] = frozenset()
    candidate_users: frozenset[str] = frozenset()


def of_case(context: Context, case: CaseFile) -> Facts:
    """The facts of a case: its owner holds it, and whoever has one of its open tasks in hand."""
    in_hand = select(UserTask.assignee_id).where(UserTask.case_id == case.id, UserTask.state == "open")
    holders = {*context.session.scalars(in_hand), case.owner_id}
    return Facts(case.office_code, frozenset(holder for holder in holders if holder is not None))


def of_task(context: Context, task: UserTask) -> TaskFacts:
    """The facts of an open task."""
    row = UserTaskCandidate
    rows = context.session.execute(select(row.kind, row.value, row.office_code).where(row.task_id == task.id)).all()
    return TaskFacts(
        office_code=task.office_code,
        holders=frozenset({task.assignee_id}) if task.assignee_id is not None else frozenset(),
        candidate_roles=frozenset((value, office) for kind, value, office in rows if kind == "group"),
        candidate_users=frozenset(value for kind, value, _ in rows if kind == "user"),
    )
