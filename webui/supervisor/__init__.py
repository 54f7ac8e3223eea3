"""The supervisor's room: every running case, what is late, where procedures are stuck."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import supervision
from engine.casework.offices import packaged
from webui.doing import do, look

supervisor = Blueprint("supervisor", __name__, url_prefix="/supervision")


@supervisor.get("/")
def overview() -> str:
    """Running cases, overdue ones first."""
    number = request.args.get("p", "1")
    page = int(number) if number.isascii() and number.isdigit() and 0 < int(number) < 10_000 else 1
    filters = {key: request.args.get(key, "")[:20] for key in ("domain", "office", "age")}
    late = request.args.get("late") == "1"
    view = look(lambda context: supervision.overview(context, late=late, page=page, **filters))
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
    return render_template("supervisor/procedure.html", row=row, marks=marks, names=names)


@supervisor.get("/incidentes")
def incidents() -> str:
    """What needs a person before it can go on."""
    return render_template("supervisor/incidents.html", found=look(supervision.open_incidents))


@supervisor.post("/incidentes/<uuid:incident_id>")
def retry(incident_id: UUID) -> BaseResponse:
    """Try again."""
    do(lambda context: supervision.retry_incident(context, incident_id))
    return redirect(url_for("supervisor.incidents"))
