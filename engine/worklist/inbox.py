"""An officer's inbox: pages of open tasks by key, with counts, always through the policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, String, and_, bindparam, case, func, or_, select, true

from engine.access.actors import Actor
from engine.access.facts import TaskFacts
from engine.access.matrix import Level
from engine.access.policy import is_candidate, offered, sees, within_reach
from engine.bpmn.changes import OpenedTask
from engine.casework import finding
from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile, Person
from engine.store.tables.runtime import UserTask, UserTaskCandidate

PAGE = 25
FARTHEST = 40  # pages that are opened and compared for one page of a search
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_now = bindparam("now", type_=table_of(UserTask).c.due_at.type)
VIEWS = ("mine", "unclaimed", "office", "overdue")


@dataclass(frozen=True, slots=True)
class Row:
    """One task as a list shows it; the name of a reserved one is empty, and so is whose it is."""

    id: UUID
    name: str
    case_id: UUID | None
    office_code: str | None
    assignee_id: UUID | None
    due_at: datetime | None
    folio: str | None
    title: str | None
    case_priority: str | None
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of tasks, and the key of the page after it (None: this is the last)."""

    rows: Sequence[Row]
    after: str | None


def _view(view: str, actor: Actor) -> ColumnElement[bool]:
    if view == "mine":
        return UserTask.assignee_id == actor.id
    if view == "unclaimed":
        return and_(_nobodys(), offered(actor))
    if view == "overdue":
        return and_(within_reach(actor), UserTask.due_at < _now)
    return within_reach(actor)


def _nobodys() -> ColumnElement[bool]:
    """Whether a task is unclaimed; in words that no index answers, for everybody's unclaimed tasks are many."""
    return case((UserTask.assignee_id.is_(None), 1), else_=0) == 1


def _order() -> tuple[Any, Any]:
    return func.coalesce(UserTask.due_at, NEVER), UserTask.id


def page(
    context: Context,
    actor: Actor,
    view: str = "mine",
    *,
    domain: str = "",
    priority: str = "",
    text: str = "",
    after: str = "",
) -> Page:
    """Open tasks of a view, what is due first on top; ``after`` is the key that the page before gave."""
    asked: dict[str, Any] = {"now": context.now, "domain": domain, "priority": priority}
    statement = partial(_page, actor, view, bool(domain), bool(priority))
    position = _read_key(after)
    if text.strip():
        rows = _search(context, statement, asked, position, text.strip()[:100].replace("%", "").replace("_", " "))
    else:
        rows = [Row(*values) for values in _after(context, statement(-1, position is not None), asked, position)]
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(rows[:PAGE], f"{(last.due_at or NEVER).isoformat()}~{last.id}" if last is not None else None)


def _after(
    context: Context, statement: Prepared, asked: Mapping[str, Any], position: tuple[datetime, UUID] | None
) -> list[list[Any]]:
    due_after, id_after = position or (None, None)
    return statement.all(context.session, {**asked, "due_after": due_after, "id_after": id_after})


def _search(
    context: Context,
    statement: Callable[[int, bool], Prepared],
    asked: Mapping[str, Any],
    position: tuple[datetime, UUID] | None,
    text: str,
) -> list[Row]:
    """Rows of a page and one more whose folio, task or person is what ``text`` says.

    Persons are found by their tokens and compared when they are opened, until there are enough.
    """
    wanted = finding.wanted(text)
    tokens = finding.tokens(context, wanted.words())
    asked = {**asked, "like": f"%{text}%", **{f"token{number}": token for number, token in enumerate(tokens)}}
    rows: list[Row] = []
    for _ in range(FARTHEST):
        found = _after(context, statement(len(tokens), position is not None), asked, position)
        for *shown, heard, alias, dni in found:
            row = Row(*shown)
            named = text.lower() in f"{row.folio or ''}\n{row.name}".lower()
            if named or wanted.fits(heard or "", alias or "", dni):
                rows.append(row)
        if len(found) <= PAGE or len(rows) > PAGE:
            break
        position = (Row(*found[-1][:-3]).due_at or NEVER, found[-1][0])
    return rows


@lru_cache(maxsize=2_000)
def _page(actor: Actor, view: str, domain: bool, priority: bool, tokens: int, after: bool) -> Prepared:
    """The page's statement; built once for each person and kind of question, for that takes longer than asking.

    ``tokens``: how many a person that is searched for must have; -1: nothing is searched for.
    """
    due, key = _order()
    task, caseless = table_of(UserTask).c, UserTask.case_id.is_(None)
    known, named = or_(caseless, sees(actor, Level.N0)), sees(actor, Level.NAME)
    columns: list[Any] = [
        task.id,
        case((known, task.name), else_="").label("name"),
        *(task[field.name] for field in fields(Row)[2:6]),
        table_of(CaseFile).c.folio,
        case((named, table_of(CaseFile).c.title)).label("title"),
        table_of(CaseFile).c.priority,
        table_of(User).c.name,
    ]
    source = (
        table_of(UserTask)
        .outerjoin(table_of(CaseFile), CaseFile.id == UserTask.case_id)
        .outerjoin(table_of(User), User.id == UserTask.assignee_id)
    )
    if tokens >= 0:
        columns += [case((named, table_of(Person).c[name])).label(name) for name in ("search_key", "alias")]
        columns.append(case((sees(actor, Level.N1), table_of(Person).c.dni)).label("dni"))
        source = source.outerjoin(table_of(Person), Person.id == CaseFile.person_id)
    query = select(*columns).select_from(source).where(UserTask.state == "open", _view(view, actor))
    if domain:
        query = query.where(CaseFile.domain == bindparam("domain"), known)
    if priority:
        query = query.where(CaseFile.priority == bindparam("priority"))
    if tokens >= 0:
        like = bindparam("like", type_=String())
        matches: list[ColumnElement[bool]] = [CaseFile.folio.ilike(like), and_(UserTask.name.ilike(like), known)]
        if tokens:
            numbers = [bindparam(f"token{number}", type_=BigInteger) for number in range(tokens)]
            matches.append(and_(finding.having(CaseFile.person_id, numbers), named))
        query = query.where(or_(*matches))
    if after:
        due_after = bindparam("due_after", type_=table_of(UserTask).c.due_at.type)
        id_after = bindparam("id_after", type_=table_of(UserTask).c.id.type)
        query = query.where(or_(due > due_after, and_(due == due_after, key > id_after)))
    return Prepared(query.order_by(due, key).limit(PAGE + 1))


def _read_key(text: str) -> tuple[datetime, UUID] | None:
    at, _, key = text.partition("~")
    try:
        return datetime.fromisoformat(at), UUID(key)
    except ValueError:
        return None


def counts(context: Context, actor: Actor) -> dict[str, int]:
    """How many open tasks each view has, in one query."""
    [found] = _counts(actor).all(context.session, {"now": context.now})
    return {view: int(number) for view, number in zip(VIEWS, found, strict=True)}


@lru_cache(maxsize=500)
def _counts(actor: Actor) -> Prepared:
    conditions = {
        "mine": UserTask.assignee_id == actor.id,
        "unclaimed": and_(_nobodys(), offered(actor)),
        "office": true(),
        "overdue": UserTask.due_at < _now,
    }
    columns = [func.coalesce(func.sum(case((conditions[view], 1), else_=0)), 0).label(view) for view in VIEWS]
    return Prepared(
        select(*columns).select_from(table_of(UserTask)).where(UserTask.state == "open", within_reach(actor))
    )


_case_tasks = Prepared(
    select(
        *(table_of(UserTask).c[name] for name in ("id", "assignee_id", "due_at", "office_code")),
        *(table_of(UserTaskCandidate).c[name] for name in ("kind", "value", "office_code")),
    )
    .select_from(
        table_of(UserTask).outerjoin(
            table_of(UserTaskCandidate), table_of(UserTaskCandidate).c.task_id == table_of(UserTask).c.id
        )
    )
    .where(
        table_of(UserTask).c.case_id == bindparam("case_id", type_=table_of(UserTask).c.case_id.type),
        table_of(UserTask).c.state == "open",
    )
)


def next_of_case(
    context: Context, actor: Actor, case_id: UUID, opened: Sequence[OpenedTask] = (), office: str | None = None
) -> UUID | None:
    """The task of a case to go on with: one that was just ``opened`` if the actor has or could take it, else any such.

    ``office`` is the one of opened tasks that name none. Their own come first, then what is due first.
    """
    fresh = {task.token.id: _facts_of(task, office) for task in opened}
    dues = {task.token.id: task.due_at for task in opened}
    if not any(_takeable(actor, facts) for facts in fresh.values()):
        fresh, dues = {}, {}
        for id, assignee, due, office, kind, value, candidate_office in _case_tasks.all(
            context.session, {"case_id": case_id}
        ):
            known = fresh.get(id) or TaskFacts(office, frozenset({assignee} - {None}))
            roles = {(value, candidate_office)} if kind == "group" else set()
            users = {value} if kind == "user" else set()
            fresh[id] = TaskFacts(office, known.holders, known.candidate_roles | roles, known.candidate_users | users)
            dues[id] = due
    takeable = [id for id, facts in fresh.items() if _takeable(actor, facts)]
    return min(takeable, key=lambda id: (actor.id not in fresh[id].holders, dues[id] or NEVER, id), default=None)


def _facts_of(task: OpenedTask, office: str | None) -> TaskFacts:
    return TaskFacts(
        task.office or office,
        frozenset({task.assignee_id}) if task.assignee_id is not None else frozenset(),
        frozenset((role, task.office or office) for role in task.candidate_groups),
        frozenset(task.candidate_users),
    )


def _takeable(actor: Actor, facts: TaskFacts) -> bool:
    return actor.id in facts.holders if facts.holders else is_candidate(actor, facts)
