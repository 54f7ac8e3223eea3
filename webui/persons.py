"""The pages of a person's registration: who may be the same person, both side by side, merging them and undoing it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.actions import persons as actions
from engine.casework.merging import UNDO_WITHIN, VALUES
from engine.errors import Conflict, Invalid
from webui.doing import do, do_once, look
from webui.errors import language

persons = Blueprint("persons", __name__)
OTHER = "otro"


@persons.get("/casos/<uuid:case_id>/persona")
def show(case_id: UUID) -> Response:
    """A person's registration, and who else may be the same person."""
    return _page(case_id)


def _page(case_id: UUID, wrong: str = "", refused: str = "") -> Response:
    view = look(lambda context: actions.view(context, case_id))
    do(lambda context: actions.note_compared(context, case_id))
    folio = request.form.get("folio", "")[:60]
    body = render_template("persons/show.html", view=view, wrong=wrong, refused=refused, folio=folio)
    return make_response(body, 422 if wrong else 409 if refused else 200)


@persons.post("/casos/<uuid:case_id>/persona")
def choose(case_id: UUID) -> Response:
    """Compare with the person of the case with a folio."""
    try:
        other_id = look(lambda context: actions.other(context, case_id, request.form.get("folio", "")))
    except Invalid as error:
        return _page(case_id, wrong=error.fields["folio"].in_language(language()))
    return redirect(url_for("persons.compare", case_id=case_id, other_id=other_id))  # type: ignore[return-value]


@persons.get("/casos/<uuid:case_id>/persona/unir/<uuid:other_id>")
def compare(case_id: UUID, other_id: UUID) -> Response:
    """Both persons side by side, and which values stay."""
    try:
        kept, gone = look(lambda context: actions.compare(context, case_id, other_id))
    except Conflict as error:
        return _page(case_id, refused=error.text.in_language(language()))
    do(lambda context: actions.note_compared(context, case_id, other_id))
    return make_response(
        render_template("persons/compare.html", kept=kept, gone=gone, values=VALUES, days=UNDO_WITHIN.days)
    )


@persons.post("/casos/<uuid:case_id>/persona/unir/<uuid:other_id>")
def merge(case_id: UUID, other_id: UUID) -> Response:
    """Merge them with the values that were chosen."""
    chosen = {value for value in VALUES if request.form.get(value) == OTHER}
    try:
        do_once(lambda context: actions.merge(context, case_id, other_id, chosen))
    except Conflict as error:
        return _page(case_id, refused=error.text.in_language(language()))
    return redirect(url_for("persons.show", case_id=case_id))  # type: ignore[return-value]


@persons.post("/casos/<uuid:case_id>/persona/separar/<uuid:merge_id>")
def part(case_id: UUID, merge_id: UUID) -> Response:
    """Undo a merge."""
    try:
        do_once(lambda context: actions.undo(context, case_id, merge_id))
    except Conflict as error:
        return _page(case_id, refused=error.text.in_language(language()))
    return redirect(url_for("persons.show", case_id=case_id))  # type: ignore[return-value]
