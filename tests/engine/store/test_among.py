"""What is among few is looked up, in both databases and either way round."""

from __future__ import annotations

import pytest
from sqlalchemy import select, union

from engine.store import Context, Store
from engine.store.among import among
from engine.store.tables.casework import FolioCounter


@pytest.fixture
def counted(store: Store) -> Store:
    def work(context: Context) -> None:
        for number, series in enumerate("ABCD"):
            context.session.add(FolioCounter(office_code="MX-TAP", year=2026, series=series, last=number))

    store.transact(work, None)
    return store


def test_it_finds_what_the_other_query_gives_and_with_not_all_others(counted: Store) -> None:
    row = FolioCounter
    few = union(select(row.series).where(row.last == 1), select(row.series).where(row.last == 3))

    for condition, wanted in ((among(row.series, few), "BD"), (~among(row.series, few), "AC")):
        query = select(row.series).where(row.year == 2026, condition).order_by(row.series)
        found = counted.read(lambda context, query=query: context.session.scalars(query).all(), None)
        assert "".join(found) == wanted


def test_none_are_among_none(counted: Store) -> None:
    none = select(FolioCounter.series).where(FolioCounter.last > 9)

    query = select(FolioCounter.series).where(among(FolioCounter.series, none))

    assert counted.read(lambda context: context.session.scalars(query).all(), None) == []
