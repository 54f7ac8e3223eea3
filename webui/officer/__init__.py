"""The officer's room: inbox, tasks, cases."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.access.policy import may
from engine.actions import (
    answers,
    around,
    cases,
    contacts,
    discussion,
    duplicates,
    events,
    files,
    handing,
    related,
    reopening,
    retention,
    starting,
    tasks,
    typed,
)
from engine.errors import Invalid, NotFound, Text
from engine.forms import Form
from engine.forms.sealing import merged
from webui import uploads
from webui.account import carrying
from webui.doing import actor, do, do_once, look, room
from webui.errors import language
from webui.file_drawing import ACCEPT
from webui.forms import edit_rows, render_form, shown_now, typed_values
from webui.officer.desk import NOTHING, Sent, inbox_page
from webui.showing import now

officer = Blueprint("officer", __name__)


@officer.get("/")
def home() -> BaseResponse:
    """The room where the actor works."""
    if may(actor(), "task:read"):
        if may(actor(), "supervision:read") and actor().roles & {"supervisor", "director"}:
            return redirect(url_for("supervisor.overview"))
        return redirect(url_for("officer.inbox"))
    if may(actor(), "definition:read"):
        return redirect(url_for("designer.listing"))
    if may(actor(), "audit:read"):
        return redirect(url_for("auditor.listing"))
    return redirect(url_for("account.notices"))


@officer.get("/tareas")
def inbox() -> str:
    """Open tasks: mine, unclaimed, of my office, overdue."""
    return inbox_page()


@officer.get("/tareas/<uuid:task_id>")
def task(task_id: UUID) -> str:
    """A task and its form."""
    view = look(lambda context: tasks.read_task(context, task_id))
    page = task_page(view, None, {})  # from one transaction: what is written would end it
    do(lambda context: tasks.note_read(context, view))
    return page


def task_page(
    view: tasks.TaskView,
    answered: Mapping[str, Any] | None,
    errors: Mapping[str, Text],
    sent: Sent = NOTHING,
    alike: Sequence[duplicates.Registered] | None = None,
) -> str:
    """The page of a task, with what was typed into its form or sent beside it, and what was wrong with that."""
    mine = view.task.assignee_id == actor().id or view.standing_in
    gives = mine or may(actor(), "task:assign")
    fields = ""
    if view.form is not None:
        values = answered if answered is not None else view.values
        attached = uploads.attached(view, typed_values(values))
        fields = render_form(
            view.form,
            values,
            errors,
            view.situation,
            now=now(),
            language=language(),
            attached=attached,
            sealed=view.sealed,
            kept=view.kept,
        )
    return render_template(
        "officer/task.html",
        view=view,
        fields=fields,
        key=request.form.get("key") or fresh_key(),
        takes_files=uploads.takes_files(view.form),
        lost_files=carrying.LOST in request.form,
        sent=sent,
        around=look(lambda context: around.read(context, view)),
        talk=look(lambda context: discussion.read(context, view)),
        receivers=look(lambda context: handing.receivers(context, view.task)) if gives else (),
        handle=discussion.handle,
        describes=view.may_complete and duplicates.describes(view.form),
        alike=alike,
        described_by=" ".join(duplicates.NAMES),
    )


@officer.post("/tareas/<uuid:task_id>")
def complete(task_id: UUID) -> BaseResponse:
    """Complete a task with the values of its form; then on to the case's next one."""
    stays = _edits_rows() or uploads.came()
    if WHO in request.form:
        view = look(lambda context: tasks.read_task(context, task_id))
        return Response(task_page(view, typed_values(_sent()), {}, alike=_registered(task_id)))
    view = look(lambda context: tasks.read_task(context, task_id)) if stays else None
    values = _sent()
    if view is not None and view.form is not None:
        values, refused = uploads.settle(view, typed_values(values))
        typed = edit_rows(view.form, {**values, **_pressed()})
        if typed is not None or refused or uploads.pausing():
            page = task_page(view, values if typed is None else typed, refused)
            return Response(page, status=422 if refused else 200)
    try:
        done = do(
            lambda context: tasks.complete_task(
                context, task_id, values, version=_version(), idempotency_key=request.form.get("key")
            )
        )
    except Invalid as error:
        view = view or look(lambda context: tasks.read_task(context, task_id))
        return Response(task_page(view, values, error.fields), status=422)
    if done.next_task_id is not None:
        return redirect(url_for("officer.task", task_id=done.next_task_id, done=1))
    return redirect(url_for("officer.inbox", done=1))


def _edits_rows() -> bool:
    return bool(_pressed())


def _pressed() -> dict[str, str]:
    """The row button that was pressed."""
    return {name: value for name, value in request.form.items() if name.startswith(("_agregar:", "_quitar:"))}


WHO = "_parecidas"  # the button that asks who is registered already
OURS = ("csrf_token", "version", "key")
REPORT = ("mensaje", "texto", "preguntado")


def _sent(*beside: str) -> Any:
    """What was sent for the form, without what is the page's own and what is sent ``beside``."""
    from werkzeug.datastructures import MultiDict

    own = (*OURS, *beside)
    return MultiDict([(name, value) for name, value in request.form.items(multi=True) if name not in own])


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


@officer.post("/tareas/<uuid:task_id>/tomar")
def claim(task_id: UUID) -> BaseResponse:
    """Take a task."""
    do_once(lambda context: tasks.claim_task(context, task_id, version=_version()))
    return redirect(url_for("officer.task", task_id=task_id))


@officer.post("/tareas/<uuid:task_id>/soltar")
def release(task_id: UUID) -> BaseResponse:
    """Give a task back."""
    do_once(lambda context: tasks.release_task(context, task_id, version=_version()))
    return redirect(url_for("officer.inbox"))


@officer.post("/tareas/<uuid:task_id>/preguntas")
def standing(task_id: UUID) -> Response:
    """Which questions of the form count, given what is typed so far."""
    view = look(lambda context: tasks.read_task(context, task_id))
    if view.form is None:
        raise NotFound
    return jsonify(shown_now(view.form, merged(_sent(), view.kept, view.sealed), view.situation, now=now()))


@officer.post("/tareas/<uuid:task_id>/parecidas")
def alike(task_id: UUID) -> str:
    """Who is registered already and may be the person that is typed so far."""
    return render_template("officer/_alike.html", alike=_registered(task_id))


def _registered(task_id: UUID) -> Sequence[duplicates.Registered]:
    found = look(lambda context: duplicates.registered(context, task_id, _sent()))
    do(lambda context: duplicates.note_asked(context, task_id, found))
    return found


@officer.post("/tareas/<uuid:task_id>/archivos")
def add_file(task_id: UUID) -> tuple[Response, int]:
    """Add a file to a field of the form while it is being filled in."""
    view = look(lambda context: tasks.read_task(context, task_id))
    told, status = uploads.answer(view, language())
    return jsonify(told), status


@officer.get("/tareas/<uuid:task_id>/respuestas")
def answered(task_id: UUID) -> str:
    """What a task was completed with."""
    view = look(lambda context: answers.read(context, task_id))
    do(lambda context: answers.note_read(context, task_id, view.case.id))
    return render_template("officer/answers.html", view=view)


@officer.get("/casos")
def listing() -> str:
    """Search for case files."""
    written = request.args.get("q", "")[:1000]
    text = look(lambda context: typed.show(context, written)) if written else ""
    number = request.args.get("p", "1")
    page = int(number) if number.isascii() and number.isdigit() and 0 < int(number) < 10_000 else 1
    mine = request.args.get("mine") == "1"
    found, more = look(lambda context: cases.search_cases(context, text, mine=mine, page=page))
    similar = look(lambda context: cases.similar_cases(context, text, mine=mine)) if text and not more else ()
    do(lambda context: cases.note_search(context, len(found) + len(similar), mine=mine))
    return render_template(
        "officer/cases.html", found=found, similar=similar, more=more, text=text, page=page, mine=mine
    )


@officer.post("/casos/buscar")
def search() -> BaseResponse:
    """Search for case files: what was typed stands in the address of the answer only sealed."""
    text = look(lambda context: typed.hide(context, request.form.get("q", "")))
    mine = "1" if request.form.get("mine") == "1" else None
    return redirect(url_for("officer.listing", q=text or None, mine=mine))


@officer.app_template_global("fresh_key")
def fresh_key() -> str:
    """A key for a form that must not be carried out twice, however often it is sent."""
    return secrets.token_urlsafe(16)


def _key() -> str | None:
    return request.form.get("key", "")[:100] or None


@officer.post("/casos")
def open_case() -> BaseResponse:
    """Open a case and go to its first task."""
    case_id, task_id = do(lambda context: cases.open_case(context, _key()))
    if task_id is not None:
        return redirect(url_for("officer.task", task_id=task_id))
    return redirect(url_for("officer.case", case_id=case_id))


@officer.get("/casos/nuevo")
def new_case() -> str:
    """Before a case is opened: what will happen."""
    return render_template("officer/new_case.html")


@officer.get("/casos/<uuid:case_id>")
def case(case_id: UUID) -> str:
    """The case file."""
    return case_page(case_id)


def case_page(
    case_id: UUID,
    note: str = "",
    error: str = "",
    wrong: Mapping[str, str] | None = None,
    reported: tuple[str, str] = ("", ""),
    answers: Mapping[str, Any] | None = None,
    unanswered: Mapping[str, Text] | None = None,
    refused: Sequence[str] = (),
    unsaid: str = "",
    told: str = "",
) -> str:
    """The page of a case, with what was wrong with what was sent."""
    view = look(lambda context: cases.read_case(context, case_id))
    diagrams = look(lambda context: cases.diagrams(context, case_id))
    awaited = look(lambda context: events.awaited(context, case_id))
    asking = next((item.form for item in awaited if item.message == reported[0]), None)
    asked = _questions(case_id, asking, answers or {}, unanswered or {}) if asking is not None else ""
    attached = look(lambda context: files.of_case(context, case_id))
    reopens = look(lambda context: reopening.can_reopen(context, case_id))
    held = look(lambda context: retention.is_held(context, case_id))
    starts = look(lambda context: starting.offered(context, case_id))
    near, _ = look(lambda context: related.listed(context, case_id))
    same_person = look(lambda context: related.of_same_person(context, case_id))
    known, _ = look(lambda context: contacts.listed(context, case_id))
    page = render_template(
        "officer/case.html", view=view, diagrams=diagrams, awaited=awaited, note=note, error=error,
        wrong=wrong or {}, reported=reported, asked=asked,
        attached=attached, refused=refused, may_remove=files.may_remove, file_types=ACCEPT, file_limit=room().limit,
        reopens=reopens, unsaid=unsaid, told=told, held=held, starts=starts,
        known=known, contact_kinds=contacts.KINDS, near=near, same_person=same_person,
    )  # fmt: skip
    do(lambda context: cases.note_read(context, case_id))
    return page


@officer.post("/casos/<uuid:case_id>/notas")
def add_note(case_id: UUID) -> BaseResponse:
    """Add a note to a case."""
    text = request.form.get("nota", "")
    try:
        do(lambda context: cases.add_note(context, case_id, text, _key(), level=request.form.get("nivel") or "N2"))
    except Invalid as error:
        return Response(case_page(case_id, text, next(iter(error.fields.values())).in_language(language())), status=422)
    return redirect(url_for("officer.case", case_id=case_id))


@officer.post("/casos/<uuid:case_id>/reabrir")
def reopen(case_id: UUID) -> BaseResponse:
    """Take up a closed case again."""
    told = request.form.get("motivo", "")
    try:
        do(lambda context: reopening.reopen(context, case_id, told, _key()))
    except Invalid as error:
        page = case_page(case_id, unsaid=error.fields["motivo"].in_language(language()), told=told)
        return Response(page, status=422)
    return redirect(url_for("officer.case", case_id=case_id))


def _questions(case_id: UUID, form: Form, answers: Mapping[str, Any], wrong: Mapping[str, Text]) -> str:
    """What whoever reports an event is asked."""
    known = look(lambda context: events.situation(context, case_id, form.lists))
    return render_form(form, answers, wrong, known, now=now(), language=language())


@officer.post("/casos/<uuid:case_id>/hechos")
def report_event(case_id: UUID) -> BaseResponse:
    """Tell the case's procedures that something happened; an event that asks something is asked before."""
    reported = request.form.get("mensaje", ""), request.form.get("texto", "")
    awaited = look(lambda context: events.awaited(context, case_id))
    asks = any(item.message == reported[0] and item.form is not None for item in awaited)
    if asks and request.form.get("preguntado") != reported[0]:
        return Response(case_page(case_id, reported=reported))
    answers = _sent(*REPORT) if asks else {}
    try:
        do(lambda context: events.report(context, case_id, *reported, answers, _key()))
    except Invalid as error:
        said = {name: text.in_language(language()) for name, text in error.fields.items()}
        page = case_page(case_id, wrong=said, reported=reported, answers=answers, unanswered=_beside(error.fields))
        return Response(page, status=422)
    return redirect(url_for("officer.case", case_id=case_id))


def _beside(wrong: Mapping[str, Text]) -> dict[str, Text]:
    """What is wrong with an event's answers, without what the page says at its own fields."""
    return {name: text for name, text in wrong.items() if name not in REPORT}


@officer.get("/procedimientos/<uuid:definition_id>.bpmn")
def diagram_source(definition_id: UUID) -> Response:
    """The XML of a procedure, for the viewer."""
    content = look(lambda context: cases.diagram_source(context, definition_id))
    return Response(content, mimetype="application/xml")
