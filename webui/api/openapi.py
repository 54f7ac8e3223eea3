"""The OpenAPI 3.1 document, made of the declared operations and of their shapes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from engine import __version__
from engine.access.matrix import SCOPES
from webui.api.operations import OPERATIONS, Operation
from webui.api.shapes import Problem
from webui.problems import MEDIA

REFERENCE = "#/components/schemas/{model}"
PARAMETER = re.compile(r"<uuid:(\w+)>")
# What each status says; the words are for developers, so they are English.
REFUSALS = {
    400: "The request cannot be read.",
    401: "There is no key, or it is not good any more.",
    403: "The key's scopes, or its holder's roles, do not allow this.",
    404: "It does not exist, or is not within reach; which of the two is never told.",
    405: "The address does not take this method.",
    409: "Someone was quicker, or it is not in a state for this.",
    412: "If-Match names another version than the present one.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not application/json.",
    422: "Values need correcting; errors says which.",
    429: "Too many requests; Retry-After says when to go on.",
    503: "Busy or out of order for a moment; nothing was changed.",
}
BINARY = {"type": "string", "format": "binary"}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeating a command with its key within two days answers as the first time and does nothing.",
    "schema": {"type": "string", "maxLength": 100, "pattern": "^[!-~]*$"},
}
MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that was read; the command is refused (412) where there is a newer version.",
    "schema": {"type": "string", "pattern": '^(\\*|"[0-9]{1,8}")$'},
}


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    schemas, references = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for item in OPERATIONS:
        paths.setdefault(PARAMETER.sub(r"{\1}", item.path), {})[item.method.lower()] = _operation(item, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SIPROC",
            "version": __version__,
            "summary": "Consular protection: tasks and cases, for programs.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"A key made in the account room. Scopes: {', '.join(SCOPES)}.",
                }
            },
        },
    }


def _schemas() -> tuple[dict[str, Any], dict[tuple[type[BaseModel], str], Any]]:
    wanted: list[tuple[type[BaseModel], Any]] = [(Problem, "serialization")]
    for item in OPERATIONS:
        wanted += [(model, "validation") for model in (item.body, item.query) if model is not None]
        wanted += [(item.answer, "serialization")] if item.answer is not None else []
    references, found = models_json_schema(wanted, ref_template=REFERENCE)
    return found["$defs"], dict(references.items())


def _operation(item: Operation, references: dict[tuple[type[BaseModel], str], Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "As asked."}
    if item.answer is not None:
        answer["content"] = {item.media: {"schema": references[item.answer, "serialization"]}}
    elif item.status != 204:
        answer["content"] = {item.media: {"schema": BINARY}}
    if item.versioned and item.method == "GET":
        answer["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "The version."}}
    found: dict[str, Any] = {
        "operationId": item.name,
        "summary": item.said.splitlines()[0],
        "tags": [item.path.split("/")[1]],
        "parameters": _parameters(item),
        "responses": {str(item.status): answer, **_refusals(item)},
        "x-scope": item.scope,
    }
    if item.body is not None:
        schema = references[item.body, "validation"]
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if item.takes:
        found["requestBody"] = {"required": True, "content": {item.takes: {"schema": BINARY}}}
    return found


def _parameters(item: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        for name in PARAMETER.findall(item.path)
    ]
    if item.query is not None:
        for name, schema in item.query.model_json_schema()["properties"].items():
            needed = item.query.model_fields[name].is_required()
            found.append({"name": name, "in": "query", "required": needed, "schema": schema})
    if item.method != "GET":
        found.append(KEY)
        found += [MATCH] if item.versioned else []
    return found


def _refusals(item: Operation) -> dict[str, Any]:
    wanted = {400, 401, 403, 404, 405, 422, 429, 503} | ({409, 413, 415} if item.method != "GET" else set())
    wanted |= {412} if item.versioned and item.method != "GET" else set()
    content = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": REFUSALS[status], "content": content} for status in sorted(wanted)}
