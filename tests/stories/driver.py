"""Brings a case forward as officers do: each step is found in somebody's list, taken, answered and sent over HTTP.

What the engine is asked from inside is only what a person would know anyway: which answers are plausible, whom a task is
offered to, and when the next term falls due.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import func, or_, select

from engine.access.actors import SYSTEM, Actor
from engine.access.matrix import EVERYWHERE
from engine.actions import events
from engine.actions.demo.cast import PEOPLE, Member
from engine.actions.demo.guided import chain
from engine.actions.filling import answers
from engine.actions.scenarios.reading import Step
from engine.actions.tasks import read_task
from engine.bpmn.timers import as_duration
from engine.clock import MovableClock
from engine.runtime import timers
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile, CaseLink
from engine.store.tables.runtime import ProcessInstance, SubscriptionRow, UserTask, UserTaskCandidate
from tests.actors import actor_of
from tests.webui.api.conftest import Program, make_key
from tests.webui.conftest import Browser

PROCESSES = Path(__file__).parent.parent.parent / "processes"
YEAR = 365  # days; the longest that a key may live


@dataclass
class Story:
    """A case and those who work on it."""

    store: Store
    clock: MovableClock
    worker: Worker
    window: Callable[[], Browser]
    printed: list[str]  # what was set into letters since the story began
    asked: list[dict[str, Any]] = field(default_factory=list)  # the questions of all forms so far
    office: str = "MX-TAP"
    case: str = ""
    first: str = ""  # the case that the story began with
    first_hand: dict[str, str] = field(default_factory=dict)  # who of an office's people has a role before the others
    _programs: dict[str, Program] = field(default_factory=dict)
    _left: list[Step] = field(default_factory=list)

    # -- people ------------------------------------------------------------------------------------------------------

    def program(self, who: str) -> Program:
        """The program with which somebody works, by a key of their own."""
        if who not in self._programs:
            client: FlaskClient = self.window().client.application.test_client(use_cookies=False)
            self._programs[who] = Program(client, make_key(self.store, who, days=YEAR))
        return self._programs[who]

    def page(self, who: str) -> Browser:
        """A window in which somebody has just signed in."""
        return self.window().sign_in(who)

    def _members(self, role: str, office: str) -> list[Member]:
        """Who has a role at an office, the first hand first; those whose roles reach everywhere are at headquarters."""
        found = [
            member
            for member in PEOPLE
            if role in member.roles and (role in EVERYWHERE or member.office == office)
        ]  # fmt: skip
        return sorted(found, key=lambda member: login(member) != self.first_hand.get(f"{role} {office}"))

    # -- beginning ---------------------------------------------------------------------------------------------------

    def opens(self, who: str) -> None:
        """Somebody opens a case in the browser, and its first task is theirs."""
        answer = self.page(who).post("/casos")
        assert answer.status_code == 302, answer.text
        [line] = self.program(who).get("/cases")["items"]
        self.case = self.first = line["id"]
        self.office = line["office"]
        self.worker.run_due()

    def follows(self, scenario: str) -> None:
        """The story goes as a scenario tells, with all that it follows; ``until`` and ``to_the_end`` bring it forward."""
        self._left = [step for _, step in chain(PROCESSES / scenario) if step.verb != "reabre"]

    def until(self, subject: str) -> None:
        """Do what the scenario says up to a step: before a task is completed, a message comes, a term falls due."""
        while self._left[0].subject != subject:
            self._do(self._left.pop(0))

    def skip(self, subject: str) -> None:
        """Leave out the scenario's next step: the story told it in its own way."""
        assert self._left.pop(0).subject == subject

    def to_the_end(self) -> None:
        """Do all that the scenario says still."""
        while self._left:
            self._do(self._left.pop(0))

    def _do(self, step: Step) -> None:
        said = dict(step.beside.get("con") or {})
        match step.verb:
            case "completa":
                self.completes(str(step.subject), by=step.beside.get("por"), **said)
            case "llega":
                self.hears(str(step.subject), **said)
            case "vence":
                self.waits_until_due(str(step.subject))
            case "pasa":
                self.waits(as_duration(str(step.subject)).after(self.clock.now()) - self.clock.now())
            case "en_caso":
                self.turns_to(str(step.subject))
            case _:
                raise AssertionError(step.verb)

    # -- doing -------------------------------------------------------------------------------------------------------

    def completes(self, element_id: str, by: str | None = None, **said: Any) -> str:
        """Somebody whom a task is offered to sees it in their list, takes it, answers and sends it. Returns who it was.

        ``by``: with which role, where it is offered to several. What is not ``said`` is answered plausibly.
        """
        row = self._task(element_id)
        task = str(row.id)
        who = self._who_sees(row, by)
        program = self.program(who)
        seen = program.get(f"/tasks/{task}")
        if seen["may_claim"]:
            assert program.post(f"/tasks/{task}/claim").status_code == 200
            seen = program.get(f"/tasks/{task}")
        assert seen["may_complete"], (element_id, who)
        values = {name: self._sent(value) for name, value in said.items()}
        if seen["form"] is not None:
            self.asked += seen["form"]["fields"]
            known = {bare(question["name"]) for question in seen["form"]["fields"]}
            assert {bare(name) for name in values} <= known, (element_id, set(values) - known)
            values = {**self.plausible(who, task, values), **values}
        answer = program.post(f"/tasks/{task}/complete", {"values": values})
        assert answer.status_code == 200, (element_id, who, answer.text)
        self.worker.run_due()
        return who

    def _who_sees(self, row: UserTask, role: str | None) -> str:
        """Who does a task: of those with a role that it is offered to, the first who finds it in their list."""
        asked = []
        for offered, office in self._offers(row.id):
            if role in (None, offered):
                asked += [login(member) for member in self._members(offered, office or self.office)]
        holder = self._holder(row)
        asked = [holder] if holder and role is None else [*asked, *([holder] if holder else [])]
        for who in dict.fromkeys(asked):
            if any(str(row.id) in self.listed(who, view) for view in ("mine", "unclaimed")):
                return who
        raise AssertionError(f"nobody of {asked} finds {row.element_id} in their list")

    def listed(self, who: str, view: str = "mine") -> list[str]:
        """The tasks in a view of somebody's list."""
        return [item["id"] for item in self.program(who).get(f"/tasks?view={view}")["items"]]

    def hears(self, message: str, texto: str = "", **said: Any) -> None:
        """Who has the case reports, on its page, something that it waits for, and answers what the page then asks."""
        page, address = self.page(self._reader()), f"/casos/{self.case}/hechos"
        assert f'value="{message}"' in page.get(f"/casos/{self.case}"), f"nothing waits for {message}"
        answer = page.post(address, mensaje=message, texto=texto)
        if answer.status_code == 200:
            assert f'name="preguntado" value="{message}"' in answer.text
            asked = self.store.read(lambda context: events.asked(context, UUID(self.case), message), SYSTEM)
            sent = {name: self._sent(value) for name, value in said.items()}
            for name in sent:
                assert f'name="{name}"' in answer.text, f"{message} does not ask {name}"
            values = self.store.read(lambda context: answers(context, asked, Random(1), sent), SYSTEM)
            answer = page.post(address, mensaje=message, texto=texto, preguntado=message, **{**values, **sent})
        else:
            assert not said, f"{message} asks nothing"
        assert answer.status_code == 302, answer.text
        self.worker.run_due()

    def turns_to(self, which: str) -> None:
        """Go on with the case of the beginning (``principal``), or with the newest linked to it (``conexo``)."""
        if which == "principal":
            self.case = self.first
        else:
            ends = select(CaseLink).where(
                or_(CaseLink.from_case_id == UUID(self.case), CaseLink.to_case_id == UUID(self.case))
            )
            links = self.store.read(
                lambda context: context.session.scalars(ends.order_by(CaseLink.created_at)).all(), SYSTEM
            )
            self.case = next(str(id) for id in (links[-1].to_case_id, links[-1].from_case_id) if str(id) != self.case)

    # -- time --------------------------------------------------------------------------------------------------------

    def waits(self, span: timedelta) -> None:
        """Time passes; what falls due, falls due in its order."""
        target = self.clock.now() + span
        while due := self.store.read(lambda context: timers.due(context, 1, target), SYSTEM):
            self.clock.set(max(due[0][1], self.clock.now()))
            self.worker.run_due()
        self.clock.set(target)
        self.worker.run_due()

    def waits_until_due(self, element_id: str) -> None:
        """Time passes until a timer of the case falls due."""
        query = (
            select(func.min(SubscriptionRow.due_at))
            .join(ProcessInstance, ProcessInstance.id == SubscriptionRow.instance_id)
            .where(ProcessInstance.case_id == UUID(self.case), SubscriptionRow.element_id == element_id)
        )
        at: datetime | None = self.store.read(lambda context: context.session.scalar(query), SYSTEM)
        assert at is not None, f"{element_id} waits for no time"
        self.waits(max(at - self.clock.now(), timedelta()))

    # -- looking -----------------------------------------------------------------------------------------------------

    def facts(self, who: str | None = None) -> Any:
        """The case as the API shows it."""
        return self.program(who or self._reader()).get(f"/cases/{self.case}")

    def waiting(self) -> dict[str, dict[str, Any]]:
        """The case's open tasks by what they are in the diagram."""
        elements = {str(row.id): row.element_id for row in self._open()}
        return {elements[item["id"]]: item for item in self.facts()["tasks"]}

    def names(self) -> set[str]:
        """What the case's open tasks are called."""
        return {item["name"] for item in self.facts()["tasks"]}

    def passed(self) -> timedelta:
        """How long ago the case was opened."""
        return self.clock.now() - datetime.fromisoformat(self.facts()["opened_at"])

    def due_in(self, element_id: str) -> timedelta:
        """How long there is for a task."""
        return datetime.fromisoformat(self.waiting()[element_id]["due_at"]) - self.clock.now()

    def letters(self) -> list[str]:
        """The codes of the case's letters, the oldest first."""
        items = self.program(self._reader()).get(f"/cases/{self.case}/documents")["items"]
        return [item["code"] for item in reversed(items)]

    def letter(self, code: str) -> dict[str, Any]:
        """What is set into the newest letter of a kind; it has to come as PDF."""
        program = self.program(self._reader())
        items = program.get(f"/cases/{self.case}/documents")["items"]
        found = next(item for item in items if item["code"] == code)
        before = len(self.printed)
        answer = program.send("GET", f"/documents/{found['id']}")
        assert answer.status_code == 200
        assert answer.data.startswith(b"%PDF-")
        [printed] = self.printed[before:]
        return json.loads(printed)  # type: ignore[no-any-return]

    def timeline(self, who: str | None = None) -> list[str]:
        """What happened, the oldest first."""
        program, found, after = self.program(who or self._reader()), [], ""
        while True:
            page = program.get(f"/cases/{self.case}/timeline?after={quote(after)}")
            found += [item["text"] for item in page["items"]]
            after = page["next"]
            if not after:
                return found[::-1]

    def is_hidden_from(self, who: str) -> None:
        """Somebody who asks for the case, what it has and its tasks is told that there is nothing, by API and pages."""
        program, page = self.program(who), self.page(who)
        for address in ("", "/timeline", "/documents", "/files"):
            assert program.send("GET", f"/cases/{self.case}{address}").status_code == 404, (who, address)
        assert page.client.get(f"/casos/{self.case}").status_code == 404, who
        for row in self._open():
            assert program.send("GET", f"/tasks/{row.id}").status_code == 404, (who, row.element_id)
            assert page.client.get(f"/tareas/{row.id}").status_code == 404, (who, row.element_id)
        assert not {str(row.id) for row in self._open()} & {id for view in ("unclaimed", "office") for id in self.listed(who, view)}  # fmt: skip

    # -- what a person would know ------------------------------------------------------------------------------------

    def _open(self) -> list[UserTask]:
        query = select(UserTask).where(UserTask.case_id == UUID(self.case), UserTask.state == "open")
        return self.store.read(lambda context: list(context.session.scalars(query.order_by(UserTask.id))), SYSTEM)

    def _task(self, element_id: str) -> UserTask:
        rows = self._open()
        found = next((row for row in rows if row.element_id == element_id), None)
        assert found is not None, f"{element_id} does not wait; {sorted(row.element_id for row in rows)} do"
        return found

    def _offers(self, task_id: UUID) -> list[tuple[str, str | None]]:
        row = UserTaskCandidate
        query = select(row.value, row.office_code).where(row.task_id == task_id, row.kind == "group")
        return self.store.read(
            lambda context: [(item.value, item.office_code) for item in context.session.execute(query.order_by(row.value))],
            SYSTEM,
        )  # fmt: skip

    def _holder(self, row: UserTask) -> str:
        if row.assignee_id is None:
            return ""
        user = self.store.read(lambda context: context.session.get_one(User, row.assignee_id), SYSTEM)
        return user.email.partition("@")[0]

    def _reader(self) -> str:
        """Who reads the case: who has it in hand, else whoever of its office first has the role."""
        return self.first_hand[f"agente {self._office_now()}"]

    def _office_now(self) -> str:
        return self.store.read(lambda context: context.session.get_one(CaseFile, UUID(self.case)).office_code, SYSTEM)

    def plausible(self, who: str, task: str, said: dict[str, Any]) -> dict[str, Any]:
        def work(context: Context) -> dict[str, Any]:
            return answers(context, read_task(context, UUID(task)), Random(1), said)

        return self.store.read(work, self.actor(who))

    def actor(self, who: str) -> Actor:
        query = select(User).where(User.email == f"{who}@demo.siproc.hn")
        return self.store.transact(lambda context: actor_of(context, context.session.scalars(query).one()), SYSTEM)

    def _sent(self, value: Any) -> Any:
        """A scenario's value as a program sends it."""
        if isinstance(value, str) and value.startswith("@"):
            value = self._meant(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return [self._sent(item) for item in value]
        return "" if value is None else str(value)

    def _meant(self, value: str) -> str:
        """``@hoy-P5D hora``: a day; ``@agente US-HOU``: who has a role at an office."""
        word, _, rest = value[1:].partition(" ")
        if word.startswith("hoy"):
            at = self.clock.now()
            if "+" in word:
                at = as_duration(word.partition("+")[2]).after(at)
            elif "-" in word:
                at -= as_duration(word.partition("-")[2]).after(at) - at
            return at.date().isoformat() if rest != "hora" else at.strftime("%Y-%m-%dT%H:%M")
        return str(self.actor(login(self._members(word, rest or self.office)[0])).id)


def login(member: Member) -> str:
    """With what somebody signs in."""
    return member.email.partition("@")[0]


def bare(name: str) -> str:
    """A question's name without the numbers of rows."""
    return ".".join(part for part in name.split(".") if not part.isdigit() and part != "*")
