"""Signing in and out, the language, notices."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as BaseResponse

from engine.access import accounts
from engine.actions import sign_in as actions
from engine.casework import notifications
from engine.errors import Text
from webui.doing import actor, do, look, settings, store
from webui.errors import language as reader

account = Blueprint("account", __name__)
CARRIED = 3600  # seconds for which a half-filled form waits for its sign-in
LARGEST_CARRY = 200_000


def _carrier() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="carried form")


def sign_in_page(*, carry: bool = False, email: str = "", error: str = "", carried: str = "") -> BaseResponse:
    """The sign-in page; with ``carry``, what was being sent goes along, signed, in a hidden field."""
    if carry:
        values = [[key, value] for key, value in request.form.items(multi=True) if key != "csrf_token"]
        packed = json.dumps({"to": request.path, "values": values})
        carried = _carrier().dumps(packed) if len(packed) <= LARGEST_CARRY else ""
    body = render_template(
        "account/sign_in.html", email=email, error=error, carried=carried, next=request.args.get("next", "")
    )
    return make_response(body, 401 if carry or error else 200)


@account.route("/entrar", methods=["GET", "POST"])
def sign_in() -> BaseResponse:
    """Sign in; then back to where one was going, with what was typed."""
    if request.method == "GET":
        return sign_in_page()
    email, password = request.form.get("email", ""), request.form.get("password", "")
    visitor = g.visitor if g.actor is None else g.actor
    result = actions.sign_in(store(), visitor, email, password, agent=request.user_agent.string)
    if isinstance(result, Text):
        return sign_in_page(email=email, error=result.in_language(reader()), carried=request.form.get("carried", ""))
    response = _after_sign_in(request.form.get("carried", ""))
    name = "__Host-siproc" if settings().secure_cookies else "siproc"
    response.set_cookie(
        name, result, httponly=True, secure=settings().secure_cookies, samesite="Lax", path="/",
        max_age=int(accounts.ABSOLUTE.total_seconds()),
    )  # fmt: skip
    return response


def _after_sign_in(carried: str) -> BaseResponse:
    if carried:
        try:
            packed = json.loads(_carrier().loads(carried, max_age=CARRIED))
        except (BadSignature, ValueError):
            packed = None
        if packed is not None:
            return make_response(render_template("account/carried.html", to=packed["to"], values=packed["values"]))
    return redirect(local_address(request.args.get("next", "")) or url_for("officer.home"))


def local_address(text: str) -> str:
    """``text`` if it is an address of ours, else ""."""
    parts = urlsplit(text)
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and "\\" not in text
    return text if safe else ""


@account.post("/salir")
def sign_out() -> BaseResponse:
    """End the session."""
    do(lambda context: actions.sign_out(context, g.secret))
    response = redirect(url_for("account.sign_in"))
    response.delete_cookie("__Host-siproc" if settings().secure_cookies else "siproc", path="/")
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
    response.set_cookie("siproc-lang", chosen, samesite="Lax", secure=settings().secure_cookies, max_age=31_536_000)
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
