"""The auditors' room: who did and saw what."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.actions import access, auditing
from engine.errors import Invalid
from webui.doing import do, look
from webui.errors import language

auditor = Blueprint("auditor", __name__, url_prefix="/auditoria")


@auditor.get("")
def listing() -> str:
    """Rows of the audit, the newest first."""
    args = request.args
    filters = auditing.Filters(
        who=args.get("quien", "")[: auditing.LONGEST],
        folio=args.get("folio", "")[: auditing.LONGEST],
        person=_id(args.get("persona", "")),
        action=args.get("accion", "")[: auditing.LONGEST],
        refused=args.get("rechazado") == "1",
        after=args.get("after", "")[: auditing.LONGEST],
    )
    room = look(lambda context: auditing.look(context, filters))
    do(lambda context: auditing.note_look(context, filters))
    return render_template("auditor/list.html", room=room, filters=filters, name_of=auditing.name_of)


@auditor.get("/aperturas")
def openings() -> Response:
    """Cases that were opened with a reason."""
    return _openings()


def _openings(wrong_id: UUID | None = None, wrong: str = "", typed: str = "") -> Response:
    pending = request.args.get("todas") != "1"
    found = look(lambda context: access.openings(context, pending=pending))
    do(auditing.note_openings)
    page = render_template(
        "auditor/openings.html", found=found, pending=pending, wrong_id=wrong_id, wrong=wrong, typed=typed
    )
    return make_response(page, 422 if wrong else 200)


@auditor.post("/aperturas/<uuid:opening_id>")
def review(opening_id: UUID) -> Response:
    """Say whether it was right to open a case."""
    justified, remark = request.form.get("justificado") == "1", request.form.get("observacion", "")
    try:
        do(lambda context: access.review(context, opening_id, justified=justified, remark=remark))
    except Invalid as error:
        return _openings(opening_id, error.fields["observacion"].in_language(language()), remark)
    return redirect(url_for("auditor.openings"))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
