"""Turns errors into pages (or JSON where a script asked), in one place; nothing of the inside is shown."""

from __future__ import annotations

import logging
from uuid import UUID

from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from engine.access import audit
from engine.access.limits import TooManyAttempts
from engine.actions import auditing
from engine.errors import Conflict, DefinitionError, EngineError, Forbidden, Invalid, NotFound, Outdated, Unavailable
from engine.files.refusing import Refused
from webui import permissions, problems
from webui.doing import do_as, store

log = logging.getLogger("siproc.web")
STATUS: dict[type[EngineError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    Invalid: 422,
    Refused: 422,
    DefinitionError: 422,
    Unavailable: 503,
    TooManyAttempts: 429,
}


# What a problem is called for programs, where no error of the engine says it.
CODES = {
    400: "unreadable", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type",
    500: "bug",
}  # fmt: skip
WAITS = {429: "60", 503: "5"}


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
    if problems.wanted():
        return problems.problem(status, title, message, code=CODES.get(status, "error"))
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        response = jsonify({"ok": False, "title": title, "message": message})
    else:
        response = Response(render_template("errors/error.html", status=status, title=title, message=message))
    response.status_code = status
    return _told_to_wait(response)


def _told_to_wait(response: Response) -> Response:
    if response.status_code in WAITS:
        response.headers["Retry-After"] = WAITS[response.status_code]
    return response


def engine_error(error: EngineError) -> Response:
    """What the engine refuses."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    if isinstance(error, Outdated) and problems.wanted():
        status = 412
    if isinstance(error, Forbidden):
        _note_refusal(error)
    elif isinstance(error, NotFound):
        _note_missing()
    titles = {
        404: _("Not found"), 403: _("Not allowed"), 409: _("Someone was quicker"), 422: _("This needs correcting"),
        412: _("Someone was quicker"), 429: _("Too many requests"), 503: _("One moment, please"),
    }  # fmt: skip
    title = titles.get(status, _("This cannot be done"))
    if problems.wanted():
        return _told_to_wait(problems.of_error(error, status, title, language()))
    return page(status, title, error.text.in_language(language()))


def _note_refusal(error: Forbidden) -> None:
    if g.get("actor") is None:
        return
    if error.case_id is not None:
        audit.refused(store(), error, g.actor, g.request_id)
    else:
        _note(error.permission or "unknown", error.object_id or _asked_for()[1])


# By what the addresses name their places: what who asks for one of these wanted to do.
PERSONAL = {
    "case_id": "case:read", "task_id": "task:read", "document_id": "document:read", "attachment_id": "file:read",
    "instance_id": "supervision:read", "incident_id": "incident:retry",
}  # fmt: skip


def _note_missing() -> None:
    """A row for whoever asked for something of a case that is not there, or not for them."""
    name, object_id = _asked_for()
    if g.get("actor") is None or (object_id is None and request.endpoint != "api.message_publish"):
        return
    asked = permissions.ASKED.get(request.endpoint or "", ())
    _note(asked[0] if asked else PERSONAL.get(name, "message:publish"), object_id)


def _asked_for() -> tuple[str, UUID | None]:
    """The thing of a case that the address names: what it is, and its id."""
    places = request.view_args or {}
    name = next((name for name in places if name in PERSONAL), "")
    return name, places.get(name)


def _note(permission: str, object_id: UUID | None) -> None:
    do_as(g.actor, lambda context: auditing.note_refused(context, permission, object_id))


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
    if isinstance(error, MethodNotAllowed):
        response = page(405, _("Not possible here"), _("This address does not take that kind of request."))
        response.headers["Allow"] = ", ".join(error.valid_methods or ())
        return response
    if status == 415:
        return page(415, _("Not possible here"), _("The body has to be application/json."))
    response = error.get_response()
    return (
        page(status, _("This cannot be done"), (error.description or "") if problems.wanted() else "")
        if status >= 400
        else Response(response=response.data, status=status)
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
