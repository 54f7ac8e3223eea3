"""Erases the personal data of cases: persons, words, answers, letters, files. What was done, when, where, with what result stays.

``HANDLED`` names for each column that may hold personal data what becomes of it; a test fails where one is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import aliased

from engine.casework import attachments, figures
from engine.casework.sounding import sound
from engine.store import Context
from engine.store.tables.access import SavedView
from engine.store.tables.base import Base
from engine.store.tables.casework import (
    CaseContact,
    CaseFile,
    CaseOpening,
    CaseRelation,
    Document,
    LegalHold,
    Note,
    Notification,
    Person,
    PersonMerge,
    PersonToken,
    TimelineEntry,
)
from engine.store.tables.runtime import (
    Incident,
    Job,
    Message,
    MessageCorrelation,
    ProcessInstance,
    ScopeRow,
    StepHistory,
    SubscriptionRow,
    TaskComment,
    TokenRow,
    UserTask,
)


@dataclass(frozen=True, slots=True)
class _Whose:
    """The cases whose data go, and their instances."""

    case_ids: Sequence[UUID]
    instance_ids: Sequence[UUID]


Part = Callable[[_Whose], ColumnElement[bool]]


def _in_case(table: Any) -> Part:
    return lambda whose: table.case_id.in_(whose.case_ids)


def _in_instance(table: Any) -> Part:
    return lambda whose: table.instance_id.in_(whose.instance_ids)


def _in_either(table: Any) -> Part:
    return lambda whose: or_(table.case_id.in_(whose.case_ids), table.instance_id.in_(whose.instance_ids))


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows that are deleted, with everything in them."""

    table: type[Base]
    which: Part


@dataclass(frozen=True, slots=True)
class Emptied:
    """Rows that stay, as something that happened, without what they said."""

    table: type[Base]
    which: Part
    values: dict[str, Any] = field(default_factory=dict)


def _told(whose: _Whose) -> ColumnElement[bool]:
    """Messages to these cases, and what has reached their instances."""
    reached = select(MessageCorrelation.message_id).where(MessageCorrelation.instance_id.in_(whose.instance_ids))
    return or_(Message.key.in_([str(case_id) for case_id in whose.case_ids]), Message.id.in_(reached))


def _noticed(whose: _Whose) -> ColumnElement[bool]:
    tasks = select(UserTask.id).where(_in_either(UserTask)(whose))
    return or_(Notification.case_id.in_(whose.case_ids), Notification.task_id.in_(tasks))


def _commented(whose: _Whose) -> ColumnElement[bool]:
    tasks = select(UserTask.id).where(_in_either(UserTask)(whose))
    return or_(TaskComment.case_id.in_(whose.case_ids), TaskComment.task_id.in_(tasks))


def _related(whose: _Whose) -> ColumnElement[bool]:
    return or_(CaseRelation.case_id.in_(whose.case_ids), CaseRelation.other_id.in_(whose.case_ids))


GONE = (
    Gone(Notification, _noticed),
    Gone(Note, _in_case(Note)),
    Gone(CaseContact, _in_case(CaseContact)),
    Gone(CaseRelation, _related),
    Gone(TaskComment, _commented),
    Gone(Job, _in_either(Job)),
    Gone(Message, _told),
    Gone(SubscriptionRow, _in_instance(SubscriptionRow)),
    Gone(TokenRow, _in_instance(TokenRow)),
    Gone(ScopeRow, _in_instance(ScopeRow)),
)
NOTHING: dict[str, Any] = {}
EMPTIED = (
    Emptied(CaseOpening, _in_case(CaseOpening), {"reason": "", "remark": ""}),
    Emptied(LegalHold, _in_case(LegalHold), {"reason": "", "lifted_reason": None}),
    Emptied(TimelineEntry, _in_case(TimelineEntry), {"text_es": "", "text_en": "", "data": NOTHING}),
    Emptied(
        Document,
        _in_case(Document),
        {"subject": "", "addressee": "", "data": NOTHING, "void_reason": None, "content": None},
    ),
    Emptied(Incident, _in_either(Incident), {"text_es": "", "text_en": ""}),
    Emptied(UserTask, _in_either(UserTask), {"draft": None, "answers": None}),
    Emptied(StepHistory, _in_instance(StepHistory), {"changes": NOTHING}),
    Emptied(ProcessInstance, lambda whose: ProcessInstance.id.in_(whose.instance_ids), {"start_key": None}),
)
# By the functions below: the case file itself, its persons, its files, and searches for them that officials keep.
APART = frozenset(
    {
        "case_file.title", "person.given_names", "person.first_surname", "person.second_surname", "person.name",
        "person.search_key", "person.alias", "person.dni", "person.birth_date", "person.sex", "person.municipality",
        "person.phone", "person_merge.before",
        "person_token.token", "attachment.name", "attachment.digest", "stored_content.key", "stored_content.fingerprint",
        "saved_view.name", "saved_view.query",
    }
)  # fmt: skip
# Nothing of a case, or gone by itself long before any term is over.
ELSEWHERE = {
    "command_key.answer": "two days (engine.actions.keys)",
    "mail.data": "sent or given up within days; to officials",
    "totp_secret.secret": "of an official",
    "recovery.reason": "about an official's account",
    "webhook.secret": "of a program",
    "data_key.wrapped": "a key",
}
HANDLED = (
    {f"{part.table.__tablename__}.{column.name}" for part in GONE for column in part.table.__table__.columns}
    | {f"{part.table.__tablename__}.{name}" for part in EMPTIED for name in part.values}
    | APART
    | ELSEWHERE.keys()
)


def erase(context: Context, case_ids: Sequence[UUID]) -> None:
    """Erase the personal data of cases that are over, which the caller has locked; their figures are kept first.

    The objects of their files go at the worker's next round: nobody opens them from now on.
    """
    session = context.session
    figures.keep(context, case_ids)
    instances = session.scalars(select(ProcessInstance.id).where(ProcessInstance.case_id.in_(case_ids))).all()
    whose = _Whose(case_ids, instances)
    for case_id in case_ids:
        attachments.erase(context, case_id)
    for gone in GONE:
        session.execute(delete(gone.table).where(gone.which(whose)).execution_options(synchronize_session=False))
    for part in EMPTIED:
        statement = update(part.table).where(part.which(whose)).values(**part.values)
        session.execute(statement.execution_options(synchronize_session=False))
    _erase_persons(context, case_ids)
    session.expire_all()


def _erase_persons(context: Context, case_ids: Sequence[UUID]) -> None:
    """Part the cases from their persons, and delete each person whom no other case names."""
    session = context.session
    named = select(CaseFile.person_id).where(CaseFile.id.in_(case_ids), CaseFile.person_id.is_not(None)).distinct()
    person_ids = session.scalars(named).all()
    session.execute(
        update(CaseFile)
        .where(CaseFile.id.in_(case_ids))
        .values(title="", person_id=None, erased_at=context.now, version=CaseFile.version + 1)
        .execution_options(synchronize_session=False)
    )
    _forget_merges(context, person_ids)
    other = aliased(CaseFile)
    unnamed = Person.id.in_(person_ids), ~select(other.id).where(other.person_id == Person.id).exists()
    persons = session.scalars(select(Person).where(*unnamed)).all()
    _erase_searches(context, persons)
    ids = [person.id for person in persons]
    for table, column in ((PersonToken, PersonToken.person_id), (Person, Person.id)):
        session.execute(delete(table).where(column.in_(ids)).execution_options(synchronize_session=False))


def _forget_merges(context: Context, person_ids: Sequence[UUID | None]) -> None:
    """Drop what undoing merges into these persons would take, and into those who went into them: it is of the cases erased."""
    ids = {id for id in person_ids if id is not None}
    known = set(ids)
    while ids:
        theirs = PersonMerge.kept_id.in_(ids)
        gone = set(context.session.scalars(select(PersonMerge.gone_id).where(theirs)))
        statement = update(PersonMerge).where(theirs).values(before=None)
        context.session.execute(statement.execution_options(synchronize_session=False))
        ids = gone - known
        known |= gone


def _erase_searches(context: Context, persons: Sequence[Person]) -> None:
    """Delete the lists that officials keep under a search for one of these persons: by document, or two of their names."""
    if not persons:
        return
    gone = [
        view.id
        for view in context.session.scalars(select(SavedView))
        if any(_names(f"{view.name} {unquote_plus(view.query)}", person) for person in persons)
    ]
    context.session.execute(
        delete(SavedView).where(SavedView.id.in_(gone)).execution_options(synchronize_session=False)
    )


def _names(words: str, person: Person) -> bool:
    """Whether a text names a person. One name of several is not enough: many share it."""
    if person.dni and person.dni in "".join(c for c in words if c.isdecimal()):
        return True
    heard = set(sound("".join(c if c.isalpha() else " " for c in words)).split())
    known = set(person.search_key.split())
    return bool(known) and len(known & heard) >= min(2, len(known))
