"""Every act and every refusal leaves a row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.access import audit, policy
from engine.access.actors import SYSTEM
from engine.clock import MovableClock
from engine.errors import Conflict, Forbidden
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry

CASE, TASK, REQUEST = UUID(int=1), UUID(int=2), UUID(int=3)


def rows(store: Store) -> list[AuditEntry]:
    return store.read(lambda context: list(context.session.scalars(select(AuditEntry))), SYSTEM)


def test_a_row_says_who_did_what_on_what_from_where_and_when(store: Store, cast: Any, clock: MovableClock) -> None:
    ana = replace(cast.ana, address="10.0.0.7")

    store.transact(
        lambda context: audit.record(context, "task:complete", object_id=TASK, case_id=CASE, element="ut_visita"),
        ana,
        REQUEST,
    )

    (row,) = rows(store)
    assert (row.actor_id, row.office_code, row.address) == (ana.id, "MX-TAP", "10.0.0.7")
    assert (row.action, row.allowed, row.object_id, row.case_id) == ("task:complete", True, TASK, CASE)
    assert (row.at, row.request_id, row.data) == (clock.now(), REQUEST, {"element": "ut_visita"})


def test_an_act_that_is_undone_leaves_no_row(store: Store, cast: Any) -> None:
    def work(context: Context) -> None:
        audit.record(context, "task:complete")
        raise Conflict

    with pytest.raises(Conflict):
        audit.transact(store, work, cast.ana)

    assert rows(store) == []


@pytest.mark.parametrize("door", [audit.transact, audit.read])
def test_a_refusal_leaves_a_row_though_its_transaction_is_undone(store: Store, cast: Any, door: Any) -> None:
    def work(context: Context) -> None:
        policy.require(context.actor, "task:complete", object_id=TASK, case_id=CASE)

    with pytest.raises(Forbidden):
        door(store, work, cast.dani, REQUEST)

    (row,) = rows(store)
    assert (row.actor_id, row.action, row.allowed) == (cast.dani.id, "task:complete", False)
    assert (row.object_id, row.case_id, row.request_id) == (TASK, CASE, REQUEST)
