"""Persons, registered as far as they are known, and found again by document or by the sound of their name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from rapidfuzz import fuzz
from sqlalchemy import case, func, select

from engine.casework import finding
from engine.casework.sounding import sound
from engine.errors import NotFound
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Person, PersonToken

ALIKE = 0.70  # less alike than this is somebody else
CERTAIN = 0.95  # from here on the process takes them for one without asking anybody
YEARS_APART = 2
CANDIDATES = 200
SAME_DOCUMENT = 100  # what one document counts against one part of a name, when candidates are chosen
DNI_DIGITS = 13


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


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def likely_same(context: Context, values: Mapping[str, Any], not_case: UUID | None = None) -> dict[str, Any] | None:
    """The latest case whose person is most like the one described; None where nobody is alike enough.

    ``puntaje`` is the likeness (handbook 00, step 8), see ``likeness``.
    """
    described = _described(values)
    words = finding.likely(described.heard, described.dni)
    if not words:
        return None
    tokens = finding.tokens(context, words)
    document = tokens[0] if described.dni else None
    shared = func.sum(case((PersonToken.token == document, SAME_DOCUMENT), else_=1))
    alike = (
        select(PersonToken.person_id)
        .where(PersonToken.token.in_(tokens))
        .group_by(PersonToken.person_id)
        .order_by(shared.desc(), PersonToken.person_id.desc())
        .limit(CANDIDATES)
    )
    query = (
        select(Person, CaseFile.id, CaseFile.folio)
        .join(CaseFile, CaseFile.person_id == Person.id)
        .where(Person.id.in_(alike))
        .order_by(CaseFile.opened_at.desc())
    )
    best: dict[str, Any] | None = None
    for person, case_id, folio in context.session.execute(query):
        if case_id == not_case:
            continue
        score = likeness(described, person)
        if score >= ALIKE and (best is None or score > best["puntaje"]):
            best = {"puntaje": score, "caso_id": str(case_id), "folio": folio, "nombre": person.name}
    return best


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a person who may have a case already."""

    dni: str
    heard: str
    born: date | None
    municipality: str


def likeness(described: Described, person: Person) -> float:
    """How likely two are one person, from 0 to 1.

    The same document is 1. Without it a name alone is never certain, for many people share one: that takes the day of
    birth as well. Documents, years of birth or home towns that differ speak against it.
    """
    if described.dni and described.dni == person.dni:
        return 1.0
    score = fuzz.token_sort_ratio(described.heard, person.search_key) / 100
    certain = described.born is not None and described.born == person.birth_date
    if described.dni and person.dni:
        score -= 0.2
    if described.born is not None and person.birth_date is not None:
        score -= 0.2 * (abs(described.born.year - person.birth_date.year) > YEARS_APART)
    if described.municipality and person.municipality:
        differs = sound(described.municipality) != sound(person.municipality)
        score -= 0.05 * differs
        certain = certain and not differs
    return round(max(0.0, min(score, 1.0 if certain else CERTAIN - 0.01)), 2)


def _described(values: Mapping[str, Any]) -> Described:
    parts = (_text(values.get(key)) for key in ("nombres", "apellido1", "apellido2"))
    return Described(
        dni=_dni(values.get("dni")),
        heard=sound(" ".join(filter(None, parts)) or _text(values.get("afectada_nombre"))),
        born=_day(values.get("fecha_nac")),
        municipality=_text(values.get("nac_muni")) or _text(values.get("origen_muni")),
    )
