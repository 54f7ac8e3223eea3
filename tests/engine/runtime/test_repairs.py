"""Supervisors suspend, resume, modify and migrate what runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.bpmn.migration import CannotMigrate
from engine.bpmn.modification import CannotModify, Placing
from engine.clock import MovableClock
from engine.definitions import registry
from engine.errors import Conflict
from engine.runtime import incidents, instances, messages, repairs, signals, timers, user_tasks
from engine.runtime.worker import Worker
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.runtime import (
    Incident,
    Job,
    ProcessInstance,
    SubscriptionRow,
    TokenRow,
    UserTask,
    UserTaskCandidate,
)
from tests.engine.runtime.conftest import Engine as Plain


class Engine(Plain):
    """With the commands of supervisors."""

    def suspend(self, instance: UUID) -> None:
        self.do(lambda context: repairs.suspend(context, instance))

    def resume(self, instance: UUID) -> None:
        self.do(lambda context: repairs.resume(context, instance))

    def token(self, element: str, number: int = 0) -> UUID:
        query = select(TokenRow.id).where(TokenRow.element_id == element).order_by(TokenRow.id)
        return self.look(lambda context: context.session.scalars(query).all())[number]

    def modify(self, instance: UUID, cancel: list[UUID], *place: Placing | str) -> None:
        placings = [Placing(item) if isinstance(item, str) else item for item in place]
        self.do(lambda context: repairs.modify(context, instance, cancel=cancel, place=placings))

    def migrate(self, instance: UUID, **mapping: str) -> None:
        self.do(lambda context: repairs.migrate(context, instance, _newest(context), mapping))

    def waiting(self) -> list[str]:
        query = select(TokenRow.element_id).order_by(TokenRow.element_id)
        return self.look(lambda context: list(context.session.scalars(query)))

    def fire(self) -> int:
        return Worker(self.store, {"work": lambda context, job: {}}).run_due()

    def due(self) -> Mapping[str, object]:
        return self.look(
            lambda context: {row.element_id: row.due_at for row in context.session.scalars(select(SubscriptionRow))}
        )


def _newest(context: Context) -> UUID:
    return registry.latest(context, "p").id


@pytest.fixture
def engine(engine: Plain) -> Engine:
    """The runtime on both databases; every command is checked against the history."""
    found = Engine(engine.store)
    found.told = True
    return found


# -- suspending --------------------------------------------------------------------------------------------------------

WAITING = """
start s
parallel g
user a
boundary late on a ; timer PT1H ; quiet
end l
catch m ; message answer
catch n ; signal storm
service j ; job work
end e
s -> g -> a -> e
g -> m -> e
g -> n -> e
g -> j -> e
late -> l
"""


def test_nothing_moves_in_a_suspended_instance(engine: Engine, clock: MovableClock) -> None:
    engine.publish(WAITING)
    instance = engine.start(key="k")
    task = engine.task("a")
    engine.suspend(instance)

    clock.advance(timedelta(hours=2))
    assert engine.fire() == 0
    with pytest.raises(Conflict, match="suspended"):
        engine.do(lambda context: user_tasks.complete(context, task, {}))
    with pytest.raises(Conflict):
        engine.do(lambda context: user_tasks.claim(context, task, new_id()))
    engine.do(lambda context: messages.publish(context, "answer", "k", {"said": "yes"}))
    engine.do(lambda context: signals.broadcast(context, "storm"))

    assert engine.trace(instance) == "s g | suspended"
    assert engine.waiting() == ["a", "j", "m", "n"]


def test_what_came_meanwhile_reaches_an_instance_that_goes_on(engine: Engine, clock: MovableClock) -> None:
    engine.publish(WAITING)
    instance = engine.start(key="k")
    engine.suspend(instance)
    clock.advance(timedelta(hours=2))
    engine.do(lambda context: messages.publish(context, "answer", "k", {"said": "yes"}))
    engine.do(lambda context: signals.broadcast(context, "storm"))

    engine.resume(instance)

    assert engine.trace(instance) == "s g m e n e | active"
    assert engine.variables(instance)["said"] == "yes"
    assert engine.fire() == 2
    engine.complete("a")
    assert engine.trace(instance) == "s g m e n e late l j e a e | completed"
    assert engine.look(lambda context: context.session.scalars(select(Job)).all()) == []


def test_a_cancelled_one_forgets_what_was_kept_for_it(engine: Engine) -> None:
    engine.publish(WAITING)
    instance = engine.start(key="k")
    engine.suspend(instance)
    engine.do(lambda context: messages.publish(context, "answer", "k"))

    engine.do(lambda context: instances.cancel(context, instance))

    assert engine.trace(instance) == "s g | cancelled"
    assert engine.look(lambda context: context.session.scalars(select(Job)).all()) == []


def test_suspending_twice_or_with_an_old_version_is_a_conflict(engine: Engine) -> None:
    engine.publish(WAITING)
    instance = engine.start(key="k")
    with pytest.raises(Conflict):
        engine.do(lambda context: repairs.suspend(context, instance, version=99))
    with pytest.raises(Conflict):
        engine.resume(instance)
    engine.suspend(instance)
    with pytest.raises(Conflict):
        engine.suspend(instance)


# -- modifying ---------------------------------------------------------------------------------------------------------

PATH = """
start s
user a
sub big ; in inner ="in":
  start bs
  user b
  user c
  end be
  bs -> b -> c -> be
boundary late on big ; timer PT1H
user d
end e
s -> a -> big -> d -> e
late -> d
"""


def test_a_token_is_moved(engine: Engine) -> None:
    engine.publish(PATH)
    instance = engine.start()
    engine.modify(instance, [engine.token("a")], "d")
    assert engine.waiting() == ["d"]
    engine.complete("d")
    assert engine.trace(instance) == "s d e | completed"


def test_a_place_inside_a_subprocess_opens_it_with_its_boundary_events(engine: Engine, clock: MovableClock) -> None:
    engine.publish(PATH)
    instance = engine.start()
    engine.modify(instance, [engine.token("a")], Placing("c", {"mine": 1}))
    assert engine.waiting() == ["big", "c"]
    assert engine.due() == {"late": clock.now() + timedelta(hours=1)}
    engine.complete("c")
    assert engine.waiting() == ["d"]


def test_a_subprocess_that_runs_is_not_opened_again(engine: Engine) -> None:
    engine.publish(PATH)
    instance = engine.start()
    engine.complete("a")
    engine.modify(instance, [], "c")
    assert engine.waiting() == ["b", "big", "c"]
    engine.modify(instance, [engine.token("b")])
    engine.modify(instance, [engine.token("c")], "d")
    assert engine.waiting() == ["d"]


def test_cancelling_the_last_token_ends_the_instance(engine: Engine) -> None:
    engine.publish(PATH)
    instance = engine.start()
    engine.complete("a")
    engine.modify(instance, [engine.token("b")])
    assert engine.trace(instance) == "s a bs | cancelled"


def test_a_suspended_instance_is_modified_and_its_new_tasks_wait_with_it(engine: Engine) -> None:
    engine.publish(PATH)
    instance = engine.start()
    engine.suspend(instance)
    engine.modify(instance, [engine.token("a")], "d")
    assert engine.look(lambda context: context.session.scalars(select(UserTask.state).order_by(UserTask.id)).all()) == [
        "cancelled",
        "suspended",
    ]
    engine.resume(instance)
    engine.complete("d")
    assert engine.trace(instance) == "s d e | completed"


EACH = """
start s
user a ; each =xs as x ; collect ys =x * 2{more}
user b
end e
s -> a -> b -> e
"""


def test_a_round_of_a_loop_is_taken_out_and_the_others_decide(engine: Engine) -> None:
    engine.publish(EACH.format(more=""))
    instance = engine.start(xs=[1, 2, 3])
    engine.complete("a")
    rounds = engine.look(
        lambda context: [
            row.id
            for row in context.session.scalars(select(TokenRow).order_by(TokenRow.id))
            if row.data.get("role") == "iteration"
        ]
    )
    engine.modify(instance, [rounds[0]])
    assert engine.waiting() == ["a", "a"]
    engine.complete("a")
    assert engine.waiting() == ["b"]
    assert engine.variables(instance)["ys"] == [2, None, 6]


def test_a_round_that_is_taken_out_lets_the_next_one_begin(engine: Engine) -> None:
    engine.publish(EACH.format(more=" ; sequential"))
    instance = engine.start(xs=[1, 2])
    engine.modify(instance, [engine.token("a", 1)])
    engine.complete("a")
    assert engine.waiting() == ["b"]
    assert engine.variables(instance)["ys"] == [None, 4]


def test_a_flow_lets_a_join_go_on(engine: Engine) -> None:
    text = (
        "start s\nparallel g\nuser a\nuser b\nparallel j\nend e\ns -> g -> a\na -> j #one\ng -> b\nb -> j #two\nj -> e"
    )
    engine.publish(text)
    instance = engine.start()
    engine.complete("a")
    engine.modify(instance, [engine.token("b")], "two")
    assert engine.trace(instance) == "s g a j e | completed"


@pytest.mark.parametrize(
    ("place", "why"), [("nowhere", "no element"), ("late", "not reached by a flow"), ("deep", "is repeated")]
)
def test_what_has_no_sense_is_refused(engine: Engine, place: str, why: str) -> None:
    engine.publish(
        PATH.replace("user d\n", "user d\nsub each ; times 2:\n  start es\n  user deep\n  es -> deep\n").replace(
            "late -> d", "late -> each -> d"
        )
    )
    instance = engine.start()
    with pytest.raises(CannotModify, match=why):
        engine.modify(instance, [], place)
    assert engine.waiting() == ["a"]


# -- migrating ---------------------------------------------------------------------------------------------------------

OLD = """
start s
user a ; candidateGroups agente
boundary late on a ; timer PT2H ; quiet
boundary gone on a ; message stop
user b
end l
end e
s -> a -> b -> e
late -> l
gone -> l
"""
NEW = """
start s
user a Entrevistar ; candidateGroups consul
boundary late on a ; timer PT5H ; quiet
boundary extra on a ; timer PT1H
user inserted
end l
end e
s -> a -> inserted -> e
late -> l
extra -> l
"""


def test_a_task_goes_over_with_who_has_it_and_until_when(engine: Engine, clock: MovableClock) -> None:
    engine.publish(OLD)
    instance = engine.start(key="k")
    task, ana, began = engine.task("a"), new_id(), clock.now()
    engine.do(lambda context: user_tasks.claim(context, task, ana))
    clock.advance(timedelta(minutes=30))
    engine.publish(NEW)

    engine.migrate(instance)

    row = engine.look(lambda context: context.session.get(UserTask, task))
    assert row is not None
    assert (row.assignee_id, row.name) == (ana, "Entrevistar")
    assert engine.look(lambda context: context.session.scalars(select(UserTaskCandidate.value)).all()) == ["consul"]
    assert engine.due() == {
        "late": began + timedelta(hours=2),
        "extra": began + timedelta(minutes=90),
    }
    engine.complete("a")
    assert engine.waiting() == ["inserted"]
    stored = engine.look(lambda context: context.session.get(ProcessInstance, instance))
    assert stored is not None
    assert stored.definition_id == engine.look(_newest)


def test_a_timer_that_has_fired_is_not_set_again(engine: Engine, clock: MovableClock) -> None:
    engine.publish(OLD)
    instance = engine.start(key="k")
    clock.advance(timedelta(hours=3))
    assert engine.fire() == 1
    engine.publish(NEW.replace("boundary extra on a ; timer PT1H\n", "").replace("extra -> l\n", ""))
    engine.migrate(instance)
    assert engine.due() == {}


def test_an_element_that_is_gone_is_named_and_can_be_sent_elsewhere(engine: Engine) -> None:
    engine.publish(OLD)
    instance = engine.start(key="k")
    engine.complete("a")
    engine.publish(NEW)

    plan = engine.look(lambda context: repairs.plan_migration(context, instance, _newest(context)))
    assert [(problem.element_id, "not in the new version" in problem.text.en) for problem in plan.problems] == [
        ("b", True)
    ]
    with pytest.raises(CannotMigrate):
        engine.migrate(instance)
    assert engine.waiting() == ["b"]

    engine.migrate(instance, b="inserted")
    engine.complete("inserted")
    assert engine.trace(instance) == "s a inserted e | completed"


def test_an_element_of_another_kind_is_named(engine: Engine) -> None:
    engine.publish(OLD)
    instance = engine.start(key="k")
    engine.publish("start s\nservice a ; job work\nend e\ns -> a -> e")
    with pytest.raises(CannotMigrate, match="another kind"):
        engine.migrate(instance)


def test_another_process_is_refused(engine: Engine) -> None:
    engine.publish(OLD)
    instance = engine.start(key="k")
    engine.publish(NEW, process="q")
    with pytest.raises(CannotMigrate, match="no version of the same process"):
        engine.do(
            lambda context: repairs.migrate(context, instance, registry.latest(context, "q").id),
        )


def test_a_mended_version_heals_an_incident(engine: Engine) -> None:
    engine.publish("start s\nuser a ; each =xs as x\nend e\ns -> a -> e")
    instance = engine.start(xs="not a list")
    [incident] = engine.incidents()
    engine.publish("start s\nuser a ; each =[xs] as x\nend e\ns -> a -> e")

    engine.migrate(instance)
    stored = engine.look(lambda context: context.session.get(Incident, incident.id))
    assert stored is not None
    assert stored.definition_id == engine.look(_newest)
    engine.do(lambda context: incidents.retry(context, incident.id))
    engine.complete("a")
    assert engine.trace(instance) == "s a e | completed"


def test_joins_loops_subprocesses_and_compensation_go_over(engine: Engine) -> None:
    text = """
start s
parallel g
user a
boundary undo on a ; compensate
task back ; undo
association as1 undo back
parallel j
sub box:
  start bs
  user b ; each =xs as x ; collect ys =x
  event late:
    start ls ; message hurry ; quiet
    end le
    ls -> le
  end be
  bs -> b -> be
throw t ; compensate
{more}
end e
s -> g -> a -> j
g -> box -> j
j -> t -> {end}
"""
    engine.publish(text.format(more="", end="e"))
    instance = engine.start(key="k", xs=[1, 2])
    engine.complete("a")
    engine.complete("b")
    engine.publish(text.format(more="user extra", end="extra -> e"))

    engine.migrate(instance)

    engine.do(lambda context: messages.publish(context, "hurry", "k"))
    engine.complete("b")
    assert engine.trace(instance) == "s g bs a b ls le late b be box j back t | active"
    assert engine.variables(instance)["ys"] == [1, 2]
    engine.complete("extra")
    assert engine.trace(instance).endswith("t extra e | completed")


def test_a_completion_after_a_migration_that_was_not_seen_is_a_conflict(engine: Engine) -> None:
    engine.publish(OLD)
    instance = engine.start(key="k")
    task = engine.task("a")
    seen = engine.look(lambda context: context.session.get(UserTask, task))
    assert seen is not None
    engine.publish(NEW)
    engine.migrate(instance)
    with pytest.raises(Conflict):
        engine.do(lambda context: user_tasks.complete(context, task, {}, version=seen.version))
    assert engine.look(lambda context: timers.due(context)) == []
