"""Two registrations of one person: finding the other, comparing both, merging them, and undoing that within its term."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, or_, select

from engine.access import audit, facts
from engine.access.matrix import NEEDS
from engine.access.policy import require, require_case, sees, visible_cases
from engine.actions import duplicates
from engine.actions.duplicates import Registered
from engine.actions.seen import CaseHead, head
from engine.casework import merging, people, timeline
from engine.errors import Conflict, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.access import User
from engine.store.tables.casework import CaseFile, Person, PersonMerge

LIKELY = 10
NO_SUCH_CASE = Text(
    "No hay a su alcance un expediente con ese folio y otra persona registrada.",
    "There is no case file within your reach with that folio and another registered person.",
)
NOT_WHOLE = Text(
    "Una de las dos personas tiene un expediente que usted no ve lo bastante. Pida la unión a la Dirección General de Protección.",
    "One of both persons has a case file of which you do not see enough. Ask the General Directorate for Protection to merge them.",
)
MERGED = Text("Unió dos registros de la misma persona.", "Merged two registrations of the same person.")
PARTED = Text("Deshizo la unión de dos registros.", "Undid the merge of two registrations.")


@dataclass(frozen=True, slots=True)
class Side:
    """A registered person, with the case by which they are looked at and how many there are of them."""

    case: CaseHead
    person: Person
    cases: int


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that can be undone still: who made it, when, and until when."""

    id: UUID
    by: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """A person's registration: who else may be the same person, and what was merged into it lately."""

    side: Side
    likely: Sequence[Registered]
    merges: Sequence[Merge]


def view(context: Context, case_id: UUID) -> Registration:
    """The registration of a case's person. Raises ``NotFound``, ``Forbidden``."""
    side = _side(context, case_id)
    person = side.person
    described = {
        "nombres": person.given_names,
        "apellido1": person.first_surname,
        "apellido2": person.second_surname,
        "afectada_nombre": person.name,
        "dni": person.dni,
        "fecha_nac": person.birth_date,
        "nac_muni": person.municipality,
    }
    # With another document it is hardly the same person; whoever knows better names the folio.
    found = people.alike(context, described, LIKELY)
    alike = [like.person_id for like in found if like.person_id != person.id and not like.other_document]
    seen = duplicates.told(context, alike, case_id) if alike else []
    rows = context.session.execute(
        select(PersonMerge, User.name)
        .outerjoin(User, User.id == PersonMerge.merged_by)
        .where(PersonMerge.kept_id == person.id, PersonMerge.until >= context.now, PersonMerge.before.is_not(None))
        .order_by(PersonMerge.merged_at.desc())
    )
    merges = [Merge(row.id, name or "—", row.merged_at, row.until) for row, name in rows]
    return Registration(side, [item for item in seen if item.case_id is not None], merges)


def other(context: Context, case_id: UUID, folio: str) -> UUID:
    """The case with this folio, whose person is to be compared. Raises ``Invalid`` where there is none within reach."""
    side = _side(context, case_id)
    written = folio.strip().upper()[:60]
    found = context.session.scalar(
        select(CaseFile.id).where(
            or_(CaseFile.folio == written, CaseFile.previous_folio == written),
            CaseFile.person_id != side.person.id,
            visible_cases(context.actor),
            sees(context.actor, NEEDS["person:merge"]),
        )
    )
    if found is None:
        raise Invalid(fields={"folio": NO_SUCH_CASE})
    return found


def compare(context: Context, case_id: UUID, other_id: UUID) -> tuple[Side, Side]:
    """Both, side by side. Raises ``NotFound``, ``Forbidden``, and ``Conflict`` where they cannot be merged by the actor."""
    kept, gone = _side(context, case_id), _side(context, other_id)
    if kept.person.id == gone.person.id:
        raise NotFound
    _require_whole(context, kept.person.id, gone.person.id)
    return kept, gone


def merge(context: Context, case_id: UUID, other_id: UUID, from_other: Collection[str]) -> None:
    """Make the persons of two cases one: the first's, with those values of the second that are named.

    Every case of both is seen by the actor, for each gets another registration. Raises ``NotFound``, ``Forbidden``, ``Conflict``.
    """
    kept, gone = compare(context, case_id, other_id)
    row = merging.merge(context, kept.person.id, gone.person.id, set(from_other) & merging.VALUES.keys())
    _note(context, "person:merge", row, MERGED, case_id)


def undo(context: Context, case_id: UUID, merge_id: UUID) -> None:
    """Undo a merge into the person of a case. Raises ``NotFound``, ``Forbidden``, ``Conflict``."""
    side = _side(context, case_id)
    row = context.session.get(PersonMerge, merge_id)
    if row is None or row.kept_id != side.person.id:
        raise NotFound
    _require_whole(context, side.person.id)
    _note(context, "person:part", merging.undo(context, merge_id), PARTED, case_id)


def note_compared(context: Context, case_id: UUID, other_id: UUID | None = None) -> None:
    """Write down that the actor looked at a person's registration, or at two of them."""
    audit.record(context, "person:read", object_id=other_id or case_id, case_id=case_id)


def sweep(context: Context) -> int:
    """Drop what is kept of merges that can be undone no longer; gives how many."""
    return merging.forget_old(context)


def _side(context: Context, case_id: UUID) -> Side:
    row = require_case(context, case_id)
    require(context.actor, "person:merge", facts.of_case(context, row), object_id=case_id, case_id=case_id)
    person = context.session.get(Person, row.person_id) if row.person_id is not None else None
    if person is None:
        raise NotFound
    count = context.session.scalar(select(func.count()).where(CaseFile.person_id == person.id)) or 0
    return Side(head(row, NEEDS["person:merge"]), person, count)


def _require_whole(context: Context, *person_ids: UUID) -> None:
    # In words that are true or false where a column is null.
    whole = case((sees(context.actor, NEEDS["person:merge"]), 1), else_=0)
    strange = select(CaseFile.id).where(CaseFile.person_id.in_(person_ids), whole == 0)
    if context.session.scalar(strange.limit(1)) is not None:
        raise Conflict(NOT_WHOLE)


def _note(context: Context, act: str, row: PersonMerge, said: Text, case_id: UUID) -> None:
    ids = context.session.scalars(
        select(CaseFile.id).where(CaseFile.person_id.in_([row.kept_id, row.gone_id])).order_by(CaseFile.id)
    ).all()
    timeline.append_all(context, "person", [(id, said, {}) for id in ids])
    audit.record(
        context, act, object_id=row.kept_id, case_id=case_id, other=str(row.gone_id), merge=str(row.id), cases=len(ids)
    )
