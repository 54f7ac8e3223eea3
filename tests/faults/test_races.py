"""Two commands on the same thing at once: one wins, the other is told, and nothing is left half done."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import func, select

from engine.clock import MovableClock
from engine.definitions import deploy, registry
from engine.errors import EngineError
from engine.runtime import instances, leasing, messages, repairs, state, timers, user_tasks
from engine.runtime.checking import check
from engine.runtime.worker import WorkerActor
from engine.store import Context, Store
from engine.store.tables.base import new_id
from engine.store.tables.runtime import ActivityHistory, ProcessInstance, SubscriptionRow, UserTask
from tests.conformance.diagram import bpmn

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
ROUNDS = int(os.environ.get("SIPROC_RACES", "120"))  # each on both databases; more for a long look
MODEL = """
start s
user a
boundary late on a ; timer PT1H
user b
end e
end l
s -> a -> b -> e
late -> l
"""
WAITS = "start s\ncatch m ; message answer =key\nuser b\nend e\ns -> m -> b -> e"
JOB = "start s\nservice j ; job work\nend e\ns -> j -> e"
Command = Callable[[Context], object]


class Arena:
    """A store in which two commands are let loose together."""

    def __init__(self, store: Store, text: str) -> None:
        self.store = store
        self.pool = ThreadPoolExecutor(2)
        self.publish(text)

    def publish(self, text: str) -> None:
        self.store.transact(lambda context: deploy.deploy(context, {"p.bpmn": bpmn(text)}), WorkerActor())

    def start(self, **variables: object) -> UUID:
        return self.store.transact(
            lambda context: instances.start(context, "p", variables=variables).instance_id, WorkerActor()
        )

    def one(self, query: object) -> UUID:
        return self.store.read(lambda context: context.session.scalars(query).one(), WorkerActor())  # type: ignore[call-overload, no-any-return]

    def race(self, *commands: Command) -> list[str]:
        """Each command's outcome: ``done``, ``nothing`` where it found nothing to do, or the error's code."""
        together = Barrier(len(commands))
        state.forget_all()

        def run(command: Command) -> str:
            together.wait(10)
            try:
                return "nothing" if self.store.transact(command, WorkerActor()) is False else "done"
            except EngineError as error:
                return error.code

        return list(self.pool.map(run, commands))

    def whole(self) -> None:
        assert self.store.read(lambda context: check(context), WorkerActor()) == []

    def times(self, instance: UUID, element: str) -> int:
        query = select(func.count()).where(
            ActivityHistory.instance_id == instance,
            ActivityHistory.element_id == element,
            ActivityHistory.action == "completed",
        )
        return self.store.read(lambda context: context.session.scalar(query) or 0, WorkerActor())


def task_of(arena: Arena, instance: UUID) -> UUID:
    return arena.one(select(UserTask.id).where(UserTask.instance_id == instance, UserTask.state == "open"))


def test_of_two_completions_one_wins(store: Store) -> None:
    arena = Arena(store, MODEL)
    for _ in range(ROUNDS):
        instance = arena.start()
        task = task_of(arena, instance)

        def complete(context: Context, task: UUID = task) -> object:
            return user_tasks.complete(context, task, {})

        assert sorted(arena.race(complete, complete)) == ["conflict", "done"]
        assert arena.times(instance, "a") == 1
    arena.whole()


def test_a_completion_and_the_timer_at_its_border(store: Store, clock: MovableClock) -> None:
    arena = Arena(store, MODEL)
    for _ in range(ROUNDS):
        instance = arena.start()
        task = task_of(arena, instance)
        timer = arena.one(select(SubscriptionRow.id).where(SubscriptionRow.instance_id == instance))
        clock.advance(timedelta(hours=2))
        outcome = arena.race(
            lambda context, task=task: user_tasks.complete(context, task, {}),  # type: ignore[misc]
            lambda context, timer=timer: timers.fire(context, timer),  # type: ignore[misc]
        )
        assert outcome in (["done", "nothing"], ["conflict", "done"])
        assert arena.times(instance, "a") + arena.times(instance, "late") == 1
    arena.whole()


def test_a_message_and_a_cancellation(store: Store) -> None:
    arena = Arena(store, WAITS)
    for number in range(ROUNDS):
        instance = arena.start(key=str(number))
        outcome = arena.race(
            lambda context, key=str(number): messages.publish(context, "answer", key),  # type: ignore[misc]
            lambda context, instance=instance: instances.cancel(context, instance),  # type: ignore[misc]
        )
        assert outcome == ["done", "done"]  # the message finds its receiver or nobody; neither is an error
        assert arena.times(instance, "m") <= 1
    arena.whole()


def test_a_migration_and_a_completion(store: Store) -> None:
    arena = Arena(store, MODEL)
    waiting = [arena.start() for _ in range(ROUNDS)]
    arena.publish(MODEL.replace("user b\n", "user b Otra vez\n"))
    target = store.read(lambda context: registry.latest(context, "p").id, WorkerActor())
    for instance in waiting:
        task = task_of(arena, instance)
        seen = store.read(lambda context, task=task: context.session.get(UserTask, task).version, WorkerActor())  # type: ignore[misc, union-attr]
        outcome = arena.race(
            lambda context, task=task, seen=seen: user_tasks.complete(context, task, {}, version=seen),  # type: ignore[misc]
            lambda context, instance=instance: repairs.migrate(context, instance, target),  # type: ignore[misc]
        )
        assert outcome in (["done", "done"], ["outdated", "done"])
    arena.whole()


def test_two_who_claim_the_same_task(store: Store) -> None:
    arena = Arena(store, MODEL)
    for _ in range(ROUNDS):
        task = task_of(arena, arena.start())

        def claim(context: Context, task: UUID = task) -> object:
            return user_tasks.claim(context, task, new_id())

        outcome = arena.race(claim, claim)
        assert sorted(outcome) == ["conflict", "done"]
    arena.whole()


def test_two_workers_never_hold_the_same_job(store: Store) -> None:
    arena = Arena(store, JOB)
    for _ in range(ROUNDS):
        arena.start()
    taken: list[UUID] = []

    def lease(context: Context) -> object:
        found = [item.job_id for item in leasing.lease(context, 1)]
        if found:
            taken.extend(found)
        return bool(found)

    for _ in range(ROUNDS):
        arena.race(lease, lease)
    assert len(taken) == len(set(taken)) == ROUNDS


def test_a_message_that_is_sent_twice_with_one_id_comes_once(store: Store) -> None:
    arena = Arena(store, WAITS)
    for number in range(ROUNDS):
        instance = arena.start(key=str(number))

        def publish(context: Context, key: str = str(number)) -> object:
            return messages.publish(context, "answer", key, ttl=timedelta(hours=1), message_id=f"id-{key}")

        assert arena.race(publish, publish) == ["done", "done"]
        assert arena.times(instance, "m") == 1
    arena.whole()


def test_a_message_that_is_kept_and_the_receiver_that_arrives_never_miss_each_other(store: Store) -> None:
    arena = Arena(store, "start s\nuser a\ncatch m ; message answer =key\nend e\ns -> a -> m -> e")
    for number in range(ROUNDS):
        instance = arena.start(key=str(number))
        task = task_of(arena, instance)
        outcome = arena.race(
            lambda context, key=str(number): messages.publish(context, "answer", key, ttl=timedelta(hours=1)),  # type: ignore[misc]
            lambda context, task=task: user_tasks.complete(context, task, {}),  # type: ignore[misc]
        )
        assert outcome == ["done", "done"]
        assert arena.times(instance, "m") == 1
    arena.whole()


def test_a_message_and_a_receiver_that_holds_what_the_message_needs(store: Store) -> None:
    """One branch waits already, another arrives at the same message: they wait for each other's rows, and both go on."""
    arena = Arena(
        store,
        "start s\nparallel g\nuser a\ncatch m ; message answer =key\ncatch n ; message answer =key\nend e\nend f\n"
        "s -> g -> a -> m -> e\ng -> n -> f",
    )
    for number in range(max(ROUNDS // 15, 5)):
        instance = arena.start(key=str(number))
        task = task_of(arena, instance)
        outcome = arena.race(
            lambda context, key=str(number): messages.publish(context, "answer", key, ttl=timedelta(hours=1)),  # type: ignore[misc]
            lambda context, task=task: user_tasks.complete(context, task, {}),  # type: ignore[misc]
        )
        assert outcome == ["done", "done"]
        assert arena.times(instance, "m") + arena.times(instance, "n") >= 1
    arena.whole()


def test_one_message_name_and_key_start_one_instance_at_a_time(store: Store) -> None:
    arena = Arena(store, "start s ; message order\nuser a\nend e\ns -> a -> e")
    for number in range(ROUNDS):

        def publish(context: Context, key: str = str(number)) -> object:
            return messages.publish(context, "order", key)

        assert arena.race(publish, publish) == ["done", "done"]
        key = f"order\n{number}"
        count = store.read(
            lambda context, key=key: context.session.scalar(  # type: ignore[misc]
                select(func.count()).select_from(ProcessInstance).where(ProcessInstance.start_key == key)
            ),
            WorkerActor(),
        )
        assert count == 1
    arena.whole()
