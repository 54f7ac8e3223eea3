"""What is kept how long: the terms by domain, level and result, which cases are due by them, and what holds some back.

The terms are rows of the decision table ``conservacion``, so that they can be read, tried and published as any other;
nothing is due before a case can no longer be reopened, whatever the table says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, false, func, or_, select, tuple_, type_coerce

from engine.bpmn.timers import Duration, TimerError, as_duration
from engine.casework.cases import REOPEN_DAYS
from engine.definitions import registry
from engine.errors import Invalid, NotFound, Text
from engine.feel import FeelError
from engine.store import Context
from engine.store.tables.casework import CaseFile, LegalHold
from engine.store.tables.runtime import ProcessInstance

DECISION = "conservacion"
ALWAYS = "siempre"
OVER = ("completed", "cancelled")
FLOOR = timedelta(days=REOPEN_DAYS + 1)
_reserved: ColumnElement[bool] = type_coerce(CaseFile.compartments, String) != ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a term depends on."""

    domain: str | None
    reserved: bool
    resolution: str | None

    @property
    def level(self) -> str:
        """The level of the most sensitive that such a case holds (handbook, section 5).

        N3 lies in compartments, N2 in what a domain asks; who was only given advice left N1.
        """
        return "N3" if self.reserved else "N2" if self.domain is not None else "N1"

    @property
    def condition(self) -> ColumnElement[bool]:
        """Which case files are of this kind."""
        return and_(
            CaseFile.domain.is_not_distinct_from(self.domain),
            _reserved if self.reserved else ~_reserved,
            CaseFile.resolution.is_not_distinct_from(self.resolution),
        )


@dataclass(frozen=True, slots=True)
class Term:
    """How long the personal data of a kind of case are kept after closing; ``lasts`` None: for ever.

    ``row`` and ``why`` name the row of the table that says so.
    """

    text: str
    lasts: Duration | None
    row: int | None
    why: str

    def before(self, now: datetime) -> datetime | None:
        """Cases that were closed before then are due at ``now``; None: none ever is."""
        if self.lasts is None:
            return None
        return min(Duration(-self.lasts.months, -self.lasts.span).after(now), now - FLOOR)


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one kind that are over, by what becomes of them at this moment."""

    kind: Kind
    term: Term
    due: int
    held: int  # due but for a legal hold
    running: int  # due but for a procedure that still runs
    kept: int  # not due yet, or never


@dataclass(frozen=True, slots=True)
class Line:
    """One case that is due, or would be if it were not held or its procedure not running."""

    case: CaseFile
    kind: Kind
    term: Term
    held: bool
    running: bool


def term(context: Context, kind: Kind) -> Term:
    """What the table says of a kind of case. Raises ``Invalid`` where there is no table, or it gives no term."""
    values = {"dominio": kind.domain, "nivel": kind.level, "resolucion": kind.resolution}
    try:
        _, model = registry.decision(context, DECISION)
        result = model.evaluate(DECISION, values, now=context.now)
    except NotFound as error:
        raise Invalid(error.text) from error
    except FeelError as error:
        raise Invalid(Text(error.es, error.en)) from error
    matched = result.trace[0].matched[0] if result.trace and result.trace[0].matched else None
    row, why = (matched.index, matched.annotation) if matched is not None else (None, "")
    if result.value == ALWAYS or (result.value is None and not result.warnings):
        return Term(ALWAYS, None, row, why)
    try:
        lasts = as_duration(result.value)
    except TimerError:
        lasts = Duration()
    if not lasts.positive:
        raise Invalid(
            Text(
                "La tabla «{name}», fila {row}, da «{value}»: se esperaba un plazo como P5Y, o «siempre».",
                "The table “{name}”, row {row}, gives “{value}”: a term such as P5Y was expected, or “siempre”.",
                {"name": DECISION, "row": row or "—", "value": str(result.value)[:60]},
            )
        )
    return Term(str(result.value), lasts, row, why)


def terms(context: Context) -> dict[Kind, Term]:
    """The term of each kind of case that is over and still has personal data. Raises ``Invalid``."""
    query = (
        select(CaseFile.domain, _reserved, CaseFile.resolution)
        .where(CaseFile.erased_at.is_(None), CaseFile.closed_at < context.now - FLOOR)
        .distinct()
    )
    kinds = [
        Kind(domain, bool(reserved), resolution) for domain, reserved, resolution in context.session.execute(query)
    ]
    return {kind: term(context, kind) for kind in sorted(kinds, key=str)}


def overdue(found: dict[Kind, Term], now: datetime) -> ColumnElement[bool]:
    """Which case files are past their term, as a condition on ``CaseFile``; held and running ones, too."""
    parts = [
        and_(kind.condition, CaseFile.closed_at < before)
        for kind, said in found.items()
        if (before := said.before(now)) is not None
    ]
    return and_(CaseFile.erased_at.is_(None), or_(false(), *parts))


def is_held() -> ColumnElement[bool]:
    """Whether a legal hold lies on a case file."""
    return select(LegalHold.id).where(LegalHold.case_id == CaseFile.id, LegalHold.lifted_at.is_(None)).exists()


def is_running() -> ColumnElement[bool]:
    """Whether a procedure of a case file is not over."""
    row = ProcessInstance
    return select(row.id).where(row.case_id == CaseFile.id, row.state.not_in(OVER)).exists()


def groups(context: Context) -> list[Group]:
    """The dry run in figures: what becomes of the cases that are over, by kind. Raises ``Invalid``."""
    found = terms(context)
    late, held, running = overdue(found, context.now), is_held(), is_running()
    query = (
        select(CaseFile.domain, _reserved, CaseFile.resolution, late, held, running, func.count())
        .where(CaseFile.erased_at.is_(None), CaseFile.closed_at < context.now - FLOOR)
        .group_by(CaseFile.domain, _reserved, CaseFile.resolution, late, held, running)
    )
    counts: dict[Kind, list[int]] = {kind: [0, 0, 0, 0] for kind in found}
    for domain, reserved, resolution, is_late, on_hold, runs, count in context.session.execute(query):
        place = 3 if not is_late else 1 if on_hold else 2 if runs else 0
        counts[Kind(domain, bool(reserved), resolution)][place] += count
    return [Group(kind, found[kind], *numbers) for kind, numbers in counts.items()]


def lines(
    context: Context, limit: int, after: tuple[datetime, UUID] | None = None, *, found: dict[Kind, Term] | None = None
) -> Sequence[Line]:
    """The dry run case by case, those first that were closed first; ``after`` is the last one of the page before."""
    found = terms(context) if found is None else found
    query = select(CaseFile, is_held(), is_running()).where(overdue(found, context.now))
    if after is not None:
        query = query.where(tuple_(CaseFile.closed_at, CaseFile.id) > after)
    rows = context.session.execute(query.order_by(CaseFile.closed_at, CaseFile.id).limit(limit)).all()
    listed = []
    for case, held, running in rows:
        kind = Kind(case.domain, bool(case.compartments), case.resolution)
        listed.append(Line(case, kind, found[kind], bool(held), bool(running)))
    return listed


def all_lines(context: Context, size: int = 500) -> Iterator[Line]:
    """The whole dry run, read page by page."""
    found = terms(context)
    after: tuple[datetime, UUID] | None = None
    while page := lines(context, size, after, found=found):
        yield from page
        after = key_of(page[-1])


def key_of(line: Line) -> tuple[datetime, UUID]:
    """By what a page of the dry run goes on behind this line."""
    assert line.case.closed_at is not None
    return line.case.closed_at, line.case.id


def count_due(context: Context) -> int:
    """How many cases would be erased now. Raises ``Invalid``."""
    query = select(func.count()).select_from(CaseFile).where(_erasable(terms(context), context.now))
    return context.session.scalar(query) or 0


def due(context: Context, at: datetime, limit: int) -> Sequence[UUID]:
    """Up to ``limit`` cases that were due at that moment and still may be erased, locked. Raises ``Invalid``."""
    query: Select[UUID] = select(CaseFile.id).where(_erasable(terms(context), at))
    locked = query.order_by(CaseFile.closed_at, CaseFile.id).limit(limit).with_for_update(of=CaseFile)
    ids = context.session.scalars(locked).all()
    # Who waited for the lock of a case may have waited for somebody who has just held it: asked again, behind the lock.
    return context.session.scalars(query.where(CaseFile.id.in_(ids))).all()


def _erasable(found: dict[Kind, Term], at: datetime) -> ColumnElement[bool]:
    return and_(overdue(found, at), ~is_held(), ~is_running())


def holds_of(context: Context, case_ids: Collection[UUID]) -> Sequence[LegalHold]:
    """The legal holds of some cases, those that last first, the newest first."""
    row = LegalHold
    query = select(row).where(row.case_id.in_(case_ids)).order_by(row.lifted_at.is_not(None), row.id.desc())
    return context.session.scalars(query).all()
