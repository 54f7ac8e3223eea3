"""Plays scenarios through the doors that officers use, on a throw-away database whose clock only the story moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import event, func, or_, select

from engine.access.actors import SYSTEM, Actor
from engine.access.matrix import COMPARTMENTS, EVERYWHERE, HEADQUARTERS
from engine.actions import cases as case_actions
from engine.actions import tasks
from engine.actions.demo.filling import answers
from engine.actions.installation import install
from engine.actions.scenarios.coverage import Coverage
from engine.actions.scenarios.reading import Beginning, Decisions, Scenario, ScenarioError, Step, read
from engine.bpmn import tracing
from engine.bpmn.timers import as_duration
from engine.casework import cases, offices, people
from engine.clock import MovableClock
from engine.definitions import registry
from engine.errors import EngineError, Invalid, Text
from engine.feel import FeelError, compile_expression, from_json, load_value, to_json
from engine.handlers import HANDLERS
from engine.handlers.reopening import reopen
from engine.runtime import instances, messages, signals, state, timers
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.access import User, UserRole
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseLink, Document
from engine.store.tables.runtime import (
    ActivityHistory,
    Incident,
    ProcessInstance,
    ScopeRow,
    SubscriptionRow,
    UserTask,
    UserTaskCandidate,
)

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, nine in the morning in Tegucigalpa
ALWAYS_THERE = ("agente", "consul")  # others are made when a task is offered to them
MAX_FIRINGS = 2_000
CLEARED = frozenset(COMPARTMENTS)  # who may see what is not what a scenario tells
MAX_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Played:
    """How a scenario came out: ``error`` is None where it did as it says."""

    file: Path
    title: str
    error: ScenarioError | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a story stands: its database file, its time, and its case files in the order in which it met them."""

    file: Path
    at: datetime
    cases: tuple[UUID, ...]
    current: UUID | None


def _throw_away(file: Path, clock: MovableClock) -> Store:
    """A store that nobody needs after the story: it does not wait until the disk has what was committed."""
    store = Store(f"sqlite:///{file}", clock=clock)
    event.listen(store.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return store


class Stage:
    """Everything published in one database file, of which each scenario gets a copy; stories that follow others share."""

    def __init__(self, folder: Path, processes: Path, forms: Path) -> None:
        """Publish what is in the two folders. Raises ``DefinitionError``."""
        self.folder = folder
        self.coverage = Coverage()
        self._scenes: dict[Path, Scene] = {}
        self._count = 0
        self.published = folder / "published.sqlite"
        with closing(_throw_away(self.published, MovableClock(START))) as store:
            store.migrate()
            store.transact(lambda context: install(context, processes, forms), SYSTEM)

    def play(self, scenario: Scenario | Decisions) -> Played:
        """Play one; never raises for what the scenario says."""
        title = scenario.title if isinstance(scenario, Scenario) else scenario.file.stem
        try:
            if isinstance(scenario, Decisions):
                return Played(scenario.file, title, steps=self._decide(scenario))
            self._scene_after(scenario, ())
        except ScenarioError as error:
            return Played(scenario.file, title, error)
        return Played(scenario.file, title, steps=len(scenario.steps))

    def look(self, work: Callable[[Context], Any]) -> Any:
        """Read from the database in which everything is published."""
        with closing(_throw_away(self.published, MovableClock(START))) as store:
            return store.read(work, SYSTEM)

    def _scene_after(self, scenario: Scenario, trail: tuple[Path, ...]) -> Scene:
        key = scenario.file.resolve()
        if key in self._scenes:
            return self._scenes[key]
        if key in trail or len(trail) > MAX_DEPTH:
            raise ScenarioError(
                str(scenario.file), 1, Text("«sigue_a» no termina nunca.", "“sigue_a” never comes to an end.")
            )
        begun = Scene(self.published, START, (), None)
        if scenario.follows is not None:
            begun = self._scenes.get(scenario.follows) or self._scene_before(scenario, scenario.follows, (*trail, key))
        self._count += 1
        file = Path(shutil.copy(begun.file, self.folder / f"scene-{self._count}.sqlite"))
        with tracing.heard_by(self.coverage):
            self._scenes[key] = scene = _Play(scenario, replace(begun, file=file), self.coverage).run()
        return scene

    def _scene_before(self, scenario: Scenario, follows: Path, trail: tuple[Path, ...]) -> Scene:
        before = read(follows)
        if not isinstance(before, Scenario):
            raise ScenarioError(
                str(scenario.file), 1, Text("«sigue_a» tiene que ser un escenario.", "“sigue_a” has to be a scenario.")
            )
        return self._scene_after(before, trail)

    def _decide(self, decisions: Decisions) -> int:
        def work(context: Context) -> int:
            count = 0
            for name, situations in decisions.situations.items():
                for item in situations:
                    count += 1
                    self._situation(context, decisions.file, name, item)
            return count

        with tracing.heard_by(self.coverage):
            return int(self.look(work))

    def _situation(self, context: Context, file: Path, name: str, item: Any) -> None:
        try:
            _, model = registry.decision(context, name)
            known = compile_expression(item.known.strip().removeprefix("=")).evaluate({})
            result = model.evaluate(name, known, now=context.now)
        except EngineError as error:
            raise ScenarioError(str(file), item.line, error.text) from error
        except FeelError as error:
            raise ScenarioError(str(file), item.line, Text(error.es, error.en)) from error
        self.coverage.decided(model, result.trace)
        found, wanted = to_json(result.value), _json(item.answer)
        rows = [rule.index for rule in result.trace[-1].matched] if result.trace else []
        if found != wanted or (item.row is not None and (item.row not in rows if item.row else rows)):
            raise ScenarioError(
                str(file),
                item.line,
                Text(
                    "«{name}» da {found} (filas {rows}); se esperaba {wanted}.",
                    "“{name}” gives {found} (rows {rows}); {wanted} was expected.",
                    {"name": name, "found": found, "rows": rows or "—", "wanted": wanted},
                ),
            )


class _Play:
    """One scenario being played."""

    def __init__(self, scenario: Scenario, scene: Scene, coverage: Coverage) -> None:
        self.scenario = scenario
        self.scene = scene
        self.coverage = coverage
        self.clock = MovableClock(scene.at)
        self.cases = list(scene.cases)
        self.current = scene.current
        self.step: Step | None = None
        self.expects_incidents = False
        state.forget_all()  # instances of another copy have the same ids and stamps
        self.store = _throw_away(scene.file, self.clock)
        self.worker = Worker(self.store, HANDLERS)

    def run(self) -> Scene:
        """Play all steps; gives where it ends. Raises ``ScenarioError``."""
        with closing(self.store):
            try:
                self._staff(self.scenario.office)
                if self.current is None:
                    self._begin(self.scenario.begins)
                for step in self.scenario.steps:
                    self.step = step
                    getattr(self, f"_{_NAMES[step.verb]}")(step)
                    self._meet()
                self._no_surprises()
            except ScenarioError:
                raise
            except Invalid as error:
                said = "; ".join(f"{name}: {text}" for name, text in error.fields.items())
                raise self._fail(f"{error.text} {said}", f"{error.text.in_language('en')} {said}") from error
            except EngineError as error:
                raise self._fail(str(error.text), error.text.in_language("en")) from error
            finally:
                self._read(self.coverage.note_history)  # also where it failed: so far it came
        return Scene(self.scene.file, self.clock.now(), tuple(self.cases), self.current)

    # -- the beginning -----------------------------------------------------------------------------------------------

    def _begin(self, beginning: Beginning | None) -> None:
        actor = self._account("agente", self.scenario.office)
        if beginning is None:
            self.current, _ = self._do(case_actions.open_case, actor)
        else:
            self.current = self._do(lambda context: self._start(context, beginning), actor)
        self.cases.append(self.current)
        self.worker.run_due()

    def _start(self, context: Context, beginning: Beginning) -> UUID:
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
        values = {name: from_json(self._filled(value)) for name, value in beginning.variables.items()}
        instances.start(context, beginning.process_id, case_id=case.id, office_code=case.office_code, variables=values)
        return case.id

    # -- steps -------------------------------------------------------------------------------------------------------

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
        values = {name: from_json(self._filled(item)) for name, item in dict(step.beside.get("con") or {}).items()}
        key = str(self._filled(step.beside.get("clave", "@caso")))
        if not self._do(lambda context: messages.publish(context, str(step.subject), key, values), SYSTEM):
            raise self._fail(f"Nadie esperaba «{step.subject}».", f"Nobody waited for “{step.subject}”.")
        self.worker.run_due()

    def _signal(self, step: Step) -> None:
        values = {name: from_json(self._filled(item)) for name, item in dict(step.beside.get("con") or {}).items()}
        self._do(lambda context: signals.broadcast(context, str(step.subject), values), SYSTEM)
        self.worker.run_due()

    def _wait(self, step: Step) -> None:
        self._until(as_duration(str(step.subject)).after(self.clock.now()))

    def _expire(self, step: Step) -> None:
        """Time passes until the timer of an element is due."""
        query = (
            select(func.min(SubscriptionRow.due_at))
            .join(ProcessInstance, ProcessInstance.id == SubscriptionRow.instance_id)
            .where(ProcessInstance.case_id == self.current, SubscriptionRow.element_id == str(step.subject))
        )
        at = self._read(lambda context: context.session.scalar(query))
        if at is None:
            raise self._fail(f"«{step.subject}» no espera ninguna hora.", f"“{step.subject}” waits for no time.")
        self._until(max(at, self.clock.now()))

    def _until(self, target: datetime) -> None:
        for _ in range(MAX_FIRINGS):
            due = self._read(lambda context: timers.due(context, 1, target))
            if not due:
                break
            self.clock.set(max(due[0][1], self.clock.now()))
            self.worker.run_due()
        else:
            raise self._fail("Vencen demasiados temporizadores.", "Too many timers fall due.")
        self.clock.set(target)
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

    # -- checks ------------------------------------------------------------------------------------------------------

    def _check(self, step: Step) -> None:
        for what, wanted in step.subject.items():
            getattr(self, f"_check_{_CHECKS[what]}")(wanted)

    def _check_waiting(self, wanted: Any) -> None:
        self._same("esperan", sorted(task.element_id for task in self._tasks()), sorted(_list(wanted)))

    def _check_terms(self, wanted: Mapping[str, Any]) -> None:
        for element, term in wanted.items():
            due = self._open_task(element).due_at
            left = due - self.clock.now() if due is not None else None
            if str(term) == "ninguno":
                self._same(element, left, None)
                continue
            self._same(element, left, as_duration(str(term)).after(self.clock.now()) - self.clock.now())

    def _check_candidates(self, wanted: Mapping[str, Any]) -> None:
        for element, roles in wanted.items():
            task = self._open_task(element)
            self._same(element, sorted(role for role, _ in self._offers(task)), sorted(_list(roles)))

    def _check_letters(self, wanted: Any) -> None:
        query = select(Document.code).where(Document.case_id == self.current).order_by(Document.id)
        codes = self._read(lambda context: list(context.session.scalars(query)))
        missing = [code for code in _list(wanted) if code not in codes]
        if missing:
            raise self._fail(
                f"Falta la carta {missing[0]}; hay: {', '.join(codes) or 'ninguna'}.",
                f"The letter {missing[0]} is missing; there are: {', '.join(codes) or 'none'}.",
            )

    def _check_case(self, wanted: Mapping[str, Any]) -> None:
        row = self._read(lambda context: context.session.get_one(CaseFile, self.current))
        known = {
            "estado": row.status, "prioridad": row.priority, "dominio": row.domain, "tipo": row.type,
            "oficina": row.office_code, "resolucion": row.resolution, "compartimentos": list(row.compartments or []),
        }  # fmt: skip
        for name, value in wanted.items():
            if name not in known:
                raise self._fail(f"El caso no tiene «{name}».", f"The case has no “{name}”.")
            self._same(name, known[name], value)

    def _check_variables(self, wanted: Mapping[str, Any]) -> None:
        found = self._variables()
        for name, value in wanted.items():
            self._same(name, to_json(found.get(name)), _json(value))

    def _check_incidents(self, wanted: Any) -> None:
        self.expects_incidents = True
        self._same("incidentes", sorted(code for code, _ in self._incidents()), sorted(_list(wanted)))

    def _check_end(self, wanted: Any) -> None:
        query = select(ProcessInstance.process_id).where(
            ProcessInstance.case_id == self.current, ProcessInstance.state.in_(("active", "suspended"))
        )
        running = self._read(lambda context: list(context.session.scalars(query)))
        self._same("termina", not running, bool(wanted))

    def _check_done(self, wanted: Any) -> None:
        done = self._done()
        for element in _list(wanted):
            if element not in done:
                raise self._fail(f"No se pasó por «{element}».", f"“{element}” was not passed.")

    def _check_not_done(self, wanted: Any) -> None:
        done = self._done()
        for element in _list(wanted):
            if element in done:
                raise self._fail(f"Se pasó por «{element}».", f"“{element}” was passed.")

    def _no_surprises(self) -> None:
        found = [] if self.expects_incidents else self._incidents()
        if found:
            raise self._fail(f"Quedó un incidente: {found[0][1]}", f"An incident was left: {found[0][1]}")

    def _same(self, what: str, found: Any, wanted: Any) -> None:
        if found != wanted:
            raise self._fail(
                f"{what}: hay {_shown(found)}; se esperaba {_shown(wanted)}.",
                f"{what}: there is {_shown(found)}; {_shown(wanted)} was expected.",
            )

    # -- what is there -----------------------------------------------------------------------------------------------

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

    def _staff(self, office: str) -> None:
        for role in ALWAYS_THERE:
            self._account(role, office)
        self._account("supervisor", HEADQUARTERS)

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

    def _incidents(self) -> list[tuple[str, str]]:
        query = select(Incident.code, Incident.text_es).where(Incident.resolved_at.is_(None)).order_by(Incident.id)
        return [(row.code, row.text_es) for row in self._read(lambda c: c.session.execute(query).all())]

    def _done(self) -> set[str]:
        query = select(ActivityHistory.element_id).where(ActivityHistory.action == "completed").distinct()
        return set(self._read(lambda context: list(context.session.scalars(query))))

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

    def _meet(self) -> None:
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


_NAMES = {
    "completa": "complete",
    "llega": "message",
    "señal": "signal",
    "pasa": "wait",
    "vence": "expire",
    "abre": "open",
    "en_caso": "turn_to",
    "comprueba": "check",
    "reabre": "reopen",
}
_CHECKS = {
    "esperan": "waiting",
    "plazos": "terms",
    "candidatos": "candidates",
    "cartas": "letters",
    "caso": "case",
    "datos": "variables",
    "incidentes": "incidents",
    "termina": "end",
    "pasó": "done",
    "no_pasó": "not_done",
}


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _bare(name: str) -> str:
    return ".".join(part for part in name.split(".") if not part.isdigit() and part != "*")


def _json(value: Any) -> Any:
    return to_json(from_json(value))


def _shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nada"
    return "nada" if value is None else str(value)
