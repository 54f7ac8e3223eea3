"""Letters: their PDF, signing, and the page on which anybody verifies one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import letters as actions
from webui.doing import do, look, settings, store

letters = Blueprint("letters", __name__)
LONGEST = 60


@letters.get("/documentos/<uuid:document_id>.pdf")
def pdf(document_id: UUID) -> Response:
    """A document as PDF."""
    where = settings()
    letter = look(lambda context: actions.read_letter(context, document_id, where.processes_dir, where.address))
    do(lambda context: actions.note_read(context, document_id))
    return Response(
        letter.content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{letter.name}"', "Cache-Control": "no-store"},
    )


@letters.post("/documentos/<uuid:document_id>/firmar")
def sign(document_id: UUID) -> BaseResponse:
    """Sign a draft."""
    where = settings()
    case_id = do(lambda context: actions.sign(context, document_id, where.processes_dir, where.address))
    return redirect(url_for("officer.case", case_id=case_id))


@letters.post("/documentos/<uuid:document_id>/anular")
def void(document_id: UUID) -> BaseResponse:
    """Declare a document void."""
    reason = request.form.get("motivo", "")
    case_id = do(lambda context: actions.void(context, document_id, reason))
    return redirect(url_for("officer.case", case_id=case_id))


@letters.get("/verificar")
@letters.get("/verificar/<number>")
def verify(number: str = "") -> str:
    """Whether a letter is ours; open to everybody who holds it."""
    number = (number or request.args.get("n", ""))[:LONGEST]
    code = request.args.get("c", "")[:LONGEST]
    found = store().read(lambda context: actions.verify(context, number, code), g.visitor) if number and code else None
    return render_template("letters/verify.html", number=number, code=code, found=found)
