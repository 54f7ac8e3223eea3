"""Case files that belong together: related by hand with a reason, and those of the same person, as far as each reader may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, case, delete, or_, select

from engine.access import audit, firewall
from engine.access.matrix import NEEDS, Level
from engine.access.policy import case_level, level_seen, may, require, require_case, sees, visible_cases
from engine.actions import keys
from engine.actions.cases import keep_out
from engine.actions.seen import CaseHead, head
from engine.casework import cases, timeline
from engine.casework.kinship import KINSHIPS, includes, inverse
from engine.errors import Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseRelation

FAMILY = "familia"
# How two cases belong together (handbook, section 4: link types).
KINDS: Mapping[str, Text] = {
    FAMILY: Text("Familia", "Family"),
    "mismo_hecho": Text("Mismo hecho", "Same event"),
    "mismo_lugar": Text("Misma detención o lugar", "Same detention or place"),
    "otra": Text("Otra relación", "Other relation"),
}
UNTOLD = Text("Relacionado", "Related")
NEEDED = NEEDS["case:relate"]
SHOWN = 5  # on the case's own page
MOST = 100
SAME_PERSON = 10
LONGEST_REASON = 1_000
NO_SUCH_CASE = Text("No hay un caso a su alcance con ese folio.", "No case within your reach has that folio.")


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation as it is typed; ``kinship``: what the person of the other case is to the person of this one."""

    folio: str = ""
    kind: str = ""
    kinship: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """Another case, how it belongs to this one, and why, as far as the reader of both may know.

    ``kind`` and ``kinship`` are as they are typed, seen from this case; ``how`` says it in words.
    """

    id: UUID
    other: CaseHead
    kind: str
    kinship: str
    how: Text
    reason: str
    removable: bool


def listed(context: Context, case_id: UUID, limit: int = SHOWN) -> tuple[Sequence[Related], bool]:
    """Cases related by hand of which the actor may know, the newest first, and whether there are more. Raises ``NotFound``."""
    level = case_level(context, case_id)
    if not level.reaches(Level.N0):
        return (), False
    here = CaseRelation.case_id == case_id
    query = (
        select(CaseRelation, CaseFile, level_seen(context.actor))
        .join(CaseFile, CaseFile.id == case((here, CaseRelation.other_id), else_=CaseRelation.case_id))
        .where(or_(here, CaseRelation.other_id == case_id), visible_cases(context.actor))
        .order_by(CaseRelation.id.desc())
        .limit(limit + 1)
    )
    rows = context.session.execute(query).all()
    found = [_related(context, case_id, level, row, other, list(Level)[rank]) for row, other, rank in rows]
    return found[:limit], len(found) > limit


def _related(context: Context, case_id: UUID, level: Level, row: CaseRelation, other: CaseFile, seen: Level) -> Related:
    both = level.reaches(NEEDED) and seen.reaches(NEEDED)
    removable, reason = both and may(context.actor, "case:relate"), row.reason if both else ""
    if not seen.reaches(Level.N0):
        return Related(row.id, head(other, seen), "", "", UNTOLD, reason, removable)
    kinship = row.kinship if row.case_id == case_id or not row.kinship else inverse(row.kinship)
    how = KINSHIPS[kinship].text if row.kind == FAMILY else KINDS[row.kind]
    return Related(row.id, head(other, seen), row.kind, kinship, how, reason, removable)


def of_same_person(context: Context, case_id: UUID) -> Sequence[CaseHead]:
    """The newest other cases of the same person, where the actor sees whose each is. Raises ``NotFound``."""
    level = case_level(context, case_id)
    row = context.session.get(CaseFile, case_id)
    person_id = row.person_id if row is not None else None
    if person_id is None or not level.reaches(Level.NAME):
        return ()
    query = (
        select(CaseFile, level_seen(context.actor))
        .where(CaseFile.person_id == person_id, CaseFile.id != case_id, sees(context.actor, Level.NAME))
        .order_by(CaseFile.opened_at.desc(), CaseFile.id.desc())
        .limit(SAME_PERSON)
    )
    return [head(other, list(Level)[rank]) for other, rank in context.session.execute(query)]


def relate(context: Context, case_id: UUID, typed: Relation, idempotency_key: str | None = None) -> UUID:
    """Relate a case to another one; gives the relation's id.

    Raises ``Invalid`` for each field of ``Relation`` that is wrong, which never tells whether a case exists that is out
    of reach; ``KeptOut`` for what the asylum firewall keeps out of either; ``NotFound``, ``Forbidden``; ``Conflict``
    where the data of either were erased.
    """
    require(context.actor, "case:relate")
    done = keys.once(
        context, idempotency_key, lambda: {"relation_id": str(_relate(context, case_id, typed))}, "relation_id"
    )
    return UUID(done["relation_id"])


def _relate(context: Context, case_id: UUID, typed: Relation) -> UUID:
    case_row = require_case(context, case_id, NEEDED)
    reason, kinship = typed.reason.strip(), typed.kinship if typed.kind == FAMILY else ""
    other_id = _found(context, typed.folio, guarded=firewall.guards(case_row.compartments, case_row.type))
    wrong: dict[str, Text] = {}
    if other_id is None:
        wrong["folio"] = NO_SUCH_CASE
    elif other_id == case_id:
        wrong["folio"] = Text("Es este mismo expediente.", "It is this very case file.")
    if typed.kind not in KINDS:
        wrong["kind"] = Text("Elija una opción.", "Choose one.")
    if typed.kind == FAMILY and kinship not in KINSHIPS:
        wrong["kinship"] = Text("Elija el parentesco.", "Choose the kinship.")
    if not reason or len(reason) > LONGEST_REASON:
        wrong["reason"] = Text(
            "Escriba el motivo, de 1 a {n} caracteres.", "Write the reason, 1 to {n} characters.", {"n": LONGEST_REASON}
        )
    if wrong or other_id is None:
        raise Invalid(fields=wrong)
    for id in sorted((case_id, other_id)):  # in one order: two at once do not wait for each other
        cases.load(context, id)
        keep_out(context, id, {"reason": reason})
    _refuse_again(context, case_id, other_id, typed.kind, kinship)
    row = CaseRelation(
        id=new_id(),
        case_id=case_id,
        other_id=other_id,
        kind=typed.kind,
        kinship=kinship,
        reason=reason,
        created_at=context.now,
        created_by=context.actor.id,
    )
    context.session.add(row)
    context.session.flush()
    _note(context, row, case_id, "relate", Text("Se relacionó con otro expediente.", "Related to another case file."))
    return row.id


def _found(context: Context, folio: str, *, guarded: bool) -> UUID | None:
    """The case with this folio that the actor may relate; behind the asylum firewall both are seen like their own."""
    written = folio.strip().upper()[:60]
    query = select(CaseFile, sees(context.actor, NEEDED)).where(
        or_(CaseFile.folio == written, CaseFile.previous_folio == written), sees(context.actor, Level.N0)
    )
    for other, whole in context.session.execute(query.order_by(CaseFile.opened_at.desc()).limit(2)):
        if whole or not (guarded or firewall.guards(other.compartments, other.type)):
            return other.id
    return None


def _refuse_again(context: Context, case_id: UUID, other_id: UUID, kind: str, kinship: str) -> None:
    pair = or_(
        and_(CaseRelation.case_id == case_id, CaseRelation.other_id == other_id),
        and_(CaseRelation.case_id == other_id, CaseRelation.other_id == case_id),
    )
    for row in context.session.scalars(select(CaseRelation).where(pair, CaseRelation.kind == kind).limit(MOST)):
        known = row.kinship if row.case_id == case_id or not row.kinship else inverse(row.kinship)
        if known == kinship or (kinship and includes(known, kinship)):
            raise Invalid(fields={"folio": Text("Ya están relacionados así.", "They are related like that already.")})


def remove(context: Context, case_id: UUID, relation_id: UUID) -> None:
    """Take away a relation, from either of its cases. Raises ``NotFound``, ``Forbidden``, ``Conflict``."""
    require(context.actor, "case:relate")
    require_case(context, case_id, NEEDED)
    row = context.session.get(CaseRelation, relation_id)
    if row is None or case_id not in (row.case_id, row.other_id):
        raise NotFound
    other_id = row.other_id if row.case_id == case_id else row.case_id
    if not case_level(context, other_id).reaches(NEEDED):
        raise NotFound
    cases.load(context, case_id)
    said = Text("Se quitó la relación con otro expediente.", "A relation to another case file was removed.")
    _note(context, row, case_id, "unrelate", said)
    context.session.execute(delete(CaseRelation).where(CaseRelation.id == relation_id))


def _note(context: Context, row: CaseRelation, case_id: UUID, act: str, said: Text) -> None:
    """In the history of the case where it was done alone, and in the audit of both."""
    timeline.append(context, case_id, "relation", said)
    for id in (row.case_id, row.other_id):
        audit.record(context, f"case:{act}", object_id=row.id, case_id=id)
