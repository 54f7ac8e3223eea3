"""What stands before every view: who it is, headers, and that nobody unknown gets further."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.access import accounts
from engine.actions.sign_in import anonymous
from engine.store.tables.base import new_id
from webui.doing import settings, store

OPEN = frozenset({"account.sign_in", "account.language", "static", "account.health", "letters.verify"})
# The editor's libraries set styles on elements; everywhere else styles come from files only.
STYLED = frozenset({"designer.edit"})


def cookie_name() -> str:
    """Name of the session's cookie; bound to this host where the connection is secure."""
    return "__Host-siproc" if settings().secure_cookies else "siproc"


def guard(app: Flask) -> None:
    """Put the guard before all views and the headers behind them."""
    app.before_request(_identify)
    app.after_request(_headers)
    app.jinja_env.globals["nonce"] = lambda: g.nonce


def _identify() -> BaseResponse | None:
    g.request_id = new_id()
    g.nonce = secrets.token_urlsafe(16)
    g.actor = None
    address = request.remote_addr or ""
    if request.endpoint == "static":
        return None
    secret = request.cookies.get(cookie_name(), "")
    if secret:
        nobody = anonymous(address)
        g.actor = store().read(lambda context: accounts.actor_of_session(context, secret, address), nobody)
        if g.actor is not None and store().read(lambda context: accounts.needs_touch(context, secret), nobody):
            store().transact(lambda context: accounts.touch(context, secret), nobody)
    g.secret = secret
    if g.actor is None:
        if request.endpoint in OPEN:
            g.actor = None
            g.visitor = anonymous(address)
            return None
        return ask_to_sign_in()
    return None


def ask_to_sign_in() -> BaseResponse:
    """The sign-in page; what was being sent is carried along and comes back after signing in."""
    if request.method == "POST" and request.endpoint != "account.sign_out":
        from webui.account import sign_in_page

        return sign_in_page(carry=True)
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("account.sign_in", next=here if here != "/" else None))


def _headers(response: Response) -> Response:
    nonce = getattr(g, "nonce", "")
    styles = "'self' 'unsafe-inline'" if request.endpoint in STYLED else "'self'"
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src {styles}; img-src 'self' data: blob:;"
        " font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
        " manifest-src 'self'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    if request.endpoint == "static":
        if request.path.startswith("/static/build/"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
