"""Two registrations of one person are made one, and two again: cases go along, and nothing is lost until the term is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from engine.casework import finding
from engine.casework.sounding import sound
from engine.errors import Conflict, NotFound, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Person, PersonMerge, PersonToken

UNDO_WITHIN = timedelta(days=30)
# What is chosen from one of both as a whole: the names are one thing, and a day of birth with whether it is exact.
VALUES: dict[str, tuple[str, ...]] = {
    "nombre": ("given_names", "first_surname", "second_surname", "name"),
    "alias": ("alias",),
    "dni": ("dni",),
    "fecha_nac": ("birth_date", "birth_exact"),
    "sexo": ("sex",),
    "municipio": ("municipality",),
    "telefono": ("phone",),
}
COLUMNS = tuple(column for columns in VALUES.values() for column in columns)
LONGEST_TITLE = 300
TOO_LATE = Text(
    "Esta unión ya no se puede deshacer: pasó el plazo, o ya se deshizo.",
    "This merge can be undone no longer: its term is over, or it was undone.",
)
LATER_FIRST = Text(
    "Deshaga primero la unión posterior: esta persona se unió después con otra.",
    "Undo the later merge first: this person was merged into another one afterwards.",
)


def merge(context: Context, kept_id: UUID, gone_id: UUID, from_gone: Collection[str]) -> PersonMerge:
    """Make two persons one: ``kept_id``, with those ``VALUES`` of the other that ``from_gone`` names. Its cases go along.

    Whatever hangs on cases (links of families, contacts, documents) follows them. Raises ``NotFound`` where there are not two.
    """
    persons = {row.id: row for row in context.session.scalars(_both(kept_id, gone_id))}
    if len(persons) != 2:
        raise NotFound
    kept, gone = persons[kept_id], persons[gone_id]
    cases = context.session.scalars(
        select(CaseFile).where(CaseFile.person_id.in_([kept_id, gone_id])).order_by(CaseFile.id).with_for_update()
    ).all()
    before: dict[str, Any] = {
        "kept": _kept_values(kept),
        "gone": _kept_values(gone) | {"created_at": gone.created_at.isoformat()},
        "moved": [str(case.id) for case in cases if case.person_id == gone_id],
        "titles": {},
    }
    old_names = {person.id: person.name[:LONGEST_TITLE] for person in (kept, gone)}
    for value in from_gone:
        for column in VALUES[value]:
            setattr(kept, column, getattr(gone, column))
    kept.search_key = sound(kept.name)
    before["after"] = _kept_values(kept)
    for case in cases:
        assert case.person_id is not None
        if case.title == old_names[case.person_id]:
            before["titles"][str(case.id)] = case.title
            case.title = kept.name[:LONGEST_TITLE]
        case.person_id = kept_id
        case.version += 1
    context.session.flush()
    for table, key in ((PersonToken, PersonToken.person_id), (Person, Person.id)):
        context.session.execute(delete(table).where(key == gone_id).execution_options(synchronize_session=False))
    context.session.expunge(gone)
    finding.index(context, kept)
    row = PersonMerge(
        id=new_id(),
        kept_id=kept_id,
        gone_id=gone_id,
        merged_by=context.actor.id,
        merged_at=context.now,
        until=context.now + UNDO_WITHIN,
        before=before,
    )
    context.session.add(row)
    context.session.flush()
    return row


def undo(context: Context, merge_id: UUID) -> PersonMerge:
    """Make them two again, each as it was. What was corrected since then, and cases opened since, stay with who was kept.

    Raises ``NotFound``; ``Conflict`` where it can be undone no longer, or a later merge has to be undone first.
    """
    row = context.session.scalars(select(PersonMerge).where(PersonMerge.id == merge_id).with_for_update()).first()
    if row is None:
        raise NotFound
    if row.before is None or row.until < context.now:
        raise Conflict(TOO_LATE)
    kept = context.session.scalars(select(Person).where(Person.id == row.kept_id).with_for_update()).first()
    if kept is None:
        raise Conflict(LATER_FIRST)
    before, now = row.before, _kept_values(kept)
    merged_title = str(before["after"]["name"])[:LONGEST_TITLE]
    for columns in VALUES.values():
        if all(now[column] == before["after"][column] for column in columns):
            _give(kept, {column: before["kept"][column] for column in columns})
    kept.search_key = sound(kept.name)
    gone = Person(id=row.gone_id, created_at=datetime.fromisoformat(before["gone"]["created_at"]))
    _give(gone, {column: before["gone"][column] for column in COLUMNS})
    gone.search_key = sound(gone.name)
    context.session.add(gone)
    context.session.flush()
    ids = [UUID(id) for id in {*before["moved"], *before["titles"]}]
    for case in context.session.scalars(select(CaseFile).where(CaseFile.id.in_(ids)).with_for_update()):
        if case.person_id != kept.id:
            continue
        if str(case.id) in before["moved"]:
            case.person_id = gone.id
        if case.title == merged_title:
            case.title = before["titles"].get(str(case.id), case.title)
        case.version += 1
    for person in (kept, gone):
        finding.index(context, person)
    row.before, row.undone_at, row.undone_by = None, context.now, context.actor.id
    context.session.flush()
    return row


def forget_old(context: Context) -> int:
    """Drop what undoing would take of merges whose term is over; gives how many."""
    over = PersonMerge.until < context.now, PersonMerge.before.is_not(None)
    ids = context.session.scalars(select(PersonMerge.id).where(*over)).all()
    context.session.execute(update(PersonMerge).where(PersonMerge.id.in_(ids)).values(before=None))
    return len(ids)


def _both(*ids: UUID) -> Any:
    return select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()


def _kept_values(person: Person) -> dict[str, Any]:
    """The values of a person as JSON."""
    values = {column: getattr(person, column) for column in COLUMNS}
    return {column: value.isoformat() if isinstance(value, date) else value for column, value in values.items()}


def _give(person: Person, values: Mapping[str, Any]) -> None:
    for column, value in values.items():
        setattr(person, column, date.fromisoformat(value) if column == "birth_date" and value else value)
