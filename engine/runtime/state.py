"""Stores what a step changed, and brings an instance back: rows in, rows out, nothing else.

What is written depends on what changed, never on the length of the history.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update

from engine.bpmn.changes import Changes
from engine.bpmn.instance import ERROR, STARTED, WAITING, Instance, Scope, Subscription, Token
from engine.bpmn.specs import ProcessSpec
from engine.definitions import registry
from engine.errors import NotFound
from engine.feel import dump_value, load_value
from engine.runtime import history
from engine.store import Context
from engine.store.prepared import Batch, Prepared, insertion, table_of
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import FORMAT, ProcessInstance, ScopeRow, SubscriptionRow, TokenRow

STATES = {WAITING: "waiting", STARTED: "started", ERROR: "error"}
NUMBERS = {name: number for number, name in STATES.items()}
KEY = "key"  # a subscription's correlation key in its data: the column has only a digest to find it by
CACHE_SIZE = 500
_hot: OrderedDict[UUID, tuple[UUID, Instance]] = OrderedDict()
_lock = Lock()


def load(context: Context, row: InstanceRow | ProcessInstance) -> Instance:
    """The instance of ``row``, from the process's memory while its stamp still holds, else from its rows."""
    with _lock:
        cached = _hot.pop(row.id, None)
    if cached is not None and cached[0] == row.stamp:
        return cached[1]
    return read(context, row)


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


def _rows_of(mapped: Any) -> Prepared:
    """The rows of an instance in one of its tables, the oldest first."""
    table = table_of(mapped)
    instance_id = bindparam("instance_id", type_=table.c.instance_id.type)
    return Prepared(select(table).where(table.c.instance_id == instance_id).order_by(table.c.id))


_scopes, _tokens, _subscriptions = _rows_of(ScopeRow), _rows_of(TokenRow), _rows_of(SubscriptionRow)


def read(context: Context, row: InstanceRow | ProcessInstance) -> Instance:
    """The instance as its rows have it, whatever is remembered."""
    history.must_be_known(row)
    session, of_it = context.session, {"instance_id": row.id}
    instance = Instance(row.id, registry.spec(context, row.definition_id))
    scope_rows, token_rows = _scopes.named(session, of_it), _tokens.named(session, of_it)
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
    for item in _subscriptions.named(session, of_it):
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
    key = data.pop(KEY, None)
    subscription = Subscription(
        item.id, item.kind, spec, instance.scopes[item.scope_id], token, item.name, key, item.due_at, data
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


@dataclass(slots=True)
class InstanceRow:
    """The row of an instance as commands need it, with the office and domain of its case now."""

    id: UUID
    definition_id: UUID
    process_id: str
    case_id: UUID | None
    office_code: str | None
    state: str
    version: int
    format: int
    stamp: UUID
    last_sequence: int
    case_office: str | None
    case_domain: str | None
    case_priority: str | None
    case_compartments: Sequence[str] | None


ROW = (
    *(getattr(table_of(ProcessInstance).c, field.name) for field in fields(InstanceRow)[:-4]),
    *(table_of(CaseFile).c[name] for name in ("office_code", "domain", "priority", "compartments")),
)
_by_id = (
    select(*ROW)
    .select_from(table_of(ProcessInstance).outerjoin(table_of(CaseFile), CaseFile.id == ProcessInstance.case_id))
    .where(ProcessInstance.id == bindparam("id", type_=ProcessInstance.id.type))
)
_lock_row = Prepared(_by_id.with_for_update(of=table_of(ProcessInstance)))
_insert_instance = insertion(ProcessInstance)
_update_instance = Prepared(
    update(table_of(ProcessInstance))
    .where(ProcessInstance.id == bindparam("_id"), ProcessInstance.version == bindparam("_version"))
    .values(
        {name: bindparam(name) for name in ("definition_id", "state", "version", "format", "stamp", "last_sequence")}
    )
)
_end_instance = Prepared(
    update(table_of(ProcessInstance))
    .where(ProcessInstance.id == bindparam("_id"))
    .values({"ended_at": bindparam("ended_at")})
)
_insert_token, _insert_scope, _insert_subscription = map(insertion, (TokenRow, ScopeRow, SubscriptionRow))
_delete_token, _delete_scope, _delete_subscription = (
    Prepared(delete(table_of(table)).where(table_of(table).c.id == bindparam("id")))
    for table in (TokenRow, ScopeRow, SubscriptionRow)
)


def _updating(table: Any, *names: str) -> Prepared:
    columns = table_of(table)
    return Prepared(
        update(columns).where(columns.c.id == bindparam("_id")).values({name: bindparam(name) for name in names})
    )


_update_token = _updating(TokenRow, "id", "scope_id", "definition_id", "element_id", "state", "entered_at", "data")
_update_scope = _updating(ScopeRow, "variables", "data", "definition_id")
_update_subscription = _updating(SubscriptionRow, "due_at", "data", "definition_id", "element_id")


def locked(context: Context, instance_id: UUID) -> InstanceRow:
    """The row of an instance, locked against other writers. Raises ``NotFound``."""
    found = _lock_row.all(context.session, {"id": instance_id})
    if not found:
        raise NotFound
    return InstanceRow(*found[0])


def write_new(
    context: Context, row: InstanceRow, start_key: str | None, instance: Instance, changes: Changes, batch: Batch
) -> None:
    """Add the rows of a fresh instance to ``batch``: its own first."""
    row.stamp, row.version, row.last_sequence = new_id(), 1, len(changes.history)
    values = {field.name: getattr(row, field.name) for field in fields(InstanceRow)[:-4]}
    ended_at = context.now if instance.ended is not None else None
    batch.add(_insert_instance, [{**values, "started_at": context.now, "ended_at": ended_at, "start_key": start_key}])
    _write_rows(row, instance, changes, batch)
    history.write(context, row.id, 1, 0, instance, changes, batch)
    keep(row.id, row.stamp, instance)


def write(
    context: Context, row: InstanceRow, instance: Instance, changes: Changes, batch: Batch, new_state: str = ""
) -> None:
    """Add the rows of a step to ``batch``, and the instance's ``new_state``; ``row`` is locked and then as stored."""
    version, sequence, whole = row.version, row.last_sequence, row.format < FORMAT
    row.version, row.stamp, row.format = version + 1, new_id(), FORMAT
    row.last_sequence = sequence + len(changes.history)
    row.definition_id = instance.spec.definition_id
    if new_state:
        row.state = new_state
    if instance.ended is not None:
        row.state = "completed" if instance.ended == "completed" else "cancelled"
    batch.add(
        _update_instance,
        [
            {
                "_id": row.id,
                "_version": version,
                "definition_id": row.definition_id,
                "state": row.state,
                "version": row.version,
                "format": row.format,
                "stamp": row.stamp,
                "last_sequence": row.last_sequence,
            }
        ],
    )
    if instance.ended is not None:
        batch.add(_end_instance, [{"_id": row.id, "ended_at": context.now}])
    _write_rows(row, instance, changes, batch)
    history.write(context, row.id, row.version, sequence, instance, changes, batch, whole=whole)
    keep(row.id, row.stamp, instance)


def _write_rows(row: InstanceRow, instance: Instance, changes: Changes, batch: Batch) -> None:
    _write_scopes(row.id, instance, changes, batch)
    _write_tokens(row.id, instance, changes, batch)
    _write_subscriptions(row.id, instance, changes, batch)


def _write_tokens(instance_id: UUID, instance: Instance, changes: Changes, batch: Batch) -> None:
    """A row that is free takes the next new token: most steps then cost one statement here."""
    live = instance.tasks
    inserted = [_token_row(instance_id, live[id]) for id in sorted(changes.created_tokens) if id in live]
    removed = [id for id in changes.removed_tokens if id not in changes.created_tokens]
    updated = [
        {"_id": id, **_token_row(instance_id, token)}
        for id, token in changes.touched_tokens.items()
        if id in live and id not in changes.created_tokens
    ]
    reused = min(len(removed), len(inserted))
    updated += [{"_id": id, **values} for id, values in zip(removed, inserted, strict=False)]
    batch.add(_delete_token, [{"id": id} for id in removed[reused:]])
    batch.add(_update_token, updated)
    batch.add(_insert_token, inserted[reused:])


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


def _write_scopes(instance_id: UUID, instance: Instance, changes: Changes, batch: Batch) -> None:
    created = changes.created_scopes
    # The outermost scope stays after the end: its variables are the outcome.
    kept = instance.root.id if instance.root is not None and instance.ended else None
    removed = [id for id in changes.removed_scopes if id not in created and id != kept]
    batch.add(_delete_scope, [{"id": id} for id in removed])
    inserted = [_scope_row(instance_id, scope) for id, scope in created.items() if id in instance.scopes or id == kept]
    batch.add(_insert_scope, inserted)
    updated = [
        {"_id": id, **_scope_row(instance_id, scope)}
        for id, scope in changes.touched_scopes.items()
        if (id in instance.scopes or id == kept) and id not in created
    ]
    batch.add(_update_scope, updated)


def _write_subscriptions(instance_id: UUID, instance: Instance, changes: Changes, batch: Batch) -> None:
    live, created = instance.subscriptions, changes.created_subscriptions
    batch.add(_delete_subscription, [{"id": id} for id in changes.removed_subscriptions if id not in created])
    inserted = [_subscription_row(instance_id, item) for id, item in created.items() if id in live]
    batch.add(_insert_subscription, inserted)
    updated = [
        {"_id": id, **_subscription_row(instance_id, item)}
        for id, item in changes.touched_subscriptions.items()
        if id in live and id not in created
    ]
    batch.add(_update_subscription, updated)


def _subscription_row(instance_id: UUID, item: Subscription) -> dict[str, Any]:
    data = item.data if item.key is None else {**item.data, KEY: item.key}
    return {
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
        "data": {name: dump_value(value) for name, value in data.items()},
    }


def spec_of(context: Context, row: InstanceRow) -> ProcessSpec:
    """The spec that the instance of ``row`` runs."""
    return registry.spec(context, row.definition_id)
