"""Jobs: run by their handler, retried with back-off, then an incident that a person can retry."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.clock import MovableClock
from engine.errors import Conflict, NotFound
from engine.runtime import incidents, jobs, leasing, state
from engine.runtime.jobs import BpmnError, Job
from engine.runtime.worker import Worker
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import FolioCounter
from engine.store.tables.runtime import Job as JobRow
from tests.engine.runtime.conftest import Engine

TEXT = "start s\nservice a ; job work x{retries} ; in n =x + 1 ; header kind fast\nend e\ns -> a -> e"
logging.getLogger("siproc.worker").setLevel(logging.CRITICAL)


def work(engine: Engine, handler: Any) -> int:
    state.forget_all()
    return Worker(engine.store, {"work": handler}).run_due()


def broken(context: Context, job: Job) -> Mapping[str, Any]:
    raise RuntimeError("no line")


def test_a_handler_sees_its_inputs_and_gives_variables(engine: Engine) -> None:
    engine.publish(TEXT.format(retries=3))
    instance = engine.start(x=1)
    seen: list[Job] = []

    def handler(context: Context, job: Job) -> Mapping[str, Any]:
        seen.append(job)
        return {"r": [1, {"a": "b"}]}

    assert work(engine, handler) == 1
    assert engine.trace(instance) == "s a e | completed"
    assert engine.variables(instance) == {"x": 1, "r": [1, {"a": "b"}]}
    [job] = seen
    assert (job.variables["n"], job.headers, job.element_id, job.attempt) == (2, {"kind": "fast"}, "a", 1)


def test_a_handler_that_fails_is_tried_again_later(engine: Engine, clock: MovableClock) -> None:
    engine.publish(TEXT.format(retries=3))
    instance = engine.start(x=1)
    assert work(engine, broken) == 1
    assert work(engine, lambda context, job: {}) == 0
    clock.advance(timedelta(seconds=9))
    assert work(engine, lambda context, job: {}) == 0
    clock.advance(timedelta(seconds=3))
    assert work(engine, lambda context, job: {"attempt": job.attempt}) == 1
    assert engine.variables(instance)["attempt"] == 2


def test_what_a_failing_handler_wrote_is_undone(engine: Engine) -> None:
    engine.publish(TEXT.format(retries=1))
    engine.start(x=1)

    def handler(context: Context, job: Job) -> Mapping[str, Any]:
        context.session.add(FolioCounter(office_code="MX-TAP", year=2026, series="T", last=1))
        context.session.flush()
        raise RuntimeError

    work(engine, handler)
    assert engine.look(lambda context: context.session.scalars(select(FolioCounter)).all()) == []


def test_used_up_retries_are_an_incident_that_says_why(engine: Engine, clock: MovableClock) -> None:
    engine.publish(TEXT.format(retries=2))
    engine.start(x=1)
    work(engine, broken)
    clock.advance(timedelta(hours=1))
    work(engine, broken)
    [incident] = engine.incidents()
    assert (incident.code, incident.element_id) == ("job_failed", "a")
    assert "no line" in incident.text_es
    clock.advance(timedelta(days=9))
    assert work(engine, broken) == 0


def test_a_retried_incident_runs_again_with_corrected_variables(engine: Engine) -> None:
    engine.publish(TEXT.format(retries=1))
    instance = engine.start(x=1)
    work(engine, broken)
    [incident] = engine.incidents()
    engine.do(lambda context: incidents.retry(context, incident.id, {"x": 5}))
    assert work(engine, lambda context, job: {"ok": job.variables["x"]}) == 1
    assert engine.trace(instance) == "s a e | completed"
    assert engine.variables(instance)["ok"] == 5
    assert engine.incidents() == []


def test_an_incident_is_retried_once(engine: Engine) -> None:
    engine.publish(TEXT.format(retries=1))
    engine.start(x=1)
    work(engine, broken)
    [incident] = engine.incidents()
    engine.do(lambda context: incidents.retry(context, incident.id))
    with pytest.raises(Conflict):
        engine.do(lambda context: incidents.retry(context, incident.id))
    with pytest.raises(NotFound):
        engine.do(lambda context: incidents.retry(context, new_id()))


def test_an_incident_of_a_gateway_goes_on_when_its_variables_are_mended(engine: Engine) -> None:
    engine.publish("start s\nexclusive g\ntask a\ntask b\ns -> g\ng -> a [x > 1]\ng -> b [x < 0]")
    instance = engine.start(x=1)
    [incident] = engine.incidents()
    engine.do(lambda context: incidents.retry(context, incident.id, {"x": 2}))
    assert engine.trace(instance) == "s g a | completed"


def test_a_retry_that_does_not_help_is_an_incident_again(engine: Engine) -> None:
    engine.publish("start s\nexclusive g\ntask a\ntask b\ns -> g\ng -> a [x > 1]\ng -> b [x < 0]")
    engine.start(x=1)
    [first] = engine.incidents()
    engine.do(lambda context: incidents.retry(context, first.id))
    [second] = engine.incidents()
    assert second.id != first.id
    assert second.code == "no_flow_taken"


def test_a_handler_may_throw_an_error_of_the_business(engine: Engine) -> None:
    engine.publish("start s\nservice a ; job work\nboundary b on a ; error E1\ntask h\ns -> a\nb -> h")
    instance = engine.start()

    def handler(context: Context, job: Job) -> Mapping[str, Any]:
        raise BpmnError("E1", "busy", {"why": "line"})

    work(engine, handler)
    assert engine.trace(instance) == "s b h | completed"
    assert engine.variables(instance) == {"why": "line"}


def test_an_error_that_nobody_catches_is_an_incident(engine: Engine) -> None:
    engine.publish("start s\nservice a ; job work\ns -> a")
    engine.start()

    def handler(context: Context, job: Job) -> Mapping[str, Any]:
        raise BpmnError("E7")

    work(engine, handler)
    assert [item.code for item in engine.incidents()] == ["error_not_caught"]


def test_a_job_without_a_handler_ends_as_an_incident(engine: Engine) -> None:
    engine.publish("start s\nservice a ; job unheard x1\ns -> a")
    engine.start()
    state.forget_all()
    Worker(engine.store, {}).run_due()
    [incident] = engine.incidents()
    assert "unheard" in incident.text_en


def test_a_job_of_an_interrupted_task_is_gone(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s\nservice a ; job work\nboundary b on a ; timer PT1H\ntask h\ns -> a\nb -> h")
    instance = engine.start()
    clock.advance(timedelta(hours=2))
    assert Worker(engine.store, {}).fire_timers() == 1
    assert work(engine, lambda context, job: {}) == 0
    assert engine.trace(instance) == "s b h | completed"


def test_a_lease_that_ran_out_goes_to_another_worker(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s\nservice a ; job work\ns -> a")
    instance = engine.start()
    [first] = engine.do(lambda context: leasing.lease(context, 10))
    job, mine = first.job_id, first.lease
    assert engine.do(lambda context: leasing.lease(context, 10)) == []
    clock.advance(timedelta(minutes=3))
    [second] = engine.do(lambda context: leasing.lease(context, 10))
    theirs = second.lease
    handlers = {"work": lambda context, job: {}}
    assert engine.do(lambda context: jobs.perform(context, job, mine, handlers)) is False
    assert engine.do(lambda context: jobs.perform(context, job, theirs, handlers)) is True
    assert engine.trace(instance) == "s a | completed"


def test_retries_may_be_an_expression(engine: Engine) -> None:
    engine.publish("start s\nservice a ; job work x=n * 2\ns -> a")
    engine.start(n=3)
    row = engine.look(lambda context: context.session.scalars(select(JobRow)).one())
    assert row.retries == 6
