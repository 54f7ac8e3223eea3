"""Tasks: the inbox, a task with its form, claim, release, draft, complete."""

from __future__ import annotations

from uuid import UUID

from engine.actions import answers, tasks
from engine.forms.telling import Told
from engine.store import Context
from webui.api import shapes
from webui.api.operations import command, expected_version, operation
from webui.api.questions import form_shape
from webui.doing import do, look
from webui.showing import instructions


@operation("GET", "/tasks", scope="tasks:read", query=shapes.TaskQuery, answer=shapes.Tasks)
def task_list(query: shapes.TaskQuery) -> shapes.Tasks:
    """Open tasks of a view of the inbox, what is urgent first on top."""
    page, counts = look(lambda context: tasks.list_tasks(context, query.view, **query.model_dump(exclude={"view"})))
    do(lambda context: tasks.note_list(context, query.view, len(page.rows)))
    items = [
        shapes.TaskLine(
            id=row.id,
            name=row.name,
            case_id=row.case_id,
            folio=row.folio,
            title=row.title,
            office=row.office_code,
            case_priority=row.case_priority,
            assignee=shapes.Who(id=row.assignee_id, name=row.assignee) if row.assignee_id is not None else None,
            due_at=row.due_at,
        )
        for row in page.rows
    ]
    return shapes.Tasks(items=items, counts=counts, next=page.after)


@operation("GET", "/tasks/<uuid:task_id>", scope="tasks:read", answer=shapes.Task, versioned=True)
def task_read(task_id: UUID) -> shapes.Task:
    """A task with its form and what has been answered so far."""
    view = look(lambda context: tasks.read_task(context, task_id))
    do(lambda context: tasks.note_read(context, view))
    task = view.task
    return shapes.Task(
        id=task.id,
        name=view.name,
        instructions=instructions(view.documentation),
        process_id=task.process_id if not view.reserved else "",
        process_name=view.process_name,
        case_id=task.case_id,
        folio=view.case.folio if view.case is not None else None,
        office=task.office_code,
        assignee=shapes.Who(id=task.assignee_id, name=view.assignee) if task.assignee_id is not None else None,
        due_at=task.due_at,
        version=task.version,
        may_claim=view.may_claim,
        may_complete=view.may_complete,
        form=form_shape(view.form, view.values, view.situation) if view.form is not None else None,
        values=dict(view.values),
    )


@operation("GET", "/tasks/<uuid:task_id>/answers", scope="cases:read", answer=shapes.AnswersGiven)
def task_answers(task_id: UUID) -> shapes.AnswersGiven:
    """What a task was completed with, in the order of its form."""
    view = look(lambda context: answers.read(context, task_id))
    do(lambda context: answers.note_read(context, task_id, view.case.id))
    return shapes.AnswersGiven(
        id=task_id,
        name=view.task.name,
        case_id=view.case.id,
        completed_by=view.by,
        completed_at=view.task.completed_at,
        items=[_told(item) for item in view.told or ()],
    )


def _told(item: Told) -> shapes.AnswerItem:
    inside = [_told(part) for part in item.parts]
    return shapes.AnswerItem(label=item.label, kind=item.kind, value=item.value, sealed=item.sealed, items=inside)


@operation("POST", "/tasks/<uuid:task_id>/claim", scope="tasks:write", answer=shapes.Done, versioned=True)
def task_claim(task_id: UUID) -> object:
    """Take a task that is offered."""
    version = expected_version()

    def work(context: Context) -> shapes.Done:
        tasks.claim_task(context, task_id, version=version)
        return shapes.Done(id=task_id)

    return command(work)


@operation("POST", "/tasks/<uuid:task_id>/release", scope="tasks:write", answer=shapes.Done, versioned=True)
def task_release(task_id: UUID) -> object:
    """Give a task back."""
    version = expected_version()

    def work(context: Context) -> shapes.Done:
        tasks.release_task(context, task_id, version=version)
        return shapes.Done(id=task_id)

    return command(work)


@operation("PUT", "/tasks/<uuid:task_id>/draft", scope="tasks:write", body=shapes.Draft, answer=shapes.Done)
def task_draft(task_id: UUID, body: shapes.Draft) -> object:
    """Keep what has been typed so far into a task that one has."""

    def work(context: Context) -> shapes.Done:
        tasks.save_draft(context, task_id, body.values)
        return shapes.Done(id=task_id)

    return command(work)


@operation(
    "POST",
    "/tasks/<uuid:task_id>/complete",
    scope="tasks:write",
    body=shapes.Completion,
    answer=shapes.Completed,
    versioned=True,
)
def task_complete(task_id: UUID, body: shapes.Completion) -> object:
    """Complete a task with the answers of its form; an offered one is taken with that."""
    version = expected_version()

    def work(context: Context) -> shapes.Completed:
        done = tasks.complete_task(context, task_id, body.values, version=version)
        return shapes.Completed(case_id=done.case_id, next_task_id=done.next_task_id)

    return command(work)
