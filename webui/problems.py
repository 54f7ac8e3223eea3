"""Errors for programs: application/problem+json (RFC 9457), in the reader's language, with what is wrong at which field."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, g, jsonify, request

from engine.errors import EngineError, Invalid

MEDIA = "application/problem+json"
PREFIX = "/api/"


def wanted() -> bool:
    """Whether the request came to the JSON API, whose errors are problems."""
    return request.path.startswith(PREFIX)


def problem(
    status: int, title: str, detail: str = "", *, code: str = "error", fields: Mapping[str, str] | None = None
) -> Response:
    """One problem. ``instance`` names the request, as the audit and the logs do."""
    body: dict[str, object] = {"type": f"urn:siproc:problem:{code}", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    number = getattr(g, "request_id", None)
    if number is not None:
        body["instance"] = f"urn:uuid:{number}"
    if fields:
        body["errors"] = [{"field": name, "detail": text} for name, text in fields.items()]
    response = jsonify(body)
    response.status_code, response.mimetype = status, MEDIA
    return response


def of_error(error: EngineError, status: int, title: str, language: str) -> Response:
    """What the engine refuses."""
    fields = error.fields if isinstance(error, Invalid) else {}
    told = {name: text.in_language(language) for name, text in fields.items()}
    return problem(status, title, error.text.in_language(language), code=error.code, fields=told)
