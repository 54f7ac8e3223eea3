"""The keys of one's programs: made with a fresh proof of oneself, shown once, ended at any time."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.access import tokens
from engine.access.policy import require
from engine.actions import tokens as actions
from engine.actions.own_account import NotFresh
from engine.errors import Invalid, Text
from webui.account.own import held
from webui.doing import actor, do, store
from webui.errors import language as reader

program_keys = Blueprint("program_keys", __name__)
SCOPES = {
    "tasks:read": Text("Ver tareas y sus formularios", "See tasks and their forms"),
    "tasks:write": Text("Tomar y completar tareas", "Claim and complete tasks"),
    "cases:read": Text("Buscar y ver expedientes", "Search and see case files"),
    "cases:write": Text("Abrir expedientes y anotar en ellos", "Open case files and write notes"),
    "documents:read": Text("Ver documentos y cartas", "See documents and letters"),
    "definitions:read": Text("Ver la lista de procedimientos", "See the list of procedures"),
    "messages:write": Text("Avisar a un expediente de algo que espera", "Tell a case file of something it waits for"),
}


@program_keys.route("/cuenta/claves/nueva", methods=["GET", "POST"])
def new() -> Response:
    """Make a key; its secret is on the page that follows, and nowhere else."""
    require(actor(), "api:use")
    if not held().fresh(store().clock.now()):
        raise NotFresh
    wrong: Mapping[str, Text] = {}
    form = request.form
    if request.method == "POST":
        days = form.get("days", "")
        term = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0
        try:
            secret = do(
                lambda context: actions.make(context, held(), form.get("name", ""), form.getlist("scopes"), term)
            )
            return make_response(render_template("account/key_made.html", secret=secret, name=form.get("name", "")))
        except Invalid as error:
            wrong = error.fields
    body = render_template(
        "account/key_new.html",
        wrong={name: text.in_language(reader()) for name, text in wrong.items()},
        form=form,
        chosen=form.getlist("scopes"),
        scopes=[(scope, SCOPES[scope].in_language(reader())) for scope in tokens.offered(g.actor)],
        terms=tokens.LASTS,
    )
    return make_response(body, 422 if wrong else 200)


@program_keys.post("/cuenta/claves/<uuid:token_id>/terminar")
def end(token_id: UUID) -> Response:
    """End a key."""
    do(lambda context: actions.end(context, held(), token_id))
    return redirect(url_for("own.show"))
