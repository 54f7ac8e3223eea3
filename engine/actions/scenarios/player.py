"""Does what the steps of a scenario say, through the doors that officers use, on a store of the caller's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from engine.access.actors import SYSTEM, Actor
from engine.access.matrix import COMPARTMENTS, EVERYWHERE, HEADQUARTERS
from engine.actions import cases as case_actions
from engine.actions import events, tasks
from engine.actions.filling import answers
from engine.actions.scenarios.reading import Beginning, Scenario, ScenarioError, Step
from engine.bpmn.timers import as_duration
from engine.casework import cases, offices, people
from engine.clock import MovableClock
from engine.errors import Text
from engine.feel import from_json, load_value, to_json
from engine.handlers.reopening import reopen
from engine.runtime import instances, messages, signals
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.access import User, UserRole
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseLink
from engine.store.tables.runtime import ProcessInstance, ScopeRow, SubscriptionRow, UserTask, UserTaskCandidate

CLEARED = frozenset(COMPARTMENTS)  # who may see what is not what a scenario tells


class Player:
    """One scenario on a store: what takes no time is done at once, how time passes is the caller's."""

    def __init__(self, scenario: Scenario, store: Store, clock: MovableClock, worker: Worker) -> None:
        self.scenario = scenario
        self.store = store
        self.clock = clock
        self.worker = worker
        self.cases: list[UUID] = []
        self.current: UUID | None = None
        self.step: Step | None = None

    def begin(self, beginning: Beginning | None) -> None:
        actor = self._account("agente", self.scenario.office)
        if beginning is None:
            self.current, _ = self._do(case_actions.open_case, actor)
        else:
            # An account that is named is made in a transaction of its own, so before.
            values = {name: from_json(self._filled(value)) for name, value in beginning.variables.items()}
            self.current = self._do(lambda context: self._start(context, beginning, values), actor)
        self.cases.append(self.current)
        self.worker.run_due()

    def _start(self, context: Context, beginning: Beginning, values: Mapping[str, Any]) -> UUID:
        case = cases.open_case(context, self.scenario.office)
        wanted = beginning.case
        if wanted:
            cases.classify(
                context, case.id,
                domain=wanted.get("dominio"), type=wanted.get("tipo"), priority=wanted.get("prioridad"),
                compartments=wanted.get("compartimentos") or (),
            )  # fmt: skip
        cases.assign_owner(context, case.id, context.actor.id, context.actor.name)
        if beginning.person:
            person_id = people.register(context, beginning.person)
            cases.set_person(context, case.id, person_id, people.get(context, person_id).name)
        instances.start(context, beginning.process_id, case_id=case.id, office_code=case.office_code, variables=values)
        return case.id

    def do(self, step: Step) -> None:
        """Do a step whose verb is one of ``AT_ONCE``. Raises ``EngineError``."""
        self.step = step
        getattr(self, AT_ONCE[step.verb])(step)
        self.meet()

    def _complete(self, step: Step) -> None:
        task = self._open_task(str(step.subject))
        actor = self._who(task, step.beside.get("por"))
        said = {name: self._sent(value) for name, value in dict(step.beside.get("con") or {}).items()}

        def work(context: Context) -> None:
            view = tasks.taken(context, task.id)
            values = dict(answers(context, view, Random(1), said))  # noqa: S311 - what nobody said, said plausibly
            if view.form is not None:
                self._known_fields(view.form, said)
                values |= said
            elif said:
                raise self._fail(f"«{task.name}» no tiene formulario.", f"“{task.name}” has no form.")
            tasks.complete_task(context, task.id, values)

        self._do(work, actor)
        self.worker.run_due()

    def _known_fields(self, form: Any, said: Mapping[str, Any]) -> None:
        known = {_bare(key) for key in form.fields}
        unknown = [name for name in said if _bare(name) not in known]
        if unknown:
            raise self._fail(
                f"El formulario no tiene «{unknown[0]}»; tiene: {', '.join(sorted(known))}.",
                f"The form has no “{unknown[0]}”; it has: {', '.join(sorted(known))}.",
            )

    def _message(self, step: Step) -> None:
        """A message comes: to the case as whoever reports an event tells it, or to another key from a system."""
        said = dict(step.beside.get("con") or {})
        if "clave" in step.beside:
            values = {name: from_json(self._filled(item)) for name, item in said.items()}
            key = str(self._filled(step.beside["clave"]))
            heard = self._do(lambda context: messages.publish(context, str(step.subject), key, values), SYSTEM)
        else:
            heard = self._do(lambda context: self._report(context, str(step.subject), said), SYSTEM)
        if not heard:
            raise self._fail(f"Nadie esperaba «{step.subject}».", f"Nobody waited for “{step.subject}”.")
        self.worker.run_due()

    def _report(self, context: Context, message: str, said: dict[str, Any]) -> bool:
        """Report an event; what its form asks and the step does not say is answered plausibly."""
        if message not in {item.message for item in events.awaited(context, self._case_id)}:
            return False
        text = str(self._filled(said.pop("texto", "")))
        sent = {name: self._sent(value) for name, value in said.items()}
        asked = events.asked(context, self._case_id, message)
        if asked is not None:
            self._known_fields(asked.form, sent)
            sent = {**answers(context, asked, Random(1), sent), **sent}  # noqa: S311 - said plausibly
        events.tell(context, self._case_id, message, text, sent)
        return True

    def _signal(self, step: Step) -> None:
        values = {name: from_json(self._filled(item)) for name, item in dict(step.beside.get("con") or {}).items()}
        self._do(lambda context: signals.broadcast(context, str(step.subject), values), SYSTEM)
        self.worker.run_due()

    def _open(self, step: Step) -> None:
        """Somebody opens another case at an office, and the story goes on in it."""
        self.current, _ = self._do(case_actions.open_case, self._account("agente", str(step.subject)))
        self.cases.append(self._case_id)
        self.worker.run_due()

    def _turn_to(self, step: Step) -> None:
        """Go on with another case: ``principal``, ``conexo`` (the newest), or one of a domain or type."""
        wanted = str(step.subject)
        if wanted == "principal":
            self.current = self.cases[0]
            return
        rows = self._read(
            lambda context: [(row.id, row.domain, row.type) for row in self._case_rows(context) if row is not None]
        )
        fitting = [id for id, domain, type in rows if wanted in ("conexo", domain, type)]
        if not fitting or fitting[-1] == self.cases[0]:
            raise self._fail(f"No hay ningún caso «{wanted}».", f"There is no case “{wanted}”.")
        self.current = fitting[-1]

    def _reopen(self, step: Step) -> None:
        self._do(lambda context: reopen(context, self._case_id), SYSTEM)
        self.worker.run_due()

    def due_of(self, element_id: str) -> datetime:
        """When the earliest timer of an element of the current case falls due. Raises ``ScenarioError``."""
        query = (
            select(func.min(SubscriptionRow.due_at))
            .join(ProcessInstance, ProcessInstance.id == SubscriptionRow.instance_id)
            .where(ProcessInstance.case_id == self.current, SubscriptionRow.element_id == element_id)
        )
        at: datetime | None = self._read(lambda context: context.session.scalar(query))
        if at is None:
            raise self._fail(f"«{element_id}» no espera ninguna hora.", f"“{element_id}” waits for no time.")
        return at

    @property
    def _case_id(self) -> UUID:
        assert self.current is not None
        return self.current

    def _fail(self, es: str, en: str) -> ScenarioError:
        line = self.step.line if self.step is not None else None
        return ScenarioError(str(self.scenario.file), line, Text("{why}", "{en}", {"why": es, "en": en}))

    def _do(self, work: Callable[[Context], Any], actor: Any) -> Any:
        return self.store.transact(work, actor)

    def _read(self, work: Callable[[Context], Any]) -> Any:
        return self.store.read(work, SYSTEM)

    def _tasks(self) -> list[UserTask]:
        query = select(UserTask).where(UserTask.case_id == self.current, UserTask.state == "open").order_by(UserTask.id)
        return list(self._read(lambda context: list(context.session.scalars(query))))

    def _open_task(self, element_id: str) -> UserTask:
        waiting = self._tasks()
        for task in waiting:
            if task.element_id == element_id:
                return task
        names = ", ".join(task.element_id for task in waiting) or "nadie"
        raise self._fail(f"«{element_id}» no espera; esperan: {names}.", f"“{element_id}” does not wait; {names} do.")

    def _offers(self, task: UserTask) -> list[tuple[str, str | None]]:
        row = UserTaskCandidate
        query = (
            select(row.value, row.office_code).where(row.task_id == task.id, row.kind == "group").order_by(row.value)
        )
        return [(item.value, item.office_code) for item in self._read(lambda c: c.session.execute(query).all())]

    def _who(self, task: UserTask, role: str | None) -> Actor:
        """Who completes a task: whose it is, else somebody with the role that the step says, or the first offered."""
        offers = self._offers(task)
        if role is None and task.assignee_id is not None:
            return self._existing(task.assignee_id)
        fitting = [(value, office) for value, office in offers if role in (None, value)]
        if not fitting:
            raise self._fail(
                f"«{task.name}» no se ofrece a «{role}», sino a {', '.join(value for value, _ in offers) or 'nadie'}.",
                f"“{task.name}” is not offered to “{role}” but to {', '.join(v for v, _ in offers) or 'nobody'}.",
            )
        value, office = fitting[0]
        return self._account(value, HEADQUARTERS if value in EVERYWHERE else office or self.scenario.office)

    def _account(self, role: str, office: str) -> Actor:
        """Somebody of an office with a role; made where there is nobody."""

        def find(context: Context) -> Actor:
            query = select(User).join(UserRole).where(UserRole.role == role, User.office_code == office)
            user = context.session.scalars(query).first()
            if user is None:
                offices.get(context, office)
                user = User(
                    id=new_id(), email=f"{role}.{office}@escenario.example".lower(), name=f"{role} {office}",
                    office_code=office, language="es", password_hash="!", active=True, created_at=context.now,  # noqa: S106
                )  # fmt: skip
                context.session.add(user)
                context.session.flush()
                context.session.add(UserRole(user_id=user.id, role=role))
            return Actor(user.id, user.name, office, frozenset({role}), clearances=CLEARED)

        return self._do(find, SYSTEM)  # type: ignore[no-any-return]

    def _existing(self, user_id: UUID) -> Actor:
        def find(context: Context) -> Actor:
            user = context.session.get_one(User, user_id)
            roles = context.session.scalars(select(UserRole.role).where(UserRole.user_id == user_id))
            return Actor(user.id, user.name, user.office_code, frozenset(roles), clearances=CLEARED)

        return self._read(find)  # type: ignore[no-any-return]

    def _variables(self) -> dict[str, Any]:
        """Variables of the case's procedures, the newest instance last."""

        def look(context: Context) -> dict[str, Any]:
            query = (
                select(ScopeRow)
                .join(ProcessInstance, ProcessInstance.id == ScopeRow.instance_id)
                .where(ProcessInstance.case_id == self.current, ScopeRow.kind == "process")
                .order_by(ProcessInstance.id, ScopeRow.id)
            )
            found: dict[str, Any] = {}
            for row in context.session.scalars(query):
                found |= {name: load_value(value) for name, value in row.variables.items()}
            return found

        return self._read(look)  # type: ignore[no-any-return]

    def _case_rows(self, context: Context) -> Sequence[CaseFile | None]:
        return [context.session.get(CaseFile, id) for id in self.cases]

    def meet(self) -> None:
        """Note the case files that the last step brought."""

        def look(context: Context) -> list[UUID]:
            row = CaseLink
            ends = select(row.from_case_id, row.to_case_id).where(
                or_(row.from_case_id.in_(self.cases), row.to_case_id.in_(self.cases))
            )
            return sorted({id for pair in context.session.execute(ends) for id in pair} - set(self.cases))

        self.cases += self._read(look)

    def _sent(self, value: Any) -> Any:
        """A value as a form sends it."""
        value = self._filled(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return [self._sent(item) for item in value]
        return "" if value is None else str(value)

    def _filled(self, value: Any) -> Any:
        """``@caso``: the case; ``@<rol>``: who has the role at the office; ``@hoy+P3D``: a day; ``@variable x.y``: its value."""
        if not isinstance(value, str) or not value.startswith("@"):
            return value
        word, _, rest = value[1:].partition(" ")
        if word == "caso":
            return str(self.current)
        if word == "variable":
            found: Any = self._variables()
            for part in rest.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
            return to_json(found)
        if word.startswith("hoy"):
            at = self.clock.now()
            if "+" in word:
                at = as_duration(word.partition("+")[2]).after(at)
            elif "-" in word:
                at -= as_duration(word.partition("-")[2]).after(at) - at
            return at.date().isoformat() if rest != "hora" else at.strftime("%Y-%m-%dT%H:%M")
        return str(self._account(word, rest or self.scenario.office).id)


# The verbs that take no time.
AT_ONCE = {
    "completa": "_complete",
    "llega": "_message",
    "señal": "_signal",
    "abre": "_open",
    "en_caso": "_turn_to",
    "reabre": "_reopen",
}


def _bare(name: str) -> str:
    return ".".join(part for part in name.split(".") if not part.isdigit() and part != "*")
