"""Signing out, the language, notices; coming in and one's own account are modules beside."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.access import accounts
from engine.actions import sign_in as actions
from engine.casework import notifications
from webui.account.carrying import local_address
from webui.account.entering import cookie
from webui.doing import actor, do, look, settings, store

account = Blueprint("account", __name__)


@account.post("/salir")
def sign_out() -> BaseResponse:
    """End the session."""
    do(lambda context: actions.sign_out(context, g.secret))
    response = redirect(url_for("entering.sign_in"))
    response.delete_cookie(cookie(), path="/", secure=settings().secure_cookies, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@account.post("/idioma")
def language() -> BaseResponse:
    """Choose the language."""
    chosen = "en" if request.form.get("lang") == "en" else "es"
    user_id = g.actor.id if g.actor is not None else None
    if user_id is not None:
        do(lambda context: accounts.set_language(context, user_id, chosen))
    response = redirect(local_address(request.form.get("back", "")) or "/")
    response.set_cookie(
        cookie("lang"), chosen, httponly=True, secure=settings().secure_cookies, samesite="Lax", path="/",
        max_age=31_536_000,
    )  # fmt: skip
    return response


@account.get("/avisos")
def notices() -> str:
    """Unread notices."""
    found = look(lambda context: notifications.unread(context, actor()))
    return render_template("account/notices.html", notices=found)


@account.post("/avisos")
def notices_read() -> BaseResponse:
    """Mark all notices as read."""
    do(lambda context: notifications.mark_read(context, actor()))
    return redirect(url_for("account.notices"))


@account.get("/salud")
def health() -> Response:
    """Whether the server and its database answer."""
    from engine.access.actors import SYSTEM

    store().read(lambda context: context.session.connection().exec_driver_sql("SELECT 1"), SYSTEM)
    return Response("ok\n", mimetype="text/plain")
