"""Runs models in a throw-away store with the real runtime, step by step, on a clock that only ``advance`` moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.bpmn.incidents import LimitReached
from engine.bpmn.timers import TimerError, as_duration
from engine.casework import cases, offices
from engine.clock import MovableClock
from engine.definitions import deploy, registry
from engine.errors import DefinitionError, EngineError, Finding, Text
from engine.feel import from_json, load_value, to_json
from engine.runtime import instances, jobs, messages, signals, timers, user_tasks
from engine.runtime.state import KEY
from engine.runtime.worker import Worker, WorkerActor
from engine.store import Context, Store
from engine.store.tables.definitions import ProcessDefinition
from engine.store.tables.runtime import (
    ActivityHistory,
    Incident,
    Job,
    ProcessInstance,
    ScopeRow,
    SubscriptionRow,
    TokenRow,
    UserTask,
)

START = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
MAX_FIRINGS = 1_000


class StepError(Exception):
    """A step that cannot be taken: ``number`` counts from 1, ``text`` says why."""

    def __init__(self, number: int, text: Text) -> None:
        super().__init__(f"step {number}: {text.en}")
        self.number = number
        self.text = text


@dataclass(slots=True)
class Run:
    """How a run ended: ``state`` is completed, waiting, failed or refused."""

    state: str
    completed: list[str] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    error: Text | None = None


class Sandbox:
    """A store with one deployment in it."""

    def __init__(
        self,
        store: Store,
        clock: MovableClock,
        *,
        office: str | None = None,
        handlers: Mapping[str, jobs.Handler] | None = None,
    ) -> None:
        """With ``office``, a case file of that office is made up for the run; ``handlers`` then do their jobs."""
        self.store = store
        self.clock = clock
        self.actor = WorkerActor()
        self.instance_ids: list[UUID] = []
        self.office = office
        self.case_id: UUID | None = None
        self.worker = Worker(store, handlers) if handlers else None

    def run(
        self,
        files: Mapping[str, bytes],
        *,
        process_id: str | None = None,
        variables: Mapping[str, Any] | None = None,
        steps: Sequence[Mapping[str, Any]] = (),
        entry: Sequence[str] = (),
    ) -> Run:
        """Deploy ``files``, start ``process_id`` (default: the only or first one of ``entry``), take ``steps``."""
        try:
            deployed = self._do(lambda context: deploy.deploy(context, files))
        except DefinitionError as error:
            return Run("refused", findings=list(error.findings))
        findings = deployed.findings
        chosen = process_id or self._choose(entry)
        if chosen is None or not self._known(chosen):
            return Run("refused", findings=[*findings, _no_process(process_id)])
        failure: Text | None = None
        breach: list[dict[str, Any]] = []
        try:
            if self._startable(chosen):
                values = {name: from_json(value) for name, value in (variables or {}).items()}
                outcome = self._do(lambda context: self._start(context, chosen, values))
                self.instance_ids.append(outcome.instance_id)
                self._work()
            for number, step in enumerate(steps, 1):
                self.take(number, step)
        except StepError as error:
            failure = Text("Paso {n}: {why}", "Step {n}: {why}", {"n": error.number, "why": str(error.text)})
        except EngineError as error:
            failure = error.text
            if isinstance(error, LimitReached):
                breach.append(_incident(error))
        outcome = self.outcome(findings, failure)
        outcome.incidents += breach
        return outcome

    def _start(self, context: Context, process_id: str, values: Mapping[str, Any]) -> Any:
        if self.office is not None:
            offices.load(context)
            self.case_id = cases.open_case(context, self.office).id
        return instances.start(context, process_id, case_id=self.case_id, office_code=self.office, variables=values)

    def _work(self) -> None:
        """Let the handlers do what is due."""
        if self.worker is not None:
            while self.worker.run_jobs():
                pass

    # -- steps -------------------------------------------------------------------------------------------------------

    def take(self, number: int, step: Mapping[str, Any]) -> None:
        """Take one step; ``number`` names it in a ``StepError``."""
        values = {name: from_json(value) for name, value in dict(step.get("vars") or {}).items()}
        if "complete" in step:
            self._complete(number, str(step["complete"]), values)
        elif "message" in step:
            name, key = str(step["message"]), step.get("key", str(self.case_id or ""))
            self._do(lambda context: messages.publish(context, name, from_json(key), values))
        elif "signal" in step:
            signal = str(step["signal"])
            self._do(lambda context: signals.broadcast(context, signal, values))
        elif "advance" in step:
            self._advance(number, step["advance"])
        elif "error" in step:
            self._throw(number, str(step["error"]), str(step.get("code", "")), values)
        else:
            raise StepError(
                number,
                Text(
                    "se esperaba «complete», «message», «signal» o «advance».",
                    "“complete”, “message”, “signal” or “advance” was expected.",
                ),
            )
        self._work()
        self._note_started()

    def _note_started(self) -> None:
        ids = self.store.read(
            lambda context: list(context.session.scalars(select(ProcessInstance.id).order_by(ProcessInstance.id))),
            self.actor,
        )
        self.instance_ids = list(dict.fromkeys([*self.instance_ids, *ids]))

    def _find(self, number: int, element_id: str) -> tuple[str, UUID, UUID]:
        """The oldest task or job that waits at ``element_id``."""

        def find(context: Context) -> tuple[str, UUID, UUID] | None:
            task = context.session.execute(
                select(UserTask.id, UserTask.instance_id)
                .where(UserTask.element_id == element_id, UserTask.state == "open")
                .order_by(UserTask.id)
                .limit(1)
            ).first()
            if task is not None:
                return "task", task.id, task.instance_id
            job = context.session.execute(
                select(TokenRow.id, TokenRow.instance_id)
                .join(Job, Job.token_id == TokenRow.id)
                .where(TokenRow.element_id == element_id)
                .order_by(TokenRow.id)
                .limit(1)
            ).first()
            return ("job", job.id, job.instance_id) if job is not None else None

        found = self.store.read(find, self.actor)
        if found is None:
            raise StepError(
                number,
                Text("«{id}» no espera a nadie.", "“{id}” does not wait for anybody.", {"id": element_id}),
            )
        return found

    def _complete(self, number: int, element_id: str, values: Mapping[str, Any]) -> None:
        kind, token_id, instance_id = self._find(number, element_id)
        if kind == "task":
            self._do(lambda context: user_tasks.complete(context, token_id, values))
        else:
            self._do(lambda context: jobs.complete_by_hand(context, instance_id, token_id, values))

    def _throw(self, number: int, element_id: str, code: str, values: Mapping[str, Any]) -> None:
        _, token_id, instance_id = self._find(number, element_id)
        self._do(lambda context: jobs.throw_by_hand(context, instance_id, token_id, code, values))

    def _advance(self, number: int, text: Any) -> None:
        try:
            duration = as_duration(text)
        except TimerError as error:
            raise StepError(number, error.text) from error
        target = duration.after(self.clock.now())
        for _ in range(MAX_FIRINGS):
            due = self.store.read(lambda context: timers.due(context, 1, target), self.actor)
            if not due:
                break
            timer_id, at = due[0]
            if at > self.clock.now():
                self.clock.set(at)
            self._do(lambda context, id=timer_id: timers.fire(context, id))
        else:
            raise StepError(
                number,
                Text(
                    "más de {n} temporizadores vencen en ese tiempo.",
                    "more than {n} timers fall due in that time.",
                    {"n": MAX_FIRINGS},
                ),
            )
        self.clock.set(target)

    def _do(self, work: Any) -> Any:
        return self.store.transact(work, self.actor)

    # -- answers -----------------------------------------------------------------------------------------------------

    def _choose(self, entry: Sequence[str]) -> str | None:
        """The process to start: the first of the named files that no other process calls, else the first."""

        def ids(context: Context) -> list[tuple[str, UUID]]:
            rows = context.session.execute(
                select(ProcessDefinition.process_id, ProcessDefinition.id).order_by(ProcessDefinition.id)
            ).all()
            return [(row.process_id, row.id) for row in rows]

        known = self.store.read(ids, self.actor)
        candidates = [item for item in known if not entry or item[0] in entry] or known
        called: set[str] = set()
        for _, definition_id in known:
            elements = self.store.read(lambda context, id=definition_id: registry.elements(context, id), self.actor)  # type: ignore[misc]
            called |= {e.called.id for e in elements.values() if e.kind == "callActivity" and e.called}
        roots = [item[0] for item in candidates if item[0] not in called]
        return roots[0] if roots else (candidates[0][0] if candidates else None)

    def _known(self, process_id: str) -> bool:
        return bool(
            self.store.read(
                lambda context: context.session.scalar(
                    select(ProcessDefinition.id).where(ProcessDefinition.process_id == process_id).limit(1)
                ),
                self.actor,
            )
        )

    def _startable(self, process_id: str) -> bool:
        """Whether the process starts without an event; one that does not waits for the steps to bring it."""

        def look(context: Context) -> bool:
            spec = registry.spec(context, registry.latest(context, process_id).id)
            return bool(spec.content.starts)

        return bool(self.store.read(look, self.actor))

    def outcome(self, findings: list[Finding], failure: Text | None) -> Run:
        """How everything in the store stands now."""
        return self.store.read(lambda context: self._read(context, findings, failure), self.actor)

    def _read(self, context: Context, findings: list[Finding], failure: Text | None) -> Run:
        session = context.session
        rows = list(session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)))
        history = session.execute(
            select(ActivityHistory.element_id)
            .where(ActivityHistory.action == "completed")
            .order_by(ActivityHistory.instance_id, ActivityHistory.sequence)
        ).scalars()
        open_incidents = list(
            session.scalars(select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id))
        )
        active = [row for row in rows if row.state == "active"]
        if failure is not None or open_incidents:
            state = "failed"
        elif active or not rows:
            state = "waiting"
        else:
            state = "completed"
        variables: dict[str, Any] = {}
        for row in rows:
            scope = session.scalars(
                select(ScopeRow).where(ScopeRow.instance_id == row.id, ScopeRow.kind == "process")
            ).first()
            if scope is not None:
                variables |= {name: to_json(load_value(value)) for name, value in scope.variables.items()}
        return Run(
            state=state,
            completed=list(history),
            waiting=_waiting(context),
            variables=variables,
            findings=findings,
            incidents=[
                {"element": item.element_id, "code": item.code, "es": item.text_es, "en": item.text_en}
                for item in open_incidents
            ],
            error=failure,
        )


def _incident(error: LimitReached) -> dict[str, Any]:
    """A breached limit in the form of an incident; nothing of the step is in the store."""
    text = error.text
    element = str(text.values.get("element_id", ""))
    return {"element": element, "code": error.code, "es": text.in_language("es"), "en": text.in_language("en")}


def _waiting(context: Context) -> list[dict[str, Any]]:
    """What waits, and for what."""
    session = context.session
    found: list[dict[str, Any]] = []
    subscriptions: dict[UUID, list[SubscriptionRow]] = {}
    for item in session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.id)):
        if item.token_id is not None:
            subscriptions.setdefault(item.token_id, []).append(item)
    tasks = {row.id: row for row in session.scalars(select(UserTask).where(UserTask.state == "open"))}
    kinds = {row.token_id: row for row in session.scalars(select(Job))}
    for token in session.scalars(select(TokenRow).order_by(TokenRow.id)):
        if token.state == "error":
            found.append({"id": token.element_id, "for": "incident"})
            continue
        if token.id in tasks:
            task = tasks[token.id]
            entry: dict[str, Any] = {"id": token.element_id, "for": "user task"}
            if task.due_at:
                entry["due"] = task.due_at.isoformat()
            found.append(entry)
        elif token.id in kinds:
            found.append({"id": token.element_id, "for": "job", "type": kinds[token.id].type})
        elif token.data.get("gathered"):
            found.append({"id": token.element_id, "for": "join"})
        for item in subscriptions.get(token.id, ()):
            spec = registry.elements(context, item.definition_id)[item.element_id]
            if spec.kind == "boundaryEvent":
                continue
            found.append({"id": item.element_id, "for": item.kind} | _details(item))
    return found


def _details(item: SubscriptionRow) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if item.name is not None:
        details["name"] = item.name
    if item.key is not None:
        details["key"] = load_value(item.data.get(KEY))
    if item.due_at is not None:
        details["due"] = item.due_at.isoformat()
    return details


def _no_process(process_id: str | None) -> Finding:
    return Finding(
        "process.unknown",
        "error",
        Text(
            "No se encontró el proceso «{id}».",
            "The process “{id}” was not found.",
            {"id": process_id or ""},
        ),
    )
