"""The designer's room: procedures, versions, and the editor."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_babel import gettext as _

from engine.actions import definitions, trials
from engine.errors import Conflict, DefinitionError, Finding, Invalid
from webui.designer import scenarios
from webui.doing import do, look
from webui.errors import language

designer = Blueprint("designer", __name__, url_prefix="/diseno")


@designer.get("/")
def listing() -> str:
    """Every procedure with its version in force."""
    return render_template("designer/list.html", found=look(definitions.list_definitions))


@designer.route("/probar", methods=["GET", "POST"])
def trial() -> str | tuple[str, int]:
    """Try an expression on sample data; what was typed stays."""
    if request.method == "GET":
        look(trials.allowed)
        return render_template("designer/trial.html", typed={}, tried=None, wrong={})
    typed = {name: request.form.get(name, "") for name in ("expression", "sample", "input")}
    try:
        tried = look(
            lambda context: trials.try_expression(context, typed["expression"], typed["sample"], typed["input"])
        )
    except Invalid as error:
        return render_template("designer/trial.html", typed=typed, tried=None, wrong=error.fields), 422
    return render_template("designer/trial.html", typed=typed, tried=tried, wrong={})


@designer.route("/probar/decision", methods=["GET", "POST"])
def decision_trial() -> str | tuple[str, int]:
    """Try a published decision; every cell of its tables says whether it holds."""
    chosen = request.values.get("decision", "")[:200] or None
    page = look(lambda context: trials.decisions(context, chosen))
    typed = {name: request.form.get(f"v:{name}", "")[:2_000] for name in page.inputs}
    decided, error = None, None
    if request.method == "POST" and chosen is not None:
        try:
            decided = look(lambda context: trials.try_decision(context, chosen, typed))
        except Invalid as refusal:
            error = refusal
    shown = render_template("designer/decision_trial.html", page=page, typed=typed, decided=decided, error=error)
    return (shown, 422) if error is not None else shown


@designer.get("/<process_id>")
def versions(process_id: str) -> str:
    """A procedure and its versions."""
    found = look(lambda context: definitions.versions(context, process_id))
    return render_template("designer/versions.html", found=found, process_id=process_id)


@designer.get("/<process_id>/editar")
def edit(process_id: str) -> str:
    """The editor."""
    editing = look(lambda context: definitions.open_editor(context, process_id))
    return render_template("designer/edit.html", editing=editing)


@designer.get("/<process_id>/diagrama.bpmn")
def source(process_id: str) -> Response:
    """What the editor opens."""
    editing = look(lambda context: definitions.open_editor(context, process_id))
    return Response(editing.content, mimetype="application/xml")


@designer.get("/versiones/<uuid:definition_id>")
def version(definition_id: UUID) -> str:
    """One version, to look at."""
    return render_template(
        "designer/version.html", version=look(lambda context: definitions.version(context, definition_id))
    )


GRADES = ("error", "warning", "info")


def _sent() -> tuple[bytes, int]:
    text = request.form.get("version", "0")
    return request.form.get("xml", "").encode(), int(text) if text.isascii() and text.isdigit() else 0


def _findings(found: list[Finding] | tuple[Finding, ...]) -> list[dict[str, object]]:
    return [
        {
            "rule": item.rule,
            "severity": item.severity,
            "element": item.element_id,
            "name": item.element_name,
            "line": item.line,
            "text": item.text.in_language(language()),
            "mend": item.remedy.in_language(language()) if item.remedy else "",
        }
        for item in sorted(found, key=lambda item: GRADES.index(item.severity))
    ]


@designer.post("/<process_id>/borrador")
def save(process_id: str) -> Response:
    """Keep a draft; findings come along, but never prevent it."""
    content, version_seen = _sent()
    try:
        number = do(lambda context: definitions.save_draft(context, process_id, content, version_seen))
    except Conflict as error:
        return _answer(False, error.text.in_language(language()), 409)
    except DefinitionError as error:
        return _answer(False, error.text.in_language(language()), 422, findings=_findings(tuple(error.findings)))
    found = look(lambda context: definitions.check_draft(context, process_id, content))
    return _answer(True, _("Draft saved."), version=number, findings=_findings(found))


@designer.post("/<process_id>/revisar")
def check(process_id: str) -> Response:
    """Say what would be said of the diagram."""
    content, _version = _sent()
    found = look(lambda context: definitions.check_draft(context, process_id, content))
    errors = sum(item.severity == "error" for item in found)
    message = _("It can be published.") if not errors else _("%(n)d things prevent publishing.", n=errors)
    return _answer(errors == 0, message, findings=_findings(found))


@designer.post("/<process_id>/publicar")
def publish(process_id: str) -> Response:
    """Publish a new version; a refusal keeps the draft."""
    content, version_seen = _sent()
    if not request.form.get("anyway"):
        found = look(lambda context: definitions.check_draft(context, process_id, content))
        refused = any(item.severity == "error" for item in found)
        doubt = None if refused else scenarios.doubt(process_id, content)
        if doubt is not None:
            return _answer(False, doubt, 409, confirm=True)
    try:
        row = do(lambda context: definitions.publish(context, process_id, content, version_seen))
    except DefinitionError as error:
        return _answer(
            False, _("Not published: see what prevents it below."), 422, findings=_findings(tuple(error.findings))
        )
    except Conflict as error:
        return _answer(False, error.text.in_language(language()), 409)
    return _answer(
        True,
        _("Version %(n)d is published.", n=row.version),
        findings=[],
        version=0,
        url=url_for("designer.versions", process_id=process_id, published=row.version),
    )


def _answer(ok: bool, message: str, status: int = 200, **more: object) -> Response:
    response = jsonify({"ok": ok, "message": message, **more})
    response.status_code = status
    return response
