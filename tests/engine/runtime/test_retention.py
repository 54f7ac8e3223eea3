"""What ended long ago is forgotten by the term of its domain; what was done, when, stays."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from engine.access.actors import SYSTEM
from engine.actions import files
from engine.casework import cases, offices
from engine.casework.attachments import Place
from engine.clock import MovableClock
from engine.files.room import file_room
from engine.runtime import instances, retention
from engine.runtime.checking import check
from engine.settings import load
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.files import Attachment
from engine.store.tables.runtime import ProcessInstance, ScopeRow, StepHistory
from tests import specimens
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


def test_files_of_a_case_go_when_nothing_of_it_runs(engine: Engine, clock: MovableClock, tmp_path: Path) -> None:
    engine.publish(TEXT)
    running, ended = begun(engine, "PEN"), begun(engine, "LAB")
    room = file_room(load({"SIPROC_DATA_DIR": str(tmp_path)}))

    def case_of(instance: UUID) -> UUID:
        query = select(ProcessInstance.case_id).where(ProcessInstance.id == instance)
        return UUID(str(engine.look(lambda context: context.session.scalar(query))))

    for instance in (running, ended):
        upload = files.Upload(BytesIO(specimens.pdf()), "a.pdf")
        files.bring_in(engine.store, room, SYSTEM, Place(case_of(instance), "N1"), upload, new_id())
    engine.complete("a", ended)
    close_all(engine)
    clock.advance(timedelta(days=4_000))

    assert engine.look(lambda context: retention.due(context, TERMS)).case_ids == [case_of(ended)]
    engine.do(lambda context: retention.forget(context, TERMS) and None)

    left = select(Attachment.case_id).where(Attachment.content_id.is_not(None))
    assert engine.look(lambda context: context.session.scalars(left).all()) == [case_of(running)]
    assert engine.look(lambda context: retention.due(context, TERMS)).case_ids == []


@pytest.mark.parametrize("text", ["PEN", "PEN=soon", "PEN=PT0S", "PEN=-P1Y"])
def test_a_term_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="PEN"):
        retention.read_terms(text)


def test_without_terms_nothing_is_forgotten(engine: Engine) -> None:
    assert retention.read_terms("") == {}
    assert engine.look(lambda context: retention.due(context, {})).ids == []
