"""What an officer does with tasks: look, claim, release, fill in, complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from engine.access import audit, firewall
from engine.access.actors import Actor
from engine.access.matrix import FIELD_LEVELS, Level
from engine.access.policy import (
    KEPT,
    candidate,
    case_fits,
    case_level,
    form_level,
    may,
    require,
    substituted,
    visible_tasks,
)
from engine.actions import files, keys
from engine.actions.seen import CaseHead, head
from engine.actions.situation import form_context
from engine.casework import timeline
from engine.casework.attachments import Place
from engine.definitions import registry
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Text
from engine.forms import Form
from engine.forms.sealing import merged, sealed, without
from engine.runtime import user_tasks
from engine.runtime.reading import variables_at
from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile, Office, Person
from engine.store.tables.runtime import UserTask
from engine.worklist import inbox

TAKE_FIRST = Text(
    "Tome la tarea primero: tiene respuestas que solo ve quien la tiene.",
    "Take the task first: it has answers that only its holder sees.",
)


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as its page shows it."""

    task: UserTask
    case: CaseHead | None
    person: Person | None
    office: Office | None
    assignee: str | None
    form: Form | None
    values: Mapping[str, Any]
    sealed: frozenset[str]  # what is answered in the form and not theirs to see; ``kept`` has it, for the server
    kept: Mapping[str, Any]
    situation: Mapping[str, Any]
    process_name: str
    may_claim: bool
    may_complete: bool
    take_first: bool  # they see the answers once they have taken the task
    standing_in: bool  # they do it in place of whoever has it, who is away

    @property
    def reserved(self) -> bool:
        """Whether its reader sees only that it exists."""
        return self.case is not None and self.case.reserved

    @property
    def name(self) -> str:
        """What the task is called; empty for who sees only that it exists."""
        return "" if self.reserved else self.task.name

    @property
    def documentation(self) -> str:
        """What to do and why; empty for who sees only that it exists."""
        return "" if self.reserved else self.task.documentation


@dataclass(frozen=True, slots=True)
class Completed:
    """What follows a completion."""

    case_id: UUID | None
    next_task_id: UUID | None


def list_tasks(context: Context, view: str, *, after: str = "", **narrowed: str) -> tuple[inbox.Page, dict[str, int]]:
    """A page of a view of the inbox, and the counts of all views, both as ``inbox.Filters`` narrow them."""
    require(context.actor, "task:read")
    if view not in inbox.VIEWS:
        raise NotFound
    actor, filters = context.actor, inbox.Filters(**narrowed)
    return inbox.page(context, actor, view, filters, after=after), inbox.counts(context, actor, filters)


def note_list(context: Context, view: str, count: int) -> None:
    """Write down that the actor was shown open tasks, and with them whose cases they are of."""
    audit.record(context, "task:list", view=view, count=count)


def _reached(context: Context, task_id: UUID) -> bool:
    """Whether a task that the actor may see is offered to them. Raises ``NotFound``."""
    found = _reach(context.actor).all(context.session, {"id": task_id})
    if not found:
        raise NotFound
    return bool(found[0][0])


@lru_cache(maxsize=KEPT)
def _reach(actor: Actor) -> Prepared:
    """The question, built once for each person: whoever completes what is offered asks it."""
    theirs = _theirs(actor)
    task_id = bindparam("id", type_=table_of(UserTask).c.id.type)
    return Prepared(select(candidate(actor)).select_from(UserTask).where(UserTask.id == task_id, theirs))


def _theirs(actor: Actor) -> ColumnElement[bool]:
    return or_(and_(UserTask.state != "open", UserTask.completed_by == actor.id), visible_tasks(actor))


def _visible(context: Context, task_id: UUID) -> tuple[UserTask, bool]:
    """A task that the actor may see, and whether it is offered to them. Raises ``NotFound``."""
    query = select(UserTask, candidate(context.actor)).where(UserTask.id == task_id, _theirs(context.actor))
    found = context.session.execute(query).first()
    if found is None:
        raise NotFound
    return found[0], bool(found[1])


def _beside(context: Context, task: UserTask) -> tuple[CaseFile | None, Person | None, Office | None, User | None]:
    """The case of a task, its person, the office of the task, and who has it."""
    query = (
        select(CaseFile, Person, Office, User)
        .select_from(UserTask)
        .outerjoin(CaseFile, CaseFile.id == UserTask.case_id)
        .outerjoin(Person, Person.id == CaseFile.person_id)
        .outerjoin(Office, Office.code == UserTask.office_code)
        .outerjoin(User, User.id == UserTask.assignee_id)
        .where(UserTask.id == task.id)
    )
    case, person, office, holder = context.session.execute(query).one()
    return case, person, office, holder


def read_task(context: Context, task_id: UUID) -> TaskView:
    """A task with its form, as far as the actor may see it. Raises ``NotFound``, ``Conflict`` if it is done already."""
    task, offered = _visible(context, task_id)
    refuse_closed(context, task)
    case, person, office, holder = _beside(context, task)
    mine = task.assignee_id == context.actor.id
    standing_in = not mine and _stands_in(context, task.id, task.assignee_id)
    doing = mine or standing_in or (task.assignee_id is None and offered)
    doing = doing and may(context.actor, "task:complete")
    level = _level(context, task, case)
    shown = doing or context.actor.kind == "system"
    form = registry.form(context, task.form_id) if task.form_id and shown else None
    variables, situation = _known(context, task, case, person, form) if form is not None else ({}, {})
    kept = _kept(context, task.draft, form, variables, situation)
    sealed_to_them = _sealed(context, form, kept)
    take_first = (
        not mine and not standing_in and form is not None and sealed(form, kept, _as_field(level)) != sealed_to_them
    )
    return TaskView(
        task,
        head(case, level) if case is not None else None,
        person if level.reaches(Level.NAME) else None,
        office,
        holder.name if holder is not None else None,
        form if not take_first else None,
        without(kept, sealed_to_them) if not take_first else {},
        sealed_to_them,
        kept,
        situation,
        (registry.spec(context, task.definition_id).model.name or task.process_id) if level.reaches(Level.N0) else "",
        may_claim=task.assignee_id is None and offered and may(context.actor, "task:claim"),
        may_complete=doing and not take_first,
        take_first=take_first,
        standing_in=standing_in,
    )


def place_of_answer(view: TaskView, name: str) -> Place:
    """Where a file belongs that is sent for a field of the task's form. Raises ``Forbidden``, ``NotFound``."""
    if not view.may_complete:
        raise Forbidden(permission="task:complete", object_id=view.task.id, case_id=view.task.case_id)
    field = view.form.field(name) if view.form is not None and view.form.takes_files(name) else None
    if field is None or view.case is None:
        raise NotFound
    kind = "signature" if field.kind == "signature" else None
    return Place(view.case.id, field.sensitivity, kind, view.task.id, name)


def taken(context: Context, task_id: UUID) -> TaskView:
    """The same of a task that the actor takes, if nobody has it yet and they have to before they see its form."""
    view = read_task(context, task_id)
    if not view.take_first:
        return view
    claim_task(context, task_id)
    return read_task(context, task_id)


def _level(context: Context, task: UserTask, case: CaseFile | None) -> Level:
    """How much of its case the actor sees; of a task without one, everything."""
    if case is None:
        return Level.N3
    try:
        return case_level(context, case.id)
    except NotFound:  # their office is asked to do something for a case that is not theirs
        return Level.META


def _as_field(level: Level) -> str:
    """The level as fields have it."""
    return str(level) if level in FIELD_LEVELS else str(Level.N0)


def _known(
    context: Context, task: UserTask | user_tasks.Taken, case: CaseFile | None, person: Person | None, form: Form
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The variables around a task, and the situation in which its form is filled in."""
    variables = variables_at(context, task.instance_id, task.id)
    return variables, form_context(context, task.office_code, case, person, variables, form.lists)


def _kept(
    context: Context,
    draft: Mapping[str, Any] | None,
    form: Form | None,
    variables: Mapping[str, Any],
    situation: Mapping[str, Any],
) -> Mapping[str, Any]:
    """What a form is filled with when it is opened: its draft, else its initial answers."""
    if form is None:
        return {}
    return draft or form.initial(variables, situation, context.now)


def _sealed(context: Context, form: Form | None, kept: Mapping[str, Any]) -> frozenset[str]:
    return sealed(form, kept, _as_field(form_level(context.actor))) if form is not None else frozenset()


def note_read(context: Context, view: TaskView) -> None:
    """Write down that the actor looked at a task, and at the person's data in it."""
    audit.record(context, "task:read", object_id=view.task.id, case_id=view.task.case_id)


def _stands_in(context: Context, task_id: UUID, holder: UUID | None) -> bool:
    """Whether the actor does this task while its holder is away."""
    if holder not in context.actor.standing_in:
        return False
    query = select(UserTask.id).where(UserTask.id == task_id, UserTask.state == "open", substituted(context.actor))
    return context.session.scalar(query) is not None


def refuse_closed(context: Context, task: UserTask | user_tasks.Taken) -> None:
    """Raise ``Conflict`` for a task that no longer waits, and say who completed it."""
    if task.state == "open":
        return
    if task.state == "completed":
        user = context.session.get(User, task.completed_by) if task.completed_by is not None else None
        raise Conflict(
            Text(
                "La tarea ya fue completada por {who}.",
                "The task has been completed by {who} already.",
                {"who": user.name if user is not None else "SIPROC"},
            )
        )
    raise Conflict(user_tasks.GONE)


def claim_task(context: Context, task_id: UUID, *, version: int | None = None) -> None:
    """Take a task that is offered to the actor. Raises ``Forbidden``, ``Conflict``."""
    require(context.actor, "task:claim")
    task, offered = _visible(context, task_id)
    refuse_closed(context, task)
    if task.assignee_id != context.actor.id and not offered:
        raise Forbidden(permission="task:claim")
    user_tasks.claim(context, task_id, context.actor.id, version=version)
    audit.record(context, "task:claim", object_id=task_id, case_id=task.case_id)


def release_task(context: Context, task_id: UUID, *, version: int | None = None) -> None:
    """Give a task back. Raises ``Conflict`` unless the actor has it."""
    require(context.actor, "task:claim")
    task, _ = _visible(context, task_id)
    refuse_closed(context, task)
    away = task.assignee_id if _stands_in(context, task_id, task.assignee_id) else None
    user_tasks.release(context, task_id, away or context.actor.id, version=version)
    audit.record(context, "task:release", object_id=task_id, case_id=task.case_id, **_in_place_of(away))


def _in_place_of(away: UUID | None) -> dict[str, Any]:
    """What the audit adds where somebody stands in for somebody else."""
    return {"in_place_of": str(away)} if away is not None else {}


def save_draft(context: Context, task_id: UUID, values: Mapping[str, Any]) -> None:
    """Keep what was typed into the form of a task that the actor has. Raises ``Forbidden``, ``Conflict``."""
    require(context.actor, "task:complete")
    task, _ = _visible(context, task_id)
    refuse_closed(context, task)
    if task.assignee_id != context.actor.id and not _stands_in(context, task_id, task.assignee_id):
        raise Forbidden(permission="task:complete", object_id=task_id, case_id=task.case_id)
    view = read_task(context, task_id)
    case = context.session.get(CaseFile, task.case_id) if task.case_id is not None else None
    if view.form is not None and case is not None and firewall.guards(case.compartments, case.type):
        typed = _written(view.form, values)
        values = {key: value for key, value in values.items() if firewall.meaning_of(typed.get(key, "")) is None}
    user_tasks.save_draft(context, task_id, merged(values, view.kept, view.sealed))


def complete_task(
    context: Context,
    task_id: UUID,
    submitted: Mapping[str, Any],
    *,
    version: int | None = None,
    idempotency_key: str | None = None,
) -> Completed:
    """Complete a task with what was sent for its form.

    Raises ``NotFound``, ``Forbidden``, ``Conflict`` (someone was quicker) and ``Invalid`` with an error for each field.
    """
    require(context.actor, "task:complete")
    task, away = user_tasks.take(context, task_id), None
    if task.state != "open" or task.assignee_id != context.actor.id:
        # Not simply theirs: it may be a repetition, an offer, done by another, or none of their business.
        answer = keys.earlier_answer(context, idempotency_key, "case", "next")
        if answer is not None:
            return Completed(_id(answer["case"]), _id(answer["next"]))
        offered = _reached(context, task_id)
        refuse_closed(context, task)
        if _stands_in(context, task_id, task.assignee_id):
            away = context.session.get(User, task.assignee_id)
        else:
            _take_along(context, task, version, offered=offered)
            version = None
    values = _clean(context, task, submitted)
    outcome = user_tasks.complete(context, task, values, version=version)
    if task.case_id is not None:
        timeline.append(
            context,
            task.case_id,
            "task.completed",
            _completed(task.name, away),
            level="N0",
            task_id=str(task_id),
            element_id=task.element_id,
        )
    absent = _in_place_of(away.id if away is not None else None)
    audit.record(context, "task:complete", object_id=task_id, case_id=task.case_id, **absent)
    following = None
    if task.case_id is not None and (not task.compartments or case_fits(context, context.actor, task.case_id)):
        following = inbox.next_of_case(context, context.actor, task.case_id, outcome.opened, outcome.office)
    keys.remember(
        context,
        idempotency_key,
        {"case": str(task.case_id) if task.case_id else None, "next": str(following) if following else None},
    )
    return Completed(task.case_id, following)


def _take_along(context: Context, task: user_tasks.Taken, version: int | None, *, offered: bool) -> None:
    """Take a task that is offered, to complete it at once."""
    if task.assignee_id is not None or not offered:
        raise Forbidden(permission="task:complete")
    if task.form_id is not None and read_task(context, task.id).take_first:
        raise Conflict(TAKE_FIRST)
    user_tasks.claim_taken(context, task, context.actor.id, version=version)


def _completed(name: str, away: User | None) -> Text:
    if away is None:
        return Text("Completó «{task}».", "Completed “{task}”.", {"task": name})
    return Text(
        "Completó «{task}» por ausencia de {who}.",
        "Completed “{task}” in the absence of {who}.",
        {"task": name, "who": away.name},
    )


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _clean(context: Context, task: user_tasks.Taken, submitted: Mapping[str, Any]) -> dict[str, Any]:
    if task.form_id is None:
        return {}
    session = context.session
    case = session.get(CaseFile, task.case_id) if task.case_id is not None else None
    person = session.get(Person, case.person_id) if case is not None and case.person_id is not None else None
    form = registry.form(context, task.form_id)
    variables, situation = _known(context, task, case, person, form)
    typed = _written(form, submitted)  # before what the actor does not see is put back
    if _as_field(form_level(context.actor)) != Level.N3:
        draft = user_tasks.token_task(context, task.id).draft
        kept = _kept(context, draft, form, variables, situation)
        submitted = merged(submitted, kept, _sealed(context, form, kept))
    strange = files.refused_references(context, task.case_id, form.files_named(submitted))
    try:
        values = form.clean(submitted, situation, context.now)
    except Invalid as error:
        raise Invalid(fields={**strange, **error.fields}) from error
    if strange:
        raise Invalid(fields=strange)
    if case is not None:
        firewall.refuse(case, typed)
    return values


def _written(form: Form, submitted: Mapping[str, Any]) -> dict[str, str]:
    """What was typed in one's own words, by the names that it was sent under."""
    free = {key for key, field in form.fields.items() if field.type in ("textfield", "textarea")}
    return {
        name: text
        for name, text in firewall.said(submitted)
        if ".".join("*" if p.isdigit() else p for p in name.split(".")) in free
    }
