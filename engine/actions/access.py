"""Who is let into a case: naming people, guardianship of another office, opening with a reason, and its review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from engine.access import audit, explaining, facts
from engine.access.matrix import HEADQUARTERS, NEVER_OPENED, OFFICERS, Level
from engine.access.policy import cleared, level, may, reaches_everywhere, require, require_case, supervises
from engine.actions.seen import CaseHead, head
from engine.casework import cases, notifications, offices, timeline
from engine.errors import Forbidden, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.access import User, UserRole
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseGuardian, CaseMember, CaseOpening

OPEN_FOR = timedelta(hours=4)  # handbook 08, section H
SHORTEST, LONGEST = 20, 1_000
REFUSED = Text("No se puede abrir un expediente con ese folio.", "No case file with that folio can be opened.")
PAGE = 50


@dataclass(frozen=True, slots=True)
class AccessView:
    """Who is let into a case, and why its reader is."""

    case: CaseHead
    reasons: Sequence[explaining.Reason]
    owner: str | None
    members: Sequence[tuple[UUID, str, str]]  # id, name, office
    guardians: Sequence[tuple[str, str]]  # code, name
    may_name: bool
    may_guard: bool
    colleagues: Sequence[tuple[UUID, str]]


@dataclass(frozen=True, slots=True)
class Opening:
    """A case that was opened with a reason, as who reviews it reads it."""

    row: CaseOpening
    folio: str
    who: str
    office: str


def view(context: Context, case_id: UUID) -> AccessView:
    """Who is let into a case. Raises ``NotFound``."""
    case = require_case(context, case_id)
    known = facts.of_case(context, case)
    session = context.session
    owner = session.get(User, case.owner_id) if case.owner_id is not None else None
    members = session.execute(
        select(User.id, User.name, User.office_code)
        .join(CaseMember, CaseMember.user_id == User.id)
        .where(CaseMember.case_id == case_id)
        .order_by(User.name)
    ).all()
    seen = level(context.actor, known)
    assert seen is not None
    naming = may(context.actor, "case:name", known)
    return AccessView(
        head(case, seen),
        explaining.reasons(context.actor, known),
        owner.name if owner is not None else None,
        [(id, name, office) for id, name, office in members],
        [(code, offices.get(context, code).name) for code in sorted(known.guardians)],
        naming,
        may(context.actor, "case:guard", known),
        _colleagues(context, {case.office_code, *known.guardians}) if naming else (),
    )


def note_read(context: Context, case_id: UUID) -> None:
    """Write down that the actor looked at who is let into a case."""
    audit.record(context, "access:read", object_id=case_id, case_id=case_id)


def _colleagues(context: Context, codes: set[str]) -> list[tuple[UUID, str]]:
    """Who can be named: officers of these offices and of headquarters."""
    rows = context.session.execute(
        select(User.id, User.name, User.office_code)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.active, User.office_code.in_({*codes, HEADQUARTERS}), UserRole.role.in_(sorted(OFFICERS)))
        .distinct()
        .order_by(User.name)
    ).all()
    return [(id, f"{name} · {office}") for id, name, office in rows]


def _guarded(context: Context, case_id: UUID, permission: str) -> CaseFile:
    """The case, if the actor has this permission over it."""
    case = require_case(context, case_id)
    require(context.actor, permission, facts.of_case(context, case), object_id=case_id, case_id=case_id)
    return case


def name(context: Context, case_id: UUID, user_id: UUID) -> None:
    """Name an officer on a case; they see it from now on and are told so. Raises ``Invalid`` for whoever cannot be."""
    case = _guarded(context, case_id, "case:name")
    known = facts.of_case(context, case)
    if user_id not in {id for id, _ in _colleagues(context, {case.office_code, *known.guardians})}:
        raise Invalid(fields={"persona": Text("Elija a quién nombrar.", "Choose whom to name.")})
    if context.session.get(CaseMember, (case_id, user_id)) is not None:
        return
    row = CaseMember(case_id=case_id, user_id=user_id, named_by=context.actor.id, named_at=context.now)
    context.session.add(row)
    user = context.session.get_one(User, user_id)
    notifications.notify(
        context,
        "case.named",
        Text("{who} le dio acceso al expediente {f}.", "{who} let you into case {f}.", _told(context, case)),
        user_id=user_id,
        case_id=case_id,
    )
    _note(context, case_id, Text("Nombró a {n}.", "Named {n}.", {"n": user.name}))
    audit.record(context, "case:name", object_id=user_id, case_id=case_id)


def unname(context: Context, case_id: UUID, user_id: UUID) -> None:
    """Take a named person off a case. Raises ``NotFound``."""
    _guarded(context, case_id, "case:name")
    row = context.session.get(CaseMember, (case_id, user_id))
    if row is None:
        raise NotFound
    context.session.delete(row)
    user = context.session.get_one(User, user_id)
    _note(context, case_id, Text("Retiró el acceso de {n}.", "Took {n} off the case.", {"n": user.name}))
    audit.record(context, "case:unname", object_id=user_id, case_id=case_id)


def give_guardianship(context: Context, case_id: UUID, office_code: str) -> None:
    """Let another office look after a case beside its own. Raises ``Invalid`` for an office that does not work."""
    case = _guarded(context, case_id, "case:guard")
    known = offices.packaged().get(office_code)
    if known is None or known.type == "historico" or office_code == case.office_code:
        raise Invalid(fields={"oficina": Text("Elija otra oficina.", "Choose another office.")})
    if context.session.get(CaseGuardian, (case_id, office_code)) is not None:
        return
    context.session.add(
        CaseGuardian(case_id=case_id, office_code=office_code, given_by=context.actor.id, given_at=context.now)
    )
    _note(context, case_id, Text("También atiende {o}.", "{o} looks after it too.", {"o": known.name}))
    notifications.notify(
        context,
        "case.guarded",
        Text(
            "El expediente {f} queda también a cargo de su oficina.",
            "Your office looks after case {f} too.",
            _told(context, case),
        ),
        role="consul",
        office_code=office_code,
        case_id=case_id,
    )
    audit.record(context, "case:guard", object_id=case_id, case_id=case_id, office=office_code)


def end_guardianship(context: Context, case_id: UUID, office_code: str) -> None:
    """Another office looks after the case no longer. Raises ``NotFound``."""
    _guarded(context, case_id, "case:guard")
    row = context.session.get(CaseGuardian, (case_id, office_code))
    if row is None:
        raise NotFound
    context.session.delete(row)
    office = offices.get(context, office_code)
    _note(context, case_id, Text("{o} ya no lo atiende.", "{o} looks after it no longer.", {"o": office.name}))
    audit.record(context, "case:unguard", object_id=case_id, case_id=case_id, office=office_code)


def _note(context: Context, case_id: UUID, text: Text) -> None:
    timeline.append(context, case_id, "case.access", text, level=Level.META)


def _told(context: Context, case: CaseFile) -> dict[str, str]:
    return {"who": context.actor.name, "f": case.folio}


def unseal(context: Context, folio: str, reason: str) -> UUID:
    """Open a case that one is not on, for four hours, by saying why; the supervisors and auditors are told at once.

    Raises ``Invalid`` for a reason that says nothing and ``Forbidden`` for a folio that one cannot open, which reads the
    same whether it exists or not (handbook 08, section H).
    """
    actor = context.actor
    require(actor, "case:unseal")
    said = reason.strip()
    if not SHORTEST <= len(said) <= LONGEST:
        text = Text(
            "Diga por qué, en {a} a {b} letras.", "Say why, in {a} to {b} letters.", {"a": SHORTEST, "b": LONGEST}
        )
        raise Invalid(fields={"motivo": text})
    case = cases.by_folio(context, folio)
    if case is None or NEVER_OPENED & set(case.compartments) or not _may_open(context, case):
        raise Forbidden(REFUSED, permission="case:unseal", case_id=case.id if case is not None else None)
    known = facts.of_case(context, case)
    if level(actor, known) is Level.N3:
        return case.id
    assert actor.id is not None
    allowed = not set(case.compartments) - cleared(actor) and supervises(actor, case.office_code)
    row = CaseOpening(
        id=new_id(),
        case_id=case.id,
        user_id=actor.id,
        reason=said,
        cleared=allowed,
        at=context.now,
        until=context.now + OPEN_FOR,
        remark="",
    )
    context.session.add(row)
    context.session.flush()
    _tell(context, case, allowed)
    timeline.append(
        context,
        case.id,
        "case.unsealed",
        Text("Abrió el expediente con motivo, por 4 horas.", "Opened the case with a reason, for 4 hours."),
        level=Level.META,
    )
    audit.record(context, "case:unseal", object_id=row.id, case_id=case.id, cleared=allowed)
    return case.id


def _may_open(context: Context, case: CaseFile) -> bool:
    """A guard opens cases of any office, for nights and holidays are theirs; a consul those of the own office."""
    actor = context.actor
    return "guardia" in actor.roles or reaches_everywhere(actor) or supervises(actor, case.office_code)


def _tell(context: Context, case: CaseFile, allowed: bool) -> None:
    text = Text(
        "{who} abrió con motivo el expediente {f}." + ("" if allowed else " Hay que revisarlo."),
        "{who} opened case {f} with a reason." + ("" if allowed else " It has to be reviewed."),
        _told(context, case),
    )
    for role in ("supervisor", "auditor"):
        notifications.notify(context, "case.unsealed", text, role=role, office_code=HEADQUARTERS, case_id=case.id)
    if case.owner_id is not None:
        notifications.notify(context, "case.unsealed", text, user_id=case.owner_id, case_id=case.id)


def openings(context: Context, *, pending: bool = True) -> Sequence[Opening]:
    """Cases that were opened with a reason: those that wait for a review, or all; the newest first."""
    require(context.actor, "access:review")
    query = (
        select(CaseOpening, CaseFile.folio, User.name, User.office_code)
        .join(CaseFile, CaseFile.id == CaseOpening.case_id)
        .join(User, User.id == CaseOpening.user_id)
        .order_by(CaseOpening.id.desc())
        .limit(PAGE)
    )
    if pending:
        query = query.where(CaseOpening.reviewed_at.is_(None), CaseOpening.cleared.is_(False))
    return [Opening(row, folio, who, office) for row, folio, who, office in context.session.execute(query)]


def review(context: Context, opening_id: UUID, *, justified: bool, remark: str) -> None:
    """Say whether it was right to open a case; whoever opened it is told. Not for one's own. Raises ``NotFound``."""
    require(context.actor, "access:review", object_id=opening_id)
    row = context.session.get(CaseOpening, opening_id, with_for_update=True)
    if row is None or row.reviewed_at is not None:
        raise NotFound
    if row.user_id == context.actor.id:
        raise Forbidden(permission="access:review", object_id=opening_id, case_id=row.case_id)
    written = remark.strip()
    if len(written) > LONGEST or (not justified and len(written) < SHORTEST):
        text = Text("Diga por qué no se justifica.", "Say why it was not justified.")
        raise Invalid(fields={"observacion": text})
    row.reviewed_by, row.reviewed_at, row.justified, row.remark = context.actor.id, context.now, justified, written
    if not justified:
        row.until = min(row.until, context.now)
    case = context.session.get_one(CaseFile, row.case_id)
    verdict = (
        Text(
            "La auditoría dio por justificado que abriera {f}.",
            "The audit found it right that you opened {f}.",
            {"f": case.folio},
        )
        if justified
        else Text(
            "La auditoría no dio por justificado que abriera {f}.",
            "The audit did not find it right that you opened {f}.",
            {"f": case.folio},
        )
    )
    notifications.notify(context, "case.reviewed", verdict, user_id=row.user_id, case_id=row.case_id)
    audit.record(context, "access:review", object_id=opening_id, case_id=row.case_id, justified=justified)
