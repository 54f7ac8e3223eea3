"""Persons, registered as far as they are known, and found again by document or by the sound of their name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from heapq import nsmallest
from typing import Any
from uuid import UUID

from rapidfuzz import fuzz
from sqlalchemy import select

from engine.casework import finding
from engine.casework.sounding import formal, sound
from engine.errors import NotFound
from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.sealing import is_empty, keyring_of, opened
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Person

ALIKE = 0.70  # less alike than this is somebody else
CERTAIN = 0.95  # from here on the process takes them for one without asking anybody
CALLED_ALIKE = 0.85  # less like what was typed than this is another name
YEARS_APART = 2
PARTS_MISSING = 0.15  # what it costs that one of both has parts of a name that the other has not
CANDIDATES = 200  # persons who are opened and compared; whoever shares less with the one described is not
CONSIDERED = 50  # of them, whose cases may be the same one
SAME_DOCUMENT = 100  # what one document counts against one part of a name, when candidates are chosen
DNI_DIGITS = 13
PHONE_DIGITS = 15  # at most, by E.164
SURE = 5  # persons of one document who are compared whatever their names
_HEARD, _ALIAS = table_of(Person).c.search_key, table_of(Person).c.alias


def register(context: Context, values: Mapping[str, Any], person_id: UUID | None = None) -> UUID:
    """Register a person from the answers of F-00-02, or correct one. Unknown things stay unknown."""
    row = context.session.get(Person, person_id) if person_id is not None else None
    if row is None:
        row = Person(id=new_id(), created_at=context.now, name="", search_key="")
        context.session.add(row)
    row.given_names = _text(values.get("nombres")) or row.given_names or ""
    row.first_surname = _text(values.get("apellido1"), 100) or row.first_surname or ""
    row.second_surname = _text(values.get("apellido2"), 100) or row.second_surname or ""
    full = " ".join(part for part in (row.given_names, row.first_surname, row.second_surname) if part)
    row.name = (full or _text(values.get("afectada_nombre")) or row.name or "—")[:400]
    row.search_key = sound(row.name)
    row.alias = _text(values.get("alias")) or row.alias or ""
    row.dni = _dni(values.get("dni")) or row.dni
    row.birth_date = _day(values.get("fecha_nac")) or row.birth_date
    exact = values.get("fecha_nac_exacta")
    row.birth_exact = exact if isinstance(exact, bool) else True if row.birth_exact is None else row.birth_exact
    row.sex = _text(values.get("sexo"), 20) or row.sex
    town = _text(values.get("nac_muni"), 100) or _text(values.get("origen_muni"), 100)
    row.municipality = town or row.municipality
    row.phone = _phone(values.get("rep_telefono")) or row.phone
    context.session.flush()
    finding.index(context, row)
    return row.id


def get(context: Context, person_id: UUID) -> Person:
    """A person. Raises ``NotFound``."""
    row = context.session.get(Person, person_id)
    if row is None:
        raise NotFound
    return row


def _text(value: Any, longest: int = 200) -> str:
    return value.strip()[:longest] if isinstance(value, str) else ""


def _dni(value: Any) -> str:
    digits = "".join(c for c in _text(value) if c.isdecimal() and c.isascii())
    return digits if len(digits) == DNI_DIGITS else ""


def _phone(value: Any) -> str:
    digits = "".join(c for c in _text(value) if c.isdecimal() and c.isascii())
    return digits if finding.TAIL <= len(digits) <= PHONE_DIGITS else ""


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def likely_same(context: Context, values: Mapping[str, Any], not_case: UUID | None = None) -> dict[str, Any] | None:
    """The latest case whose person is most like the one described; None where nobody is alike enough.

    ``puntaje`` is the likeness (handbook 00, step 8), see ``likeness``.
    """
    scores: dict[UUID | None, float] = {like.person_id: like.score for like in alike(context, values, CONSIDERED)}
    query = (
        select(CaseFile.id, CaseFile.folio, CaseFile.person_id)
        .where(CaseFile.person_id.in_(scores))
        .order_by(CaseFile.opened_at.desc())
    )
    best: dict[str, Any] | None = None
    for case_id, folio, person_id in context.session.execute(query) if scores else ():
        if case_id != not_case and (best is None or scores[person_id] > best["puntaje"]):
            best = {"puntaje": scores[person_id], "caso_id": str(case_id), "folio": folio, "nombre": person_id}
    return best and best | {"nombre": get(context, best["nombre"]).name}


@dataclass(frozen=True, slots=True)
class Alike:
    """A person who may be the one described, how likely (0 to 1), what of them is the same, and whether their document is not."""

    person_id: UUID
    score: float
    same: tuple[str, ...]
    other_document: bool


def alike(context: Context, values: Mapping[str, Any], limit: int) -> list[Alike]:
    """Up to ``limit`` persons who may be the one described, the most alike first; none who is less than ``ALIKE``.

    Of the very many who share some part of a name only ``CANDIDATES`` are opened: those who share the most.
    """
    described = _described(values)
    year = described.born.year if described.born is not None else None
    # Whoever was registered by a nickname is found by it, whoever by the formal name by that.
    words = dict.fromkeys(
        finding.likely(described.heard, described.dni, year) + finding.likely(_heard(values), "", year)
    )
    if not words:
        return []
    tokens = finding.tokens(context, words)
    chosen = finding.sharing(context, tokens, CANDIDATES, weigh_first=SAME_DOCUMENT if described.dni else 1)
    near = _near(context, described, chosen)
    query = select(Person.id, Person.search_key, Person.dni, Person.birth_date, Person.municipality)
    found = []
    for person_id, heard, dni, born, town in context.session.execute(query.where(Person.id.in_(near))) if near else ():
        other = Described(dni or "", formal(heard), born, town or "")
        score = likeness(described, other)
        if score >= ALIKE:
            differs = bool(described.dni and other.dni) and described.dni != other.dni
            found.append(Alike(person_id, score, _same(described, other), differs))
    return nsmallest(limit, found, key=lambda like: (-like.score, -len(like.same), -like.person_id.int))


def _near(context: Context, described: Described, chosen: Sequence[UUID]) -> list[UUID]:
    """Those of ``chosen`` whose name alone lets them be the one described: only of them more is opened, for that takes long."""
    first = set(chosen[:SURE]) if described.dni else set()
    query = select(Person.id, Person.search_key).where(Person.id.in_(chosen))
    rows = context.session.execute(query) if chosen else ()
    return [id for id, heard in rows if id in first or _names_alike(described, formal(heard)) >= ALIKE]


def sounding_like(
    context: Context, wanted: finding.Wanted, within: Callable[[int], Prepared], limit: int
) -> dict[UUID, float]:
    """Up to ``limit`` persons who are called about like who is wanted, and how alike, from 0 to 1.

    ``within`` is the statement of ``finding.within`` for each number of tokens: whom somebody may find. Parts of what was
    typed may be misspelt, a nickname, or in another order. Whoever really is called so is not among them.
    """
    typed = " ".join(wanted.parts)
    words = dict.fromkeys(finding.likely(formal(typed), "") + finding.likely(typed, ""))
    if not words:
        return {}
    keyring, like, heard_as = keyring_of(context), called_alike(wanted.parts), cache(sound)
    found = {}
    for person_id, heard, alias in finding.sharing_within(context, finding.tokens(context, words), within, CANDIDATES):
        names = opened(keyring, _HEARD, heard).split()
        if not is_empty(alias):
            names += heard_as(opened(keyring, _ALIAS, alias)).split()
        if wanted.without(names):
            found[person_id] = like(names)
    best = nsmallest(limit, found, key=lambda person_id: (-found[person_id], -person_id.int))
    return {person_id: found[person_id] for person_id in best if found[person_id] >= CALLED_ALIKE}


def called_alike(parts: Sequence[str]) -> Callable[[Sequence[str]], float]:
    """How much like names are the ``parts`` that somebody typed, from 0 to 1: the mean of each part's best.

    A part that begins a name is that name, and a nickname its formal name; who has more names than were typed is as alike.
    """
    typed = [{part, formal(part)} for part in parts]

    @cache  # of two hundred persons many share a name
    def each(name: str) -> list[float]:
        known = {name, formal(name)}
        return [max(_part_alike(word, other) for word in words for other in known) for words in typed]

    def like(names: Sequence[str]) -> float:
        best = map(max, zip(*map(each, names), strict=True))
        return round(sum(best) / len(typed), 3) if typed and names else 0.0

    return like


def _part_alike(part: str, name: str) -> float:
    return 1.0 if name.startswith(part) else fuzz.ratio(part, name) / 100


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a person who may have a case already."""

    dni: str
    heard: str
    born: date | None
    municipality: str


def likeness(described: Described, person: Described) -> float:
    """How likely two are one person, from 0 to 1.

    The same document is 1. Without it a name alone is never certain, for many people share one: that takes the day of
    birth as well. With that day a name may also lack a part; it is not certain then. Documents, years of birth or home
    towns that differ speak against it.
    """
    if described.dni and described.dni == person.dni:
        return 1.0
    certain = described.born is not None and described.born == person.born
    score = _names_alike(described, person.heard, one_day=certain)
    if described.dni and person.dni:
        score -= 0.2
    if described.born is not None and person.born is not None:
        score -= 0.2 * (abs(described.born.year - person.born.year) > YEARS_APART)
    if described.municipality and person.municipality:
        differs = not _one_town(described, person)
        score -= 0.05 * differs
        certain = certain and not differs
    return round(max(0.0, min(score, 1.0 if certain else CERTAIN - 0.01)), 2)


def _names_alike(described: Described, heard: str, *, one_day: bool = True) -> float:
    """How alike two names are, from 0 to 1; parts may be missing if somebody was born on ``one_day`` that is known."""
    score = fuzz.token_sort_ratio(described.heard, heard) / 100
    if score < ALIKE <= fuzz.ratio(sorted(described.heard), sorted(heard)) / 100:
        # A slip in a first letter puts the parts in another order.
        score = fuzz.ratio(described.heard, _in_order_of(described.heard, heard)) / 100
    if one_day and described.born is not None and score < ALIKE:
        score = max(score, fuzz.token_set_ratio(described.heard, heard) / 100 - PARTS_MISSING)
    return score


def _in_order_of(heard: str, other: str) -> str:
    """The parts of ``other``, each where the part of ``heard`` stands that is most like it."""
    left, found = other.split(), []
    for part in heard.split():
        if left:
            found.append(max(left, key=lambda name: fuzz.ratio(part, name)))
            left.remove(found[-1])
    return " ".join([*found, *left])


def _one_town(one: Described, other: Described) -> bool:
    return one.municipality == other.municipality or sound(one.municipality) == sound(other.municipality)


def _same(described: Described, person: Described) -> tuple[str, ...]:
    """What both have: ``document``, ``name``, ``birth``, ``year``, ``town``."""
    both = described.born is not None and person.born is not None
    same = {
        "document": bool(described.dni) and described.dni == person.dni,
        "name": described.heard == person.heard,
        "birth": both and described.born == person.born,
        "year": both and described.born != person.born and described.born.year == person.born.year,  # type: ignore[union-attr]
        "town": bool(described.municipality) and _one_town(described, person),
    }
    return tuple(name for name, is_so in same.items() if is_so)


def parts_of(values: Mapping[str, Any]) -> int:
    """How many parts of a name somebody is described by."""
    return len(_heard(values).split())


def _heard(values: Mapping[str, Any]) -> str:
    parts = (_text(values.get(key)) for key in ("nombres", "apellido1", "apellido2"))
    return sound(" ".join(filter(None, parts)) or _text(values.get("afectada_nombre")))


def _described(values: Mapping[str, Any]) -> Described:
    return Described(
        dni=_dni(values.get("dni")),
        heard=formal(_heard(values)),
        born=_day(values.get("fecha_nac")),
        municipality=_text(values.get("nac_muni")) or _text(values.get("origen_muni")),
    )
