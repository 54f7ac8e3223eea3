"""The supervisor's room: every running case, what is late, where procedures are stuck."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import repairing, supervision
from engine.bpmn.migration import CannotMigrate
from engine.bpmn.modification import CannotModify
from engine.casework.offices import packaged
from engine.errors import Conflict, EngineError, Invalid, NotFound
from engine.store import Context
from webui.doing import do, do_once, look

supervisor = Blueprint("supervisor", __name__, url_prefix="/supervision")


@supervisor.get("/")
def overview() -> str:
    """Running cases, overdue ones first."""
    number = request.args.get("p", "1")
    page = int(number) if number.isascii() and number.isdigit() and 0 < int(number) < 10_000 else 1
    filters = {key: request.args.get(key, "")[:20] for key in ("domain", "office", "age")}
    late = request.args.get("late") == "1"
    view = look(lambda context: supervision.overview(context, late=late, page=page, **filters))
    do(lambda context: supervision.note_look(context, "overview"))
    return render_template(
        "supervisor/overview.html", view=view, filters=filters, late=late, page=page, offices=packaged()
    )


@supervisor.get("/carga")
def workload() -> str:
    """Who has how many tasks."""
    rows = look(supervision.workload)
    return render_template("supervisor/workload.html", rows=rows)


@supervisor.get("/procedimientos")
def procedures() -> str:
    """Procedures in which something waits."""
    return render_template("supervisor/procedures.html", found=look(supervision.running_definitions))


@supervisor.get("/procedimientos/<uuid:definition_id>")
def procedure(definition_id: UUID) -> str:
    """A procedure with the counts of what waits at each element."""
    row, marks, names = look(lambda context: supervision.counts_on_diagram(context, definition_id))
    running = look(lambda context: repairing.of_definition(context, definition_id))
    do(lambda context: supervision.note_look(context, "procedure", definition_id))
    return render_template("supervisor/procedure.html", row=row, marks=marks, names=names, running=running)


@supervisor.get("/procesos/<uuid:instance_id>")
def instance(instance_id: UUID) -> str:
    """One process: where it stands or stood, its steps, and what can be done about it."""
    return _instance(instance_id)


def _instance(instance_id: UUID, error: EngineError | None = None, plan: object = None) -> str:
    step = request.values.get("paso", "")
    shown = int(step) if step.isascii() and step.isdigit() and len(step) < 10 else None
    view = look(lambda context: repairing.read(context, instance_id, shown))
    do(lambda context: supervision.note_look(context, "instance", instance_id, view.row.case_id))
    return render_template("supervisor/instance.html", view=view, error=error, plan=plan, typed=request.form)


@supervisor.post("/procesos/<uuid:instance_id>/<any(suspender, reanudar, cancelar, mover, version):what>")
def repair(instance_id: UUID, what: str) -> BaseResponse | tuple[str, int]:
    """Suspend, resume, cancel, move, or bring to another version; a refusal keeps what was typed."""
    form = request.form
    text = form.get("seen", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    reason = form.get("reason", "")[:500]
    try:
        if what == "version" and "plan" in form:
            target, mapping = _id(form.get("definition")), _mapping(form.get("mapping", ""))
            if target is None:
                raise NotFound
            found = look(lambda context: repairing.plan(context, instance_id, target, mapping))
            return _instance(instance_id, plan=found), 200
        do_once(lambda context: _carry_out(context, instance_id, what, seen, reason))
    except (Conflict, Invalid, CannotModify, CannotMigrate) as error:
        return _instance(instance_id, error), 409 if isinstance(error, Conflict) else 422
    return redirect(url_for("supervisor.instance", instance_id=instance_id))


def _carry_out(context: Context, instance_id: UUID, what: str, seen: int | None, reason: str) -> None:
    form = request.form
    if what == "mover":
        token, target = _id(form.get("token")), form.get("target", "")[:200] or None
        repairing.move(context, instance_id, seen, reason, token, target)
    elif what == "version":
        definition = _id(form.get("definition"))
        if definition is None:
            raise NotFound
        repairing.migrate(context, instance_id, seen, reason, definition, _mapping(form.get("mapping", "")))
    else:
        PLAIN[what](context, instance_id, seen, reason)


PLAIN = {"suspender": repairing.suspend, "reanudar": repairing.resume, "cancelar": repairing.cancel}


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _mapping(text: str) -> dict[str, str]:
    """Lines such as ``old -> new``."""
    pairs = (line.split("->") for line in text[:5_000].splitlines() if line.count("->") == 1)
    return {old.strip(): new.strip() for old, new in pairs if old.strip() and new.strip()}


@supervisor.get("/incidentes")
def incidents() -> str:
    """What needs a person before it can go on."""
    found = look(supervision.open_incidents)
    do(lambda context: supervision.note_look(context, "incidents"))
    return render_template("supervisor/incidents.html", found=found)


@supervisor.post("/incidentes/<uuid:incident_id>")
def retry(incident_id: UUID) -> BaseResponse:
    """Try again."""
    do_once(lambda context: supervision.retry_incident(context, incident_id))
    return redirect(url_for("supervisor.incidents"))
