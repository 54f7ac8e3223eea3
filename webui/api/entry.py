"""Who calls: a key in ``Authorization: Bearer`` and nothing else, so that no cookie and no other site's page counts."""

from __future__ import annotations

from flask import current_app, g, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.actions import tokens
from webui import problems
from webui.doing import store

OPEN = frozenset({"api.openapi"})
LONGEST = 200
SCHEME = "Bearer "


def identify() -> Response | None:
    """Set the request's actor by its key; a problem where there is none."""
    header = request.headers.get("Authorization", "")
    if header.startswith(SCHEME) and len(header) <= LONGEST:
        g.actor = tokens.enter(store(), g.visitor, header[len(SCHEME) :].strip())
    if g.actor is None and request.endpoint not in OPEN:
        return _unknown(bool(header))
    key = str(g.actor.token.id) if g.actor is not None else f"address:{g.visitor.address}"
    return None if _within_rate(key) else _too_many()


def _unknown(tried: bool) -> Response:
    detail = _("The key is not good (any more).") if tried else _("Send a key in the header Authorization: Bearer.")
    response = problems.problem(401, _("Who are you?"), detail, code="unauthorized")
    response.headers["WWW-Authenticate"] = 'Bearer realm="siproc"' + (', error="invalid_token"' if tried else "")
    return response


def _within_rate(key: str) -> bool:
    return bool(current_app.extensions["siproc"]["rates"].within(key))


def _too_many() -> Response:
    response = problems.problem(
        429, _("Too many requests"), _("Wait a minute and go on more slowly."), code="too_many_requests"
    )
    response.headers["Retry-After"] = "60"
    return response
