"""Plays scenarios through the doors that officers use, on a throw-away database whose clock only the story moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event, select

from engine.access.actors import SYSTEM
from engine.access.matrix import COMPARTMENTS, HEADQUARTERS
from engine.actions.installation import install
from engine.actions.scenarios.coverage import Coverage
from engine.actions.scenarios.player import AT_ONCE, Player
from engine.actions.scenarios.reading import Decisions, Scenario, ScenarioError, Step, read
from engine.bpmn import tracing
from engine.bpmn.timers import as_duration
from engine.clock import MovableClock
from engine.definitions import registry
from engine.errors import EngineError, Invalid, Text
from engine.feel import FeelError, compile_expression, from_json, to_json
from engine.handlers import HANDLERS
from engine.runtime import state, timers
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile, Document
from engine.store.tables.runtime import (
    ActivityHistory,
    Incident,
    ProcessInstance,
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


class _Play(Player):
    """One scenario being played on a copy of its own, where time passes as fast as it says."""

    def __init__(self, scenario: Scenario, scene: Scene, coverage: Coverage) -> None:
        state.forget_all()  # instances of another copy have the same ids and stamps
        clock = MovableClock(scene.at)
        store = _throw_away(scene.file, clock)
        super().__init__(scenario, store, clock, Worker(store, HANDLERS))
        self.scene = scene
        self.coverage = coverage
        self.cases = list(scene.cases)
        self.current = scene.current
        self.expects_incidents = False

    def run(self) -> Scene:
        """Play all steps; gives where it ends. Raises ``ScenarioError``."""
        with closing(self.store):
            try:
                self._staff(self.scenario.office)
                if self.current is None:
                    self.begin(self.scenario.begins)
                for step in self.scenario.steps:
                    if step.verb in AT_ONCE:
                        self.do(step)
                        continue
                    self.step = step
                    getattr(self, f"_{_NAMES[step.verb]}")(step)
                    self.meet()
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

    # -- steps -------------------------------------------------------------------------------------------------------

    def _wait(self, step: Step) -> None:
        self._until(as_duration(str(step.subject)).after(self.clock.now()))

    def _expire(self, step: Step) -> None:
        """Time passes until the timer of an element is due."""
        self._until(max(self.due_of(str(step.subject)), self.clock.now()))

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

    def _staff(self, office: str) -> None:
        for role in ALWAYS_THERE:
            self._account(role, office)
        self._account("supervisor", HEADQUARTERS)

    def _incidents(self) -> list[tuple[str, str]]:
        query = select(Incident.code, Incident.text_es).where(Incident.resolved_at.is_(None)).order_by(Incident.id)
        return [(row.code, row.text_es) for row in self._read(lambda c: c.session.execute(query).all())]

    def _done(self) -> set[str]:
        query = select(ActivityHistory.element_id).where(ActivityHistory.action == "completed").distinct()
        return set(self._read(lambda context: list(context.session.scalars(query))))


_NAMES = {
    "pasa": "wait",
    "vence": "expire",
    "comprueba": "check",
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


def _json(value: Any) -> Any:
    return to_json(from_json(value))


def _shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nada"
    return "nada" if value is None else str(value)
