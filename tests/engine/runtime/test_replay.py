"""The history tells the state of an instance after each of its steps."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from engine.errors import Unavailable
from engine.runtime import instances, replay
from engine.store.tables.runtime import ProcessInstance, ScopeRow, StepHistory, TokenRow
from tests.engine.runtime.conftest import Engine

TEXT = """
start s
user a ; each =people as one ; collect said =answer
user b
end e
s -> a -> b -> e
"""


def played(engine: Engine) -> UUID:
    engine.publish(TEXT)
    instance = engine.start(people=["Ana", "Óscar"])
    engine.complete("a", answer="sí")
    engine.complete("a", answer="no")
    return instance


def test_every_earlier_moment_can_be_told(engine: Engine) -> None:
    instance = played(engine)
    steps = engine.look(lambda context: [replay.at(context, instance, number) for number in (1, 2, 3)])

    assert [(step.command, step.element_id) for step in steps] == [
        ("start", None),
        ("complete", "a"),
        ("complete", "a"),
    ]
    assert [sorted(place.element_id for place in step.tokens.values()) for step in steps] == [
        ["a", "a", "a"],
        ["a", "a"],
        ["b"],
    ]
    [body] = [id for id, frame in steps[1].scopes.items() if frame.kind == "body"]
    assert steps[1].variables[body]["said"] == ["sí", None]
    [root] = [id for id, frame in steps[2].scopes.items() if frame.kind == "process"]
    assert steps[2].variables[root]["said"] == ["sí", "no"]


def test_the_outcome_of_an_ended_instance_can_be_told(engine: Engine) -> None:
    instance = played(engine)
    engine.complete("b", verdict=7)

    last = engine.look(lambda context: replay.at(context, instance))

    assert last.tokens == {}
    [variables] = last.variables.values()
    assert variables["verdict"] == 7
    assert engine.look(lambda context: replay.differences(context, instance)) == []


@pytest.mark.parametrize("table", [TokenRow, ScopeRow])
def test_a_row_that_is_lost_is_named(engine: Engine, table: type[TokenRow] | type[ScopeRow]) -> None:
    instance = played(engine)
    engine.do(lambda context: context.session.execute(delete(table).where(table.instance_id == instance)) and None)

    found = engine.look(lambda context: replay.differences(context, instance))

    assert any("None, told" in line for line in found)


def test_a_value_that_was_changed_behind_the_engine_is_named(engine: Engine) -> None:
    instance = played(engine)
    engine.do(
        lambda context: (
            context.session.execute(update(ScopeRow).where(ScopeRow.instance_id == instance).values(variables={"x": 1}))
            and None
        )
    )

    [found] = engine.look(lambda context: replay.differences(context, instance))

    assert found.startswith("variables ")


def test_a_beginning_that_is_lost_is_named(engine: Engine) -> None:
    instance = played(engine)
    first = StepHistory.instance_id == instance, StepHistory.command == "start"
    engine.do(lambda context: context.session.execute(delete(StepHistory).where(*first)) and None)

    assert engine.look(lambda context: replay.differences(context, instance)) == ["its beginning, which nothing tells"]


def test_an_instance_of_the_older_format_goes_on_and_can_be_told_from_there(engine: Engine) -> None:
    instance = played(engine)
    engine.do(
        lambda context: (
            context.session.execute(update(ProcessInstance).values(format=1))
            and context.session.execute(delete(StepHistory))
            and None
        )
    )

    engine.do(lambda context: instances.write_variables(context, instance, {"now": Decimal(3)}) and None)

    row = engine.look(lambda context: context.session.get(ProcessInstance, instance))
    assert row is not None
    assert row.format == 2
    moment = engine.look(lambda context: replay.at(context, instance))
    assert moment.known
    assert [place.element_id for place in moment.tokens.values()] == ["b"]
    assert engine.look(lambda context: replay.differences(context, instance)) == []


def test_an_instance_of_a_newer_format_is_left_alone(engine: Engine) -> None:
    instance = played(engine)
    engine.do(lambda context: context.session.execute(update(ProcessInstance).values(format=99)) and None)

    with pytest.raises(Unavailable):
        engine.complete("b")

    assert engine.look(lambda context: context.session.scalars(select(TokenRow.element_id)).all()) == ["b"]
    assert engine.trace(instance) == "s a a | active"
