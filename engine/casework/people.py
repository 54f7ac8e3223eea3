"""Persons, registered as far as they are known, and found again by document or by the sound of their name."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from rapidfuzz import fuzz
from sqlalchemy import or_, select

from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Person

# Letters that sound alike in Honduran Spanish, in the order in which they are replaced.
SOUNDS = (("qu", "k"), ("ll", "y"), ("ce", "se"), ("ci", "si"), ("ge", "je"), ("gi", "ji"), ("ph", "f"), ("h", ""), ("v", "b"),
          ("z", "s"), ("c", "k"), ("ñ", "n"))  # fmt: skip
ALIKE = 0.70


def register(context: Context, values: Mapping[str, Any], person_id: UUID | None = None) -> UUID:
    """Register a person from the answers of F-00-02, or correct one. Unknown things stay unknown."""
    row = context.session.get(Person, person_id) if person_id is not None else None
    if row is None:
        row = Person(id=new_id(), created_at=context.now, name="", search_key="")
        context.session.add(row)
    given = _text(values.get("nombres")) or row.given_names or ""
    first = _text(values.get("apellido1")) or row.first_surname or ""
    second = _text(values.get("apellido2")) or row.second_surname or ""
    row.given_names, row.first_surname, row.second_surname = given, first, second
    row.name = " ".join(part for part in (given, first, second) if part) or _text(values.get("afectada_nombre")) or "—"
    row.search_key = sound(row.name)
    row.alias = _text(values.get("alias")) or row.alias or ""
    row.dni = _text(values.get("dni")) or row.dni
    born = values.get("fecha_nac")
    row.birth_date = born if isinstance(born, date) else row.birth_date
    row.sex = _text(values.get("sexo")) or row.sex
    row.municipality = _text(values.get("nac_muni")) or _text(values.get("origen_muni")) or row.municipality
    context.session.flush()
    return row.id


def _text(value: Any) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""


def sound(name: str) -> str:
    """How a name sounds, its parts in alphabetical order: accents, h, b/v and s/z/c do not tell persons apart."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name.lower()) if c == "\u0303" or not unicodedata.combining(c))
    plain = unicodedata.normalize("NFC", plain)
    for letters, heard in SOUNDS:
        plain = plain.replace(letters, heard)
    return " ".join(sorted("".join(c if c.isalnum() else " " for c in plain).split()))[:400]


def likely_same(context: Context, values: Mapping[str, Any], not_case: UUID | None = None) -> dict[str, Any] | None:
    """The open or recent case whose person is most like the one described; None where nobody is alike enough.

    ``puntaje`` is 1 for the same document, else the likeness of the names (handbook 00, step 8).
    """
    dni = _text(values.get("dni"))
    name = " ".join(
        filter(None, (_text(values.get(key)) for key in ("nombres", "apellido1", "apellido2")))
    ) or _text(values.get("afectada_nombre"))
    heard = sound(name)
    if not dni and not heard:
        return None
    parts = heard.split()
    matches = [Person.dni == dni] if dni else []
    matches += [Person.search_key.contains(part, autoescape=True) for part in parts[:4] if len(part) > 2]
    if not matches:
        return None
    rows = context.session.execute(
        select(Person, CaseFile)
        .join(CaseFile, CaseFile.person_id == Person.id)
        .where(or_(*matches))
        .order_by(CaseFile.opened_at.desc())
        .limit(200)
    ).all()
    best: dict[str, Any] | None = None
    for person, case in rows:
        if case.id == not_case:
            continue
        score = 1.0 if dni and person.dni == dni else fuzz.token_sort_ratio(heard, person.search_key) / 100
        if score >= ALIKE and (best is None or score > best["puntaje"]):
            best = {"puntaje": round(score, 2), "caso_id": str(case.id), "folio": case.folio, "nombre": person.name}
    return best
