"""What is said about a task among those who work on it; whom it names hears of it, if they may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import audit, facts, staff
from engine.access.actors import Actor
from engine.access.matrix import FIELD_LEVELS, Level
from engine.access.policy import level as level_of
from engine.access.policy import may, require
from engine.actions import keys
from engine.actions.cases import keep_out
from engine.actions.tasks import TaskView, read_task
from engine.casework import notifications
from engine.errors import Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.runtime import TaskComment

LONGEST = 2_000
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Discussion:
    """What was said about a task as far as its reader sees it, the oldest first, and who can be told of a comment."""

    comments: Sequence[TaskComment]
    people: Sequence[Actor]
    may_write: bool


def read(context: Context, view: TaskView) -> Discussion:
    """The discussion of a task that the actor was shown."""
    seen = _level(view)
    query = select(TaskComment).where(
        TaskComment.task_id == view.task.id, TaskComment.level.in_([str(item) for item in seen.within])
    )
    newest = context.session.scalars(query.order_by(TaskComment.at.desc(), TaskComment.id.desc()).limit(SHOWN)).all()
    writes = may(context.actor, "case:annotate") and seen.reaches(Level.N1)
    people = _readers(context, view) if writes else ()
    return Discussion(newest[::-1], people, writes)


def say(
    context: Context, task_id: UUID, text: str, tell: Sequence[UUID] = (), level: str = "N2", key: str | None = None
) -> None:
    """Add a comment of a level to a task and tell it to people who may read it, marked or named as ``@ana.discua``.

    Raises ``Invalid`` with ``comentario``.
    """
    require(context.actor, "case:annotate")
    keys.once(context, key, lambda: _say(context, task_id, text, tell, level))


def _say(context: Context, task_id: UUID, text: str, tell: Sequence[UUID], level: str) -> dict[str, Any]:
    view = read_task(context, task_id)
    said = text.strip()
    if not _level(view).reaches(Level.N1) or level not in FIELD_LEVELS:
        raise NotFound
    if not said or len(said) > LONGEST:
        raise Invalid(
            fields={
                "comentario": Text(
                    "Escriba un comentario, de hasta {n} letras.",
                    "Write a comment, of up to {n} letters.",
                    {"n": LONGEST},
                )
            }
        )
    actor, task = context.actor, view.task
    if task.case_id is not None:
        keep_out(context, task.case_id, {"comentario": said})
    context.session.add(
        TaskComment(
            id=new_id(),
            task_id=task_id,
            case_id=task.case_id,
            at=context.now,
            author_id=actor.id,
            author_name=actor.name,
            level=level,
            text=said,
        )
    )
    named = {word.strip(".,;:!?()").lower() for word in said.split() if word.startswith("@")}
    told = [
        person
        for person in _readers(context, view, Level(level))
        if person.id in tell or handle(person).lower() in named
    ]
    folio = view.case.folio if view.case is not None else "—"
    for person in told:
        notifications.notify(
            context,
            "task.mention",
            Text(
                "{who} le escribió sobre una tarea de {folio}.",
                "{who} wrote to you about a task of {folio}.",
                {"who": actor.name, "folio": folio},
            ),
            user_id=person.id,
            case_id=task.case_id,
            task_id=task_id,
        )
    audit.record(
        context, "task:comment", object_id=task_id, case_id=task.case_id, told=[str(person.id) for person in told]
    )
    return {}


def handle(person: Actor) -> str:
    """How somebody is named in a comment: ``@`` and their address up to its own ``@``."""
    return f"@{person.email.partition('@')[0]}"


def _level(view: TaskView) -> Level:
    """How much of the discussion a task's reader sees: as much as of its case, or of the form where it is theirs."""
    if view.case is None:
        return Level.N3
    return view.case.level


def _readers(context: Context, view: TaskView, wanted: Level = Level.N1) -> Sequence[Actor]:
    """Who else of the offices concerned may open the task and read what is of this level, by name."""
    of_task = facts.of_task(context, view.task)
    of_case, task = of_task.case, view.task
    offices = {task.office_code, of_case.office_code if of_case is not None else None, context.actor.office_code}

    def reads(person: Actor) -> bool:
        if person.id == context.actor.id or not may(person, "task:read", of_task):
            return False
        if of_case is None:
            return True
        seen = level_of(person, of_case) if may(person, "case:read") else None
        return seen is not None and seen.reaches(wanted)

    return [person for person in staff.at(context, offices) if reads(person)]
