"""Papers: letters (writing one by hand, their PDF, signing, the page on which anybody verifies one), and a copy of a case."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import cases, copying
from engine.actions import letters as actions
from engine.casework.letters import Letter
from engine.errors import Invalid, Text
from webui.doing import do, look, look_as, settings
from webui.errors import language

letters = Blueprint("letters", __name__)
LONGEST = 60


@letters.get("/documentos/<uuid:document_id>.pdf")
def pdf(document_id: UUID) -> Response:
    """A document as PDF."""
    where = settings()
    letter = look(
        lambda context: actions.read_letter(
            context, document_id, where.processes_dir, where.address, practice=where.practice
        )
    )
    do(lambda context: actions.note_read(context, document_id))
    return _as_pdf(letter)


def _as_pdf(letter: Letter) -> Response:
    return Response(
        letter.content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{letter.name}"', "Cache-Control": "no-store"},
    )


@letters.get("/casos/<uuid:case_id>/copia.pdf")
def copy(case_id: UUID) -> Response:
    """A case file on paper, as far as the actor sees it."""
    where = settings()
    made = look(lambda context: copying.make(context, case_id, where.processes_dir, practice=where.practice))
    do(lambda context: copying.note_made(context, case_id))
    return _as_pdf(made)


@letters.get("/casos/<uuid:case_id>/cartas/nueva")
def writable(case_id: UUID) -> BaseResponse:
    """Which letters can be written for a case, or the one that was chosen."""
    return _sheet(case_id, request.args.get("carta", ""))


def _sheet(case_id: UUID, code: str, wrong: Mapping[str, Text] | None = None) -> BaseResponse:
    outlines = look(lambda context: actions.writable(context, case_id, settings().processes_dir))
    do(lambda context: cases.note_read(context, case_id))
    chosen = next((item for item in outlines if item.code == code), None)
    said = {name: text.in_language(language()) for name, text in (wrong or {}).items()}
    body = render_template("letters/write.html", case_id=case_id, outlines=outlines, chosen=chosen, wrong=said)
    return make_response(body, 422 if wrong else 200)


@letters.post("/casos/<uuid:case_id>/cartas/nueva")
def write(case_id: UUID) -> BaseResponse:
    """Draft a letter by hand."""
    code, sent = request.form.get("carta", ""), request.form
    try:
        do(
            lambda context: actions.write(
                context, case_id, settings().processes_dir, code, sent.get("destinatario", ""), sent, sent.get("key")
            )
        )
    except Invalid as error:
        return _sheet(case_id, code, error.fields)
    return redirect(url_for("officer.case", case_id=case_id, _anchor="documentos"))


@letters.post("/documentos/<uuid:document_id>/firmar")
def sign(document_id: UUID) -> BaseResponse:
    """Sign a draft."""
    where = settings()
    case_id = do(
        lambda context: actions.sign(context, document_id, where.processes_dir, where.address, practice=where.practice)
    )
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
    found = look_as(g.visitor, lambda context: actions.verify(context, number, code)) if number and code else None
    return render_template("letters/verify.html", number=number, code=code, found=found)
