"""Scenarios in the designer's room: read them in words, play them, write them, see what they pass through."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.actions.scenarios import Scenario, ScenarioError, library, parse, rehearsals, telling
from engine.errors import Conflict
from engine.store import Context
from webui.doing import do, look, settings
from webui.errors import language

scenarios = Blueprint("scenarios", __name__, url_prefix="/diseno")
EXAMPLE = """escenario: Qué pasa, en una frase
procedimiento: {process_id}
comienza:
  proceso: {process_id}
pasos:
  - comprueba: {{esperan: []}}
"""


def _draft() -> bool:
    return request.values.get("contra") == "borrador"


def _version() -> int:
    text = request.form.get("version", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


@scenarios.get("/escenarios")
def listing() -> str:
    """Every procedure with its scenarios."""
    where = settings().processes_dir
    found, whole = look(
        lambda context: (rehearsals.overview(context, where), rehearsals.newest(context, None, draft=False))
    )
    return render_template("designer/scenarios.html", found=found, whole=whole)


@scenarios.post("/escenarios/probar")
def play_all() -> Response:
    """Play everything that is published."""
    do(lambda context: rehearsals.ask(context, settings().processes_dir, None, draft=False))
    return redirect(url_for("scenarios.listing"))


@scenarios.get("/<process_id>/escenarios")
def procedure(process_id: str) -> str:
    """The scenarios of a procedure, and what the newest rehearsal says of them."""
    where, draft = settings().processes_dir, _draft()
    page = look(lambda context: rehearsals.procedure(context, where, process_id, draft=draft))
    return render_template("designer/procedure_scenarios.html", page=page, draft=draft, process_id=process_id)


@scenarios.post("/<process_id>/escenarios/probar")
def play(process_id: str) -> Response:
    """Play the scenarios of a procedure."""
    draft = _draft()
    do(lambda context: rehearsals.ask(context, settings().processes_dir, process_id, draft=draft))
    return redirect(url_for("scenarios.procedure", process_id=process_id, contra="borrador" if draft else None))


@scenarios.post("/<process_id>/escenarios/aceptar")
def accept(process_id: str) -> Response:
    """What was written holds from now on, without a new version of the diagram."""
    do(lambda context: library.accept(context, process_id))
    return redirect(url_for("scenarios.procedure", process_id=process_id))


@scenarios.get("/escenarios/<folder>/<name>")
def one(folder: str, name: str) -> str:
    """A scenario in words, with the step that failed."""
    where, key = settings().processes_dir, f"{folder}/{name}"

    def read(context: Context) -> tuple[library.Written, list[telling.Said] | None, ScenarioError | None]:
        text = library.one(context, where, key)
        try:
            found = parse(text.content, text.path)
        except ScenarioError as error:
            return text, None, error
        return text, telling.tell(found, telling.words(context)) if isinstance(found, Scenario) else None, None

    text, told, wrong = look(read)
    results = [
        (draft, result.outcomes[key])
        for draft in (False, True)
        if text.process_id
        and (result := look(lambda context, draft=draft: rehearsals.newest(context, text.process_id, draft=draft)))  # type: ignore[misc]
        and key in result.outcomes
    ]
    return render_template("designer/scenario.html", text=text, told=told, wrong=wrong, results=results)


@scenarios.route("/escenarios/<folder>/<name>/editar", methods=["GET", "POST"])
def edit(folder: str, name: str) -> str | Response | tuple[str, int]:
    """Write a scenario; a mistake is told with its line, and what was typed stays."""
    where, key = settings().processes_dir, f"{folder}/{name}"
    text = look(lambda context: library.one(context, where, key))
    version = text.version if text.origin == library.DRAFT else 0
    return _writing(text.process_id, key, text.content.decode("utf-8", "replace"), version)


@scenarios.route("/<process_id>/escenarios/nuevo", methods=["GET", "POST"])
def new(process_id: str) -> str | Response | tuple[str, int]:
    """Write a new scenario."""
    look(lambda context: rehearsals.procedure(context, settings().processes_dir, process_id, draft=False))
    return _writing(process_id, None, EXAMPLE.format(process_id=process_id), 0)


def _writing(process_id: str, key: str | None, content: str, version: int) -> str | Response | tuple[str, int]:
    page = {"process_id": process_id, "key": key, "content": content, "version": version, "line": None, "wrong": None}
    if request.method == "GET":
        return render_template("designer/scenario_edit.html", **page)
    typed = request.form.get("content", "").replace("\r\n", "\n")
    page |= {"content": typed, "version": _version()}
    try:
        saved = do(
            lambda context: library.save(context, settings().processes_dir, process_id, key, typed.encode(), _version())
        )
    except ScenarioError as error:
        return render_template("designer/scenario_edit.html", **page | {"wrong": error.text, "line": error.line}), 422
    except Conflict as error:
        return render_template("designer/scenario_edit.html", **page | {"wrong": error.text}), 409
    folder, _slash, name = saved.partition("/")
    return redirect(url_for("scenarios.one", folder=folder, name=name))


@scenarios.post("/escenarios/<folder>/<name>/descartar")
def discard(folder: str, name: str) -> Response:
    """Drop what was written; what it covered holds again."""
    key = f"{folder}/{name}"
    text = look(lambda context: library.one(context, settings().processes_dir, key))
    do(lambda context: library.drop(context, key))
    return redirect(url_for("scenarios.procedure", process_id=text.process_id, contra="borrador"))


def doubt(process_id: str, content: bytes) -> str | None:
    """Why publishing should be thought over, in the reader's language."""
    found = look(lambda context: rehearsals.doubts(context, settings().processes_dir, process_id, content))
    return f"{found.in_language(language())} {_('Publish anyway?')}" if found is not None else None
