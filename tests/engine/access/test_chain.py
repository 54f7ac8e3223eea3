"""The audit's chain: whole when nobody touched it; whatever is altered, dropped, moved or inserted is named."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from engine.access import audit, chain, signing
from engine.access.actors import SYSTEM
from engine.clock import MovableClock
from engine.store import Context, Store
from engine.store.tables.access import AuditCheckpoint, AuditEntry, AuditLink
from engine.store.tables.base import new_id

COUNT = 12


def written(store: Store, count: int = COUNT) -> None:
    """Some rows, each in a transaction of its own."""
    for number in range(count):
        store.transact(
            lambda context, n=number: audit.record(context, "case:read", object_id=new_id(), n=n, why="é"), SYSTEM
        )


def seal(store: Store, folder: Path) -> int:
    """One round of the worker."""
    return store.transact(chain.sealing(folder), SYSTEM)


def verified(store: Store, folder: Path) -> chain.Verified:
    """What a look finds."""
    return store.read(lambda context: chain.verify(context, folder), SYSTEM)


def kinds(store: Store, folder: Path) -> set[tuple[str, int | None]]:
    """The faults by kind and place."""
    return {(item.kind, item.sequence) for item in verified(store, folder).faults}


@pytest.fixture
def sealed(store: Store, tmp_path: Path) -> Store:
    """A store with three sealed stretches."""
    for _ in range(3):
        written(store, COUNT // 3)
        assert seal(store, tmp_path) == COUNT // 3
    seal(store, tmp_path)
    return store


def test_what_nobody_touched_is_whole(sealed: Store, tmp_path: Path) -> None:
    written(sealed, 2)

    found = verified(sealed, tmp_path)

    assert (found.rows, found.checkpoints, found.unsealed, found.faults) == (COUNT, 3, 2, [])
    assert seal(sealed, tmp_path) == 2
    assert seal(sealed, tmp_path) == 0


def test_the_private_key_is_for_its_owner_only(sealed: Store, tmp_path: Path) -> None:
    assert (tmp_path / signing.PRIVATE).stat().st_mode & 0o777 == 0o600


def entry_at(context: Context, sequence: int) -> Any:
    return context.session.scalars(select(AuditLink.entry_id).where(AuditLink.sequence == sequence)).one()


def alter(context: Context, sequence: int) -> None:
    context.session.execute(
        update(AuditEntry).where(AuditEntry.id == entry_at(context, sequence)).values(action="case:open")
    )


def hide_refusal(context: Context, sequence: int) -> None:
    context.session.execute(
        update(AuditEntry).where(AuditEntry.id == entry_at(context, sequence)).values(allowed=False)
    )


def drop(context: Context, sequence: int) -> None:
    context.session.execute(delete(AuditEntry).where(AuditEntry.id == entry_at(context, sequence)))


def unlink(context: Context, sequence: int) -> None:
    drop(context, sequence)
    context.session.execute(delete(AuditLink).where(AuditLink.sequence == sequence))


def swap(context: Context, sequence: int) -> None:
    other = sequence % COUNT + 1
    one, two = entry_at(context, sequence), entry_at(context, other)
    context.session.execute(update(AuditLink).where(AuditLink.sequence == sequence).values(entry_id=new_id()))
    context.session.execute(update(AuditLink).where(AuditLink.sequence == other).values(entry_id=one))
    context.session.execute(update(AuditLink).where(AuditLink.sequence == sequence).values(entry_id=two))


DEEDS = {
    "altered": alter, "refusal": hide_refusal, "dropped": drop, "unlinked": unlink, "swapped": swap,
}  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deed=st.sampled_from(sorted(DEEDS)), sequence=st.integers(1, COUNT))
def test_a_deed_at_any_place_is_named_there(sealed: Store, tmp_path: Path, deed: str, sequence: int) -> None:
    undo = sealed.read(_everything, SYSTEM)
    sealed.transact(lambda context: DEEDS[deed](context, sequence), SYSTEM)

    places = {place for _, place in kinds(sealed, tmp_path)}

    assert sequence in places
    sealed.transact(lambda context: _restore(context, undo), SYSTEM)
    assert kinds(sealed, tmp_path) == set()


def _everything(context: Context) -> list[tuple[Any, list[dict[str, Any]]]]:
    tables = [model.__table__ for model in (AuditEntry, AuditLink, AuditCheckpoint)]
    return [(table, [dict(row._mapping) for row in context.session.execute(select(table))]) for table in tables]


def _restore(context: Context, rows: list[tuple[Any, list[dict[str, Any]]]]) -> None:
    for table, values in rows:
        context.session.execute(table.delete())
        context.session.execute(table.insert(), values)


def test_whoever_rewrites_the_chain_lacks_the_signature(sealed: Store, tmp_path: Path) -> None:
    def forge(context: Context) -> None:
        alter(context, 5)
        chained = chain.FIRST
        for link, row in list(chain._chain(context)):
            chained = chain.digest(chained, chain.content_of(row))
            context.session.execute(update(AuditLink).where(AuditLink.sequence == link.sequence).values(digest=chained))
            context.session.execute(
                update(AuditCheckpoint).where(AuditCheckpoint.sequence == link.sequence).values(digest=chained)
            )

    sealed.transact(forge, SYSTEM)

    assert {kind for kind, _ in kinds(sealed, tmp_path)} >= {"signature"}


def test_an_end_that_was_cut_off_is_missed(sealed: Store, tmp_path: Path) -> None:
    def cut(context: Context) -> None:
        for sequence in range(9, COUNT + 1):
            unlink(context, sequence)
        context.session.execute(delete(AuditCheckpoint).where(AuditCheckpoint.sequence > 8))

    sealed.transact(cut, SYSTEM)

    assert kinds(sealed, tmp_path) == {("missing", COUNT)}


def test_a_row_that_pretends_to_be_old_is_named(sealed: Store, tmp_path: Path, clock: MovableClock) -> None:
    clock.advance(timedelta(hours=3))
    written(sealed, 1)
    seal(sealed, tmp_path)

    def insert(context: Context) -> None:
        audit.record(context, "case:read")
        context.session.execute(
            update(AuditEntry)
            .where(AuditEntry.action == "case:read", AuditEntry.object_id.is_(None))
            .values(at=context.now - timedelta(hours=2))
        )

    sealed.transact(insert, SYSTEM)
    assert {kind for kind, _ in kinds(sealed, tmp_path)} == {"inserted"}

    seal(sealed, tmp_path)
    assert kinds(sealed, tmp_path) == {("inserted", COUNT + 2)}


def test_a_late_commit_finds_its_place(sealed: Store, tmp_path: Path) -> None:
    """A row with an earlier id that is committed after later ones were sealed."""
    early = new_id()
    written(sealed, 2)
    assert seal(sealed, tmp_path) == 2

    sealed.transact(
        lambda context: context.session.add(
            AuditEntry(
                id=early, at=context.now, action="case:read", request_id=new_id(), address="", allowed=True, data={}
            )
        ),
        SYSTEM,
    )

    assert seal(sealed, tmp_path) == 1
    assert kinds(sealed, tmp_path) == set()


def test_an_export_can_be_verified_elsewhere(sealed: Store, tmp_path: Path) -> None:
    lines = sealed.read(lambda context: [json.loads(json.dumps(line)) for line in chain.export(context)], SYSTEM)
    key = signing.public_key(tmp_path)
    assert key is not None

    chained, points = chain.FIRST, 0
    for line in lines:
        if "checkpoint" in line:
            point = line["checkpoint"]
            content = f"siproc-audit\n{point['sequence']}\n{chained}\n{point['at']}".encode()
            assert signing.holds(key, content, point["signature"])
            points += 1
        else:
            chained = chain.digest(chained, line["entry"])
            assert chained == line["digest"]
    assert points == 3
