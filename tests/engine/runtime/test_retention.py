"""What ended long ago is forgotten by the term of its domain; what was done, when, stays."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from engine.access.actors import SYSTEM
from engine.casework import cases, offices
from engine.clock import MovableClock
from engine.runtime import instances, retention
from engine.runtime.checking import check
from engine.store import Context
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import ScopeRow, StepHistory
from tests.engine.runtime.conftest import Engine

TEXT = "start s\nuser a\nend e\ns -> a -> e"
TERMS = retention.read_terms("PEN=P2Y, *=P1Y")


def begun(engine: Engine, domain: str | None) -> UUID:
    def work(context: Context) -> UUID:
        offices.load(context)
        case = cases.open_case(context, "MX-TAP")
        context.session.execute(update(CaseFile).where(CaseFile.id == case.id).values(domain=domain))
        found = instances.start(context, "p", case_id=case.id, office_code="MX-TAP", variables={"secreto": "x"})
        return found.instance_id

    return engine.store.transact(work, SYSTEM)


def close_all(engine: Engine) -> None:
    engine.do(lambda context: context.session.execute(update(CaseFile).values(closed_at=context.now)) and None)


def kept(engine: Engine) -> set[UUID]:
    return set(engine.look(lambda context: context.session.scalars(select(ScopeRow.instance_id)).all()))


def test_values_go_after_the_term_of_their_domain_and_figures_stay(engine: Engine, clock: MovableClock) -> None:
    engine.publish(TEXT)
    penal, labour, none = begun(engine, "PEN"), begun(engine, "LAB"), begun(engine, None)
    for instance in (penal, labour, none):
        engine.complete("a", instance, answer="y")
    close_all(engine)
    clock.advance(timedelta(days=400))

    assert engine.look(lambda context: retention.due(context, TERMS)).by_domain == {"PEN": 0, "*": 2}
    engine.do(lambda context: retention.forget(context, TERMS) and None)

    assert kept(engine) == {penal}
    assert engine.trace(labour) == "s a e | completed"
    changes = engine.look(
        lambda context: context.session.scalars(
            select(StepHistory.changes).where(StepHistory.instance_id == labour)
        ).all()
    )
    assert changes == [{}, {}]
    assert engine.look(lambda context: check(context)) == []


def test_what_runs_or_whose_case_is_open_is_never_forgotten(engine: Engine, clock: MovableClock) -> None:
    engine.publish(TEXT)
    running, ended = begun(engine, "PEN"), begun(engine, "PEN")
    engine.complete("a", ended)
    clock.advance(timedelta(days=4_000))
    assert engine.look(lambda context: retention.due(context, TERMS)).ids == []
    close_all(engine)
    clock.advance(timedelta(days=4_000))
    assert engine.look(lambda context: retention.due(context, TERMS)).ids == [ended]
    assert running in kept(engine)


@pytest.mark.parametrize("text", ["PEN", "PEN=soon", "PEN=PT0S", "PEN=-P1Y"])
def test_a_term_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="PEN"):
        retention.read_terms(text)


def test_without_terms_nothing_is_forgotten(engine: Engine) -> None:
    assert retention.read_terms("") == {}
    assert engine.look(lambda context: retention.due(context, {})).ids == []
