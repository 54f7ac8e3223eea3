"""Who is registered already of those whom an officer is describing in a form, told as far as the officer may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import audit
from engine.access.matrix import Level
from engine.access.policy import level_seen
from engine.actions.tasks import TaskView, read_task
from engine.casework import people
from engine.errors import Forbidden, NotFound
from engine.forms import Form
from engine.forms.sealing import merged
from engine.store import Context
from engine.store.tables.casework import CaseFile, Office, Person

MOST = 5
END = 4  # digits of a document that are shown
# What forms call what is known of the person, and what the duplicate check calls it (F-00-01, F-00-02).
NAMES = {
    name: name for name in ("nombres", "apellido1", "apellido2", "dni", "fecha_nac", "nac_muni", "origen_muni")
} | {
    "afectada_nombre": "afectada_nombre",
    "afectada_dni": "dni",
}
DESCRIBING = frozenset({"nombres", "afectada_nombre"})
FEWEST_PARTS = 2  # of a name without a document: one alone is borne by too many


@dataclass(frozen=True, slots=True)
class Registered:
    """A person who may be the one described, with the case by which the actor sees them; or that there is one elsewhere.

    ``case_id`` and what follows it are None or empty for somebody of whom the actor may not see the name: then
    ``office`` is whom to ask. Year of birth and the end of the document are only for who sees personal data.
    """

    office: str
    case_id: UUID | None = None
    folio: str = ""
    name: str = ""
    born: int | None = None
    document: str = ""


def describes(form: Form | None) -> bool:
    """Whether a form asks who a person is."""
    return form is not None and bool(DESCRIBING & form.fields.keys())


def registered(context: Context, task_id: UUID, submitted: Mapping[str, Any]) -> Sequence[Registered]:
    """Up to ``MOST`` who may be the person described by what is typed into a task's form, the most alike first.

    A person all of whose cases are reserved and out of reach is not mentioned: not even that they exist. The intake asks
    again when the form is complete, with the eyes of the system, and gives what it finds to somebody who may decide.
    Raises ``NotFound``, ``Forbidden`` for a task that is not theirs to complete.
    """
    view = read_task(context, task_id)
    if not view.may_complete:
        raise Forbidden(permission="task:complete", object_id=task_id, case_id=view.task.case_id)
    if view.form is None or not describes(view.form):
        raise NotFound
    described = _described(context, view, view.form, submitted)
    if not described.get("dni") and people.parts_of(described) < FEWEST_PARTS:
        return []
    alike = [like.person_id for like in people.alike(context, described, MOST)]
    return told(context, alike, view.task.case_id) if alike else []


def _described(context: Context, view: TaskView, form: Form, submitted: Mapping[str, Any]) -> dict[str, Any]:
    typed = form.read_anyway(merged(submitted, view.kept, view.sealed), view.situation, context.now)
    return {NAMES[key]: value for key, value in typed.items() if key in NAMES and value is not None}


def told(context: Context, person_ids: Sequence[UUID], own: UUID | None) -> list[Registered]:
    """These persons in their order as far as the actor may see them; without the one whose case is ``own``.

    A part of other acts, which have asked for the right to ask.
    """
    rows = context.session.execute(
        select(CaseFile, Person, Office.name, level_seen(context.actor).label("rank"))
        .join(Person, Person.id == CaseFile.person_id)
        .join(Office, Office.code == CaseFile.office_code)
        .where(CaseFile.person_id.in_(person_ids))
        .order_by(CaseFile.opened_at.desc(), CaseFile.id.desc())
    ).all()
    theirs = {case.person_id for case, *_ in rows if case.id == own}
    best: dict[UUID, tuple[int, Registered]] = {}
    for case, person, office, rank in rows:
        if person.id in theirs or (rank < Level.NAME.rank and case.compartments):
            continue
        if person.id not in best or rank > best[person.id][0]:
            best[person.id] = rank, _seen(case, person, office, rank)
    return [best[person_id][1] for person_id in person_ids if person_id in best]


def _seen(case: CaseFile, person: Person, office: str, rank: int) -> Registered:
    if rank < Level.NAME.rank:
        return Registered(office)
    personal = rank >= Level.N1.rank
    return Registered(
        office,
        case.id,
        case.folio,
        person.name,
        person.birth_date.year if personal and person.birth_date is not None else None,
        person.dni[-END:] if personal and person.dni else "",
    )


def note_asked(context: Context, task_id: UUID, found: Sequence[Registered]) -> None:
    """Write down that the actor asked who is registered already; never what they typed."""
    seen = sum(person.case_id is not None for person in found)
    audit.record(context, "person:alike", object_id=task_id, count=len(found), seen=seen)
