"""What a task was completed with, as far as its reader sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.access import audit
from engine.access.matrix import FIELD_LEVELS, NEEDS, Level
from engine.access.policy import case_level, require, require_case
from engine.actions.seen import CaseHead, head
from engine.actions.situation import form_context
from engine.casework import attachments
from engine.definitions import registry
from engine.errors import NotFound
from engine.feel import load_value
from engine.forms.kinds import FILE_KINDS
from engine.forms.situation import Situation
from engine.forms.telling import Told, tell
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.casework import Person
from engine.store.tables.runtime import UserTask


@dataclass(frozen=True, slots=True)
class Answered:
    """A completed task of a case: who completed it, and each question with its answer.

    ``told`` is None where nothing was kept: the task asked nothing, or the case was erased.
    """

    task: UserTask
    case: CaseHead
    by: str
    title: str
    told: Sequence[Told] | None
    files: Mapping[UUID, str]  # the names of those that are still there, and theirs to see


def read(context: Context, task_id: UUID) -> Answered:
    """What a task of a case was completed with. Raises ``NotFound``, ``Forbidden``.

    Answers above the reader's level of the case are told as restricted (handbook, section 5), whoever gave them.
    """
    require(context.actor, "case:answers", object_id=task_id)
    session = context.session
    task = session.get(UserTask, task_id)
    if task is None or task.state != "completed" or task.case_id is None:
        raise NotFound
    case = require_case(context, task.case_id, NEEDS["case:answers"])
    level = case_level(context, task.case_id)
    by = session.get(User, task.completed_by) if task.completed_by is not None else None
    told, title = None, ""
    if task.form_id is not None and task.answers is not None and task.completed_at is not None:
        form = registry.form_at(context, task.form_id, task.completed_at)
        values = load_value(task.answers)
        person = session.get(Person, case.person_id) if case.person_id is not None else None
        known = form_context(context, task.office_code, case, person, values, form.lists)
        told, title = tell(form, values, _as_field(level), Situation.of(known, task.completed_at)), form.title
    files = _files(context, task.case_id, level, told or ())
    return Answered(task, head(case, level), by.name if by is not None else "SIPROC", title, told, files)


def _files(context: Context, case_id: UUID, level: Level, told: Sequence[Told]) -> dict[UUID, str]:
    rows = attachments.named(context, list(_named(told))).items()
    seen = ((id, row) for id, row in rows if row.case_id == case_id and attachments.is_open(row))
    return {id: row.name for id, row in seen if level.reaches(Level(row.level))}


def _named(told: Sequence[Told]) -> Iterator[UUID]:
    """The attachments that are answers."""
    for item in told:
        yield from _named(item.parts)
        if item.kind in FILE_KINDS:
            values = item.value if isinstance(item.value, list) else [item.value]
            yield from (found for value in values if (found := attachments.referred(value)) is not None)


def _as_field(level: Level) -> str:
    return str(level) if level in FIELD_LEVELS else str(Level.N0)


def note_read(context: Context, task_id: UUID, case_id: UUID) -> None:
    """Write down that the actor looked at what a task was completed with."""
    audit.record(context, "case:answers", object_id=task_id, case_id=case_id)
