"""May this actor do this to that, and how much of it do they see: one rule, asked of one thing or put into a query.

What is asked of one thing (``may``, ``level``, ``is_candidate``) and what is put into a query (``sees``,
``visible_tasks``, ``candidate``) say the same; a property test holds them to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (  # fmt: skip
    ColumnElement,
    Select,
    String,
    and_,
    case,
    exists,
    false,
    or_,
    select,
    true,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from engine.access.actors import Actor
from engine.access.facts import BEGINNING, Facts, TaskFacts
from engine.access.matrix import (
    CLEARANCES,
    COMPARTMENTS,
    EVERYWHERE,
    FORM_LEVELS,
    GRANTS,
    HEADQUARTERS,
    NEEDS,
    NEVER_OPENED,
    PERMISSIONS,
    SUPERVISORS,
    Grant,
    Level,
    Reach,
)
from engine.errors import Forbidden, NotFound
from engine.store import Context
from engine.store.among import among
from engine.store.context import answered, once
from engine.store.tables.casework import CaseFile, CaseGuardian, CaseMember
from engine.store.tables.runtime import UserTask, UserTaskCandidate

# What only the one who has the task in hand may do, and meanwhile whoever stands in for them.
HOLDING = ("task:complete", "task:release")


def may(actor: Actor, permission: str, facts: Facts | TaskFacts | None = None) -> bool:
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
    seen = level(actor, facts)
    return seen is not None and seen.reaches(NEEDS.get(permission, Level.META))


def require(
    actor: Actor,
    permission: str,
    facts: Facts | TaskFacts | None = None,
    *,
    object_id: UUID | None = None,
    case_id: UUID | None = None,
) -> None:
    """Go on if ``actor`` may; else raise ``Forbidden``, which says what was refused and on what."""
    if not may(actor, permission, facts):
        raise Forbidden(permission=permission, object_id=object_id, case_id=case_id)


def level(actor: Actor, facts: Facts) -> Level | None:
    """How much of a case the actor sees; None: not that there is one."""
    given = [found for grant in grants_of(actor) if (found := gives(actor, grant, facts)) is not None]
    return max(given, key=lambda found: found.rank, default=None)


def grants_of(actor: Actor) -> tuple[Grant, ...]:
    """What the actor's roles give."""
    return tuple(grant for grant in GRANTS if grant.role in actor.roles)


def gives(actor: Actor, grant: Grant, facts: Facts) -> Level | None:
    """How much of a case one grant gives the actor; None: nothing."""
    if not _reaches(actor, grant.reach, facts) or (grant.domain is not None and grant.domain != facts.domain):
        return None
    if grant.sealed and not facts.compartments:
        return None
    return grant.reserved if facts.compartments - grant.within else grant.level


def _reaches(actor: Actor, reach: Reach, facts: Facts) -> bool:
    if reach is Reach.NAMED:
        return actor.id in facts.named
    if reach is Reach.TASK:
        return actor.id in facts.in_hand
    if reach is Reach.ABSENT:
        return bool(facts.in_hand & actor.standing_in) and not facts.compartments - cleared(actor)
    if reach is Reach.OPENED:
        return facts.id in actor.opened and not facts.compartments & NEVER_OPENED
    if reach is Reach.BEGUN:
        return actor.id is not None and facts.opened_by == actor.id and facts.beginning
    if reach is Reach.OFFICE:
        return facts.office_code == actor.office_code or actor.office_code in facts.guardians
    return reaches_everywhere(actor)


def form_level(actor: Actor) -> Level:
    """The most sensitive answers that the actor sees in the form of a task that is theirs to do."""
    given = [FORM_LEVELS[role] for role in actor.roles if role in FORM_LEVELS]
    return max(given, key=lambda found: found.rank, default=Level.META)


def cleared(actor: Actor) -> frozenset[str]:
    """The compartments that the actor is cleared for, by a role or by name."""
    if actor.kind == "system":
        return frozenset(COMPARTMENTS)
    by_role = (CLEARANCES[role] for role in actor.roles if role in CLEARANCES)
    return actor.clearances.union(*by_role)


def fits(actor: Actor, facts: Facts) -> bool:
    """Whether what the process offers of this case may be offered to the actor: cleared for it, or on the case."""
    on_it = any(_reaches(actor, reach, facts) for reach in (Reach.NAMED, Reach.TASK, Reach.OPENED, Reach.BEGUN))
    return on_it or not facts.compartments - cleared(actor)


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


# Conditions are built once for an actor: that costs more than running them. All of one actor take about 700 kB.
KEPT = 400
_OTHER, _IN_HAND, _OFFERED = aliased(CaseFile), aliased(UserTask), aliased(UserTaskCandidate)


@lru_cache(maxsize=KEPT)
def sees(actor: Actor, wanted: Level = Level.META) -> ColumnElement[bool]:
    """Of which case files the actor sees at least this much, as a condition on ``CaseFile``.

    The same as ``level(actor, facts.of_case(...))``.
    """
    if not may(actor, "case:read"):
        return false()
    asked = {_asked(grant, wanted): None for grant in grants_of(actor)}  # several roles give the same
    return or_(false(), *(_given(actor, question) for question in asked if question.plain or question.reserved))


@dataclass(frozen=True, slots=True)
class _Question:
    """What has to be asked of a case file to know whether a grant gives enough of it."""

    reach: Reach
    plain: bool
    reserved: bool
    domain: str | None
    within: frozenset[str]
    sealed: bool


def _asked(grant: Grant, wanted: Level) -> _Question:
    reserved = grant.reserved is not None and grant.reserved.reaches(wanted)
    return _Question(
        grant.reach, grant.level.reaches(wanted), reserved, grant.domain, grant.within, sealed=grant.sealed
    )


def _given(actor: Actor, question: _Question) -> ColumnElement[bool]:
    conditions = [_reached(actor, question.reach)]
    stored = type_coerce(CaseFile.compartments, String)
    if question.plain != question.reserved:
        # Lists of one name or none: no grant has two.
        inside = one_of(stored, ["", *sorted(question.within)])
        conditions.append(inside if question.plain else ~inside)
    if question.domain is not None:
        conditions.append(CaseFile.domain == question.domain)
    if question.sealed:
        conditions.append(stored != "")
    return and_(*conditions)


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """``IN`` in words that a statement can be prepared with: as many values as there are, always the same."""
    return or_(false(), *(column == value for value in values))


def _reached(actor: Actor, reach: Reach) -> ColumnElement[bool]:
    if reach is Reach.NAMED:
        members = select(CaseMember.case_id).where(CaseMember.user_id == actor.id)
        return or_(CaseFile.owner_id == actor.id, CaseFile.id.in_(members)) if actor.id is not None else false()
    if reach is Reach.TASK:
        in_hand = select(UserTask.case_id).where(UserTask.assignee_id == actor.id, UserTask.state == "open")
        return CaseFile.id.in_(in_hand)
    if reach is Reach.ABSENT:
        theirs = one_of(UserTask.assignee_id, sorted(actor.standing_in))
        absent = select(UserTask.case_id).where(theirs, UserTask.state == "open")
        return and_(CaseFile.id.in_(absent), ~_strange(actor, CaseFile)) if actor.standing_in else false()
    if reach is Reach.OPENED:
        never = [type_coerce(CaseFile.compartments, String).contains(name) for name in sorted(NEVER_OPENED)]
        return and_(one_of(CaseFile.id, sorted(actor.opened)), ~or_(*never)) if actor.opened else false()
    if reach is Reach.BEGUN:
        return and_(CaseFile.opened_by == actor.id, one_of(CaseFile.status, BEGINNING))
    if reach is Reach.OFFICE:
        guarded = select(CaseGuardian.case_id).where(CaseGuardian.office_code == actor.office_code)
        return or_(CaseFile.office_code == actor.office_code, CaseFile.id.in_(guarded))
    return true() if reaches_everywhere(actor) else false()


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Of which case files the actor may know that they exist."""
    return sees(actor, Level.META)


@lru_cache(maxsize=KEPT)
def level_seen(actor: Actor) -> ColumnElement[int]:
    """How much of a case file the actor sees, as the rank of a level, in a query over ``CaseFile``; -1: nothing."""
    steps = [(sees(actor, wanted), wanted.rank) for wanted in reversed(Level)]
    return case(*steps, else_=-1)


@lru_cache(maxsize=KEPT)
def visible_tasks(actor: Actor) -> ColumnElement[bool]:
    """Which open tasks the actor may see: their own, those offered to them, those of whom they stand in for, and all
    for those who supervise.

    The same as ``may(actor, "task:read", facts.of_task(...))``.
    """
    if not may(actor, "task:read"):
        return false()
    if supervises_everywhere(actor):
        return true()
    supervised = UserTask.office_code == actor.office_code if may(actor, "supervision:read") else false()
    return or_(UserTask.assignee_id == actor.id, candidate(actor), substituted(actor), supervised)


@lru_cache(maxsize=KEPT)
def candidate(actor: Actor) -> ColumnElement[bool]:
    """Whether an open task is offered to the actor: by a role at its office, or by name, and its case fits them.

    Roles that serve every office from headquarters (a supervisor, the search liaison) are offered theirs of all.
    """
    row = UserTaskCandidate
    place = row.office_code == actor.office_code
    if serving := _serving(actor):
        place = or_(place, one_of(row.value, sorted(serving)))
    by_role = and_(row.kind == "group", one_of(row.value, sorted(actor.roles)), place)
    by_name = and_(row.kind == "user", row.value == str(actor.id))
    return and_(
        exists(select(row.task_id).where(row.task_id == UserTask.id, or_(by_role, by_name))),
        fitting(actor, UserTask.case_id),
    )


@lru_cache(maxsize=KEPT)
def fitting(actor: Actor, case_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """``fits`` for the case with this id; where there is no case it fits."""
    if COMPARTMENTS.keys() <= cleared(actor):
        return true()
    other = _OTHER
    stored = type_coerce(other.compartments, String)
    reserved = _strange(actor, other)
    members = select(CaseMember.case_id).where(CaseMember.user_id == actor.id)
    task = _IN_HAND
    in_hand = select(task.case_id).where(task.assignee_id == actor.id, task.state == "open")
    on_it = or_(
        other.owner_id.is_not_distinct_from(actor.id) if actor.id is not None else false(),
        other.id.in_(members),
        other.id.in_(in_hand),
        and_(other.opened_by.is_not_distinct_from(actor.id), one_of(other.status, BEGINNING))
        if actor.id is not None
        else false(),
        and_(one_of(other.id, sorted(actor.opened)), ~or_(*(stored.contains(name) for name in sorted(NEVER_OPENED)))),
    )
    return ~exists(select(other.id).where(other.id == case_id, reserved, ~on_it))


def _strange(actor: Actor, of: type[CaseFile]) -> ColumnElement[bool]:
    """Whether a case has a compartment that the actor is not cleared for."""
    strange, stored = sorted(COMPARTMENTS.keys() - cleared(actor)), type_coerce(of.compartments, String)
    if not cleared(actor):
        return stored != ""
    return or_(false(), *(stored.contains(name) for name in strange))


@lru_cache(maxsize=KEPT)
def substituted(actor: Actor, task: type[UserTask] = UserTask) -> ColumnElement[bool]:
    """Which tasks are in the hands of somebody for whom the actor stands in, and such as the actor could be given.

    The same as ``stands_in(actor, facts.of_task(...))``.
    """
    if not actor.standing_in:
        return false()
    row = _OFFERED
    groups = select(row.task_id).where(row.task_id == task.id, row.kind == "group")
    own = groups.where(one_of(row.value, sorted(actor.roles)))
    return and_(
        one_of(task.assignee_id, sorted(actor.standing_in)),
        or_(~exists(groups), exists(own)),
        fitting(actor, task.case_id),
    )


def stands_in(actor: Actor, facts: TaskFacts) -> bool:
    """Whether a task is in the hands of somebody for whom the actor stands in, and the actor has a role for it."""
    roles = {role for role, _ in facts.candidate_roles}
    able = not roles or bool(roles & actor.roles)
    return bool(facts.holders & actor.standing_in) and able and (facts.case is None or fits(actor, facts.case))


def able(actor: Actor, facts: TaskFacts) -> bool:
    """Whether a task may be given to the actor: it is offered to them, or to no role and they work at its office."""
    if not may(actor, "task:complete"):
        return False
    local = not facts.candidate_roles and facts.office_code == actor.office_code
    return is_candidate(actor, facts) or (local and (facts.case is None or fits(actor, facts.case)))


@lru_cache(maxsize=KEPT)
def givable(actor: Actor) -> ColumnElement[bool]:
    """The same as ``able``, as a condition on ``UserTask``."""
    if not may(actor, "task:complete"):
        return false()
    row = UserTaskCandidate
    groups = exists(select(row.task_id).where(row.task_id == UserTask.id, row.kind == "group"))
    local = and_(UserTask.office_code == actor.office_code, ~groups, fitting(actor, UserTask.case_id))
    return or_(candidate(actor), local)


def theirs_to_give(actor: Actor) -> ColumnElement[bool]:
    """Which open tasks the actor may give to somebody else: their own, of whom they stand in for, and supervised ones.

    The same as ``may(actor, "task:release", ...) or may(actor, "task:assign", ...)``.
    """
    if not may(actor, "task:claim"):
        return false()
    own = or_(UserTask.assignee_id == actor.id, substituted(actor))
    if not may(actor, "task:assign"):
        return own
    if supervises_everywhere(actor):
        return true()
    return or_(own, UserTask.office_code == actor.office_code) if may(actor, "supervision:read") else own


def within_reach(actor: Actor) -> ColumnElement[bool]:
    """The same as ``visible_tasks`` for lists of open tasks: what is theirs is looked up, however many others there are."""
    if not may(actor, "task:read"):
        return false()
    if supervises_everywhere(actor):
        return true()
    found = [select(UserTask.id).where(UserTask.assignee_id == actor.id, UserTask.state == "open"), *_offers(actor)]
    if actor.standing_in:
        task = aliased(UserTask)
        found.append(select(task.id).where(task.state == "open", substituted(actor, task)))
    if may(actor, "supervision:read"):
        found.append(select(UserTask.id).where(UserTask.office_code == actor.office_code, UserTask.state == "open"))
    return among(UserTask.id, union(*found))


def offered(actor: Actor) -> ColumnElement[bool]:
    """The same as ``candidate`` for lists of open tasks."""
    return UserTask.id.in_(union_all(*_offers(actor)))


def _offers(actor: Actor) -> list[Select[UUID]]:
    """Ids of the tasks that are offered to the actor, each from a part of the candidates' index."""
    row, serving = UserTaskCandidate, _serving(actor)
    here = select(row.task_id).where(row.kind == "group", _any(actor.roles), row.office_code == actor.office_code)
    by_name = select(row.task_id).where(row.kind == "user", row.value == str(actor.id))
    anywhere = select(row.task_id).where(row.kind == "group", _any(serving))
    found = [here, by_name, anywhere] if serving else [here, by_name]
    if COMPARTMENTS.keys() <= cleared(actor):
        return found
    task = aliased(UserTask)
    # Asked of each that is offered: as a join it would be taken to leave hardly any, and begin with all tasks there are.
    fits_each = case((fitting(actor, task.case_id), 1), else_=0) == 1
    return [query.join(task, task.id == row.task_id).where(fits_each) for query in found]


def _any(roles: frozenset[str]) -> ColumnElement[bool]:
    return one_of(UserTaskCandidate.value, sorted(roles))


def is_candidate(actor: Actor, facts: TaskFacts) -> bool:
    """The same of one task."""
    serving = _serving(actor)
    named = str(actor.id) in facts.candidate_users or any(
        role in actor.roles and (office == actor.office_code or role in serving)
        for role, office in facts.candidate_roles
    )
    return named and (facts.case is None or fits(actor, facts.case))


def case_fits(context: Context, actor: Actor, case_id: UUID) -> bool:
    """``fits`` of one case, asked of the database."""
    if COMPARTMENTS.keys() <= cleared(actor):
        return True
    query = select(CaseFile.id).where(CaseFile.id == case_id, fitting(actor, CaseFile.id))
    return context.session.scalar(query) is not None


def require_case(context: Context, case_id: UUID, wanted: Level = Level.META) -> CaseFile:
    """The case file, if the actor sees this much of it.

    Raises ``NotFound`` where they may not know of it, and never tells whether it exists; ``Forbidden`` where they know
    of it and see less.
    """
    query = select(CaseFile, sees(context.actor, wanted)).where(CaseFile.id == case_id, visible_cases(context.actor))
    question = ("case", context.actor, case_id, wanted)
    found = once(context, question, lambda: context.session.execute(query).first())
    if found is None:
        raise NotFound
    row, enough = found
    if not enough:
        raise Forbidden(permission="case:read", object_id=case_id, case_id=case_id)
    return row


def seen_case(context: Context, case_id: UUID) -> tuple[CaseFile, Level]:
    """A case file and how much of it the actor sees. Raises ``NotFound`` where it is nothing."""
    query = select(CaseFile, level_seen(context.actor)).where(CaseFile.id == case_id, visible_cases(context.actor))
    found = context.session.execute(query).first()
    if found is None:
        raise NotFound
    row, rank = found
    answered(context, ("case", context.actor, case_id, Level.META), (row, True))
    answered(context, ("level", context.actor, case_id), rank)
    return row, list(Level)[rank]


def case_level(context: Context, case_id: UUID) -> Level:
    """How much of a case the actor sees. Raises ``NotFound`` where it is nothing."""
    query = select(level_seen(context.actor)).where(CaseFile.id == case_id)
    rank = once(context, ("level", context.actor, case_id), lambda: context.session.scalar(query))
    if rank is None or rank < 0:
        raise NotFound
    return list(Level)[rank]


def _may_task(actor: Actor, permission: str, facts: TaskFacts) -> bool:
    if permission in HOLDING:
        return actor.id in facts.holders or stands_in(actor, facts)
    if permission == "task:claim":
        return actor.id in facts.holders or is_candidate(actor, facts)
    if permission == "task:assign":
        return supervises(actor, facts.office_code)
    own = actor.id in facts.holders or is_candidate(actor, facts) or stands_in(actor, facts)
    return own or supervises(actor, facts.office_code)


def _serving(actor: Actor) -> frozenset[str]:
    return actor.roles & EVERYWHERE if actor.office_code == HEADQUARTERS else frozenset()
