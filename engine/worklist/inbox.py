"""An officer's inbox: pages of open tasks, what is urgent first, with counts, always through the policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, String, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import aliased

from engine.access.actors import Actor
from engine.access.facts import TaskFacts
from engine.access.matrix import Level
from engine.access.policy import is_candidate, offered, sees, substituted, supervises_everywhere, within_reach
from engine.bpmn.changes import OpenedTask
from engine.casework import finding, offices, urgency
from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile, Person
from engine.store.tables.runtime import UserTask, UserTaskCandidate

PAGE = 25
FARTHEST = 40  # pages that are opened and compared for one page of a search
T = TypeVar("T")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_now = bindparam("now", type_=table_of(UserTask).c.due_at.type)
_tomorrow = bindparam("tomorrow", type_=table_of(UserTask).c.due_at.type)
# Mine; of my roles, and nobody's; of my office; late; due before the day is over; mine and put aside until a day; of
# somebody who is away and for whom I stand in.
VIEWS = ("mine", "unclaimed", "office", "overdue", "today", "later", "absent")


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
    shelf: int
    follow_up_at: datetime | None
    version: int

    @property
    def pinned(self) -> bool:
        """Whether who has it put it on top of their list."""
        return self.shelf == urgency.PINNED


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a view: the case's domain and priority, the office that a task belongs to, and what is searched for."""

    domain: str = ""
    priority: str = ""
    office: str = ""
    text: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Those in use that the database answers by itself."""
        return tuple(name for name in ("domain", "priority", "office") if getattr(self, name))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of tasks, and the key of the page after it (None: this is the last)."""

    rows: Sequence[Row]
    after: str | None


def _view(view: str, actor: Actor) -> ColumnElement[bool]:
    if view in ("mine", "later"):  # by the index of who has it
        return _which(view, actor)
    if view == "unclaimed":
        return and_(_nobodys(), offered(actor))
    return and_(within_reach(actor), _which(view, actor))


def _which(view: str, actor: Actor) -> ColumnElement[bool]:
    """Which of the tasks within reach a view shows."""
    if view == "mine":
        return and_(UserTask.assignee_id == actor.id, func.coalesce(UserTask.follow_up_at, _now) <= _now)
    if view == "later":
        return and_(UserTask.assignee_id == actor.id, UserTask.follow_up_at > _now)
    if view == "unclaimed":
        return and_(_nobodys(), offered(actor))
    if view == "overdue":
        return UserTask.due_at < _now
    if view == "today":
        return and_(UserTask.due_at >= _now, UserTask.due_at < _tomorrow)
    if view == "absent":
        return substituted(actor)
    return true()


def _nobodys() -> ColumnElement[bool]:
    """Whether a task is unclaimed; everybody's unclaimed tasks are many."""
    return _in_words(UserTask.assignee_id.is_(None))


def _in_words(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same in words that no index answers, so that no database begins with all that it is true of."""
    return case((condition, 1), else_=0) == 1


def page(
    context: Context, actor: Actor, view: str = "mine", filters: Filters | None = None, *, after: str = ""
) -> Page:
    """Open tasks of a view, what is urgent first on top; ``after`` is the key that the page before gave."""
    filters = filters or Filters()
    asked = _asked(context, actor, filters)
    statement = partial(_page, actor, view, filters.kinds)
    position = _read_key(after)
    if words := filters.text.strip()[:100].replace("%", "").replace("_", " "):
        rows = _search(context, statement, asked, position, words)
    else:
        rows = [Row(*values) for values in _after(context, statement(-1, position is not None), asked, position)]
    return Page(rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else None)


def _asked(context: Context, actor: Actor, filters: Filters) -> dict[str, Any]:
    """The values of a question: this instant, the end of the actor's day, and what it is narrowed to."""
    narrowed = {name: getattr(filters, name) for name in filters.kinds}
    return {"now": context.now, "tomorrow": end_of_day(context.now, actor), **narrowed}


def end_of_day(now: datetime, actor: Actor) -> datetime:
    """The first instant of tomorrow at the actor's office."""
    known = offices.packaged().get(actor.office_code)
    zone = ZoneInfo(known.timezone) if known is not None else UTC
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(0), zone)


def _after(context: Context, statement: Prepared, asked: Mapping[str, Any], position: UUID | None) -> list[list[Any]]:
    return statement.all(context.session, {**asked, "id_after": position})


def _search(
    context: Context,
    statement: Callable[[int, bool], Prepared],
    asked: Mapping[str, Any],
    position: UUID | None,
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
        for *shown, heard, alias, dni, phone, town in found:
            row = Row(*shown)
            named = text.lower() in f"{row.folio or ''}\n{row.name}".lower()
            if named or wanted.fits(heard or "", alias or "", dni, phone, town):
                rows.append(row)
        if len(found) <= PAGE or len(rows) > PAGE:
            break
        position = found[-1][0]
    return rows


@lru_cache(maxsize=500)
def _page(actor: Actor, view: str, kinds: tuple[str, ...], tokens: int, after: bool) -> Prepared:
    """The page's statement; built once for each person and kind of question, for that takes longer than asking.

    ``tokens``: how many a person that is searched for must have; -1: nothing is searched for.
    """
    task = table_of(UserTask).c
    known, named = _known(actor), sees(actor, Level.NAME)
    columns: list[Any] = [
        task.id,
        case((known, task.name), else_="").label("name"),
        *(task[field.name] for field in fields(Row)[2:6]),
        table_of(CaseFile).c.folio,
        case((named, table_of(CaseFile).c.title)).label("title"),
        table_of(CaseFile).c.priority,
        table_of(User).c.name,
        *(task[field.name] for field in fields(Row)[10:]),
    ]
    source = (
        table_of(UserTask)
        .outerjoin(table_of(CaseFile), CaseFile.id == UserTask.case_id)
        .outerjoin(table_of(User), User.id == UserTask.assignee_id)
    )
    if tokens >= 0:
        columns += [case((named, table_of(Person).c[name])).label(name) for name in ("search_key", "alias")]
        personal = sees(actor, Level.N1)
        columns += [case((personal, table_of(Person).c[name])).label(name) for name in ("dni", "phone", "municipality")]
        source = source.outerjoin(table_of(Person), Person.id == CaseFile.person_id)
    query = select(*columns).select_from(source).where(UserTask.state == "open", _view(view, actor))
    query = _narrowed(query, actor, kinds)
    if tokens >= 0:
        like = bindparam("like", type_=String())
        matches: list[ColumnElement[bool]] = [CaseFile.folio.ilike(like), and_(UserTask.name.ilike(like), known)]
        if tokens:
            numbers = [bindparam(f"token{number}", type_=BigInteger) for number in range(tokens)]
            matches.append(and_(finding.having(CaseFile.person_id, numbers), named))
        query = query.where(or_(*matches))
    if after:
        # The key is the last task alone: its place would tell what brings it forward.
        id_after, last = bindparam("id_after", type_=task.id.type), aliased(UserTask)
        shelf, place = (
            select(column).where(last.id == id_after).scalar_subquery() for column in (last.shelf, last.rank)
        )
        beyond = and_(task.rank >= place, or_(task.rank > place, task.id > id_after))
        query = query.where(_own_order(view, and_(task.shelf >= shelf, or_(task.shelf > shelf, beyond)), beyond))
    order = _own_order(view, (task.shelf, task.rank, task.id), (task.rank, task.id))
    return Prepared(query.order_by(*order).limit(PAGE + 1))


def _own_order(view: str, own: T, of_all: T) -> T:
    """What is pinned stands on top of one's own list alone."""
    return own if view in ("mine", "later") else of_all


def _known(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor may know what is done about a task's case."""
    return or_(UserTask.case_id.is_(None), sees(actor, Level.N0))


def _narrowed(query: Select[Any], actor: Actor, kinds: tuple[str, ...]) -> Select[Any]:
    if "domain" in kinds:
        query = query.where(CaseFile.domain == bindparam("domain"), _known(actor))
    if "priority" in kinds:
        query = query.where(CaseFile.priority == bindparam("priority"))
    if "office" in kinds:
        query = query.where(UserTask.office_code == bindparam("office"))
    return query


def _read_key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def counts(context: Context, actor: Actor, filters: Filters | None = None) -> dict[str, int]:
    """How many open tasks each view has, in one query; as the filters narrow them, but for what is searched for."""
    filters = filters or Filters()
    [found] = _counts(actor, filters.kinds).all(context.session, _asked(context, actor, filters))
    return {view: int(number) for view, number in zip(VIEWS, found, strict=True)}


@lru_cache(maxsize=400)
def _counts(actor: Actor, kinds: tuple[str, ...]) -> Prepared:
    columns = [func.coalesce(func.sum(case((_which(view, actor), 1), else_=0)), 0).label(view) for view in VIEWS]
    source = table_of(UserTask)
    if {"domain", "priority"} & set(kinds):
        source = source.outerjoin(table_of(CaseFile), CaseFile.id == UserTask.case_id)  # type: ignore[assignment]
    # Whoever sees some tasks has them looked up, one by one; only for all of them does the index of open tasks serve.
    waits = UserTask.state == "open" if supervises_everywhere(actor) else _in_words(UserTask.state == "open")
    query = select(*columns).select_from(source).where(waits, within_reach(actor))
    return Prepared(_narrowed(query, actor, kinds))


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
