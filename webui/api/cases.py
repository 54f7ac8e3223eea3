"""Cases: search, open, read, note, event, timeline, documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g, request
from werkzeug.exceptions import UnsupportedMediaType

from engine.actions import calls, case_pages, cases, events, files, letters, starting
from engine.actions.seen import CaseHead
from engine.files.naming import disposition
from engine.store import Context
from engine.store.tables.files import Attachment
from webui.api import shapes
from webui.api.operations import command, command_key, operation
from webui.api.questions import form_shape
from webui.doing import do, look, room, settings, store
from webui.errors import language
from webui.files import given_out


def _line(case: CaseHead, person: str | None) -> Mapping[str, Any]:
    return {
        "id": case.id,
        "folio": case.folio,
        "title": case.title,
        "office": case.office_code,
        "domain": case.domain,
        "type": case.type,
        "priority": case.priority,
        "status": case.status,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "person": person,
    }


@operation("GET", "/cases", scope="cases:read", query=shapes.CaseQuery, answer=shapes.Cases)
def case_list(query: shapes.CaseQuery) -> shapes.Cases:
    """Case files by folio, by the sound of a name or by document; the newest first."""
    found, after = look(lambda context: case_pages.search(context, query.q, mine=query.mine, after=query.after))
    do(lambda context: cases.note_search(context, len(found), mine=query.mine))
    return shapes.Cases(items=[shapes.CaseLine(**_line(case, name)) for case, name in found], next=after)


@operation("POST", "/cases", scope="cases:write", answer=shapes.Opened, status=201)
def case_open() -> object:
    """Open a case at one's office; its intake begins, and its first task is one's own."""

    def work(context: Context) -> shapes.Opened:
        case_id, task_id = cases.open_case(context)
        return shapes.Opened(case_id=case_id, task_id=task_id)

    return command(work)


@operation("GET", "/cases/<uuid:case_id>", scope="cases:read", answer=shapes.Case, versioned=True)
def case_read(case_id: UUID) -> shapes.Case:
    """A case file, its open tasks, and what it waits to hear."""
    view = look(lambda context: cases.read_case(context, case_id))
    awaited = look(lambda context: _awaited(context, case_id))
    do(lambda context: cases.note_read(context, case_id))
    case = view.case
    return shapes.Case(
        **_line(case, view.person.name if view.person is not None else None),
        version=case.version,
        previous_folio=case.previous_folio,
        owner=shapes.Who(id=case.owner_id, name=view.owner) if case.owner_id is not None else None,
        resolution=case.resolution,
        tasks=[
            shapes.CaseTask(
                id=task.id,
                name=task.name,
                due_at=task.due_at,
                assignee=shapes.Who(id=task.assignee_id, name=name) if task.assignee_id is not None else None,
            )
            for task, name in view.tasks
        ],
        links=[shapes.Link(kind=kind, id=other.id, folio=other.folio) for kind, other in view.links],
        awaited=awaited,
        incidents=view.incidents,
    )


def _awaited(context: Context, case_id: UUID) -> list[shapes.Awaited]:
    """The events that a case waits for, each with its questions."""
    found = events.awaited(context, case_id)
    forms = [item.form for item in found if item.form is not None]
    known = events.situation(context, case_id, {name for form in forms for name in form.lists}) if forms else {}
    return [
        shapes.Awaited(
            message=item.message,
            name=item.name,
            form=form_shape(item.form, {}, known) if item.form is not None else None,
        )
        for item in found
    ]


@operation("POST", "/cases/<uuid:case_id>/notes", scope="cases:write", body=shapes.NewNote, answer=shapes.Done, status=201)  # fmt: skip
def case_note(case_id: UUID, body: shapes.NewNote) -> object:
    """Write a note into a case's timeline."""

    def work(context: Context) -> shapes.Done:
        cases.add_note(context, case_id, body.text)
        return shapes.Done(id=case_id)

    return command(work)


@operation("POST", "/cases/<uuid:case_id>/calls", scope="cases:write", body=shapes.NewCall, answer=shapes.Done, status=201)  # fmt: skip
def case_call(case_id: UUID, body: shapes.NewCall) -> object:
    """Write a call into a case's timeline."""

    def work(context: Context) -> shapes.Done:
        calls.log(context, case_id, calls.Call(**body.model_dump()))
        return shapes.Done(id=case_id)

    return command(work)


@operation("POST", "/cases/<uuid:case_id>/events", scope="cases:write", body=shapes.NewEvent, answer=shapes.Done, status=201)  # fmt: skip
def case_event(case_id: UUID, body: shapes.NewEvent) -> object:
    """Tell a case that something it waits for has happened."""

    def work(context: Context) -> shapes.Done:
        events.report(context, case_id, body.message, body.text, body.values)
        return shapes.Done(id=case_id)

    return command(work)


@operation("POST", "/cases/<uuid:case_id>/procedures", scope="cases:write", body=shapes.NewProcedure, answer=shapes.Done, status=201)  # fmt: skip
def case_start(case_id: UUID, body: shapes.NewProcedure) -> object:
    """Start another procedure on a case, one that is started by hand."""

    def work(context: Context) -> shapes.Done:
        starting.start(context, case_id, body.process, body.reason, body.values)
        return shapes.Done(id=case_id)

    return command(work)


@operation("GET", "/cases/<uuid:case_id>/timeline", scope="cases:read", query=shapes.PageQuery, answer=shapes.Timeline)
def case_timeline(case_id: UUID, query: shapes.PageQuery) -> shapes.Timeline:
    """What happened to a case, the newest first."""
    rows, after = look(lambda context: case_pages.happened(context, case_id, query.after))
    do(lambda context: cases.note_read(context, case_id))
    said = "text_en" if language() == "en" else "text_es"
    items = [
        shapes.Entry(id=row.id, at=row.at, kind=row.kind, text=getattr(row, said), by=row.actor_name) for row in rows
    ]
    return shapes.Timeline(items=items, next=after)


@operation("GET", "/cases/<uuid:case_id>/documents", scope="documents:read", answer=shapes.Documents)
def case_documents(case_id: UUID) -> shapes.Documents:
    """The documents of a case, the newest first."""
    rows = look(lambda context: case_pages.papers(context, case_id))
    do(lambda context: cases.note_read(context, case_id))
    return shapes.Documents(
        items=[
            shapes.CaseDocument(
                id=row.id,
                number=row.number,
                code=row.code,
                subject=row.subject,
                state=row.state,
                created_at=row.created_at,
                signed_at=row.signed_at,
            )
            for row in rows
        ]
    )


@operation("GET", "/documents/<uuid:document_id>", scope="documents:read", media="application/pdf")
def document_read(document_id: UUID) -> Response:
    """A document as PDF."""
    where = settings()
    letter = look(lambda context: letters.read_letter(context, document_id, where.processes_dir, where.address))
    do(lambda context: letters.note_read(context, document_id))
    named = {"Content-Disposition": f'attachment; filename="{letter.name}"'}
    return Response(letter.content, mimetype="application/pdf", headers=named)


@operation("GET", "/cases/<uuid:case_id>/files", scope="documents:read", answer=shapes.StoredFiles)
def case_files(case_id: UUID) -> shapes.StoredFiles:
    """The files and photos of a case, the newest first."""
    rows = look(lambda context: files.of_case(context, case_id))
    do(lambda context: cases.note_read(context, case_id))
    return shapes.StoredFiles(items=[_stored(row) for row in rows])


def _stored(row: Attachment) -> shapes.StoredFile:
    return shapes.StoredFile(
        id=row.id,
        name=row.name,
        kind=row.kind,
        media_type=row.media_type,
        size=row.size,
        level=row.level,
        scan=row.scan,
        at=row.at,
        by=row.actor_name,
    )


@operation("POST", "/cases/<uuid:case_id>/files", scope="cases:write", query=shapes.FileQuery, answer=shapes.StoredFile, status=201, takes="application/octet-stream")  # fmt: skip
def case_file_add(case_id: UUID, query: shapes.FileQuery) -> shapes.StoredFile:
    """Add a file or a photo to a case: the body is its content, of whatever type it says itself to be."""
    key = command_key()
    place = look(lambda context: files.place_in_case(context, case_id))
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType
    upload = files.Upload(request.stream, query.name, keep_metadata=query.keep_place)  # type: ignore[arg-type]
    return _stored(files.bring_in(store(), room(), g.actor, place, upload, g.request_id, key))


@operation("GET", "/files/<uuid:attachment_id>", scope="documents:read", media="*/*")
def file_read(attachment_id: UUID) -> Response:
    """A file as it was added, or as it was cleaned of what it told of the place."""
    found = look(lambda context: files.read_file(context, attachment_id))
    do(lambda context: files.note_read(context, attachment_id))
    answer = given_out(found, whole=True)
    answer.headers["Content-Disposition"] = disposition(found.name, inline=False)
    return answer
