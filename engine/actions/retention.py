"""What is done about how long data are kept: looking at what is due, having it erased, holding a case and letting it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from engine.access import audit, facts
from engine.access.matrix import Level
from engine.access.policy import case_level, may, require, require_case
from engine.casework import cases, timeline
from engine.errors import Conflict, Invalid, Text
from engine.runtime import erasing, retention
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Erasure, LegalHold

SHORTEST, LONGEST = 10, 1_000
PAGE = 50
BATCH = 20  # cases erased in one transaction
UNSURE = Text("Confirme que revisó la lista.", "Confirm that you have looked at the list.")
ANSWERING = Level.N2  # why a case is held tells what is the matter with a person


@dataclass(frozen=True, slots=True)
class Held:
    """One legal hold as its reader sees it; without ``reason`` for who does not see that much of the case."""

    id: UUID
    by: str
    at: datetime
    reason: str | None
    lifted_by: str | None
    lifted_at: datetime | None
    lifted_reason: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands: its holds, when its data go, and whether its reader may hold it and let it go."""

    case: CaseFile
    holds: Sequence[Held]
    term: retention.Term | None
    may_hold: bool

    @property
    def held(self) -> Held | None:
        """The hold that lies on it."""
        return next((item for item in self.holds if item.lifted_at is None), None)


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody had erased."""

    row: Erasure
    who: str


@dataclass(frozen=True, slots=True)
class Room:
    """The dry run: what is due by kind of case, a page of the cases, and what was erased lately."""

    groups: Sequence[retention.Group]
    lines: Sequence[retention.Line]
    after: str | None
    due: int
    held: int
    running: int
    orders: Sequence[Order]
    wrong: Text | None

    @property
    def erasing(self) -> bool:
        """Whether something is being erased."""
        return any(order.row.finished_at is None for order in self.orders)


def look(context: Context, after: str = "") -> Room:
    """What is due, what is held, and why. Raises ``Forbidden``. A table that gives no term is shown as what is wrong."""
    require(context.actor, "retention:read")
    try:
        groups = retention.groups(context)
        lines = retention.lines(context, PAGE + 1, _read(after))
        wrong = None
    except Invalid as error:
        groups, lines, wrong = [], [], error.text
    last = retention.key_of(lines[PAGE - 1]) if len(lines) > PAGE else None
    return Room(
        groups,
        lines[:PAGE],
        f"{last[0].isoformat()}~{last[1]}" if last is not None else None,
        sum(group.due for group in groups),
        sum(group.held for group in groups),
        sum(group.running for group in groups),
        orders(context),
        wrong,
    )


def note_look(context: Context, case_id: UUID | None = None) -> None:
    """Write down that the actor looked at what is due, or how long one case is kept."""
    audit.record(context, "retention:read", object_id=case_id, case_id=case_id)


def _read(text: str) -> tuple[datetime, UUID] | None:
    at, _, id = text.partition("~")
    try:
        key = datetime.fromisoformat(at), UUID(id)
    except ValueError:
        return None
    return key if key[0].tzinfo is not None else None


def orders(context: Context) -> Sequence[Order]:
    """What was erased lately, the newest first."""
    query = (
        select(Erasure, User.name).outerjoin(User, User.id == Erasure.asked_by).order_by(Erasure.id.desc()).limit(10)
    )
    return [Order(row, name or "SIPROC") for row, name in context.session.execute(query)]


def erase(context: Context, seen: int | None) -> UUID:
    """Have everything erased that is due now; the worker does it, a few cases at a time.

    ``seen`` is how many cases the dry run showed; nothing is erased that nobody saw. Raises ``Forbidden``, ``Conflict``
    where there is another number by now, or something is being erased.
    """
    require(context.actor, "retention:erase")
    if pending(context) is not None:
        raise Conflict(Text("Ya se está borrando.", "Data are being erased already."))
    count = retention.count_due(context)
    if seen != count or not count:
        raise Conflict(
            Text(
                "Ahora son {n} los expedientes vencidos. Revise la lista de nuevo.",
                "{n} case files are due now. Look at the list again.",
                {"n": count},
            )
        )
    row = Erasure(id=new_id(), asked_by=context.actor.id, asked_at=context.now, expected=count, erased=0)
    context.session.add(row)
    context.session.flush()
    audit.record(context, "retention:erase", object_id=row.id, cases=count)
    return row.id


def pending(context: Context) -> Erasure | None:
    """What is being erased."""
    return context.session.scalars(select(Erasure).where(Erasure.finished_at.is_(None)).order_by(Erasure.id)).first()


def sweep(context: Context) -> int:
    """Erase a few cases of what was asked for; returns how much was done. Killed in between it goes on where it was."""
    query = select(Erasure).where(Erasure.finished_at.is_(None)).order_by(Erasure.id).limit(1)
    row = context.session.scalars(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return 0
    try:
        ids = retention.due(context, row.asked_at, BATCH)
    except Invalid:  # the table became unreadable in between: what is left stays, and the page says why
        ids = ()
    if not ids:
        row.finished_at = context.now
        return 1
    erasing.erase(context, ids)
    row.erased += len(ids)
    for case_id in ids:
        audit.record(context, "retention:forget", object_id=row.id, case_id=case_id)
    context.session.flush()
    return len(ids)


def standing(context: Context, case_id: UUID) -> Standing:
    """How long the data of a case are kept, and what holds them. Raises ``NotFound``."""
    case = require_case(context, case_id)
    level = case_level(context, case_id)
    rows = retention.holds_of(context, [case_id])
    ids = {row.held_by for row in rows} | {row.lifted_by for row in rows}
    names = {row.id: row.name for row in context.session.scalars(select(User).where(User.id.in_(ids - {None})))}
    may_hold = may(context.actor, "retention:hold", facts.of_case(context, case))
    told = may_hold or level.reaches(ANSWERING)
    held = [
        Held(
            row.id,
            _named(names, row.held_by),
            row.held_at,
            row.reason if told else None,
            _named(names, row.lifted_by) if row.lifted_at is not None else None,
            row.lifted_at,
            row.lifted_reason if told else None,
        )
        for row in rows
    ]
    return Standing(case, held, _term(context, case), may_hold)


def _named(names: dict[UUID, str], user_id: UUID | None) -> str:
    return names.get(user_id, "SIPROC") if user_id is not None else "SIPROC"


def _term(context: Context, case: CaseFile) -> retention.Term | None:
    if case.closed_at is None or case.erased_at is not None:
        return None
    try:
        return retention.term(context, retention.Kind(case.domain, bool(case.compartments), case.resolution))
    except Invalid:
        return None


def is_held(context: Context, case_id: UUID) -> bool:
    """Whether a legal hold lies on a case. Raises ``NotFound``."""
    require_case(context, case_id)
    return _lasting(context, case_id) is not None


def hold(context: Context, case_id: UUID, reason: str) -> None:
    """Let nobody erase the data of a case until the hold is lifted. Raises ``Invalid``, ``Conflict``, ``NotFound``."""
    said = _said(reason)
    _holding(context, case_id)
    if _lasting(context, case_id) is not None:
        raise Conflict(Text("El expediente ya está retenido.", "The case file is held already."))
    row = LegalHold(id=new_id(), case_id=case_id, reason=said, held_by=context.actor.id, held_at=context.now)
    context.session.add(row)
    context.session.flush()
    _note(context, case_id, Text("Retuvo los datos del expediente.", "Put a legal hold on the case file."))
    audit.record(context, "retention:hold", object_id=row.id, case_id=case_id)


def lift(context: Context, case_id: UUID, reason: str) -> None:
    """End the hold of a case. Raises ``Invalid``, ``Conflict`` where there is none, ``NotFound``."""
    said = _said(reason)
    _holding(context, case_id)
    row = _lasting(context, case_id)
    if row is None:
        raise Conflict(Text("El expediente no está retenido.", "The case file is not held."))
    row.lifted_by, row.lifted_at, row.lifted_reason = context.actor.id, context.now, said
    _note(context, case_id, Text("Levantó la retención del expediente.", "Lifted the legal hold of the case file."))
    audit.record(context, "retention:lift", object_id=row.id, case_id=case_id)


def _holding(context: Context, case_id: UUID) -> None:
    """Go on if the actor may; the case is locked, so that nobody erases it meanwhile."""
    case = require_case(context, case_id)
    require(context.actor, "retention:hold", facts.of_case(context, case), object_id=case_id, case_id=case_id)
    cases.load(context, case_id).version += 1


def _lasting(context: Context, case_id: UUID) -> LegalHold | None:
    query = select(LegalHold).where(LegalHold.case_id == case_id, LegalHold.lifted_at.is_(None))
    return context.session.scalars(query).first()


def _said(reason: str) -> str:
    said = reason.strip()
    if not SHORTEST <= len(said) <= LONGEST:
        text = Text(
            "Diga por qué, en {a} a {b} letras.", "Say why, in {a} to {b} letters.", {"a": SHORTEST, "b": LONGEST}
        )
        raise Invalid(fields={"motivo": text})
    return said


def _note(context: Context, case_id: UUID, text: Text) -> None:
    timeline.append(context, case_id, "case.hold", text, level=Level.META)
