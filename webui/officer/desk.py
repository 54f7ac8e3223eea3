"""The officer's desk: lists of tasks and what is done with several of them, a task's drafts and discussion, absences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from engine.access.policy import may, supervises_everywhere
from engine.actions import absences, discussion, handing, own_list, tasks, typed
from engine.actions.own_list import KEPT
from engine.errors import Invalid
from engine.worklist.inbox import Page
from webui.doing import actor, do, do_once, look
from webui.errors import language
from webui.forms import typed_values
from webui.showing import now

desk = Blueprint("desk", __name__)
FILTERS = ("domain", "priority", "office", "text", "after")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list an address asks for: a view narrowed by filters, or one that is kept under a name."""

    view: str
    filters: Mapping[str, str]
    kept: Sequence[own_list.Kept]
    chosen: UUID | None
    typed: str = ""  # what is searched for, as it stands in the address

    @property
    def query(self) -> dict[str, str]:
        """The query of the list's own address; what is kept is named, so that what it searches for stays out of it."""
        if self.chosen is not None:
            return {"lista": str(self.chosen), "after": self.filters["after"]}
        shown = {**self.filters, "text": self.typed}
        return {"view": self.view, **{key: value for key, value in shown.items() if value}}


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent with a page and what was wrong with it: nothing of it is lost."""

    errors: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    marked: frozenset[str] = frozenset()


NOTHING = Sent()


def _asked() -> Asked:
    kept = look(own_list.kept)
    sent = {key: request.args.get(key, "")[:1000] for key in ("view", *FILTERS)}
    written = sent["text"]
    sent["text"] = look(lambda context: typed.show(context, written)) if written else ""
    chosen = next((item for item in kept if str(item.id) == request.args.get("lista")), None)
    if chosen is not None:
        sent = {**dict.fromkeys(sent, ""), **chosen.query, "after": sent["after"]}
    view = sent.pop("view") or "mine"
    hidden = look(lambda context: typed.hidden(context, written)) if written else ""
    return Asked(view, sent, kept, chosen.id if chosen is not None else None, hidden)


def inbox_page(sent: Sent = NOTHING) -> str:
    """The page of lists, with what was wrong with what was sent."""
    asked = _asked()
    page, counts = look(lambda context: tasks.list_tasks(context, asked.view, **asked.filters))
    people = look(handing.colleagues) if page.rows and may(actor(), "task:claim") else ()
    body = render_template(
        "officer/inbox.html",
        **_list(asked, page, counts),
        people=people,
        sent=sent,
        offices=supervises_everywhere(actor()),
        told=_told(),
    )
    do(lambda context: tasks.note_list(context, asked.view, len(page.rows)))
    return body


def _list(asked: Asked, page: Page, counts: Mapping[str, int]) -> dict[str, object]:
    return {
        "asked": asked,
        "page": page,
        "counts": counts,
        "view": asked.view,
        "filters": asked.filters,
        "version": _version(asked, page, counts),
    }


def _version(asked: Asked, page: Page, counts: Mapping[str, int]) -> str:
    """What tells one state of a list from another, on every server; by the hour, for dates become near and late."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    text = repr((actor().id, asked.view, sorted(asked.filters.items()), page, sorted(counts.items()), hour))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@desk.post("/tareas/buscar")
def search() -> BaseResponse:
    """Filter and search a list: filters stand in its address, what was typed only sealed."""
    sent = {key: request.form.get(key, "")[:200] for key in ("view", "domain", "priority", "office")}
    text = look(lambda context: typed.hide(context, request.form.get("text", "")))
    return redirect(url_for("officer.inbox", **{key: value for key, value in {**sent, "text": text}.items() if value}))


@desk.get("/tareas/novedades")
def news() -> Response:
    """The list again if it is not what its page shows any more; two queries and no body where it is."""
    asked = _asked()
    page, counts = look(lambda context: tasks.list_tasks(context, asked.view, **asked.filters))
    parts = _list(asked, page, counts)
    if request.if_none_match.contains_weak(str(parts["version"])):
        response = Response(status=304)
    else:
        response = Response(render_template("officer/_list.html", **parts, sent=NOTHING))
        do(lambda context: tasks.note_list(context, asked.view, len(page.rows)))
    response.set_etag(str(parts["version"]))
    return response


def _told() -> str:
    """What the last act did, from the numbers that the address carries."""
    numbers = {name: request.args.get(name, "") for name in ("hechas", "quedan")}
    if not all(text.isascii() and text.isdigit() and len(text) < 4 for text in numbers.values()):
        return ""
    done, left = int(numbers["hechas"]), int(numbers["quedan"])
    said = ngettext("%(num)d task changed hands.", "%(num)d tasks changed hands.", done)
    if left:
        said += " " + ngettext(
            "%(num)d stayed: somebody was quicker, or it is not for whom you chose.",
            "%(num)d stayed: somebody was quicker, or they are not for whom you chose.",
            left,
        )
    return said


@desk.post("/tareas")
def several() -> BaseResponse:
    """Take the marked tasks, or hand them over."""
    marked = request.form.getlist("tarea")
    ids = [id for text in marked if (id := _id(text)) is not None]
    try:
        if request.form.get("hacer") == "pasar":
            moved = do(lambda context: handing.hand_over(context, ids, _id("para"), request.form.get("motivo", "")))
        else:
            moved = do(lambda context: handing.claim(context, ids))
    except Invalid as error:
        return Response(inbox_page(_wrong(error, marked)), status=422)
    return redirect(url_for("officer.inbox", **_asked().query, hechas=moved.done, quedan=moved.left))


def _id(text: str) -> UUID | None:
    """An id as a page sends it: itself, or the value of the field that is called so."""
    try:
        return UUID(request.form.get(text, text))
    except ValueError:
        return None


def _wrong(error: Invalid, marked: Sequence[str] = ()) -> Sent:
    said = {name: text.in_language(language()) for name, text in error.fields.items()}
    return Sent(said, request.form.to_dict(), frozenset(marked))


@desk.post("/tareas/listas")
def keep() -> BaseResponse:
    """Keep the list that is shown under a name."""
    shown = {key: request.form.get(key, "") for key in KEPT}
    try:
        do(lambda context: own_list.keep(context, request.form.get("nombre", ""), shown))
    except Invalid as error:
        return Response(inbox_page(_wrong(error)), status=422)
    return redirect(url_for("officer.inbox", lista=look(own_list.kept)[-1].id))


@desk.post("/tareas/listas/<uuid:view_id>/quitar")
def drop(view_id: UUID) -> BaseResponse:
    """Keep a list no longer."""
    do(lambda context: own_list.drop(context, view_id))
    return redirect(url_for("officer.inbox"))


@desk.post("/tareas/<uuid:task_id>/pasar")
def give(task_id: UUID) -> BaseResponse:
    """Hand a task over, with a reason."""
    reason = request.form.get("motivo", "")
    try:
        moved = do(lambda context: handing.hand_over(context, [task_id], _id("para"), reason))
    except Invalid as error:
        return _task_again(task_id, error)
    return redirect(url_for("officer.inbox", hechas=moved.done, quedan=moved.left))


@desk.post("/tareas/<uuid:task_id>/seguimiento")
def arrange(task_id: UUID) -> BaseResponse:
    """Put a task aside until a day, take it back, pin it on top or let it go."""
    what, day = request.form.get("hacer", ""), request.form.get("dia", "")
    try:
        if what in ("fijar", "dejar"):
            do(lambda context: own_list.pin(context, task_id, on=what == "fijar"))
        else:
            if what == "apartar" and not day:
                day = "-"  # a button was pressed that needs a day
            do(lambda context: own_list.follow_up(context, task_id, day if what == "apartar" else ""))
    except Invalid as error:
        return _task_again(task_id, error)
    return redirect(url_for("officer.task", task_id=task_id))


@desk.post("/tareas/<uuid:task_id>/comentarios")
def comment(task_id: UUID) -> BaseResponse:
    """Say something about a task to those who work on it."""
    form = request.form
    told = [id for text in form.getlist("avisar") if (id := _id(text)) is not None]
    key = form.get("key", "")[:100] or None
    said, level = form.get("comentario", ""), form.get("nivel") or "N2"
    try:
        do(lambda context: discussion.say(context, task_id, said, told, level, key))
    except Invalid as error:
        return _task_again(task_id, error)
    return redirect(url_for("officer.task", task_id=task_id, _anchor="conversacion"))


def _task_again(task_id: UUID, error: Invalid) -> BaseResponse:
    """The task's page with what was sent and what was wrong with it."""
    from webui.officer import task_page

    view = look(lambda context: tasks.read_task(context, task_id))
    return Response(task_page(view, None, {}, _wrong(error)), status=422)


@desk.post("/tareas/<uuid:task_id>/borrador")
def draft(task_id: UUID) -> BaseResponse:
    """Keep what is typed so far."""
    values = typed_values(request.form)
    do(lambda context: tasks.save_draft(context, task_id, values))
    return Response(status=204)


@desk.get("/ausencias")
def away() -> str:
    """Who is away, and who stands in."""
    return _away(NOTHING)


def _away(sent: Sent) -> str:
    return render_template("officer/absences.html", found=look(absences.listed), sent=sent, today=now())


@desk.post("/ausencias")
def announce() -> BaseResponse:
    """Say that somebody is away."""
    who, by = _id("quien") if request.form.get("quien") else None, _id("suplente")
    first, last = (request.form.get(name, "") for name in ("desde", "hasta"))
    try:
        do_once(lambda context: absences.announce(context, who, by, first, last))
    except Invalid as error:
        return Response(_away(_wrong(error)), status=422)
    return redirect(url_for("desk.away"))


@desk.post("/ausencias/<uuid:absence_id>/terminar")
def call_off(absence_id: UUID) -> BaseResponse:
    """End an absence."""
    do(lambda context: absences.call_off(context, absence_id))
    return redirect(url_for("desk.away"))
