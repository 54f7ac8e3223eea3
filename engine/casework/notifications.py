"""Notices to a person, or to everybody who has a role in an office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union_all, update

from engine.access import notice_choices
from engine.access.actors import Actor
from engine.access.matrix import Level
from engine.access.policy import fitting, one_of, sees
from engine.errors import Text
from engine.store import Context
from engine.store.prepared import Prepared
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Notification

RESERVED = Text("Hay un aviso de un expediente reservado.", "There is a notice about a restricted case.")
FROM_PROCESS = "process.notice"
FOR_YOU = "task.assigned"
UNDONE = "task.undone"
# What somebody is told of that was or is offered to them: theirs where the case fits them, as the offer is.
OFFERED = (FROM_PROCESS, FOR_YOU, UNDONE)
# They say who was let into a case, by its folio alone.
HEADS = ("case.named", "case.guarded", "case.unsealed")
# An answer to what its reader did themselves: it holds nothing but the folio that they typed.
ANYHOW = ("case.reviewed",)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as its reader may read it."""

    kind: str
    text_es: str
    text_en: str
    created_at: datetime
    case_id: UUID | None
    task_id: UUID | None


def notify(
    context: Context,
    kind: str,
    text: Text,
    *,
    user_id: UUID | None = None,
    role: str | None = None,
    office_code: str | None = None,
    case_id: UUID | None = None,
    task_id: UUID | None = None,
) -> None:
    """Leave a notice."""
    context.session.add(
        Notification(
            id=new_id(),
            user_id=user_id,
            role=role,
            office_code=office_code,
            case_id=case_id,
            task_id=task_id,
            kind=kind,
            text_es=text.in_language("es")[:500],
            text_en=text.in_language("en")[:500],
            created_at=context.now,
            mail_at=context.now if kind in notice_choices.TOPIC_OF else None,
        )
    )


def _for(actor: Actor) -> ColumnElement[bool]:
    by_role = and_(one_of(Notification.role, sorted(actor.roles)), Notification.office_code == actor.office_code)
    return or_(Notification.user_id == actor.id, by_role)


def _whole(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor reads what a notice says: their own account's, and of cases as far as they see those.

    What a process tells a role, or offers somebody by name, is theirs as the offer is: where the case fits them.
    """
    row = Notification
    return or_(
        row.case_id.is_(None),
        one_of(row.kind, ANYHOW),
        sees(actor, Level.N0),
        and_(one_of(row.kind, HEADS), sees(actor)),
        and_(one_of(row.kind, OFFERED), fitting(actor, row.case_id)),
    )


def _known(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor may know that there is this notice."""
    return or_(_whole(actor), sees(actor))


def unread(context: Context, actor: Actor, limit: int = 50) -> Sequence[Notice]:
    """Unread notices of the actor, the newest first; of a case they see too little of, only that there is one."""
    query = (
        select(Notification, _whole(actor), sees(actor))
        .outerjoin(CaseFile, CaseFile.id == Notification.case_id)
        .where(_for(actor), Notification.read_at.is_(None), _known(actor))
        .order_by(Notification.id.desc())
        .limit(limit)
    )
    return [_notice(*row) for row in context.session.execute(query)]


def _notice(row: Notification, whole: bool, seen: bool) -> Notice:
    es, en = (row.text_es, row.text_en) if whole else (RESERVED.es, RESERVED.en)
    return Notice(row.kind, es, en, row.created_at, row.case_id if seen else None, row.task_id)


def count_unread(context: Context, actor: Actor) -> int:
    """How many notices the actor has not read."""
    [[number]] = _count(actor).all(context.session, {})
    return int(number)


@lru_cache(maxsize=500)
def _count(actor: Actor) -> Prepared:
    """The statement, built once for each person: every page counts."""
    return Prepared(
        select(func.count())
        .select_from(Notification)
        .outerjoin(CaseFile, CaseFile.id == Notification.case_id)
        .where(_for(actor), Notification.read_at.is_(None), _known(actor))
    )


def count_by_topic(context: Context, asked: Sequence[tuple[Actor, ColumnElement[bool]]]) -> Sequence[Mapping[str, int]]:
    """For each of these people: how many notices of each topic they have not read, of those that a condition says.

    They are those of their page, and asked in one statement however many people there are.
    """
    counts: list[dict[str, int]] = [{} for _ in asked]
    if not asked:
        return counts
    parts = [
        select(literal(place), Notification.kind, func.count())
        .outerjoin(CaseFile, CaseFile.id == Notification.case_id)
        .where(_for(actor), Notification.read_at.is_(None), _known(actor), condition)
        .group_by(Notification.kind)
        for place, (actor, condition) in enumerate(asked)
    ]
    for place, kind, number in context.session.execute(union_all(*parts)):
        topic = notice_choices.TOPIC_OF.get(kind)
        if topic is not None:
            counts[place][topic] = counts[place].get(topic, 0) + number
    return counts


def mark_read(context: Context, actor: Actor) -> None:
    """Mark all notices of the actor as read."""
    context.session.execute(
        update(Notification)
        .where(_for(actor), Notification.read_at.is_(None))
        .values(read_at=context.now)
        .execution_options(synchronize_session=False)
    )
