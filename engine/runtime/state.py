"""Stores what a step changed, and brings an instance back: rows in, rows out, nothing else.

What is written depends on what changed, never on the length of the history.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import CursorResult

from engine.bpmn.changes import Changes
from engine.bpmn.instance import ERROR, STARTED, WAITING, Instance, Scope, Subscription, Token
from engine.bpmn.specs import ProcessSpec
from engine.definitions import registry
from engine.errors import Conflict
from engine.feel import dump_value, load_value
from engine.runtime import history
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.runtime import FORMAT, ProcessInstance, ScopeRow, SubscriptionRow, TokenRow

STATES = {WAITING: "waiting", STARTED: "started", ERROR: "error"}
NUMBERS = {name: number for number, name in STATES.items()}
CACHE_SIZE = 500
_hot: OrderedDict[UUID, tuple[UUID, Instance]] = OrderedDict()
_lock = Lock()


def load(context: Context, row: ProcessInstance) -> Instance:
    """The instance of ``row``, from the process's memory while its stamp still holds, else from its rows."""
    with _lock:
        cached = _hot.pop(row.id, None)
    if cached is not None and cached[0] == row.stamp:
        return cached[1]
    return _read(context, row)


def keep(row_id: UUID, stamp: UUID, instance: Instance) -> None:
    """Remember an instance as it is after a step. If the step is rolled back, its stamp is never found again."""
    with _lock:
        _hot[row_id] = (stamp, instance)
        while len(_hot) > CACHE_SIZE:
            _hot.popitem(last=False)


def forget_all() -> None:
    """Drop everything that is remembered (tests load from rows with this)."""
    with _lock:
        _hot.clear()


def _read(context: Context, row: ProcessInstance) -> Instance:
    history.must_be_known(row)
    session = context.session
    instance = Instance(row.id, registry.spec(context, row.definition_id))
    scope_rows = session.execute(select(ScopeRow.__table__).where(ScopeRow.instance_id == row.id)).all()
    token_rows = session.execute(
        select(TokenRow.__table__).where(TokenRow.instance_id == row.id).order_by(TokenRow.id)
    ).all()
    for item in scope_rows:
        scope = Scope(item.id, item.kind, None, registry.spec(context, item.definition_id), None)
        scope.variables = {name: load_value(value) for name, value in item.variables.items()}
        data = {name: load_value(value) for name, value in item.data.items()}
        scope.compensations = data.pop("compensations", [])
        scope.data = {name: _plain(value) for name, value in data.items()}
        instance.scopes[scope.id] = scope
    for item in scope_rows:
        scope = instance.scopes[item.id]
        scope.parent = instance.scopes.get(item.parent_id) if item.parent_id else None
        if item.kind == "process":
            instance.root = scope
    for item in token_rows:
        _read_token(context, instance, item)
    for item in scope_rows:
        _own(instance.scopes[item.id], instance.token(item.owner_id) if item.owner_id else None)
    for item in session.execute(
        select(SubscriptionRow.__table__).where(SubscriptionRow.instance_id == row.id).order_by(SubscriptionRow.id)
    ).all():
        _read_subscription(context, instance, item)
    return instance


def _read_token(context: Context, instance: Instance, item: Any) -> None:
    spec = registry.spec(context, item.definition_id).spec(item.element_id)
    assert spec is not None
    token = Token(instance, spec, instance.scopes[item.scope_id], item.id, item.entered_at)
    token._set_state(NUMBERS[item.state])
    data = {name: load_value(value) for name, value in item.data.items()}
    token.flow = data.pop("flow", None)
    token.role = data.pop("role", "plain")
    if "index" in data:
        data["index"] = int(data["index"])
    token.internal_data = data
    if data.get("gathered"):
        instance.gathered.setdefault((item.scope_id, spec.name), []).append(token)


def _read_subscription(context: Context, instance: Instance, item: Any) -> None:
    spec = registry.spec(context, item.definition_id).spec(item.element_id)
    assert spec is not None
    token = instance.token(item.token_id) if item.token_id else None
    data = {name: load_value(value) for name, value in item.data.items()}
    subscription = Subscription(
        item.id, item.kind, spec, instance.scopes[item.scope_id], token, item.name, item.key, item.due_at, data
    )
    instance.subscriptions[item.id] = subscription
    if token is not None:
        token.subscriptions[item.id] = subscription


def _own(scope: Scope, owner: Token | None) -> None:
    scope.owner = owner
    if owner is not None:
        if scope.kind == "local":
            owner.owned = scope
        else:
            owner.content = scope


def _plain(value: Any) -> Any:
    """Counters of loops are plain numbers."""
    from decimal import Decimal

    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


def write_new(context: Context, row: ProcessInstance, instance: Instance, changes: Changes) -> None:
    """Store a fresh instance: its own row first."""
    row.stamp, row.version = new_id(), 1
    row.last_sequence = len(changes.history)
    context.session.add(row)
    context.session.flush()
    _write_rows(context, row, instance, changes)
    history.write(context, row.id, 1, 0, instance, changes)


def write(context: Context, row: ProcessInstance, instance: Instance, changes: Changes, new_state: str = "") -> None:
    """Store a step, and the instance's ``new_state``. Raises ``Conflict`` if another was stored since ``row`` was read."""
    stamp, version = new_id(), row.version
    values: dict[str, Any] = {
        "version": version + 1,
        "stamp": stamp,
        "last_sequence": row.last_sequence + len(changes.history),
    }
    if new_state:
        values["state"] = new_state
    if row.format < FORMAT:
        values["format"] = FORMAT
    if instance.spec.definition_id != row.definition_id:
        values["definition_id"] = instance.spec.definition_id
    if instance.ended is not None:
        values |= {"state": "completed" if instance.ended == "completed" else "cancelled", "ended_at": context.now}
    done = cast(
        "CursorResult[Any]",
        context.session.execute(
            update(ProcessInstance)
            .where(ProcessInstance.id == row.id, ProcessInstance.version == version)
            .values(**values)
            .execution_options(synchronize_session=False)
        ),
    )
    if done.rowcount != 1:
        raise Conflict
    _write_rows(context, row, instance, changes)
    history.write(context, row.id, version + 1, row.last_sequence, instance, changes, whole=row.format < FORMAT)
    for name, value in values.items():
        _set_clean(row, name, value)
    keep(row.id, stamp, instance)


def _set_clean(row: ProcessInstance, name: str, value: Any) -> None:
    """Let the loaded row show what was stored, without a second UPDATE."""
    from sqlalchemy.orm.attributes import set_committed_value

    set_committed_value(row, name, value)


def _write_rows(context: Context, row: ProcessInstance, instance: Instance, changes: Changes) -> None:
    session = context.session
    _write_scopes(context, row.id, instance, changes)
    live = instance.tasks
    inserted = [_token_row(row.id, live[id]) for id in sorted(changes.created_tokens) if id in live]
    updated = [
        _token_row(row.id, token)
        for id, token in changes.touched_tokens.items()
        if id in live and id not in changes.created_tokens
    ]
    removed = [id for id in changes.removed_tokens if id not in changes.created_tokens]
    if removed:
        session.execute(delete(TokenRow).where(TokenRow.id.in_(removed)).execution_options(synchronize_session=False))
    if inserted:
        session.execute(insert(TokenRow), inserted)
    for values in updated:
        session.execute(
            update(TokenRow)
            .where(TokenRow.id == values["id"])
            .values(
                state=values["state"],
                data=values["data"],
                definition_id=values["definition_id"],
                element_id=values["element_id"],
                scope_id=values["scope_id"],
            )
            .execution_options(synchronize_session=False)
        )
    _write_subscriptions(context, row.id, instance, changes)


def _token_row(instance_id: UUID, token: Token) -> dict[str, Any]:
    data: dict[str, Any] = dict(token.internal_data)
    if token.flow is not None:
        data["flow"] = token.flow
    if token.role != "plain":
        data["role"] = token.role
    return {
        "id": token.id,
        "instance_id": instance_id,
        "scope_id": token.scope.id,
        "definition_id": token.task_spec.process.definition_id,
        "element_id": token.task_spec.element.id,
        "state": STATES.get(token.state, "waiting"),
        "entered_at": token.entered_at,
        "data": {name: dump_value(value) for name, value in data.items()},
    }


def _scope_row(instance_id: UUID, scope: Scope) -> dict[str, Any]:
    data = dict(scope.data)
    if scope.compensations:
        data["compensations"] = scope.compensations
    return {
        "id": scope.id,
        "instance_id": instance_id,
        "parent_id": scope.parent.id if scope.parent else None,
        "owner_id": scope.owner.id if scope.owner else None,
        "definition_id": scope.process.definition_id,
        "kind": scope.kind,
        "variables": {name: dump_value(value) for name, value in scope.variables.items()},
        "data": {name: dump_value(value) for name, value in data.items()},
    }


def _write_scopes(context: Context, instance_id: UUID, instance: Instance, changes: Changes) -> None:
    session, created = context.session, changes.created_scopes
    kept = instance.root.id if instance.root is not None and instance.ended else None
    removed = [id for id in changes.removed_scopes if id not in created and id != kept]
    if removed:
        session.execute(delete(ScopeRow).where(ScopeRow.id.in_(removed)).execution_options(synchronize_session=False))
    # The outermost scope stays after the end: its variables are the outcome.
    inserted = [_scope_row(instance_id, scope) for id, scope in created.items() if id in instance.scopes or id == kept]
    if inserted:
        session.execute(insert(ScopeRow), inserted)
    for id, scope in changes.touched_scopes.items():
        if (id in instance.scopes or id == kept) and id not in created:
            values = _scope_row(instance_id, scope)
            session.execute(
                update(ScopeRow)
                .where(ScopeRow.id == id)
                .values(variables=values["variables"], data=values["data"], definition_id=values["definition_id"])
                .execution_options(synchronize_session=False)
            )


def _write_subscriptions(context: Context, instance_id: UUID, instance: Instance, changes: Changes) -> None:
    session, live = context.session, instance.subscriptions
    removed = [id for id in changes.removed_subscriptions if id not in changes.created_subscriptions]
    if removed:
        session.execute(
            delete(SubscriptionRow).where(SubscriptionRow.id.in_(removed)).execution_options(synchronize_session=False)
        )
    inserted = [
        {
            "id": item.id,
            "instance_id": instance_id,
            "scope_id": item.scope.id,
            "token_id": item.token.id if item.token else None,
            "definition_id": item.spec.process.definition_id,
            "element_id": item.spec.element.id,
            "kind": item.kind,
            "name": item.name,
            "key": item.key,
            "due_at": item.due_at,
            "data": {name: dump_value(value) for name, value in item.data.items()},
        }
        for id, item in changes.created_subscriptions.items()
        if id in live
    ]
    if inserted:
        session.execute(insert(SubscriptionRow), inserted)
    for id, item in changes.touched_subscriptions.items():
        if id in live and id not in changes.created_subscriptions:
            session.execute(
                update(SubscriptionRow)
                .where(SubscriptionRow.id == id)
                .values(
                    due_at=item.due_at,
                    data={name: dump_value(value) for name, value in item.data.items()},
                    definition_id=item.spec.process.definition_id,
                    element_id=item.spec.element.id,
                )
                .execution_options(synchronize_session=False)
            )


def spec_of(context: Context, row: ProcessInstance) -> ProcessSpec:
    """The spec that the instance of ``row`` runs."""
    return registry.spec(context, row.definition_id)
