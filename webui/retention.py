"""The pages of retention: what is due to be erased and why, having it erased, and the legal hold of a case."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.actions import retention as actions
from engine.errors import Conflict, Invalid
from webui.doing import do, do_once, look
from webui.errors import language

retention = Blueprint("retention", __name__)


@retention.get("/conservacion")
def listing() -> Response:
    """The dry run: what is due, what is held back, and by which row of the table."""
    return _listing()


def _listing(refused: str = "") -> Response:
    room = look(lambda context: actions.look(context, request.args.get("after", "")[:100]))
    do(actions.note_look)
    return make_response(render_template("retention/list.html", room=room, refused=refused), 409 if refused else 200)


@retention.post("/conservacion/borrar")
def erase() -> Response:
    """Have everything erased that the dry run showed."""
    text = request.form.get("vistos", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    if request.form.get("seguro") != "1":
        return _listing(actions.UNSURE.in_language(language()))
    try:
        do_once(lambda context: actions.erase(context, seen))
    except Conflict as error:
        return _listing(error.text.in_language(language()))
    return redirect(url_for("retention.listing"))


@retention.get("/casos/<uuid:case_id>/conservacion")
def show(case_id: UUID) -> Response:
    """How long the data of a case are kept, and what holds them."""
    return _page(case_id)


def _page(case_id: UUID, wrong: str = "", status: int = 200) -> Response:
    view = look(lambda context: actions.standing(context, case_id))
    do(lambda context: actions.note_look(context, case_id))
    typed = request.form.get("motivo", "")
    return make_response(render_template("retention/case.html", view=view, wrong=wrong, typed=typed), status)


@retention.post("/casos/<uuid:case_id>/conservacion/<any(retener, levantar):what>")
def change(case_id: UUID, what: str) -> Response:
    """Hold the data of a case, or lift the hold."""
    act, reason = (actions.hold if what == "retener" else actions.lift), request.form.get("motivo", "")
    try:
        do_once(lambda context: act(context, case_id, reason))
    except Invalid as error:
        return _page(case_id, error.fields["motivo"].in_language(language()), 422)
    except Conflict as error:
        return _page(case_id, error.text.in_language(language()), 409)
    return redirect(url_for("retention.show", case_id=case_id))
