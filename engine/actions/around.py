"""What stands around a task: what was done before it in the case, by whom, and what comes after it on its diagram."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from engine.access.matrix import Level
from engine.actions.tasks import TaskView
from engine.bpmn.specs import ElementSpec
from engine.definitions import registry
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.runtime import UserTask

BEFORE, AFTER = 6, 5
# Where a person or the outside is waited for, or the way ends: what a reader asks for. The rest happens by itself.
STOPS = frozenset({"userTask", "manualTask", "callActivity", "subProcess", "transaction", "adHocSubProcess", "receiveTask", "intermediateCatchEvent", "endEvent"})  # fmt: skip
WAITS = frozenset({"receiveTask", "intermediateCatchEvent"})


@dataclass(frozen=True, slots=True)
class Before:
    """A task that was completed: what, when, by whom."""

    id: UUID
    name: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class After:
    """What can come next: its name, whether it is a task, a wait, a procedure or the end, and in which case it comes."""

    name: str
    kind: str
    when: str


@dataclass(frozen=True, slots=True)
class Around:
    """Both, the latest and the nearest first."""

    before: Sequence[Before]
    after: Sequence[After]
    more: bool  # whether more can come next than is shown


def read(context: Context, view: TaskView) -> Around:
    """What stands around a task; nothing of a case of which the reader sees only that it exists."""
    if view.case is not None and not view.case.level.reaches(Level.N0):
        return Around((), (), more=False)
    after = _after(context, view)
    return Around(_before(context, view.task), after[:AFTER], len(after) > AFTER)


def _before(context: Context, task: UserTask) -> Sequence[Before]:
    same = UserTask.case_id == task.case_id if task.case_id is not None else UserTask.instance_id == task.instance_id
    rows = context.session.execute(
        select(UserTask.id, UserTask.name, UserTask.completed_at, User.name)
        .outerjoin(User, User.id == UserTask.completed_by)
        .where(same, UserTask.state == "completed")
        .order_by(UserTask.completed_at.desc(), UserTask.id.desc())
        .limit(BEFORE)
    ).all()
    return [Before(id, name, at or task.created_at, who or "SIPROC") for id, name, at, who in rows]


def _after(context: Context, view: TaskView) -> list[After]:
    """The nearest stops on every way on from the task, and what is written on the ways to them."""
    start = registry.spec(context, view.task.definition_id).spec(view.task.element_id)
    found: dict[str, After] = {}
    todo: deque[tuple[ElementSpec, str]] = deque([(start, "")] if start is not None else [])
    seen: set[str] = set()
    while todo:
        spec, when = todo.popleft()
        for flow in spec.flows:
            target, said = flow.target, " · ".join(part for part in (when, flow.name) if part)
            element = target.element
            if target.name in seen:
                continue
            seen.add(target.name)
            if element.kind in STOPS and (element.name or element.kind == "endEvent"):
                found.setdefault(target.name, After(element.name or "", _kind(element.kind), said))
            else:
                todo.append((target, said))
    return list(found.values())


def _kind(kind: str) -> str:
    if kind in ("userTask", "manualTask"):
        return "task"
    if kind in WAITS:
        return "wait"
    return "end" if kind == "endEvent" else "procedure"
