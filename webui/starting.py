"""Starting another procedure on a case by hand: which there are, what is asked, and starting it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import cases
from engine.actions import starting as actions
from engine.errors import Invalid, NotFound, Text
from webui.doing import do, look
from webui.errors import language
from webui.forms import render_form, shown_now
from webui.showing import now

starting = Blueprint("starting", __name__)
OURS = ("csrf_token", "key", "proceso", actions.WHY)


@starting.get("/casos/<uuid:case_id>/procedimientos/nuevo")
def choose(case_id: UUID) -> str:
    """Which procedures can be started on a case, or what the chosen one asks."""
    return _page(case_id, request.args.get("proceso", "")[:200], {})


def _page(
    case_id: UUID,
    process_id: str,
    wrong: Mapping[str, Text],
    answered: Mapping[str, Any] | None = None,
    why: str = "",
) -> str:
    case = look(lambda context: cases.read_head(context, case_id))
    offered = look(lambda context: actions.offered(context, case_id))
    chosen = look(lambda context: actions.asked(context, case_id, process_id)) if process_id else None
    do(lambda context: cases.note_read(context, case_id))
    fields = ""
    if chosen is not None and chosen.form is not None:
        values = answered if answered is not None else chosen.values
        beside = {name: text for name, text in wrong.items() if name != actions.WHY}
        fields = render_form(chosen.form, values, beside, chosen.situation, now=now(), language=language())
    said = wrong[actions.WHY].in_language(language()) if actions.WHY in wrong else ""
    return render_template(
        "officer/start.html", case=case, offered=offered, chosen=chosen, fields=fields, why=why, unsaid=said
    )


@starting.post("/casos/<uuid:case_id>/procedimientos/nuevo")
def start(case_id: UUID) -> BaseResponse:
    """Start one and go back to the case."""
    process_id, why, values = _process_id(), request.form.get(actions.WHY, ""), _sent()
    key = request.form.get("key", "")[:100] or None
    try:
        do(lambda context: actions.start(context, case_id, process_id, why, values, key))
    except Invalid as error:
        return Response(_page(case_id, process_id, error.fields, values, why), status=422)
    return redirect(url_for("officer.case", case_id=case_id))


def _process_id() -> str:
    return request.form.get("proceso", "")[:200]


def _sent() -> MultiDict[str, str]:
    """What was sent for the form of the start, without what is the page's own."""
    return MultiDict([(name, value) for name, value in request.form.items(multi=True) if name not in OURS])


@starting.post("/casos/<uuid:case_id>/procedimientos/preguntas")
def standing(case_id: UUID) -> Response:
    """Which questions of its form count, given what is typed so far."""
    chosen = look(lambda context: actions.asked(context, case_id, _process_id()))
    if chosen.form is None:
        raise NotFound
    return jsonify(shown_now(chosen.form, _sent(), chosen.situation, now=now()))
