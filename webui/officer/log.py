"""What an officer writes down about a case in one step, from anywhere: a note or a call; and the whole of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import calls, case_pages, cases, contacts
from engine.casework import timeline
from engine.errors import Invalid, NotFound
from webui.doing import do, look
from webui.errors import language

log = Blueprint("log", __name__)
CALL = ("direction", "party", "who", "phone", "at", "minutes", "result", "said", "level")
ALSO_CALLED = {"nota": "said", "nivel": "level"}


@log.get("/anotar")
def write() -> str:
    """A note or a call about one of one's cases."""
    typed = {"case": request.args.get("caso", ""), "what": request.args.get("que", "note")}
    return _page({**typed, **_called(typed["case"], request.args.get("contacto", ""))}, {})


def _called(case_id: str, contact_id: str) -> dict[str, str]:
    """What is known of a call to a contact of the case."""
    if not contact_id:
        return {}
    try:
        called = look(lambda context: contacts.calling(context, UUID(case_id), UUID(contact_id)))
    except ValueError as error:
        raise NotFound from error
    return {"direction": "saliente", "party": "institucion", "who": called.who, "phone": called.phone}


def _page(typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    own = look(calls.own)
    picked = typed.get("case", "")
    if picked and picked not in {str(case.id) for case, _ in own}:
        own = [*_other(picked), *own]
    return render_template(
        "officer/log.html", own=own, typed=typed, wrong=wrong,
        directions=calls.DIRECTIONS, parties=calls.PARTIES, results=calls.RESULTS,
    )  # fmt: skip


def _other(picked: str) -> list[tuple[object, str | None]]:
    """A case that is not one's own and from whose page one came."""
    try:
        case = look(lambda context: cases.read_head(context, UUID(picked)))
    except (ValueError, NotFound):
        return []
    return [(case, case.title)] if case.named else []


@log.post("/anotar")
def add() -> BaseResponse:
    """Write it down and go to the case."""
    typed = {name: request.form.get(name, "")[:5_000] for name in (*CALL, "case", "folio", "what")}
    key = request.form.get("key", "")[:100] or None
    try:
        case_id = look(lambda context: calls.chosen(context, typed["case"], typed["folio"]))
        if typed["what"] == "call":
            call = calls.Call(**{name: typed[name] for name in CALL})
            do(lambda context: calls.log(context, case_id, call, key))
        else:
            do(lambda context: cases.add_note(context, case_id, typed["said"], key, level=typed["level"] or "N2"))
    except Invalid as error:
        wrong = {ALSO_CALLED.get(name, name): text.in_language(language()) for name, text in error.fields.items()}
        return Response(_page(typed, wrong), status=422)
    return redirect(url_for("officer.case", case_id=case_id))


@log.get("/casos/<uuid:case_id>/historia")
def history(case_id: UUID) -> str:
    """What happened to a case, narrowed to a kind and page by page."""
    only, after = request.args.get("que", ""), request.args.get("desde", "")[:100]
    view = look(lambda context: cases.read_head(context, case_id))
    rows, more = look(lambda context: case_pages.happened(context, case_id, after, only))
    do(lambda context: cases.note_read(context, case_id))
    return render_template(
        "officer/history.html", case=view, rows=rows, more=more, only=only, filters=timeline.FILTERS, after=after
    )
