"""Rehearsals: a designer asks for one, the worker carries it out, and its result says whether a draft can be published."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import select

from engine.access import audit
from engine.access.policy import require
from engine.actions.scenarios import library
from engine.definitions import registry
from engine.dmn.xml import XmlError, parse_xml
from engine.errors import Conflict, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.definitions import Draft, ProcessDefinition
from engine.store.tables.scenarios import Rehearsal

WAITING, RUNNING, PASSED, FAILED, STOPPED = "waiting", "running", "passed", "failed", "stopped"
LONGEST_ONE, LONGEST_ALL = timedelta(minutes=10), timedelta(minutes=60)
MOST_WAITING = 5
KEPT = 5  # results of one procedure


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario came out. ``error`` is None where it did as it says."""

    key: str
    title: str
    line: int | None = None
    error: Text | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a rehearsal: outcomes by key, and what was passed of which procedure and decision."""

    row: Rehearsal
    state: str
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    processes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    decisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refusal: str = ""

    @property
    def failed(self) -> int:
        """How many did not come out as they say."""
        return sum(item.error is not None for item in self.outcomes.values())

    @property
    def busy(self) -> bool:
        """Whether it is still under way."""
        return self.state in (WAITING, RUNNING)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A procedure in the list: how many scenarios there are, and its newest rehearsal of what is published."""

    definition: ProcessDefinition
    scenarios: int
    result: Result | None
    has_draft: bool


@dataclass(frozen=True, slots=True)
class Procedure:
    """What the page of a procedure's scenarios shows."""

    definition: ProcessDefinition
    has_draft: bool
    texts: Sequence[library.Written]
    result: Result | None
    stale: bool  # the diagram or a scenario changed since
    names: Mapping[str, str]  # of elements and flows

    @property
    def marks(self) -> Mapping[str, Mapping[str, int]]:
        """What no scenario passes, as the viewer paints it."""
        seen = self.result.processes.get(self.definition.process_id) if self.result is not None else None
        missed = [*seen["missed_elements"], *seen["missed_flows"]] if seen is not None else []
        return {id: {"missed": 1} for id in missed}

    @property
    def unaccepted(self) -> int:
        """How many texts stand with the draft."""
        return sum(item.origin == library.DRAFT for item in self.texts)


def procedure(context: Context, processes: Path, process_id: str, *, draft: bool) -> Procedure:
    """The scenarios of a procedure and its newest rehearsal. Raises ``NotFound``."""
    require(context.actor, "definition:read")
    row = registry.latest(context, process_id)
    texts = [
        item for item in library.written(context, processes, drafts=draft).values() if item.process_id == process_id
    ]
    result = newest(context, process_id, draft=draft)
    model = registry.spec(context, row.id).model
    names = {element.id: element.name for element in model.elements.values()}
    for flow in model.flows.values():
        ends = [names.get(end) or end for end in (flow.source, flow.target)]
        names[flow.id] = " → ".join(ends) + (f" ({flow.name})" if flow.name else "")
    return Procedure(
        row,
        draft_content(context, process_id) is not None,
        texts,
        result,
        result is not None and result.row.digest != _digest(context, processes, process_id, draft=draft),
        names,
    )


def ask(context: Context, processes: Path, process_id: str | None, *, draft: bool) -> Rehearsal:
    """Have the scenarios of a procedure played (of all without one), against the draft or what is published.

    Raises ``Conflict`` where the same is under way or too many wait.
    """
    require(context.actor, "definition:draft")
    digest = ""
    if process_id is not None:
        registry.latest(context, process_id)
        digest = _digest(context, processes, process_id, draft=draft)
    waiting = context.session.scalars(select(Rehearsal).where(Rehearsal.state.in_((WAITING, RUNNING)))).all()
    waiting = [row for row in waiting if not _lost(context, row)]
    if any(row.process_id == process_id and row.draft == draft for row in waiting):
        raise Conflict(Text("Ya se están probando. Espere el resultado.", "They are being tried. Wait for the result."))
    if len(waiting) >= MOST_WAITING:
        raise Conflict(Text("Ya esperan demasiadas pruebas. Espere.", "Too many trials wait. Please wait."))
    _forget(context, process_id, draft)
    row = Rehearsal(
        id=new_id(), process_id=process_id, draft=draft, digest=digest, state=WAITING, started_at=context.now,
        started_by=context.actor.id,
    )  # fmt: skip
    context.session.add(row)
    context.session.flush()
    audit.record(context, "definition:rehearse", object_id=row.id)
    return row


def newest(context: Context, process_id: str | None, *, draft: bool) -> Result | None:
    """The newest rehearsal of a procedure (of all), under way or done."""
    require(context.actor, "definition:read")
    row = context.session.scalars(
        select(Rehearsal)
        .where(Rehearsal.process_id == process_id, Rehearsal.draft == draft)
        .order_by(Rehearsal.started_at.desc(), Rehearsal.id.desc())
        .limit(1)
    ).first()
    return read(context, row) if row is not None else None


def overview(context: Context, processes: Path) -> Sequence[Rehearsed]:
    """Every procedure with its scenarios. A rehearsal of all counts for each, if it is newer than its own."""
    require(context.actor, "definition:read")
    counts: dict[str, int] = {}
    for item in library.written(context, processes, drafts=True).values():
        counts[item.process_id] = counts.get(item.process_id, 0) + 1
    drafts = set(context.session.scalars(select(Draft.key)))
    results: dict[str | None, Result] = {}
    for rehearsal in context.session.scalars(
        select(Rehearsal).where(~Rehearsal.draft).order_by(Rehearsal.started_at, Rehearsal.id)
    ):
        results[rehearsal.process_id] = read(context, rehearsal)
    whole = results.get(None)
    rows = context.session.scalars(
        select(ProcessDefinition)
        .where(ProcessDefinition.latest)
        .order_by(ProcessDefinition.domain, ProcessDefinition.name)
    ).all()
    found = []
    for row in rows:
        own = results.get(row.process_id)
        if whole is not None and (own is None or own.row.started_at < whole.row.started_at):
            own = whole
        found.append(Rehearsed(row, counts.get(row.process_id, 0), own, row.process_id in drafts))
    return found


def doubts(context: Context, processes: Path, process_id: str, content: bytes) -> Text | None:
    """Why publishing ``content`` should be thought over: its scenarios fail, or were not played against it."""
    require(context.actor, "definition:draft")
    texts = [
        item for item in library.written(context, processes, drafts=True).values() if item.process_id == process_id
    ]
    if not texts:
        return None
    result = newest(context, process_id, draft=True)
    if result is None or result.row.digest != _sum(content, texts) or result.state not in (PASSED, FAILED):
        return Text(
            "Los escenarios de este procedimiento ({n}) no se han probado con este diagrama.",
            "The scenarios of this procedure ({n}) were not played with this diagram.",
            {"n": len(texts)},
        )
    if result.state == FAILED:
        return Text(
            "Los escenarios fallan con este diagrama ({failed}).",
            "The scenarios fail with this diagram ({failed}).",
            {"failed": result.failed or len(texts)},
        )
    return None


def read(context: Context, row: Rehearsal) -> Result:
    """A rehearsal with its result in the reader's terms; one whose worker is gone was stopped."""
    told: Mapping[str, Any] = row.result or {}
    return Result(
        row,
        STOPPED if row.state in (WAITING, RUNNING) and _lost(context, row) else row.state,
        {item["key"]: _outcome(item) for item in told.get("scenarios", ())},
        {item["id"]: item for item in told.get("processes", ())},
        {item["id"]: item for item in told.get("decisions", ())},
        str(told.get("refusal", "")),
    )


def limit(process_id: str | None) -> timedelta:
    """How long a rehearsal may take."""
    return LONGEST_ONE if process_id is not None else LONGEST_ALL


def _outcome(item: Mapping[str, Any]) -> Outcome:
    error = (
        Text("{es}", "{en}", {"es": item["error"], "en": item.get("error_en", item["error"])})
        if item.get("error")
        else None
    )
    return Outcome(item["key"], item["title"], item.get("line"), error)


def _lost(context: Context, row: Rehearsal) -> bool:
    return context.now - row.started_at > 2 * limit(row.process_id)


def _forget(context: Context, process_id: str | None, draft: bool) -> None:
    """Only the newest results are of use."""
    older = (
        select(Rehearsal)
        .where(Rehearsal.process_id == process_id, Rehearsal.draft == draft)
        .order_by(Rehearsal.started_at.desc())
        .offset(KEPT - 1)
    )
    for row in context.session.scalars(older).all():
        context.session.delete(row)


def draft_content(context: Context, process_id: str) -> bytes | None:
    """The draft of a procedure's diagram."""
    return context.session.scalar(select(Draft.content).where(Draft.key == process_id))


def _digest(context: Context, processes: Path, process_id: str, *, draft: bool) -> str:
    content = draft_content(context, process_id) if draft else None
    if content is None:
        content = registry.source(context, registry.latest(context, process_id).id)
    texts = library.written(context, processes, drafts=draft).values()
    return _sum(content, [item for item in texts if item.process_id == process_id])


def _sum(content: bytes, texts: Sequence[library.Written]) -> str:
    """What is played, as a number: where shapes stand is no part of it."""
    total = hashlib.sha256(_without_picture(content))
    for item in sorted(texts, key=lambda item: item.key):
        total.update(item.key.encode() + b"\0" + item.content + b"\0")
    return total.hexdigest()


def _without_picture(content: bytes) -> bytes:
    """A diagram's text but for where shapes stand and how it is indented."""
    try:
        root = parse_xml(content, max_elements=60_000, max_depth=128)
    except XmlError:
        return content
    for node in root.findall("{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"):
        root.remove(node)
    text: str = etree.canonicalize(root, strip_text=True)
    return text.encode()
