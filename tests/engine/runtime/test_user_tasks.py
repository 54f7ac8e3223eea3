"""User tasks: one wins, the other is told; claims, versions and what a task carries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.clock import MovableClock
from engine.errors import Conflict, EngineError, NotFound
from engine.runtime import instances, state, timers, user_tasks
from engine.runtime.worker import WorkerActor
from engine.store.tables.base import new_id
from engine.store.tables.runtime import UserTask, UserTaskCandidate
from tests.engine.runtime.conftest import Engine

TEXT = "start s\nuser a\nuser b\nend e\ns -> a -> b -> e"


def test_of_two_who_complete_the_same_task_one_wins_and_the_other_is_told(engine: Engine) -> None:
    engine.publish(TEXT)
    instance = engine.start()
    task = engine.task("a")
    together = Barrier(2)

    def complete(who: int) -> str:
        together.wait(10)
        try:
            engine.store.transact(lambda context: user_tasks.complete(context, task, {"who": who}), WorkerActor())
        except Conflict as error:
            return str(error.text.en)
        return "won"

    state.forget_all()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(complete, [1, 2]))
    assert sorted(answers) == ["The task has been completed already.", "won"]
    assert engine.trace(instance) == "s a | active"
    assert engine.variables(instance)["who"] == answers.index("won") + 1


def test_completing_and_a_timer_at_the_same_instant_have_one_outcome(engine: Engine, clock: MovableClock) -> None:
    engine.publish("start s\nuser a\nboundary b on a ; timer PT1H\ntask h\nend e\ns -> a -> e\nb -> h")
    instance = engine.start()
    task = engine.task("a")
    clock.advance(timedelta(hours=1))
    [(timer, _)] = engine.look(lambda context: timers.due(context))
    together = Barrier(2)

    def complete() -> bool:
        together.wait(10)
        try:
            engine.store.transact(lambda context: user_tasks.complete(context, task, {}), WorkerActor())
        except Conflict:
            return False
        return True

    def fire() -> bool:
        together.wait(10)
        return engine.store.transact(lambda context: timers.fire(context, timer), WorkerActor())

    state.forget_all()
    with ThreadPoolExecutor(2) as pool:
        completed, fired = pool.submit(complete), pool.submit(fire)
        assert completed.result() != fired.result()
    expected = "s a e | completed" if completed.result() else "s b h | completed"
    assert engine.trace(instance) == expected


def test_two_branches_completed_at_once_both_count(engine: Engine) -> None:
    engine.publish("start s\nparallel g\nuser a\nuser b\nparallel j\nend e\ns -> g -> a -> j -> e\ng -> b -> j")
    instance = engine.start()
    tasks = {name: engine.task(name) for name in "ab"}
    together = Barrier(2)

    def complete(name: str) -> None:
        together.wait(10)
        engine.store.transact(lambda context: user_tasks.complete(context, tasks[name], {name: 1}), WorkerActor())

    state.forget_all()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(complete, "ab"))
    assert engine.trace(instance) in ("s g a b j e | completed", "s g b a j e | completed")
    assert engine.variables(instance) == {"a": 1, "b": 1}


def test_a_completed_task_cannot_be_completed_again(engine: Engine) -> None:
    engine.publish(TEXT)
    engine.start()
    task = engine.task("a")
    engine.complete("a")
    with pytest.raises(Conflict):
        engine.do(lambda context: user_tasks.complete(context, task, {}))


def test_a_task_that_is_gone_says_so(engine: Engine) -> None:
    engine.publish("start s\nuser a\nboundary b on a ; signal g\ntask h\ns -> a\nb -> h")
    instance = engine.start()
    task = engine.task("a")
    engine.do(lambda context: instances.cancel(context, instance))
    with pytest.raises(Conflict):
        engine.do(lambda context: user_tasks.complete(context, task, {}))
    assert engine.trace(instance) == "s | cancelled"


def test_a_task_that_never_was_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.do(lambda context: user_tasks.complete(context, new_id(), {}))


def test_a_version_that_is_old_is_refused(engine: Engine) -> None:
    engine.publish(TEXT)
    engine.start()
    task, ana = engine.task("a"), new_id()
    engine.do(lambda context: user_tasks.claim(context, task, ana, version=1))
    with pytest.raises(Conflict):
        engine.do(lambda context: user_tasks.complete(context, task, {}, version=1))
    engine.do(lambda context: user_tasks.complete(context, task, {}, version=2))


def holder(engine: Engine, task: UUID) -> UUID | None:
    return engine.look(lambda context: context.session.get(UserTask, task)).assignee_id  # type: ignore[union-attr]


def test_a_claimed_task_is_taken_until_it_is_released(engine: Engine) -> None:
    engine.publish(TEXT)
    engine.start()
    task, ana, beto = engine.task("a"), new_id(), new_id()
    engine.do(lambda context: user_tasks.claim(context, task, ana))
    engine.do(lambda context: user_tasks.claim(context, task, ana))
    with pytest.raises(Conflict):
        engine.do(lambda context: user_tasks.claim(context, task, beto))
    with pytest.raises(Conflict):
        engine.do(lambda context: user_tasks.release(context, task, beto))
    engine.do(lambda context: user_tasks.release(context, task, ana))
    assert holder(engine, task) is None
    engine.do(lambda context: user_tasks.assign(context, task, beto))
    engine.do(lambda context: user_tasks.assign(context, task, ana))
    assert holder(engine, task) == ana


def test_of_two_who_claim_one_gets_it(engine: Engine) -> None:
    engine.publish(TEXT)
    engine.start()
    task, people = engine.task("a"), [new_id(), new_id()]
    together = Barrier(2)

    def claim(user: UUID) -> bool:
        together.wait(10)
        try:
            engine.store.transact(lambda context: user_tasks.claim(context, task, user), WorkerActor())
        except EngineError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(claim, people))
    assert sorted(got) == [False, True]
    assert holder(engine, task) == people[got.index(True)]


def test_a_task_carries_what_the_diagram_says(engine: Engine, clock: MovableClock) -> None:
    ana = new_id()
    engine.publish(
        """
        start s
        user a ; name Visitar ; candidateGroups agente, consul ; candidateUsers =[who] ; assignee =who ; priority 80 ; dueDate =now() + duration("PT4H") ; followUpDate =now() + duration("PT2H") ; header oficina HN-TGU ; inner <documentation>Lleve agua.</documentation>
        s -> a
        """
    )
    engine.start(who=str(ana))
    task = engine.task("a")
    row = engine.look(lambda context: context.session.get(UserTask, task))
    assert row is not None
    assert (row.name, row.documentation, row.priority) == ("Visitar", "Lleve agua.", 80)
    assert (row.assignee_id, row.office_code) == (ana, "HN-TGU")
    assert row.due_at == clock.now() + timedelta(hours=4)
    assert row.follow_up_at == clock.now() + timedelta(hours=2)
    candidates = engine.look(lambda context: context.session.scalars(select(UserTaskCandidate)).all())
    assert {(item.kind, item.value, item.office_code) for item in candidates} == {
        ("group", "agente", "HN-TGU"),
        ("group", "consul", "HN-TGU"),
        ("user", str(ana), "HN-TGU"),
    }


def test_a_task_says_which_of_its_kind_it_is(engine: Engine) -> None:
    engine.publish(
        """
        start s
        user a ; name Buscar ; header detalle =place
        user b ; name Buscar ; header detalle =nothing
        s -> a -> b
        """
    )
    engine.start(place="Hospital de Veracruz")
    first = engine.task("a")
    assert engine.look(lambda context: context.session.get(UserTask, first).name) == "Buscar: Hospital de Veracruz"  # type: ignore[union-attr]

    engine.complete("a")
    second = engine.task("b")
    assert engine.look(lambda context: context.session.get(UserTask, second).name) == "Buscar"  # type: ignore[union-attr]


def test_a_draft_is_kept_and_changes_no_version(engine: Engine) -> None:
    engine.publish(TEXT)
    engine.start()
    task = engine.task("a")
    engine.do(lambda context: user_tasks.save_draft(context, task, {"x": "a medias"}))
    row = engine.look(lambda context: context.session.get(UserTask, task))
    assert row is not None
    assert (row.draft, row.version) == ({"x": "a medias"}, 1)
    engine.complete("a")
    with pytest.raises(NotFound):
        engine.do(lambda context: user_tasks.save_draft(context, task, {}))


def test_a_running_case_keeps_its_version(engine: Engine) -> None:
    engine.publish("start s\nuser a\nuser b\ns -> a -> b")
    old = engine.start()
    engine.publish("start s\nuser a\nuser c\ns -> a -> c")
    new = engine.start()
    engine.complete("a", old)
    engine.complete("a", new)
    assert engine.task("b", old)
    assert engine.task("c", new)
