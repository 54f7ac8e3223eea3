"""What a designer does: look at procedures and versions, keep a draft, check it, publish it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from engine.access import audit
from engine.access.matrix import Level
from engine.access.policy import may, require, sees
from engine.actions.scenarios import library
from engine.bpmn.parser import parse_bpmn
from engine.definitions import deploy, registry
from engine.errors import Conflict, DefinitionError, Finding, NotFound, Text
from engine.handlers import HANDLERS
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.definitions import Deployment, Draft, ProcessDefinition
from engine.store.tables.runtime import ProcessInstance, ScopeRow

LARGEST = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """A procedure in the list: its version in force, how many instances run it, and its draft."""

    definition: ProcessDefinition
    running: int | None  # of cases within reach; None for who sees no cases
    draft_saved_at: datetime | None
    draft_by: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a procedure."""

    definition: ProcessDefinition
    published_at: datetime
    published_by: str | None
    note: str
    running: int | None  # of cases within reach; None for who sees no cases


@dataclass(frozen=True, slots=True)
class Editing:
    """What the editor opens: the draft, else the version in force."""

    key: str
    name: str
    content: bytes
    draft_version: int
    based_on: int | None


def list_definitions(context: Context) -> Sequence[Listed]:
    """Every procedure with its version in force."""
    require(context.actor, "definition:read")
    running = _running(context)
    drafts = {
        draft.key: (draft.saved_at, name)
        for draft, name in context.session.execute(
            select(Draft, User.name).outerjoin(User, User.id == Draft.saved_by)
        ).all()
    }
    rows = context.session.scalars(
        select(ProcessDefinition)
        .where(ProcessDefinition.latest)
        .order_by(ProcessDefinition.domain, ProcessDefinition.name)
    ).all()
    totals: dict[str, int] | None = None
    if running is not None:
        totals = {}
        for (process_id, _), count in running.items():
            totals[process_id] = totals.get(process_id, 0) + count
    return [
        Listed(
            row, None if totals is None else totals.get(row.process_id, 0), *drafts.get(row.process_id, (None, None))
        )
        for row in rows
    ]


def _running(context: Context) -> dict[tuple[str, UUID], int] | None:
    """Running instances and calls by process and version, of the cases whose procedures the actor may know.

    None for who sees no cases: that one complaint runs would tell them that there is one.
    """
    if not may(context.actor, "case:read"):
        return None
    rows = context.session.execute(
        select(ProcessDefinition.process_id, ScopeRow.definition_id, func.count())
        .join(ProcessInstance, ProcessInstance.id == ScopeRow.instance_id)
        .join(ProcessDefinition, ProcessDefinition.id == ScopeRow.definition_id)
        .outerjoin(CaseFile, CaseFile.id == ProcessInstance.case_id)
        .where(
            ScopeRow.kind.in_(("process", "call")),
            ProcessInstance.state == "active",
            ProcessInstance.case_id.is_(None) | sees(context.actor, Level.N0),
        )
        .group_by(ProcessDefinition.process_id, ScopeRow.definition_id)
    ).all()
    return {(process_id, definition_id): count for process_id, definition_id, count in rows}


def versions(context: Context, process_id: str) -> Sequence[Version]:
    """All versions of a procedure, the newest first. Raises ``NotFound``."""
    require(context.actor, "definition:read")
    running = _running(context)
    rows = context.session.execute(
        select(ProcessDefinition, Deployment, User.name)
        .join(Deployment, Deployment.id == ProcessDefinition.deployment_id)
        .outerjoin(User, User.id == Deployment.by)
        .where(ProcessDefinition.process_id == process_id)
        .order_by(ProcessDefinition.version.desc())
    ).all()
    if not rows:
        raise NotFound
    return [
        Version(
            row, deployment.at, name, deployment.note, None if running is None else running.get((process_id, row.id), 0)
        )
        for row, deployment, name in rows
    ]


def version(context: Context, definition_id: UUID) -> Version:
    """One version of a procedure. Raises ``NotFound``."""
    require(context.actor, "definition:read")
    row = context.session.get(ProcessDefinition, definition_id)
    if row is None:
        raise NotFound
    return next(item for item in versions(context, row.process_id) if item.definition.id == definition_id)


def open_editor(context: Context, process_id: str) -> Editing:
    """What the editor shows for a procedure. Raises ``NotFound``."""
    require(context.actor, "definition:read")
    draft = _draft(context, process_id)
    if draft is not None:
        return Editing(process_id, draft.name, draft.content, draft.version, None)
    row = registry.latest(context, process_id)
    return Editing(process_id, row.name, registry.source(context, row.id), 0, row.version)


def _draft(context: Context, key: str) -> Draft | None:
    return context.session.scalars(select(Draft).where(Draft.key == key)).first()


def save_draft(context: Context, process_id: str, content: bytes, version: int) -> int:
    """Keep a draft; ``version`` is the one that was opened (0: there was none). Returns the new one.

    Raises ``Conflict`` where someone else saved meanwhile: both are kept, theirs here and ours with whoever typed it.
    """
    require(context.actor, "definition:draft")
    _refuse_large(content)
    draft = _draft(context, process_id)
    if draft is None:
        definitions, _ = parse_bpmn(content)
        name = next((item.name for item in definitions.processes if item.id == process_id), "") or process_id
        draft = Draft(
            id=new_id(), key=process_id[:200], name=name[:255], content=content, version=1, saved_at=context.now,
            saved_by=context.actor.id,
        )  # fmt: skip
        context.session.add(draft)
    else:
        if draft.version != version:
            user = context.session.get(User, draft.saved_by) if draft.saved_by is not None else None
            raise Conflict(
                Text(
                    "{who} guardó este borrador mientras usted lo editaba. Descargue su versión para no perderla.",
                    "{who} saved this draft while you were editing it. Download yours so that it is not lost.",
                    {"who": user.name if user is not None else "Otra persona"},
                )
            )
        draft.content, draft.saved_at, draft.saved_by = content, context.now, context.actor.id
        draft.version += 1
    context.session.flush()
    audit.record(context, "definition:draft", object_id=draft.id)
    return draft.version


def _refuse_large(content: bytes) -> None:
    if len(content) > LARGEST:
        raise DefinitionError(
            [Finding("xml.size", "error", Text("El diagrama pasa de 2 MB.", "The diagram is over 2 MB."))]
        )


def check_draft(context: Context, process_id: str, content: bytes) -> list[Finding]:
    """What would be said of a diagram if it were published now."""
    require(context.actor, "definition:draft")
    return deploy.check_files(context, {f"{process_id}.bpmn": content}, frozenset(HANDLERS)).findings


def publish(context: Context, process_id: str, content: bytes, version: int, note: str = "") -> ProcessDefinition:
    """Publish a diagram as the new version; running instances keep theirs.

    Raises ``DefinitionError`` with the findings, ``Conflict`` where the draft was saved by someone else meanwhile.
    """
    require(context.actor, "definition:deploy")
    _refuse_large(content)
    draft = _draft(context, process_id)
    if draft is not None and draft.version != version:
        save_draft(context, process_id, content, version)
    done = deploy.deploy(
        context,
        {f"{process_id}.bpmn": content},
        frozenset(HANDLERS),
        by=context.actor.id,
        note=note[:500],
    )
    if draft is not None:
        context.session.delete(draft)
    library.accept(context, process_id)  # what was written for this version holds with it
    row = registry.latest(context, process_id)
    audit.record(context, "definition:deploy", object_id=row.id, versions=sorted(done.processes))
    return row


def discard_draft(context: Context, process_id: str) -> None:
    """Throw a draft away."""
    require(context.actor, "definition:draft")
    draft = _draft(context, process_id)
    if draft is not None:
        context.session.delete(draft)
        audit.record(context, "definition:discard", object_id=draft.id)
