"""Turns errors into pages (or JSON where a script asked), in one place; nothing of the inside is shown."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from engine.access import audit
from engine.errors import Conflict, DefinitionError, EngineError, Forbidden, Invalid, NotFound, Unavailable
from webui.doing import store

log = logging.getLogger("siproc.web")
STATUS: dict[type[EngineError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    Invalid: 422,
    DefinitionError: 422,
    Unavailable: 503,
}


def install(app: Flask) -> None:
    """Handle every error of the application."""
    app.register_error_handler(EngineError, engine_error)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, bug)


def language() -> str:
    """The reader's language."""
    from flask_babel import get_locale

    locale = get_locale()
    return locale.language if locale is not None else "es"


def page(status: int, title: str, message: str) -> Response:
    """An error page, or its JSON."""
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        response = jsonify({"ok": False, "title": title, "message": message})
    else:
        response = Response(render_template("errors/error.html", status=status, title=title, message=message))
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def engine_error(error: EngineError) -> Response:
    """What the engine refuses."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    if isinstance(error, Forbidden):
        _note_refusal(error.permission)
    titles = {
        404: _("Not found"), 403: _("Not allowed"), 409: _("Someone was quicker"), 422: _("This needs correcting"),
        503: _("One moment, please"),
    }  # fmt: skip
    return page(status, titles.get(status, _("This cannot be done")), error.text.in_language(language()))


def _note_refusal(permission: str) -> None:
    actor = getattr(g, "actor", None)
    if actor is not None:
        store().transact(lambda context: audit.record(context, permission, allowed=False), actor, g.request_id)


def csrf_error(error: CSRFError) -> Response:
    """A form without its token: an old page, or another site's."""
    return page(400, _("The page was too old"), _("Go back, reload the page and send it again. Nothing was stored."))


def http_error(error: HTTPException) -> Response:
    """Errors of HTTP itself."""
    status = error.code or 500
    if isinstance(error, RequestEntityTooLarge):
        return page(413, _("Too large"), _("What was sent is larger than the system takes."))
    if status == 404:
        return page(404, _("Not found"), _("There is nothing at this address, or it is not within your reach."))
    if status == 405:
        return page(405, _("Not possible here"), _("This address does not take that kind of request."))
    response = error.get_response()
    return (
        page(status, _("This cannot be done"), "") if status >= 400 else Response(response=response.data, status=status)
    )


def bug(error: Exception) -> Response:
    """Anything else is a bug: logged with the request's number, which the page shows."""
    log.exception("request failed", extra={"request_id": str(getattr(g, "request_id", ""))})
    number = str(getattr(g, "request_id", ""))[-12:]
    return page(
        500,
        _("Something went wrong"),
        _("The error was noted with number %(number)s. What you had stored is safe.", number=number),
    )
