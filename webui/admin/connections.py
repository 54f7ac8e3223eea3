"""The administrators' page of webhooks: other systems that are told of events."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.access.policy import require
from engine.access.webhooks import EVENTS
from engine.actions import connections as actions
from engine.casework import offices
from engine.errors import Invalid, Text
from webui.doing import actor, do, look, settings
from webui.errors import language as reader

NAMES = {
    "task.opened": Text("Se abre una tarea", "A task opens"),
    "task.completed": Text("Se completa una tarea", "A task is completed"),
    "case.opened": Text("Se abre un expediente", "A case file is opened"),
    "case.classified": Text("Se clasifica un expediente", "A case file is classified"),
    "case.status": Text("Cambia el estado de un expediente", "The status of a case file changes"),
    "case.assigned": Text("Se asigna un expediente", "A case file is assigned"),
    "case.transferred": Text("Pasa a otra oficina", "It goes to another office"),
    "case.closed": Text("Se cierra un expediente", "A case file is closed"),
    "case.reopened": Text("Se reabre un expediente", "A case file is opened again"),
    "document.signed": Text("Se firma un documento", "A document is signed"),
}

connections = Blueprint("connections", __name__, url_prefix="/conexiones")


@connections.get("")
def listing() -> str:
    """Who is told of what."""
    return render_template("admin/connections.html", found=look(actions.listed))


@connections.route("/nueva", methods=["GET", "POST"])
def new() -> Response:
    """Subscribe another system; the secret is on the page that follows, and nowhere else."""
    require(actor(), "webhook:manage")
    wrong: dict[str, str] = {}
    form = request.form
    if request.method == "POST":
        try:
            _, secret = do(
                lambda context: actions.make(
                    context,
                    name=form.get("name", ""),
                    url=form.get("url", ""),
                    events=form.getlist("events"),
                    office_code=form.get("office", ""),
                    hosts=settings().webhook_hosts,
                )
            )
            return make_response(
                render_template("admin/connection_made.html", secret=secret, name=form.get("name", ""))
            )
        except Invalid as error:
            wrong = {key: text.in_language(reader()) for key, text in error.fields.items()}
    body = render_template(
        "admin/connection_new.html",
        wrong=wrong,
        form=form,
        chosen=form.getlist("events"),
        events=[(event, NAMES[event].in_language(reader())) for event in EVENTS],
        offices=[office for office in offices.packaged().values() if office.active],
    )
    return make_response(body, 422 if wrong else 200)


@connections.get("/<uuid:webhook_id>")
def show(webhook_id: UUID) -> str:
    """One subscription and what was sent to it."""
    webhook, deliveries = look(lambda context: actions.read(context, webhook_id))
    return render_template("admin/connection.html", webhook=webhook, deliveries=deliveries)


@connections.post("/<uuid:webhook_id>/estado")
def set_active(webhook_id: UUID) -> Response:
    """Pause it, or let it go on."""
    active = request.form.get("active") == "1"
    do(lambda context: actions.set_active(context, webhook_id, active))
    return redirect(url_for("connections.show", webhook_id=webhook_id))


@connections.post("/<uuid:webhook_id>/quitar")
def remove(webhook_id: UUID) -> Response:
    """Remove it."""
    do(lambda context: actions.remove(context, webhook_id))
    return redirect(url_for("connections.listing"))


@connections.post("/entregas/<uuid:delivery_id>")
def send_again(delivery_id: UUID) -> Response:
    """Try a dead delivery again."""
    webhook_id = do(lambda context: actions.send_again(context, delivery_id))
    return redirect(url_for("connections.show", webhook_id=webhook_id))
