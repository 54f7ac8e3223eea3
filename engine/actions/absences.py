"""Days on which somebody is away, and who does their tasks meanwhile: chosen by themselves or by who supervises them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from engine.access import audit, staff
from engine.access.actors import Actor
from engine.access.matrix import OFFICERS
from engine.access.policy import may, require, supervises, supervises_everywhere
from engine.casework import notifications, offices
from engine.errors import Forbidden, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.access import Absence, User

LONGEST = timedelta(days=366)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Away:
    """An absence as its list shows it; ``last`` is its last day, ``now`` whether it has begun."""

    id: UUID
    name: str
    substitute: str
    office_code: str
    first: date
    last: date
    now: bool
    may_call_off: bool


@dataclass(frozen=True, slots=True)
class Absences:
    """The absences that concern the actor, and whom they may choose: for whom, and who stands in."""

    rows: Sequence[Away]
    people: Sequence[Actor]
    own: bool  # whether they may only speak for themselves


def listed(context: Context) -> Absences:
    """Absences that last or are to come: of the actor, in which they stand in, and of whom they supervise."""
    require(context.actor, "task:claim")
    actor, session = context.actor, context.session
    other = aliased(User)
    concerning = or_(Absence.user_id == actor.id, Absence.substitute_id == actor.id)
    if may(actor, "task:assign"):
        everywhere = supervises_everywhere(actor)
        concerning = Absence.id.is_not(None) if everywhere else or_(concerning, User.office_code == actor.office_code)
    found = session.execute(
        select(Absence, User, other.name)
        .join(User, User.id == Absence.user_id)
        .join(other, other.id == Absence.substitute_id)
        .where(Absence.ends_at > context.now, Absence.called_off_at.is_(None), concerning)
        .order_by(Absence.starts_at, Absence.id)
        .limit(SHOWN)
    ).all()
    rows = [
        Away(
            row.id,
            user.name,
            substitute,
            user.office_code,
            row.starts_at.astimezone(zone := _zone(user.office_code)).date(),
            row.ends_at.astimezone(zone).date() - timedelta(days=1),
            row.starts_at <= context.now,
            _speaks_for(actor, user.id, user.office_code),
        )
        for row, user, substitute in found
    ]
    people = [person for person in staff.at(context, {actor.office_code}) if person.roles & OFFICERS]
    return Absences(rows, people, own=not may(actor, "task:assign"))


def announce(context: Context, user_id: UUID | None, substitute_id: UUID | None, first: str, last: str) -> None:
    """Say that somebody is away from the ``first`` to the ``last`` day (``2026-12-24``) and who stands in.

    Days are those of their office. Raises ``Invalid`` with ``quien``, ``suplente``, ``desde`` or ``hasta``,
    ``Forbidden`` for somebody whom the actor may not speak for.
    """
    require(context.actor, "task:claim")
    person = staff.one(context, user_id or context.actor.id)
    if person is None:
        raise Invalid(fields={"quien": Text("Elija quién se ausenta.", "Choose who is away.")})
    if not _speaks_for(context.actor, person.id, person.office_code):
        raise Forbidden(permission="task:assign", object_id=person.id)
    zone = _zone(person.office_code)
    begins, ends, wrong = _days(first, last, context.now.astimezone(zone).date())
    substitute = staff.one(context, substitute_id)
    if substitute is None or substitute.id == person.id or substitute.office_code != person.office_code:
        wrong["suplente"] = Text("Elija quién suple, de la misma oficina.", "Choose who stands in, of the same office.")
    elif not substitute.roles & person.roles & OFFICERS:
        wrong["suplente"] = Text(
            "Quien suple necesita una función en común con quien se ausenta.",
            "Who stands in needs a role in common with who is away.",
        )
    if begins is None or ends is None or substitute is None or wrong:
        raise Invalid(fields=wrong)
    starts_at, ends_at = (datetime.combine(day, time(0), zone).astimezone(UTC) for day in (begins, ends + timedelta(1)))
    overlapping = select(Absence.id).where(
        Absence.user_id == person.id,
        Absence.called_off_at.is_(None),
        Absence.starts_at < ends_at,
        Absence.ends_at > starts_at,
    )
    if context.session.scalars(overlapping).first() is not None:
        raise Invalid(
            fields={"desde": Text("En esos días ya hay una ausencia.", "There is an absence on those days already.")}
        )
    row = Absence(
        user_id=person.id,
        substitute_id=substitute.id,
        starts_at=starts_at,
        ends_at=ends_at,
        made_by=context.actor.id,
        made_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    audit.record(context, "absence:announce", object_id=person.id, substitute=str(substitute.id), absence=str(row.id))
    values = {"who": person.name, "by": substitute.name, "first": begins.isoformat(), "last": ends.isoformat()}
    _tell(
        context,
        {substitute.id, person.id} - {context.actor.id},
        Text("{by} suple a {who} del {first} al {last}.", "{by} stands in for {who} from {first} to {last}.", values),
    )


def call_off(context: Context, absence_id: UUID) -> None:
    """End an absence now, or before it begins. Raises ``NotFound``, ``Forbidden``."""
    require(context.actor, "task:claim")
    row = context.session.get(Absence, absence_id, with_for_update=True)
    user = context.session.get(User, row.user_id) if row is not None else None
    if row is None or user is None or row.called_off_at is not None or row.ends_at <= context.now:
        raise NotFound
    if not _speaks_for(context.actor, user.id, user.office_code):
        raise Forbidden(permission="task:assign", object_id=user.id)
    row.called_off_at = context.now
    audit.record(context, "absence:call_off", object_id=user.id, absence=str(row.id))
    _tell(
        context,
        {row.substitute_id, row.user_id} - {context.actor.id},
        Text("Terminó la ausencia de {who}.", "The absence of {who} is over.", {"who": user.name}),
    )


def _speaks_for(actor: Actor, user_id: UUID | None, office_code: str) -> bool:
    return user_id == actor.id or (may(actor, "task:assign") and supervises(actor, office_code))


def _zone(office_code: str) -> ZoneInfo:
    return ZoneInfo(offices.packaged()[office_code].timezone)


def _days(first: str, last: str, today: date) -> tuple[date | None, date | None, dict[str, Text]]:
    """The two days, and what is wrong with them."""
    begins, ends = as_day(first), as_day(last)
    wrong = {}
    if begins is None or begins < today:
        wrong["desde"] = Text("Elija el primer día, desde hoy.", "Choose the first day, from today on.")
    if ends is None or ends < (begins or today) or (begins is not None and ends - begins > LONGEST):
        wrong["hasta"] = Text(
            "Elija el último día, no antes del primero.", "Choose the last day, not before the first."
        )
    return begins, ends, wrong


def as_day(text: str) -> date | None:
    """A day as browsers send it; None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _tell(context: Context, people: Collection[UUID | None], text: Text) -> None:
    for user_id in sorted(id for id in people if id is not None):
        notifications.notify(context, "absence", text, user_id=user_id)
