"""What stands before every view: who it is, headers, and that nobody unknown gets further."""

from __future__ import annotations

import secrets

from flask import Flask, Response, abort, g, redirect, request, url_for
from werkzeug.exceptions import MethodNotAllowed, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from engine.access import sessions
from engine.access.policy import may
from engine.actions.sign_in import anonymous
from engine.errors import Forbidden
from engine.store.tables.base import new_id
from webui import permissions, problems
from webui.account.entering import cookie, door, sign_in_page
from webui.account.own import ENROLLING
from webui.api import entry
from webui.doing import do_as, look_as, stop_reading, store

OPEN = permissions.OPEN | entry.OPEN
# Asked by a page by itself, whoever sits before it: what is answered keeps no session alive.
QUIET = frozenset({"desk.news"})
# The editor's libraries set styles on elements; everywhere else styles come from files only.
STYLED = frozenset({"designer.edit"})


def guard(app: Flask) -> None:
    """Put the guard before all views and the headers behind them."""
    app.before_request(_identify)
    app.after_request(_headers)
    app.teardown_request(stop_reading)
    app.jinja_env.globals["nonce"] = lambda: g.nonce


def _identify() -> BaseResponse | None:
    g.request_id = new_id()
    g.nonce = secrets.token_urlsafe(16)
    g.actor = g.held = None
    address = request.remote_addr or ""
    if isinstance(request.routing_exception, SecurityError):
        return Response("Unknown host.\n", status=400, mimetype="text/plain")  # without an address there are no pages
    if request.endpoint == "static":
        return None
    if problems.wanted():
        g.secret, g.visitor = "", anonymous(address)
        return entry.identify()
    secret = request.cookies.get(cookie(), "")
    g.secret, g.visitor = secret, anonymous(address)
    if secret:
        g.held = look_as(g.visitor, lambda context: sessions.held(context, secret, address))
    if g.held is not None and g.held.stage == sessions.OPEN:
        g.actor = g.held.actor
        if request.endpoint not in QUIET and sessions.needs_touch(g.held, store().clock.now()):
            terms = door().terms
            do_as(g.visitor, lambda context: sessions.touch(context, secret, terms))
    _refuse_unreadable()
    if g.actor is not None or request.endpoint in OPEN or isinstance(request.routing_exception, MethodNotAllowed):
        return None
    if g.held is not None and g.held.stage == sessions.ENROL:
        return None if request.endpoint in ENROLLING else redirect(url_for("own.factor"))
    return ask_to_sign_in()


def admit(app: Flask) -> None:
    """Let nobody reach a view without its permission; after the form's token was looked at."""
    app.before_request(_admit)


def _admit() -> None:
    endpoint = request.endpoint
    if endpoint is None or g.actor is None or endpoint in OPEN | permissions.OWN:
        return
    if endpoint.startswith(permissions.BY_KEY):
        return
    asked = permissions.ASKED.get(endpoint, ())
    if not any(may(g.actor, permission) for permission in asked):
        refusal = Forbidden(permission=asked[0] if asked else endpoint)
        raise refusal


def _refuse_unreadable() -> None:
    """Nobody types NUL, and PostgreSQL does not keep it: what holds one is no page's form."""
    sent = (part for values in (request.args, request.form) for pair in values.items(multi=True) for part in pair)
    if "\0" in request.path or any("\0" in part for part in sent):
        abort(400)


def ask_to_sign_in() -> BaseResponse:
    """The sign-in page; what was being sent is carried along and comes back after signing in."""
    if request.method == "POST" and request.endpoint != "account.sign_out":
        return sign_in_page(carry=True)
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("entering.sign_in", next=here if here != "/" else None))


def _headers(response: Response) -> Response:
    nonce = getattr(g, "nonce", "")
    styles = "'self' 'unsafe-inline'" if request.endpoint in STYLED else "'self'"
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src {styles}; img-src 'self' data: blob:; media-src 'self';"
        " font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
        " manifest-src 'self'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    if request.endpoint == "static" and response.status_code < 400:
        named = request.path.startswith("/static/build/")  # by what is in it, so that it never changes
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "public, max-age=86400"
    else:
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
