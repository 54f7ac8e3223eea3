"""The pages of access: who is let into a case and why, opening one with a reason, and the matrix as everybody may read it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.access import matrix
from engine.access.explaining import level_name
from engine.access.policy import require
from engine.actions import access as actions
from engine.casework import offices
from engine.errors import Forbidden, Invalid
from webui.doing import actor, do, do_once, look
from webui.errors import language

access = Blueprint("access", __name__)


@access.get("/casos/<uuid:case_id>/acceso")
def show(case_id: UUID) -> Response:
    """Who is let into a case, and why its reader is."""
    return _page(case_id)


def _page(case_id: UUID, wrong: dict[str, str] | None = None) -> Response:
    view = look(lambda context: actions.view(context, case_id))
    do(lambda context: actions.note_read(context, case_id))
    choices = [office for office in offices.packaged().values() if office.type != "historico"]
    body = render_template("access/case.html", view=view, offices=choices, wrong=wrong or {}, level_name=level_name)
    return make_response(body, 422 if wrong else 200)


def _words(error: Invalid) -> dict[str, str]:
    return {key: text.in_language(language()) for key, text in error.fields.items()}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@access.post("/casos/<uuid:case_id>/acceso/personas")
def name(case_id: UUID) -> Response:
    """Name somebody on a case."""
    chosen = _id(request.form.get("persona", "")) or UUID(int=0)
    try:
        do_once(lambda context: actions.name(context, case_id, chosen))
    except Invalid as error:
        return _page(case_id, _words(error))
    return redirect(url_for("access.show", case_id=case_id))


@access.post("/casos/<uuid:case_id>/acceso/personas/<uuid:user_id>/retirar")
def unname(case_id: UUID, user_id: UUID) -> Response:
    """Take somebody off a case."""
    do_once(lambda context: actions.unname(context, case_id, user_id))
    return redirect(url_for("access.show", case_id=case_id))


@access.post("/casos/<uuid:case_id>/acceso/oficinas")
def guard(case_id: UUID) -> Response:
    """Let another office look after a case."""
    office = request.form.get("oficina", "")
    try:
        do_once(lambda context: actions.give_guardianship(context, case_id, office))
    except Invalid as error:
        return _page(case_id, _words(error))
    return redirect(url_for("access.show", case_id=case_id))


@access.post("/casos/<uuid:case_id>/acceso/oficinas/<office_code>/retirar")
def unguard(case_id: UUID, office_code: str) -> Response:
    """Another office looks after the case no longer."""
    do_once(lambda context: actions.end_guardianship(context, case_id, office_code))
    return redirect(url_for("access.show", case_id=case_id))


@access.route("/abrir-con-motivo", methods=["GET", "POST"])
def unseal() -> Response:
    """Open a case that one is not on, by saying why."""
    require(actor(), "case:unseal")
    form, wrong = request.form, {}
    if request.method == "POST":
        folio, reason = form.get("folio", "")[:60], form.get("motivo", "")
        try:
            case_id = do(lambda context: actions.unseal(context, folio, reason))
            return redirect(url_for("officer.case", case_id=case_id))
        except Invalid as error:
            wrong = _words(error)
        except Forbidden as error:
            wrong = {"folio": error.text.in_language(language())}
    folio = form.get("folio", request.args.get("folio", ""))[:60]
    body = render_template("access/unseal.html", wrong=wrong, folio=folio, reason=form.get("motivo", ""))
    return make_response(body, 422 if wrong else 200)


@access.get("/quien-ve-que")
def rules() -> str:
    """The access matrix, from the table that decides."""
    officers = [(code, name) for code, name in matrix.ROLES.items() if code != "sistema"]
    grants = {code: [grant for grant in matrix.GRANTS if grant.role == code] for code, _ in officers}
    mine = actor().roles
    return render_template(
        "access/rules.html", roles=officers, grants=grants, matrix=matrix, level_name=level_name, mine=mine
    )
