"""What a supervisor looks at: running cases, what is late, where it is stuck, who is overloaded; and repairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, true

from engine.access import audit
from engine.access.matrix import NEEDS, Level
from engine.access.policy import level_seen, may, require, sees, supervises_everywhere
from engine.actions.seen import CaseHead, head
from engine.casework.cases import OVER
from engine.definitions import registry
from engine.errors import NotFound
from engine.runtime import incidents
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile, Office, Person
from engine.store.tables.definitions import ProcessDefinition
from engine.store.tables.runtime import Incident, ProcessInstance, TokenRow, UserTask

PAGE = 50
AGES = {"semana": timedelta(days=7), "mes": timedelta(days=30), "trimestre": timedelta(days=90)}


@dataclass(frozen=True, slots=True)
class Running:
    """A running case in the overview."""

    case: CaseHead
    person: str | None
    office: str
    owner: str | None
    open_tasks: int
    overdue: int
    next_due: Any


@dataclass(frozen=True, slots=True)
class Overview:
    """The overview: its page of cases, and the figures above it."""

    rows: Sequence[Running]
    more: bool
    total: int
    overdue_cases: int
    unassigned: int
    incidents: int
    by_domain: Sequence[tuple[str, int]]
    by_office: Sequence[tuple[str, str, int, int]]


@dataclass(frozen=True, slots=True)
class Stopped:
    """An incident as its reader sees it; empty and None stand for what is not theirs to see."""

    id: UUID
    element_id: str
    text_es: str
    text_en: str
    created_at: datetime
    case_id: UUID | None
    folio: str | None
    instance_id: UUID | None


def _mine(context: Context) -> ColumnElement[bool]:
    """Supervisors at headquarters see all offices; a consul sees their own."""
    return sees(context.actor)


def _tasks(context: Context) -> Any:
    late = case((UserTask.due_at < context.now, 1), else_=0)
    return (
        select(
            UserTask.case_id,
            func.count().label("open"),
            func.sum(late).label("late"),
            func.min(UserTask.due_at).label("due"),
        )
        .where(UserTask.state == "open", UserTask.case_id.is_not(None))
        .group_by(UserTask.case_id)
        .subquery()
    )


def overview(
    context: Context, *, domain: str = "", office: str = "", age: str = "", late: bool = False, page: int = 1
) -> Overview:
    """Running cases, overdue ones first, then the oldest."""
    require(context.actor, "supervision:read")
    session, tasks = context.session, _tasks(context)
    running = CaseFile.status.not_in(OVER)
    wanted = [running, _mine(context)]
    if domain:
        wanted.extend([CaseFile.domain == domain, sees(context.actor, Level.N0)])
    if office:
        wanted.append(CaseFile.office_code == office)
    if age in AGES:
        wanted.append(CaseFile.opened_at < context.now - AGES[age])
    overdue = func.coalesce(tasks.c.late, 0)
    if late:
        wanted.append(overdue > 0)
    rows = session.execute(
        select(
            CaseFile, level_seen(context.actor), Person.name, Office.city, User.name, tasks.c.open, overdue, tasks.c.due
        )
        .join(Office, Office.code == CaseFile.office_code)
        .outerjoin(Person, Person.id == CaseFile.person_id)
        .outerjoin(User, User.id == CaseFile.owner_id)
        .outerjoin(tasks, tasks.c.case_id == CaseFile.id)
        .where(*wanted)
        .order_by(overdue.desc(), CaseFile.opened_at, CaseFile.id)
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    total, late_cases, unassigned = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((overdue > 0, 1), else_=0)), 0),
            func.coalesce(func.sum(case((CaseFile.owner_id.is_(None), 1), else_=0)), 0),
        )
        .select_from(CaseFile)
        .outerjoin(tasks, tasks.c.case_id == CaseFile.id)
        .where(running, _mine(context))
    ).one()
    by_domain = session.execute(
        select(CaseFile.domain, func.count()).where(running, sees(context.actor, Level.N0)).group_by(CaseFile.domain)
    ).all()
    by_office = session.execute(
        select(Office.code, Office.name, func.count(), func.coalesce(func.sum(overdue), 0))
        .select_from(CaseFile)
        .join(Office, Office.code == CaseFile.office_code)
        .outerjoin(tasks, tasks.c.case_id == CaseFile.id)
        .where(running, _mine(context))
        .group_by(Office.code, Office.name)
        .order_by(func.coalesce(func.sum(overdue), 0).desc(), func.count().desc())
    ).all()
    return Overview(
        [_running(*row) for row in rows[:PAGE]],
        len(rows) > PAGE,
        int(total),
        int(late_cases),
        int(unassigned),
        _count_incidents(context),
        [(name or "", int(count)) for name, count in by_domain],
        [(code, name, int(count), int(n)) for code, name, count, n in by_office],
    )


def _running(
    row: CaseFile, rank: int, person: str | None, office: str, owner: str | None, opened: Any, late: Any, due: Any
) -> Running:
    seen = head(row, list(Level)[rank])
    return Running(seen, person if seen.named else None, office, owner, int(opened or 0), int(late or 0), due)


def workload(context: Context) -> Sequence[tuple[str, str, int, int]]:
    """Officers by open tasks: name, office, open, overdue."""
    require(context.actor, "supervision:read")
    late = func.coalesce(func.sum(case((UserTask.due_at < context.now, 1), else_=0)), 0)
    query = (
        select(User.name, Office.name, func.count(UserTask.id), late)
        .join(Office, Office.code == User.office_code)
        .join(UserTask, (UserTask.assignee_id == User.id) & (UserTask.state == "open"))
        .group_by(User.id, User.name, Office.name)
        .order_by(late.desc(), func.count(UserTask.id).desc())
        .limit(PAGE)
    )
    if not supervises_everywhere(context.actor):
        code = context.actor.office_code
        query = query.where(User.office_code == code, UserTask.office_code == code)
    return [(a, b, int(c), int(d)) for a, b, c, d in context.session.execute(query)]


def counts_on_diagram(context: Context, definition_id: UUID) -> tuple[ProcessDefinition, dict[str, dict[str, int]], list[tuple[str, int, int]]]:  # fmt: skip
    """A procedure's version, the live tokens at each element, and the same as a list of names; of cases within reach."""
    require(context.actor, "supervision:read")
    elements = registry.elements(context, definition_id)
    row = context.session.get(ProcessDefinition, definition_id)
    assert row is not None
    late = func.coalesce(func.sum(case((UserTask.due_at < context.now, 1), else_=0)), 0)
    query = (
        select(TokenRow.element_id, func.count(), late)
        .join(ProcessInstance, ProcessInstance.id == TokenRow.instance_id)
        .outerjoin(CaseFile, CaseFile.id == ProcessInstance.case_id)
        .outerjoin(UserTask, UserTask.id == TokenRow.id)
        .where(TokenRow.definition_id == definition_id, ProcessInstance.state == "active", _placed(context))
        .group_by(TokenRow.element_id)
    )
    found = context.session.execute(query).all()
    marks = {element: {"live": int(count), "late": int(n)} for element, count, n in found}
    names = sorted(
        ((elements[element].name or element, int(count), int(n)) for element, count, n in found if element in elements),
        key=lambda item: (-item[2], -item[1]),
    )
    return row, marks, names


def running_definitions(context: Context) -> Sequence[tuple[ProcessDefinition, int]]:
    """Versions in which something waits of cases within reach, those with most first."""
    require(context.actor, "supervision:read")
    rows = context.session.execute(
        select(ProcessDefinition, func.count())
        .join(TokenRow, TokenRow.definition_id == ProcessDefinition.id)
        .join(ProcessInstance, ProcessInstance.id == TokenRow.instance_id)
        .outerjoin(CaseFile, CaseFile.id == ProcessInstance.case_id)
        .where(_placed(context))
        .group_by(ProcessDefinition.id)
        .order_by(func.count().desc())
    ).all()
    return [(row, int(count)) for row, count in rows]


def _placed(context: Context) -> ColumnElement[bool]:
    """Of which instances the actor may know where they stand: their procedures are of level N0."""
    return ProcessInstance.case_id.is_(None) | sees(context.actor, Level.N0)


def _known(context: Context) -> ColumnElement[bool]:
    """Of which incidents the actor may know: those of cases within reach; who keeps the system running, of all."""
    if may(context.actor, "incident:keep"):
        return true()
    return Incident.case_id.is_(None) | sees(context.actor)


def _count_incidents(context: Context) -> int:
    query = (
        select(func.count())
        .select_from(Incident)
        .outerjoin(CaseFile, CaseFile.id == Incident.case_id)
        .where(Incident.resolved_at.is_(None), _known(context))
    )
    return context.session.scalar(query) or 0


def open_incidents(context: Context) -> Sequence[Stopped]:
    """What needs a person before it can go on, the oldest first; as far as the actor sees the case."""
    require(context.actor, "incident:retry")
    query = (
        select(Incident, CaseFile.folio, level_seen(context.actor))
        .outerjoin(CaseFile, CaseFile.id == Incident.case_id)
        .where(Incident.resolved_at.is_(None), _known(context))
        .order_by(Incident.created_at)
        .limit(PAGE)
    )
    return [_stopped(context, *row) for row in context.session.execute(query)]


def _stopped(context: Context, row: Incident, folio: str | None, rank: int) -> Stopped:
    level = Level.N3 if row.case_id is None else list(Level)[rank] if rank >= 0 else None
    seen = level is not None
    drawn = may(context.actor, "incident:keep") or (level is not None and level.reaches(Level.N0))
    whole = level is not None and level.reaches(NEEDS["process:repair"])
    return Stopped(
        row.id,
        row.element_id if drawn else "",
        row.text_es if whole else "",
        row.text_en if whole else "",
        row.created_at,
        row.case_id if seen else None,
        folio if seen else None,
        row.instance_id if whole else None,
    )


def retry_incident(context: Context, incident_id: UUID, variables: Mapping[str, Any] | None = None) -> None:
    """Try again what became an incident. Raises ``NotFound``."""
    require(context.actor, "incident:retry")
    query = select(Incident).outerjoin(CaseFile, CaseFile.id == Incident.case_id)
    row = context.session.scalars(query.where(Incident.id == incident_id, _known(context))).first()
    if row is None:
        raise NotFound
    incidents.retry(context, incident_id, variables)
    audit.record(context, "incident:retry", object_id=incident_id, case_id=row.case_id)


def note_look(context: Context, page: str, object_id: UUID | None = None, case_id: UUID | None = None) -> None:
    """Write down that the actor was shown a page of running cases, or of one."""
    audit.record(context, "supervision:read", object_id=object_id, case_id=case_id, page=page)
