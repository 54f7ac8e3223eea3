"""Declares an operation of the API: its address, scope, what it takes and gives; checks both, and keeps it for OpenAPI."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, g, jsonify, request
from flask_babel import gettext as _
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from engine.actions import keys
from engine.errors import Forbidden, Invalid, Text
from engine.store import Context
from webui.api import wording
from webui.doing import do
from webui.problems import problem

api = Blueprint("api", __name__, url_prefix="/api/v1")
View = TypeVar("View", bound=Callable[..., Any])
LARGEST = 1024 * 1024
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class Operation:
    """One address and method, as OpenAPI tells of it."""

    method: str
    path: str
    name: str
    said: str
    scope: str | None
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    status: int
    media: str
    versioned: bool
    takes: str  # the media type of a body that is no JSON


OPERATIONS: list[Operation] = []


class OutOfScope(Forbidden):
    """The key is not for this. Make one with the scope that is named."""

    code = "out_of_scope"


def operation(
    method: str,
    path: str,
    *,
    scope: str | None,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    status: int = 200,
    media: str = "application/json",
    versioned: bool = False,
    takes: str = "",
) -> Callable[[View], View]:
    """Register a view below ``/api/v1``; it is called with its path's parameters and, if declared, ``query`` and ``body``.

    ``scope`` None: any key will do. ``versioned``: the answer has an ETag, or the command takes ``If-Match``.
    ``takes``: the view reads the body itself, which is of this media type.
    """

    def declare(view: View) -> View:
        said = (view.__doc__ or "").strip()
        found = Operation(
            method, path, view.__name__, said, scope, query, body, answer, status, media, versioned, takes
        )
        OPERATIONS.append(found)

        @wraps(view)
        def handle(**parameters: Any) -> Response:
            _in_scope(scope)
            if query is not None:
                parameters["query"] = _read_query(query)
            if body is not None:
                parameters["body"] = _read_body(body)
            return _answer(found, view(**parameters))

        api.add_url_rule(path, view.__name__, handle, methods=[method])
        return view

    return declare


def command_key() -> str | None:
    """What the ``Idempotency-Key`` of a request is kept as: each key's own. None where there is none."""
    sent = request.headers.get("Idempotency-Key", "")
    if len(sent) > LONGEST_KEY or not sent.isprintable():
        raise BadRequest(_("Idempotency-Key: up to %(n)s printable characters.", n=LONGEST_KEY))
    return _digest(str(g.actor.token.id).encode(), sent.encode("utf-8", "replace")) if sent else None


def command(work: Callable[[Context], BaseModel]) -> dict[str, Any]:
    """Carry out a command and give its answer; with an ``Idempotency-Key``, a repetition is answered and does nothing."""
    key = command_key()
    what = _digest(request.method.encode(), request.path.encode(), request.get_data())

    def once(context: Context) -> dict[str, Any]:
        kept = keys.once(
            context, key, lambda: {"of": what, "answer": work(context).model_dump(mode="json", by_alias=True)}
        )
        if kept["of"] != what:
            raise Invalid(
                Text(
                    "Esta clave de idempotencia ya se usó para otra cosa.",
                    "This idempotency key was used for something else.",
                )
            )
        return dict(kept["answer"])

    return do(once)


def expected_version() -> int | None:
    """The version that ``If-Match`` names; None for none or ``*``."""
    if not request.if_match or request.if_match.star_tag:
        return None
    tags = request.if_match.as_set(include_weak=True)
    text = next(iter(tags)) if len(tags) == 1 else ""
    # What is no version of ours matches nothing.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _in_scope(scope: str | None) -> None:
    if scope is not None and scope not in g.actor.token.scopes:
        raise OutOfScope(
            Text("A la clave le falta el alcance {s}.", "The key lacks the scope {s}.", {"s": scope}),
            permission="api:use",
        )


def _read_query(model: type[BaseModel]) -> BaseModel:
    several = {name: Text("Va una sola vez.", "It goes once.") for name, all in request.args.lists() if len(all) > 1}
    if several:
        raise Invalid(fields=several)
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise wording.refused(error) from error


def _read_body(model: type[BaseModel]) -> BaseModel:
    request.max_content_length = LARGEST
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    raw = request.get_data()
    try:
        text = raw.decode("utf-8")
        _plain(json.loads(text, parse_constant=_no_number, object_pairs_hook=_no_pairs))
        return model.model_validate_json(text)
    except ValidationError as error:
        raise wording.refused(error) from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(_("The body is not JSON that can be read.")) from error


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _no_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _plain(value: Any) -> None:
    """Raise ``ValueError`` for letters that no database keeps: NUL and lone surrogates."""
    if isinstance(value, str):
        value.encode()
        if "\0" in value:
            raise ValueError("NUL")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _plain(name)
            _plain(inner)
    elif isinstance(value, list):
        for inner in value:
            _plain(inner)


def _answer(found: Operation, given: Any) -> Response:
    if isinstance(given, Response):
        return given
    body = given.model_dump(mode="json", by_alias=True) if isinstance(given, BaseModel) else given
    response = Response(status=204) if found.status == 204 else jsonify(body)
    response.status_code = found.status
    if found.versioned and isinstance(given, BaseModel):
        response.set_etag(str(given.version))  # type: ignore[attr-defined]
    return response


__all__ = ["OPERATIONS", "Operation", "api", "command", "expected_version", "operation", "problem"]
