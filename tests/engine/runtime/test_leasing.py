"""Jobs are leased fairly, the urgent ones first, each to one worker."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine.clock import MovableClock
from engine.runtime import leasing, repairs
from engine.store.tables.runtime import Job
from tests.engine.runtime.conftest import Engine

FLOOD = "start s\nservice a ; job many ; times =n\nend e\ns -> a -> e"
ONE = "start s\nservice b ; job few ; header prioridad =p\nend e\ns -> b -> e"


def leased(engine: Engine, limit: int) -> list[str]:
    taken = engine.do(lambda context: leasing.lease(context, limit))
    kinds = engine.look(lambda context: dict(context.session.execute(select(Job.id, Job.type)).all()))
    return [kinds[item.job_id] for item in taken]


def test_a_flood_of_one_kind_does_not_hold_up_another(engine: Engine) -> None:
    engine.publish(FLOOD)
    engine.publish(ONE, "q")
    engine.start(n=20)
    engine.start("q", p=50)
    engine.start("q", p=50)

    assert leased(engine, 6) == ["few", "many", "few", "many", "many", "many"]
    assert leased(engine, 6) == ["many"] * 6


def test_the_most_urgent_of_a_kind_comes_first(engine: Engine) -> None:
    engine.publish(ONE)
    started = [engine.start(p=priority) for priority in (10, 90, 50)]
    taken = engine.do(lambda context: leasing.lease(context, 10))
    rows = engine.look(
        lambda context: dict(context.session.execute(select(Job.id, Job.instance_id)).all()),
    )
    assert [rows[item.job_id] for item in taken] == [started[1], started[2], started[0]]


def test_jobs_of_a_suspended_instance_wait(engine: Engine) -> None:
    engine.publish(ONE)
    instance = engine.start(p=50)
    engine.do(lambda context: repairs.suspend(context, instance))
    assert leased(engine, 10) == []
    engine.do(lambda context: repairs.resume(context, instance))
    assert leased(engine, 10) == ["few"]


def test_a_lease_that_ran_out_is_given_to_another(engine: Engine, clock: MovableClock) -> None:
    engine.publish(ONE)
    engine.start(p=50)
    assert leased(engine, 10) == ["few"]
    assert leased(engine, 10) == []
    clock.advance(leasing.LEASE + timedelta(seconds=1))
    assert leased(engine, 10) == ["few"]
