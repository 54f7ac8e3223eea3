"""Looks into running instances without moving them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.errors import NotFound
from engine.runtime import state
from engine.store import Context
from engine.store.tables.runtime import ProcessInstance


def variables_at(context: Context, instance_id: UUID, token_id: UUID) -> dict[str, Any]:
    """The variables that are visible at a token, inner ones first. Raises ``NotFound``."""
    row = context.session.get(ProcessInstance, instance_id)
    if row is None:
        raise NotFound
    instance = state.load(context, row)
    try:
        token = instance.token(token_id)
        if token is None:
            raise NotFound
        seen: dict[str, Any] = {}
        for scope in token.inner.chain():
            seen = {**scope.variables, **seen}
            if scope.closed:
                break
        return seen
    finally:
        state.keep(row.id, row.stamp, instance)
