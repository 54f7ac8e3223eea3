"""Makes the demo: offices, people, and cases that were worked on for weeks by the engine's own commands."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import accounts, policy
from engine.access.actors import SYSTEM, Actor
from engine.actions import cases, tasks
from engine.actions.demo import papers, phonebook, relations
from engine.actions.demo.cast import PEOPLE
from engine.actions.demo.guided import TOLD, Guided
from engine.actions.demo.stories import Story, tell
from engine.actions.filling import answers
from engine.clock import MovableClock
from engine.errors import EngineError
from engine.files.room import FileRoom
from engine.handlers import HANDLERS
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.access import User
from engine.store.tables.runtime import UserTask, UserTaskCandidate
from engine.worklist import reminders

log = logging.getLogger(__name__)

DEMO_PASSWORD = "consulado-de-prueba"  # noqa: S105 - printed for everybody, and refused outside the demo's own data
WEEKS = 5
LONG_AGO = 26  # weeks: before any case began
BRISK = (0.05, 0.1, 0.2, 0.3, 0.5, 1)  # hours between two steps of a told case: its terms are kept
PACE = 4.5  # hours between two steps of a case, about
SEED = 7
TAKEN = 0.55


class Demo:
    """One run of the story-teller over one store."""

    def __init__(self, store: Store, seed: int) -> None:
        self.real = store.clock
        self.store = store
        self.random = Random(seed)  # noqa: S311 - stories, not secrets
        self.actors: dict[str, Actor] = {}
        self.cases: dict[int, UUID] = {}  # by the number of their story

    def people(self) -> None:
        """Make the accounts."""

        def work(context: Context) -> dict[str, Actor]:
            made = {}
            for member in PEOPLE:
                user_id = accounts.create_user(
                    context,
                    email=member.email,
                    name=member.name,
                    office_code=member.office,
                    roles=member.roles,
                    password=DEMO_PASSWORD,
                )
                accounts.set_clearances(context, user_id, member.clearances)
                made[str(user_id)] = Actor(
                    user_id,
                    member.name,
                    member.office,
                    frozenset(member.roles),
                    clearances=frozenset(member.clearances),
                )
            return made

        self.actors = self.store.transact(work, SYSTEM)

    def play(self, count: int, processes: Path | None, say: Callable[[str], Any]) -> int:
        """Play ``count`` cases side by side in the order of time, up to the present. Returns how many there are.

        A third of them goes as the scenarios below ``processes`` tell.
        """
        end = self.real.now()
        clock = MovableClock(end - timedelta(weeks=LONG_AGO))
        self.store.clock = clock
        worker = Worker(self.store, HANDLERS, [reminders.sweep])
        queue: list[tuple[datetime, int, Story | Guided, UUID | None, int]] = []
        root = processes or Path()
        told = TOLD[: count // 3] if processes is not None else ()
        for number, (file, days) in enumerate(told):
            names = tell(self.random, number, end.year).names
            guided = Guided(
                root / file,
                self.store,
                clock,
                worker,
                names=names,
                member=self.cleared,
                actors=list(self.actors.values()),
            )
            begins = end - timedelta(days=days, hours=self.random.uniform(0, 12))
            heapq.heappush(queue, (begins, count + number, guided, None, 0))
        for number in range(count - len(told)):
            free = tell(self.random, number, end.year)
            # Most cases have come as far as they should by now; some were forgotten on the way.
            forgotten = self.random.choice((0, 0, 0, 0, 36, 240))
            hours = min(4 + free.steps * PACE + forgotten + self.random.uniform(0, 20), WEEKS * 7 * 24)
            heapq.heappush(queue, (end - timedelta(hours=hours), number, free, None, 0))
        made = 0
        try:
            while queue:
                at, number, story, case_id, step = heapq.heappop(queue)
                if at > end:
                    continue
                clock.set(at)
                worker.run_due()
                if isinstance(story, Guided):
                    then = self.guide(story)
                    if then is not None:
                        pause = timedelta(hours=self.random.choice(BRISK))
                        heapq.heappush(queue, (then + pause, number, story, None, step + 1))
                    made += step == 0
                    continue
                case_id, on = self.act(story, case_id)
                if case_id is not None:
                    self.cases[number] = case_id
                worker.run_due()
                if step == 0:
                    made += 1
                    if made % 20 == 0:
                        say(f"  {made} expedientes…")
                if on and step < story.steps and case_id is not None:
                    pause = timedelta(hours=self.random.choice((0.2, 0.5, 1, 3, 8, 14)))
                    heapq.heappush(queue, (at + pause, number, story, case_id, step + 1))
            clock.set(end)
            worker.run_due()
            self.take_some()
        finally:
            self.store.clock = self.real
        return made

    def take_some(self) -> None:
        """Some of the open tasks are in somebody's hands."""
        ids = self.store.read(
            lambda context: list(
                context.session.scalars(
                    select(UserTask.id)
                    .where(UserTask.state == "open", UserTask.assignee_id.is_(None))
                    .order_by(UserTask.id)
                )
            ),
            SYSTEM,
        )
        for task_id in ids:
            found = self.store.read(lambda context, id=task_id: self.offered(context, id), SYSTEM)  # type: ignore[misc]
            actor = self.who(*found)
            if actor is not None and self.random.random() < TAKEN:
                self.store.transact(lambda context, id=task_id: tasks.claim_task(context, id), actor)  # type: ignore[misc]

    @staticmethod
    def offered(context: Context, task_id: UUID) -> tuple[UserTask, list[UserTaskCandidate]]:
        """A task and whom it is offered to."""
        task = context.session.get(UserTask, task_id)
        assert task is not None
        query = select(UserTaskCandidate).where(UserTaskCandidate.task_id == task_id)
        return task, list(context.session.scalars(query))

    def act(self, story: Story, case_id: UUID | None) -> tuple[UUID | None, bool]:
        """One step of a case: open it, or complete its next task. Whether there may be another."""
        if case_id is None:
            opener = self.member(story.office, "agente")
            case_id, _ = self.store.transact(cases.open_case, opener)
        task = self.store.read(lambda context: self.next_task(context, case_id), SYSTEM)
        if task is None:
            return case_id, True
        actor = self.who(*task)
        if actor is None:
            return case_id, False
        task_id = task[0].id

        def work(context: Context) -> None:
            view = tasks.taken(context, task_id)
            tasks.complete_task(context, task_id, answers(context, view, self.random, story.answers))

        try:
            self.store.transact(work, actor)
        except EngineError:
            return case_id, False
        return case_id, True

    def guide(self, story: Guided) -> datetime | None:
        """The next step of a told case. Returns from when on there may be another; None where it stays as it is."""
        try:
            then = story.go_on()
        except EngineError as error:
            log.info("%s stays at its step: %s", story.scenario.title, error)
            return None
        story.worker.run_due()
        return then

    def cleared(self, role: str, office: str, case_id: UUID | None) -> Actor:
        """Somebody with a role who may be offered a case: of the office, else of any."""
        having = [actor for actor in self.actors.values() if role in actor.roles]
        having.sort(key=lambda actor: actor.office_code != office)
        fitting = [actor for actor in having if case_id is None or self.may_take(case_id, actor)]
        return (fitting or having)[0]

    def member(self, office: str, role: str) -> Actor:
        """Somebody of an office with a role."""
        return next(a for a in self.actors.values() if a.office_code == office and role in a.roles)

    @staticmethod
    def next_task(context: Context, case_id: UUID | None) -> tuple[UserTask, list[UserTaskCandidate]] | None:
        """The case's oldest open task and whom it is offered to."""
        task = context.session.scalars(
            select(UserTask)
            .where(UserTask.case_id == case_id, UserTask.state == "open")
            .order_by(UserTask.created_at, UserTask.id)
            .limit(1)
        ).first()
        if task is None:
            return None
        return Demo.offered(context, task.id)

    def fits(self, task: UserTask, actor: Actor) -> bool:
        """Whether the task's case may be offered to somebody."""
        return task.case_id is None or self.may_take(task.case_id, actor)

    def may_take(self, case_id: UUID, actor: Actor) -> bool:
        """Whether a case may be offered to somebody."""
        return self.store.read(lambda context: policy.case_fits(context, actor, case_id), actor)

    def who(self, task: UserTask, offered: list[UserTaskCandidate]) -> Actor | None:
        """Who does a task: its assignee, else somebody whom it is offered to."""
        if task.assignee_id is not None:
            return self.actors.get(str(task.assignee_id))
        for candidate in offered:
            for actor in self.actors.values():
                here = candidate.value in actor.roles and candidate.office_code == actor.office_code
                if here and self.fits(task, actor):
                    return actor
        return None


def build(
    store: Store,
    *,
    cases: int = 56,
    seed: int = SEED,
    say: Callable[[str], Any] = lambda text: None,
    room: FileRoom | None = None,
    processes: Path | None = None,
) -> int:
    """Make the demo data, with files where there is a room for them and told cases where there are ``processes``; 0 where they are there already. The store's clock is moved meanwhile and given back."""
    first = PEOPLE[0].email
    if store.read(lambda context: context.session.scalar(select(User.id).where(User.email == first)), SYSTEM):
        return 0
    demo = Demo(store, seed)
    demo.people()
    made = demo.play(cases, processes, say)
    phonebook.furnish(store, demo.actors)
    relations.furnish(store, demo.actors.values(), demo.cases)
    if room is not None:
        papers.furnish(store, room, list(demo.actors.values()), demo.random)
    return made
