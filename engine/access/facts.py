"""What the policy needs to know of a thing: its office, who holds it, and who is a candidate for it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from engine.store import Context
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import UserTask, UserTaskCandidate


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one thing. What has no office belongs to headquarters."""

    office_code: str | None = None
    holders: frozenset[UUID] = frozenset()
    candidate_roles: frozenset[tuple[str, str | None]] = frozenset()  # a role, and the office that it is looked for in
    candidate_users: frozenset[str] = frozenset()  # ids as the diagram gave them
    open_to_office: bool = False  # a task that nobody holds and that names nobody


def of_office(office_code: str | None) -> Facts:
    """The facts of something that is known only by its office, or does not exist yet."""
    return Facts(office_code=office_code)


def of_case(context: Context, case: CaseFile) -> Facts:
    """The facts of a case: its owner holds it, and whoever has one of its tasks in hand."""
    holders = context.session.scalars(
        select(UserTask.assignee_id).where(
            UserTask.case_id == case.id, UserTask.state == "open", UserTask.assignee_id.is_not(None)
        )
    )
    return Facts(office_code=case.office_code, holders=frozenset({*holders, case.owner_id} - {None}))  # type: ignore[arg-type]


def of_task(context: Context, task: UserTask) -> Facts:
    """The facts of a user task."""
    rows = context.session.execute(
        select(UserTaskCandidate.kind, UserTaskCandidate.value, UserTaskCandidate.office_code).where(
            UserTaskCandidate.task_id == task.id
        )
    ).all()
    return Facts(
        office_code=task.office_code,
        holders=frozenset({task.assignee_id}) if task.assignee_id else frozenset(),
        candidate_roles=frozenset((row.value, row.office_code) for row in rows if row.kind == "group"),
        candidate_users=frozenset(row.value for row in rows if row.kind == "user"),
        open_to_office=not rows and task.assignee_id is None,
    )
