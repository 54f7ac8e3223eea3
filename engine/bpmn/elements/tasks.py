"""Tasks that people, handlers, decisions and scripts do."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.bpmn.changes import NewJob, OpenedTask
from engine.bpmn.elements.activity import ActivitySpec
from engine.bpmn.expressions import Value
from engine.bpmn.incidents import ElementIncident
from engine.bpmn.instance import Token
from engine.bpmn.model import UserTask
from engine.bpmn.timers import TimerError, as_instant
from engine.errors import Text

if TYPE_CHECKING:
    from engine.bpmn.execution import Execution

DEFAULT_RETRIES = 3
DEFAULT_PRIORITY = 50
MAX_GROUPS = 50


class UserTaskSpec(ActivitySpec):
    """A user task: it opens a task for a person and waits until somebody completes it."""

    kinds = ("userTask",)

    def prepare(self) -> None:
        """Compile assignment, schedule and priority."""
        task = self.element.user_task or UserTask()
        self.form_id = self.value(task.form_id, "formId")
        self.assignee = self.value(task.assignee, "assignee")
        self.candidate_groups = self.value(task.candidate_groups, "candidateGroups")
        self.candidate_users = self.value(task.candidate_users, "candidateUsers")
        self.due_date = self.value(task.due_date, "dueDate")
        self.follow_up_date = self.value(task.follow_up_date, "followUpDate")
        self.priority = self.value(task.priority, "priority")
        self.office = self.value(self.element.headers.get("oficina"), "oficina")
        self.detail = self.value(self.element.headers.get("detalle"), "detalle")

    def act(self, x: Execution, token: Token) -> bool:
        """Open the task."""
        x.changes.opened_tasks.append(self.task(x, token))
        return False

    def task(self, x: Execution, token: Token) -> OpenedTask:
        """The task as it stands now. Raises ``ElementIncident``."""
        name, detail = self.element.name or self.element.id, _text(x, self.detail, token)
        return OpenedTask(
            token=token,
            name=f"{name}: {detail}" if detail else name,
            form_id=_text(x, self.form_id, token),
            assignee=_text(x, self.assignee, token),
            candidate_groups=_names(x, self.candidate_groups, token),
            candidate_users=_names(x, self.candidate_users, token),
            due_at=_instant(x, self.due_date, token, "dueDate"),
            follow_up_at=_instant(x, self.follow_up_date, token, "followUpDate"),
            priority=_priority(x, self.priority, token),
            office=_text(x, self.office, token),
        )


class JobTaskSpec(ActivitySpec):
    """A service, send, script or business rule task done by a handler: it leaves a job and waits for it."""

    kinds = ("serviceTask",)

    def prepare(self) -> None:
        """Compile type, retries and priority."""
        self.job_type = self.value(self.element.job_type, "type")
        self.retries = self.value(self.element.retries, "retries")
        self.priority = self.value(self.element.headers.get("prioridad"), "prioridad")

    def act(self, x: Execution, token: Token) -> bool:
        """Leave the job."""
        x.changes.jobs.append(self.job(x, token))
        return False

    def job(self, x: Execution, token: Token) -> NewJob:
        """The job as it stands now. Raises ``ElementIncident``."""
        return new_job(x, self, token)


class SendTaskSpec(JobTaskSpec):
    """A send task: a handler does it, or it publishes its message."""

    kinds = ("sendTask",)

    def prepare(self) -> None:
        """Compile the job, or the message's name and key."""
        super().prepare()
        event = self.event = self.element.event
        self.name_of_message = self.value(event.name if event else None, "name")
        self.key = self.value(event.correlation_key if event else None, "correlationKey")

    def act(self, x: Execution, token: Token) -> bool:
        """Leave the job, or publish."""
        if self.job_type is not None:
            return super().act(x, token)
        from engine.bpmn.elements.events import publish

        publish(x, self, token)
        return True

    def event_name(self, x: Execution, scope: Any) -> str:
        """The message's name."""
        return str(x.evaluate(self.name_of_message, scope)) if self.name_of_message else ""


class ScriptTaskSpec(JobTaskSpec):
    """A script task: a FEEL expression whose value becomes a variable, or a job."""

    kinds = ("scriptTask",)

    def prepare(self) -> None:
        """Compile the script."""
        super().prepare()
        self.script = self.value(self.element.script, "expression")

    def act(self, x: Execution, token: Token) -> bool:
        """Evaluate."""
        if self.script is None:
            return super().act(x, token) if self.job_type is not None else True
        if self.element.result_variable:
            x.write_result(token, {self.element.result_variable: x.evaluate(self.script, token.inner)})
        return True


class BusinessRuleTaskSpec(JobTaskSpec):
    """A business rule task: it calls a decision, or a handler does it."""

    kinds = ("businessRuleTask",)

    def prepare(self) -> None:
        """Compile the decision's id."""
        super().prepare()
        self.decision = self.value(self.element.called.id if self.element.called else None, "decisionId")

    def act(self, x: Execution, token: Token) -> bool:
        """Decide."""
        called = self.element.called
        if called is None or self.decision is None:
            return super().act(x, token)
        decision_id = str(x.evaluate(self.decision, token.inner))
        result = x.env.decide(called, decision_id, self.process, x.reading(token.inner))
        x.write_result(token, {called.result_variable or "result": result})
        return True


def new_job(x: Execution, spec: Any, token: Token) -> NewJob:
    """The job of a task or throwing message event: its type, retries and priority. Raises ``ElementIncident``."""
    job_type = _text(x, spec.job_type, token)
    if not job_type:
        raise _incident(
            "job_type",
            "El tipo de trabajo «{text}» no dio un texto.",
            "The job type “{text}” gave no text.",
            text=spec.job_type.text if spec.job_type else "",
        )
    retries = x.evaluate(spec.retries, token.inner) if spec.retries else DEFAULT_RETRIES
    try:
        count = max(1, min(int(retries), 100))
    except (TypeError, ValueError):
        count = DEFAULT_RETRIES
    return NewJob(token, job_type, count, _priority(x, spec.priority, token), spec.element.headers)


def _text(x: Execution, value: Value | None, token: Token) -> str | None:
    """The text that ``value`` gives; None where it gives null or nothing."""
    if value is None:
        return None
    result = x.evaluate(value, token.inner)
    if isinstance(result, (Decimal, int)) and not isinstance(result, bool):
        return str(result)
    if result is None or result == "":
        return None
    if isinstance(result, str):
        return result[:500]
    raise _incident(
        "assignment",
        "«{text}» debía dar un texto y dio otra cosa.",
        "“{text}” should have given a text and gave something else.",
        text=value.text,
    )


def _names(x: Execution, value: Value | None, token: Token) -> tuple[str, ...]:
    """A list of names from FEEL, or from literal text with commas."""
    if value is None:
        return ()
    result = x.evaluate(value, token.inner)
    if result is None:
        return ()
    items = result.split(",") if isinstance(result, str) else result
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items) or len(items) > MAX_GROUPS:
        raise _incident(
            "assignment",
            "«{text}» debía dar una lista de textos.",
            "“{text}” should have given a list of texts.",
            text=value.text,
        )
    return tuple(dict.fromkeys(item.strip() for item in items if item.strip()))


def _instant(x: Execution, value: Value | None, token: Token, attribute: str) -> datetime | None:
    if value is None:
        return None
    result = x.evaluate(value, token.inner)
    if result is None and value.compiled is None:
        return None
    zoned = isinstance(result, datetime) and result.tzinfo is not None
    office = None if zoned else x.env.facts.get("office")
    zone = str(office.get("timezone", "UTC")) if isinstance(office, dict) else "UTC"
    try:
        return as_instant(result, zone)
    except TimerError as error:
        raise _incident(
            "schedule",
            "{attribute} «{text}»: {why}",
            "{attribute} “{text}”: {why}",
            attribute=attribute,
            text=value.text,
            why=error.text.es,
        ) from error


def _priority(x: Execution, value: Value | None, token: Token) -> int:
    result = x.evaluate(value, token.inner) if value is not None else None
    if result is None:
        return DEFAULT_PRIORITY
    try:
        return max(0, min(100, int(result)))
    except (TypeError, ValueError) as error:
        raise _incident(
            "priority",
            "La prioridad «{text}» no dio un número.",
            "The priority “{text}” gave no number.",
            text=value.text if value else "",
        ) from error


def _incident(code: str, es: str, en: str, **values: str) -> Exception:
    return ElementIncident(code, Text(es, en, {key: text[:200] for key, text in values.items()}))
