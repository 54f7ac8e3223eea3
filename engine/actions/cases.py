"""What is done with case files: open, look, search, annotate, and see where their procedures stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from engine.access import audit, firewall
from engine.access.matrix import FIELD_LEVELS, NEEDS, Level
from engine.access.policy import case_level, level_seen, may, require, require_case, seen_case, visible_cases
from engine.actions import keys, searching
from engine.actions.seen import CaseHead, head
from engine.casework import cases, documents, timeline
from engine.definitions import registry
from engine.errors import Invalid, Text
from engine.runtime import instances, user_tasks
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile, CaseLink, Document, Office, Person, TimelineEntry
from engine.store.tables.definitions import ProcessDefinition
from engine.store.tables.runtime import ActivityHistory, Incident, ProcessInstance, SubscriptionRow, TokenRow, UserTask

INTAKE = "intake"
# Tokens that only wait for other tokens: a reader looks for what is waited for outside.
GATHERING = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway"})
PAGE = 25
NEXT = 10  # instants that a case's procedures wait for
LONGEST_NOTE = 4_000


@dataclass(slots=True)
class Diagram:
    """One procedure of a case: its definition, and what waits, is late and is done at each element."""

    definition_id: UUID
    process_id: str
    name: str
    version: int
    marks: dict[str, dict[str, int]] = field(default_factory=dict)
    waiting: list[tuple[str, str]] = field(default_factory=list)  # element name, what it waits for


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open task of a case; its name is empty for who may not know what is done about it."""

    id: UUID
    name: str
    due_at: datetime | None
    office_code: str | None
    assignee_id: UUID | None


@dataclass(frozen=True, slots=True)
class Coming:
    """When a procedure of a case goes on by itself: the instant, what the diagram calls it, and the procedure's name."""

    at: datetime
    name: str
    procedure: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case file as its page shows it, as far as its reader sees it."""

    case: CaseHead
    person: Person | None
    office: Office
    owner: str | None
    tasks: Sequence[tuple[OpenTask, str | None]]
    timeline: Sequence[TimelineEntry]
    documents: Sequence[Document]
    links: Sequence[tuple[str, CaseHead]]
    incidents: int
    coming: Sequence[Coming]


def open_case(context: Context, idempotency_key: str | None = None) -> tuple[UUID, UUID | None]:
    """Open a case at the actor's office and start its intake; gives the case and the first task, claimed.

    With a key, opening it again opens nothing and gives the same.
    """
    require(context.actor, "case:open")

    def work() -> dict[str, str | None]:
        case_id, first = _open_case(context)
        return {"case": str(case_id), "task": str(first) if first is not None else None}

    answer = keys.once(context, idempotency_key, work, "case", "task")
    return UUID(answer["case"]), UUID(answer["task"]) if answer["task"] else None


def _open_case(context: Context) -> tuple[UUID, UUID | None]:
    case = cases.open_case(context, context.actor.office_code)
    outcome = instances.start(
        context, INTAKE, case_id=case.id, office_code=case.office_code, variables={}, start_event=_start(context)
    )
    audit.record(context, "case:open", object_id=case.id, case_id=case.id)
    context.session.flush()
    first = outcome.opened[0].token.id if outcome.opened else None
    if first is not None and context.actor.id is not None:
        user_tasks.claim(context, first, context.actor.id)
    return case.id, first


def _start(context: Context) -> str | None:
    """The intake's own way to start by hand: its none start event, else its first event start."""
    content = registry.spec(context, registry.latest(context, INTAKE).id).content
    return None if content.starts or not content.event_starts else content.event_starts[0].name


def read_case(context: Context, case_id: UUID) -> CaseView:
    """A case file and what hangs on it. Raises ``NotFound``."""
    session = context.session
    case, level = seen_case(context, case_id)
    levels = level.within
    office = session.get(Office, case.office_code)
    assert office is not None
    owner = session.get(User, case.owner_id) if case.owner_id is not None else None
    tasks = session.execute(
        select(UserTask, User.name)
        .outerjoin(User, User.id == UserTask.assignee_id)
        .where(UserTask.case_id == case_id, UserTask.state == "open")
        .order_by(UserTask.due_at.is_(None), UserTask.due_at, UserTask.id)
    ).all()
    links = session.execute(
        select(CaseLink.kind, CaseFile, level_seen(context.actor))
        .join(CaseFile, or_(CaseFile.id == CaseLink.to_case_id, CaseFile.id == CaseLink.from_case_id))
        .where(
            or_(CaseLink.from_case_id == case_id, CaseLink.to_case_id == case_id),
            CaseFile.id != case_id,
            visible_cases(context.actor),
        )
    ).all()
    named = level.reaches(Level.NAME) and case.person_id is not None
    return CaseView(
        head(case, level),
        session.get(Person, case.person_id) if named else None,
        office,
        owner.name if owner is not None else None,
        [(_open_task(task, level), name) for task, name in tasks],
        timeline.page(context, case_id, levels=levels),
        documents.of_case(context, case_id, levels) if level.reaches(NEEDS["document:read"]) else (),
        [(kind, head(other, list(Level)[rank])) for kind, other, rank in links] if level.reaches(Level.N0) else (),
        session.scalar(
            select(func.count())
            .select_from(Incident)
            .where(Incident.case_id == case_id, Incident.resolved_at.is_(None))
        )
        or 0,
        _coming(context, case_id) if level.reaches(Level.N0) else (),
    )


def _coming(context: Context, case_id: UUID) -> list[Coming]:
    """The next instants that the case's procedures wait for, the nearest first; those that have no name tell nothing."""
    rows = context.session.execute(
        select(SubscriptionRow.due_at, SubscriptionRow.definition_id, SubscriptionRow.element_id)
        .join(ProcessInstance, ProcessInstance.id == SubscriptionRow.instance_id)
        .where(
            ProcessInstance.case_id == case_id,
            ProcessInstance.state == "active",
            SubscriptionRow.kind == "timer",
            SubscriptionRow.due_at.is_not(None),
        )
        .order_by(SubscriptionRow.due_at, SubscriptionRow.id)
        .limit(NEXT)
    ).all()
    found = []
    for due_at, definition_id, element_id in rows:
        model = registry.spec(context, definition_id).model
        name = model.elements[element_id].name
        if name and due_at is not None:
            found.append(Coming(due_at, name, model.name or ""))
    return found


def read_head(context: Context, case_id: UUID) -> CaseHead:
    """The head of a case file alone. Raises ``NotFound``."""
    return head(*seen_case(context, case_id))


def _open_task(task: UserTask, level: Level) -> OpenTask:
    name = task.name if level.reaches(Level.N0) else ""
    return OpenTask(task.id, name, task.due_at, task.office_code, task.assignee_id)


def note_search(context: Context, count: int, *, mine: bool) -> None:
    """Write down that the actor was shown a list of case files; what they typed may be a name, and stays out."""
    audit.record(context, "case:search", count=count, mine=mine)


def note_read(context: Context, case_id: UUID) -> None:
    """Write down that the actor looked at a case file."""
    audit.record(context, "case:read", object_id=case_id, case_id=case_id)


def search_cases(context: Context, text: str = "", *, mine: bool = False, page: int = 1) -> tuple[Sequence[tuple[CaseHead, str | None]], bool]:  # fmt: skip
    """Case files by folio, by the sound of a name or by document; the newest first. Whether there are more."""
    require(context.actor, "case:read")
    return searching.page(context, text, mine=mine, first=(page - 1) * PAGE, size=PAGE)


def similar_cases(context: Context, text: str, *, mine: bool = False) -> Sequence[tuple[CaseHead, str | None]]:
    """Case files of persons whose name is much like what was typed, the most alike first; at most a page."""
    require(context.actor, "case:read")
    return searching.similar(context, text, mine=mine, size=PAGE)


def add_note(
    context: Context, case_id: UUID, text: str, idempotency_key: str | None = None, *, level: str = "N2"
) -> None:
    """Write a note of a level into the timeline of a case. Raises ``Invalid`` for an empty or overlong one."""
    require(context.actor, "case:annotate")
    keys.once(context, idempotency_key, lambda: _add_note(context, case_id, text, level))


def _add_note(context: Context, case_id: UUID, text: str, level: str) -> dict[str, Any]:
    require_case(context, case_id, NEEDS["case:annotate"])
    cases.load(context, case_id)
    if level not in FIELD_LEVELS:
        raise Invalid(fields={"nivel": Text("Elija quién puede leer la nota.", "Choose who may read the note.")})
    written = text.strip()
    if not written or len(written) > LONGEST_NOTE:
        raise Invalid(
            fields={
                "nota": Text(
                    "Escriba una nota de 1 a {n} caracteres.",
                    "Write a note of 1 to {n} characters.",
                    {"n": LONGEST_NOTE},
                )
            }
        )
    keep_out(context, case_id, {"nota": written})
    timeline.append(context, case_id, "note", Text("{t}", "{t}", {"t": written}), level=level)
    audit.record(context, "case:annotate", object_id=case_id, case_id=case_id)
    return {}


def guarded(context: Context, case_id: UUID) -> bool:
    """Whether a case stands behind the asylum firewall."""
    case = cases.load(context, case_id)
    return firewall.guards(case.compartments, case.type)


def keep_out(context: Context, case_id: UUID, texts: Mapping[str, str]) -> None:
    """Raise ``KeptOut`` where a text of a case behind the asylum firewall says what is not kept."""
    firewall.refuse(cases.load(context, case_id), texts)


def diagrams(context: Context, case_id: UUID) -> list[Diagram]:
    """The procedures of a case with their live tokens; those where something waits first."""
    if not case_level(context, case_id).reaches(Level.N0):
        return []
    session = context.session
    ids = select(ProcessInstance.id).where(ProcessInstance.case_id == case_id)
    found: dict[UUID, Diagram] = {}

    def of(definition_id: UUID) -> Diagram:
        if definition_id not in found:
            row = session.get(ProcessDefinition, definition_id)
            assert row is not None
            found[definition_id] = Diagram(definition_id, row.process_id, row.name, row.version)
        return found[definition_id]

    done = session.execute(
        select(ActivityHistory.definition_id, ActivityHistory.element_id, func.count())
        .where(ActivityHistory.instance_id.in_(ids), ActivityHistory.action == "completed")
        .group_by(ActivityHistory.definition_id, ActivityHistory.element_id)
    )
    for definition_id, element_id, count in done:
        of(definition_id).marks.setdefault(element_id, {})["done"] = count
    live = session.execute(
        select(TokenRow.definition_id, TokenRow.element_id, TokenRow.state, UserTask.due_at)
        .outerjoin(UserTask, UserTask.id == TokenRow.id)
        .where(TokenRow.instance_id.in_(ids))
        .order_by(TokenRow.id)
    )
    for definition_id, element_id, state, due_at in live:
        diagram = of(definition_id)
        mark = diagram.marks.setdefault(element_id, {})
        mark["live"] = mark.get("live", 0) + 1
        if due_at is not None and due_at < context.now:
            mark["late"] = mark.get("late", 0) + 1
        element = registry.elements(context, definition_id)[element_id]
        if state == "error" or (element.name and element.kind not in GATHERING):
            diagram.waiting.append((element.name or element_id, "incident" if state == "error" else element.kind))
    return sorted(found.values(), key=lambda item: (not item.waiting, -_depth(item)))


def _depth(diagram: Diagram) -> int:
    """Procedures where a person is waited for come before those that only wait for another one."""
    return sum(kind not in ("callActivity", "subProcess") for _, kind in diagram.waiting)


def diagram_source(context: Context, definition_id: UUID) -> bytes:
    """The XML of a procedure, for whoever may see cases or definitions."""
    if not {"case:read", "definition:read"} & _granted(context):
        require(context.actor, "case:read")
    return registry.source(context, definition_id)


def _granted(context: Context) -> set[str]:
    return {name for name in ("case:read", "definition:read") if may(context.actor, name)}
