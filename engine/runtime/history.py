"""Writes what a step did into the history: one row for the step, one for each element that is over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.bpmn.changes import Changes
from engine.bpmn.instance import Instance, Scope, Token
from engine.errors import Text, Unavailable
from engine.feel import dump_value
from engine.store import Context
from engine.store.prepared import Batch, insertion
from engine.store.tables.runtime import FORMAT, ActivityHistory, StepHistory

_insert_activity, _insert_step = insertion(ActivityHistory), insertion(StepHistory)


def must_be_known(row: Any) -> None:
    """Raise ``Unavailable`` for an instance that a newer program has written: guessing could harm."""
    if row.format > FORMAT:
        raise Unavailable(
            Text(
                "Este proceso lo guardó una versión más nueva del sistema (formato {n}); actualice el programa.",
                "A newer version of the system stored this process (format {n}); update the program.",
                {"n": row.format},
            )
        )


def write(
    context: Context,
    instance_id: UUID,
    version: int,
    last_sequence: int,
    instance: Instance,
    changes: Changes,
    batch: Batch,
    *,
    whole: bool = False,
) -> None:
    """Add to ``batch`` the step that led to ``version``. ``whole``: with all that lives, because no earlier step tells it."""
    actor_id = getattr(context.actor, "id", None)
    batch.add(
        _insert_activity,
        [
            {
                "instance_id": instance_id,
                "sequence": last_sequence + number,
                "version": version,
                "token_id": item.token_id,
                "scope_id": item.scope_id,
                "definition_id": item.definition_id,
                "element_id": item.element_id,
                "kind": item.kind,
                "action": item.action,
                "entered_at": item.entered_at,
                "at": item.at,
                "actor_id": actor_id,
            }
            for number, item in enumerate(changes.history, 1)
        ],
    )
    batch.add(
        _insert_step,
        [
            {
                "instance_id": instance_id,
                "version": version,
                "at": context.now,
                "actor_id": actor_id,
                "command": changes.command,
                "element_id": changes.element_id,
                "changes": _everything(instance) if whole or changes.whole else _differences(instance, changes),
            }
        ],
    )


def _differences(instance: Instance, changes: Changes) -> dict[str, Any]:
    live, scopes = instance.tasks, instance.scopes
    kept = instance.root
    ids = [id for id in changes.created_tokens if id in live]
    written = [
        [scope_id.hex, name, dump_value(value)]
        for (scope_id, name), value in changes.written.items()
        if scope_id in scopes or (kept is not None and scope_id == kept.id)
    ]
    written += [
        [scope_id.hex, name, dump_value(value), index]
        for (scope_id, name, index), value in changes.written_items.items()
        if scope_id in scopes
    ]
    found = {
        "tokens": [_token(live[id]) for id in sorted(ids)],
        "left": [id.hex for id in sorted(changes.removed_tokens) if id not in changes.created_tokens],
        "scopes": [
            _scope(scope)
            for id, scope in changes.created_scopes.items()
            if id in scopes or (kept is not None and id == kept.id)
        ],
        "closed": [
            id.hex
            for id in sorted(changes.removed_scopes)
            if id not in changes.created_scopes and (kept is None or id != kept.id)
        ],
        "variables": written,
    }
    return {name: value for name, value in found.items() if value}


def _everything(instance: Instance) -> dict[str, Any]:
    """The state as it is after the step, as the beginning of what can be told."""
    scopes = dict(instance.scopes)
    if instance.root is not None:
        scopes[instance.root.id] = instance.root
    return {
        "whole": True,
        "tokens": [_token(token) for token in instance.tasks.values()],
        "scopes": [_scope(scope) for scope in scopes.values()],
        "variables": [
            [scope.id.hex, name, dump_value(value)]
            for scope in scopes.values()
            for name, value in scope.variables.items()
        ],
    }


def _token(token: Token) -> list[str]:
    return [token.id.hex, token.scope.id.hex, token.task_spec.element.id]


def _scope(scope: Scope) -> list[str | None]:
    definition = scope.process.definition_id
    return [
        scope.id.hex,
        scope.kind,
        scope.parent.id.hex if scope.parent is not None else None,
        scope.owner.id.hex if scope.owner is not None else None,
        definition.hex if definition is not None else None,
    ]
