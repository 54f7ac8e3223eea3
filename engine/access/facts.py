"""What the policy needs to know of a thing: its office, who works at it, what is reserved about it, whom it is offered to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import String, bindparam, cast, literal_column, null, select, union_all

from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.tables.casework import CaseFile, CaseGuardian, CaseMember
from engine.store.tables.runtime import UserTask, UserTaskCandidate

# While a case has one of these, who registered it still looks after it.
BEGINNING = ("borrador", "registrado", "en_triaje")


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a case, or of another thing that has an office."""

    office_code: str | None = None
    named: frozenset[UUID] = frozenset()  # its responsible, and who is named on it
    in_hand: frozenset[UUID] = frozenset()  # who has one of its open tasks
    guardians: frozenset[str] = frozenset()  # offices that look after it beside its own
    domain: str | None = None
    compartments: frozenset[str] = frozenset()
    opened_by: UUID | None = None
    beginning: bool = False
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """The facts of an open task. Candidates are a role with its office, and ids of users as the diagram gave them."""

    office_code: str | None = None
    holders: frozenset[UUID] = frozenset()
    candidate_roles: frozenset[tuple[str, str | None]] = frozenset()
    candidate_users: frozenset[str] = frozenset()
    case: Facts | None = None


_case_id = bindparam("case_id", type_=table_of(CaseFile).c.id.type)
_nobody, _nowhere = cast(null(), table_of(CaseMember).c.user_id.type), cast(null(), String())
# Who is named on a case, who has one of its open tasks, and which offices look after it, in one look.
_around = Prepared(
    union_all(
        select(literal_column("'named'", String()), CaseMember.user_id, _nowhere).where(CaseMember.case_id == _case_id),
        select(literal_column("'in_hand'", String()), UserTask.assignee_id, _nowhere).where(
            UserTask.case_id == _case_id, UserTask.state == "open"
        ),
        select(literal_column("'guardian'", String()), _nobody, CaseGuardian.office_code).where(
            CaseGuardian.case_id == _case_id
        ),
    )
)


def of_case(context: Context, case: CaseFile) -> Facts:
    """The facts of a case."""
    found = _around.all(context.session, {"case_id": case.id})
    return Facts(
        office_code=case.office_code,
        named=_known([*(user_id for kind, user_id, _ in found if kind == "named"), case.owner_id]),
        in_hand=_known(user_id for kind, user_id, _ in found if kind == "in_hand"),
        guardians=frozenset(office for kind, _, office in found if kind == "guardian"),
        domain=case.domain,
        compartments=frozenset(case.compartments),
        opened_by=case.opened_by,
        beginning=case.status in BEGINNING,
        id=case.id,
    )


_offers = table_of(UserTaskCandidate).c
_candidates = Prepared(
    select(_offers.kind, _offers.value, _offers.office_code).where(
        _offers.task_id == bindparam("task_id", type_=_offers.task_id.type)
    )
)


def of_task(context: Context, task: UserTask) -> TaskFacts:
    """The facts of an open task."""
    rows = _candidates.all(context.session, {"task_id": task.id})
    case = context.session.get(CaseFile, task.case_id) if task.case_id is not None else None
    return TaskFacts(
        office_code=task.office_code,
        holders=frozenset({task.assignee_id}) if task.assignee_id is not None else frozenset(),
        candidate_roles=frozenset((value, office) for kind, value, office in rows if kind == "group"),
        candidate_users=frozenset(value for kind, value, _ in rows if kind == "user"),
        case=of_case(context, case) if case is not None else None,
    )


def _known(ids: Iterable[UUID | None]) -> frozenset[UUID]:
    return frozenset(id for id in ids if id is not None)
