"""Changing keys: a new master key wraps all data keys anew; a new data key takes over, and old ones go when nothing needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, update

from engine.store.context import Context
from engine.store.sealing.engines import keyring_of
from engine.store.sealing.keyring import DATA, wrap_label
from engine.store.sealing.resealing import Key, batches, broken, reseal, sealed_tables, versions
from engine.store.tables import Base
from engine.store.tables.keys import DataKey
from engine.store.transact import Store

# How long after its successor was made a data key is kept at least: no process seals with it any more by then.
KEPT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class KeyState:
    """One data key, and how many values it seals (an index key seals none)."""

    version: int
    purpose: str
    master_id: str
    created_at: datetime
    retired_at: datetime | None
    values: int


def status(context: Context) -> tuple[list[KeyState], int]:
    """The data keys, and how many values are not sealed by any."""
    counts = sum((versions(context, item) for item in sealed_tables(Base.metadata.sorted_tables)), start=Counter[int]())
    rows = context.session.scalars(select(DataKey).order_by(DataKey.version)).all()
    states = [
        KeyState(row.version, row.purpose, row.master_id, row.created_at, row.retired_at, counts.pop(row.version, 0))
        for row in rows
    ]
    return states, counts.total()


def rewrap(context: Context) -> int:
    """Wrap every data key with the master key in use; gives how many were wrapped by another. Raises ``MasterKeyError``."""
    masters = keyring_of(context).masters
    master, changed = masters.in_use(), 0
    for row in context.session.scalars(select(DataKey).with_for_update()):
        if row.master_id != master.id:
            label = wrap_label(row.version, row.purpose)
            row.wrapped = master.wrap(masters.must_get(row.master_id).unwrap(row.wrapped, label), label)
            row.master_id = master.id
            changed += 1
    return changed


def renew(context: Context) -> int:
    """Make a new data key that seals from now on; gives its version."""
    keyring = keyring_of(context)
    older = update(DataKey).where(DataKey.purpose == DATA, DataKey.retired_at.is_(None))
    context.session.execute(older.values(retired_at=context.now))
    return keyring.add(context.session.connection(), DATA, context.now)


def seal_all(store: Store, actor: Any) -> Iterator[int]:
    """Bring every value under the data key in use, each batch in its own transaction; gives how many each changed."""
    store.keyring.reload()
    for item in sealed_tables(Base.metadata.sorted_tables):
        step = partial(_next, store.transact, partial(reseal, sealed=item), actor)
        for _, changed in batches(step):
            yield changed


def drop_unused(context: Context) -> list[int]:
    """Forget the retired data keys that seal nothing any more; gives their versions."""
    states, _ = status(context)
    unused = [
        state.version
        for state in states
        if state.retired_at is not None and state.values == 0 and context.now - state.retired_at >= KEPT
    ]
    for version in unused:
        context.session.delete(context.session.get_one(DataKey, version))
    return unused


def find_broken(store: Store, actor: Any) -> Iterator[tuple[int, list[str]]]:
    """Open every value; gives how many each batch had, and which do not open."""
    for item in sealed_tables(Base.metadata.sorted_tables):
        step = partial(_next, store.read, partial(broken, sealed=item), actor)
        for _, count, found in batches(step):
            yield count, found


def _next(run: Callable[..., Any], work: Callable[..., Any], actor: Any, after: Key | None) -> Any:
    return run(lambda context: work(context, after=after), actor)
