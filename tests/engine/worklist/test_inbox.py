"""Lists of tasks: what is urgent first, page by page, and counts that say what the lists show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.actions import tasks
from engine.casework import cases, urgency
from engine.clock import MovableClock
from engine.store.tables.runtime import UserTask
from engine.worklist import inbox
from tests.engine.worklist.conftest import Desk

DUES = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
PRIORITIES = st.sampled_from([None, "P1", "P2", "P3", "P4"])
RESERVED = st.sampled_from([(), ("NNA",), ("ASILO",)])


@given(st.lists(st.tuples(DUES, PRIORITIES, RESERVED), min_size=2, max_size=6))
def test_life_at_risk_comes_before_everything_and_nothing_later_overtakes_by_more_than_four_days(tasks: list) -> None:  # type: ignore[type-arg]
    for one, other in pairwise(sorted(tasks, key=lambda task: urgency.rank(*task))):
        if other[1] == "P1":
            assert one[1] == "P1"
        elif one[1] != "P1" and one[0] is not None and other[0] is not None:
            assert one[0] <= other[0] + timedelta(days=4)
        elif one[1] != "P1":
            assert other[0] is None


def test_what_is_urgent_stands_first(desk: Desk) -> None:
    plain, child, none, life, high = (
        desk.open("P2D"), desk.open("P3D", compartments=["NNA"]), desk.open(), desk.open("P9D", "P1"), desk.open("P2D", "P2")
    )  # fmt: skip

    rows = desk.list("office", "sofia").rows

    assert [row.id for row in rows] == [life, child, high, plain, none]
    assert rows[0].case_priority == "P1"


def test_a_case_that_becomes_urgent_lifts_its_tasks(desk: Desk) -> None:
    first, second = desk.open("P1D"), desk.open("P5D")
    [_, row] = desk.list().rows
    assert [row.id for row in desk.list().rows] == [first, second]

    desk.do(lambda context: cases.classify(context, row.case_id, domain="MIG", priority="P1"))

    assert [row.id for row in desk.list().rows] == [second, first]


@pytest.mark.parametrize("view", ["office", "mine"])
def test_pages_show_every_task_once_and_in_order(desk: Desk, view: str) -> None:
    ids = {desk.open(f"PT{number % 7}H") for number in range(2 * inbox.PAGE + 3)}
    for id in ids if view == "mine" else ():
        desk.do(lambda context, id=id: tasks.claim_task(context, id))

    seen, after = [], ""
    for size in (inbox.PAGE, inbox.PAGE, 3):
        page = desk.list(view, after=after)
        assert len(page.rows) == size
        seen += page.rows
        after = page.after or ""

    assert after == ""
    assert {row.id for row in seen} == ids
    keys = desk.store.read(
        lambda context: [(row.rank, row.id) for id in seen if (row := context.session.get(UserTask, id.id))],
        desk.cast.ana,
    )
    assert keys == sorted(keys)


@pytest.mark.parametrize("after", ["nonsense", "~", "00000000-0000-0000-0000-000000000000"])
def test_a_key_that_nobody_gave_breaks_nothing(desk: Desk, after: str) -> None:
    desk.open()

    assert len(desk.list(after=after).rows) <= 1


def test_counts_say_what_the_lists_show_however_they_are_narrowed(desk: Desk, clock: MovableClock) -> None:
    for due in (None, "PT1H", "P3D"):
        for priority in ("P1", "P3"):
            held = desk.open(due, priority)
            desk.do(lambda context, id=held: tasks.claim_task(context, id))
            desk.open(due, priority)
    clock.advance(timedelta(hours=2))
    desk.open("PT5M", "P3")

    for who in ("ana", "carla", "sofia", "diego"):
        for filters in ({}, {"priority": "P1"}, {"domain": "MIG"}, {"domain": "PEN"}, {"office": "MX-TAP"}, {"office": "US-HOU"}):  # fmt: skip
            lists = {view: len(desk.list(view, who, **filters).rows) for view in inbox.VIEWS}
            assert desk.counts(who, **filters) == lists, (who, filters)
    assert desk.counts() == {"mine": 6, "unclaimed": 7, "office": 13, "overdue": 4, "today": 1, "later": 0, "absent": 0}


def test_today_ends_at_midnight_of_the_office(desk: Desk, clock: MovableClock) -> None:
    clock.set(datetime(2026, 3, 10, 5, 30, tzinfo=UTC))  # half past eleven at night in Tapachula
    tonight, tomorrow = desk.open("PT20M"), desk.open("PT45M")

    assert [row.id for row in desk.list("today").rows] == [tonight]
    assert tomorrow in [row.id for row in desk.list().rows]
