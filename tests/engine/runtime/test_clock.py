"""A clock that jumps fires nothing twice and nothing early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.casework import cases, offices
from engine.clock import MovableClock
from engine.runtime import instances
from engine.runtime.worker import Worker
from engine.store import Context
from engine.store.tables.runtime import SubscriptionRow
from tests.engine.runtime.conftest import Engine

ONCE = "start s\ncatch t ; timer PT1H\nend e\ns -> t -> e"
EACH_HOUR = "start s\nuser a\nboundary t on a ; timer R/PT1H ; quiet\nend l\nend e\ns -> a -> e\nt -> l"


def fire(engine: Engine) -> int:
    return Worker(engine.store, {}).run_due()


def test_a_day_forward_fires_once(engine: Engine, clock: MovableClock) -> None:
    engine.publish(ONCE)
    instance = engine.start()
    clock.advance(timedelta(days=1))
    assert fire(engine) == 1
    assert fire(engine) == 0
    assert engine.trace(instance) == "s t e | completed"


def test_an_hour_back_fires_nothing_again_and_nothing_early(engine: Engine, clock: MovableClock) -> None:
    engine.publish(EACH_HOUR)
    instance = engine.start()
    begun = clock.now()
    clock.advance(timedelta(minutes=61))
    assert fire(engine) == 1
    clock.set(begun)
    assert fire(engine) == 0
    clock.set(begun + timedelta(minutes=119))
    assert fire(engine) == 0
    clock.set(begun + timedelta(minutes=121))
    assert fire(engine) == 1
    assert engine.trace(instance) == "s t l t l | active"


def test_a_cycle_that_was_asleep_catches_up_in_order_and_goes_on_in_its_rhythm(
    engine: Engine, clock: MovableClock
) -> None:
    engine.publish(EACH_HOUR)
    instance = engine.start()
    begun = clock.now()
    clock.advance(timedelta(hours=3, minutes=30))
    assert fire(engine) == 3
    assert engine.trace(instance) == "s t l t l t l | active"
    [due] = engine.look(lambda context: list(context.session.scalars(select(SubscriptionRow.due_at))))
    assert due == begun + timedelta(hours=4)


# The night in which the clocks of the office are put forward or back; the local time that is asked for, and its instant.
NIGHTS = [
    ("ES-MAD", "2026-03-29T02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # does not exist: half past three
    ("ES-MAD", "2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the first one
    ("US-NYC", "2026-03-08T02:30:00", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
    ("US-NYC", "2026-11-01T01:30:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("office", "local", "instant"), NIGHTS)
def test_a_local_time_in_the_night_of_the_change_is_one_instant(
    engine: Engine, clock: MovableClock, office: str, local: str, instant: datetime
) -> None:
    engine.publish(f"start s\ncatch t ; timer date {local}\nend e\ns -> t -> e")
    clock.set(instant - timedelta(hours=5))

    def begin(context: Context) -> None:
        offices.load(context)
        case = cases.open_case(context, office)
        instances.start(context, "p", case_id=case.id, office_code=office)

    engine.store.transact(begin, SYSTEM)
    clock.set(instant - timedelta(seconds=1))
    assert fire(engine) == 0
    clock.set(instant)
    assert fire(engine) == 1
    clock.advance(timedelta(hours=2))
    assert fire(engine) == 0
