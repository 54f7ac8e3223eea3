"""Whose key it is, and the OpenAPI document."""

from __future__ import annotations

from flask import Response, g, jsonify

from engine.access.matrix import PERMISSIONS
from engine.access.policy import may
from webui.api import openapi as document
from webui.api import shapes
from webui.api.operations import api, operation


@operation("GET", "/me", scope=None, answer=shapes.Me)
def me() -> shapes.Me:
    """Whose key it is, what it is for, and what it may do."""
    actor = g.actor
    return shapes.Me(
        id=actor.id,
        name=actor.name,
        office=actor.office_code,
        roles=sorted(actor.roles),
        language=actor.language,
        scopes=sorted(actor.token.scopes),
        permissions=sorted(name for name in PERMISSIONS if may(actor, name)),
    )


@api.get("/openapi.json")
def openapi() -> Response:
    """The description of this API."""
    return jsonify(document.document())
