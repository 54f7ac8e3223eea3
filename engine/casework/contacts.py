"""Contacts of a case with institutions outside, and the institutions that an office keeps for all of its cases."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select

from engine.errors import Conflict, NotFound, Text
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseContact, Institution

# With whom a post has to do (handbook, section 3: external pools).
KINDS: Mapping[str, Text] = {
    "autoridad_migratoria": Text("Autoridad migratoria", "Migration authority"),
    "centro_detencion": Text("Centro de detención", "Detention centre"),
    "centro_penal": Text("Centro penal", "Prison"),
    "policia": Text("Policía", "Police"),
    "fiscalia": Text("Fiscalía", "Prosecutor"),
    "tribunal": Text("Tribunal", "Court"),
    "defensor_publico": Text("Defensoría o abogado", "Public defender or lawyer"),
    "ombudsman": Text("Derechos humanos", "Ombudsman"),
    "hospital": Text("Hospital o clínica", "Hospital or clinic"),
    "medico_forense": Text("Medicina forense", "Forensic medicine"),
    "funeraria": Text("Funeraria", "Funeral home"),
    "proteccion_ninez": Text("Protección de la niñez", "Child protection"),
    "albergue": Text("Albergue", "Shelter"),
    "ong": Text("Organización civil", "Civil organisation"),
    "organismo": Text("Organismo internacional", "International organisation"),
    "comite": Text("Comité o colectivo de búsqueda", "Search committee"),
    "autoridad_laboral": Text("Autoridad laboral", "Labour authority"),
    "empleador": Text("Empleador", "Employer"),
    "transportista": Text("Transportista", "Carrier"),
    "hondurena": Text("Institución de Honduras", "Honduran institution"),
    "otra": Text("Otra", "Other"),
}
# What is written of a contact, and how long it may be; the first ones are the institution's own and public.
PUBLIC: Mapping[str, int] = {
    "name": 120, "phone": 40, "other_phone": 40, "email": 254, "address": 300, "city": 100, "hours": 200,
}  # fmt: skip
SAID: Mapping[str, int] = {**PUBLIC, "person": 120, "role": 120, "reference": 80, "note": 2_000}
MOST = 100  # contacts of one case
SUGGESTED = 300


def add(context: Context, case_id: UUID, values: Mapping[str, str]) -> CaseContact:
    """Write down a contact of a case. Raises ``Conflict`` where it has ``MOST``."""
    there = select(func.count()).where(CaseContact.case_id == case_id, CaseContact.removed_at.is_(None))
    if (context.session.scalar(there) or 0) >= MOST:
        raise Conflict(
            Text(
                "El expediente ya tiene {n} contactos: quite los que no sirven.",
                "The case file has {n} contacts already: remove those that are of no use.",
                {"n": MOST},
            )
        )
    row = CaseContact(
        id=new_id(), case_id=case_id, created_at=context.now, created_by=context.actor.id, changed_at=context.now
    )
    _give(row, values)
    context.session.add(row)
    context.session.flush()
    return row


def change(context: Context, row: CaseContact, values: Mapping[str, str]) -> None:
    """Write down what is known of a contact now."""
    _give(row, values)
    row.changed_at = context.now
    context.session.flush()


def _give(row: CaseContact, values: Mapping[str, str]) -> None:
    for name in (*SAID, "kind", "level"):
        setattr(row, name, values[name])


def put_away(context: Context, row: CaseContact, *, removed: bool) -> None:
    """Take a contact off the case's list, or put it back there."""
    row.removed_at = context.now if removed else None
    row.removed_by = context.actor.id if removed else None
    context.session.flush()


def get(context: Context, case_id: UUID, contact_id: UUID, levels: Collection[str]) -> CaseContact:
    """A contact of a case, if it is of one of these levels. Raises ``NotFound``."""
    row = context.session.get(CaseContact, contact_id)
    if row is None or row.case_id != case_id or row.level not in levels:
        raise NotFound
    return row


def of_case(
    context: Context, case_id: UUID, levels: Collection[str], limit: int, *, removed: bool = False
) -> Sequence[CaseContact]:
    """Contacts of a case of these levels: the newest first, those that were removed apart."""
    gone = CaseContact.removed_at.is_not(None) if removed else CaseContact.removed_at.is_(None)
    query = select(CaseContact).where(CaseContact.case_id == case_id, gone, CaseContact.level.in_(levels))
    return context.session.scalars(query.order_by(CaseContact.id.desc()).limit(limit)).all()


def folded(name: str) -> str:
    """A name as it is found by: small letters without accents, one blank between words."""
    plain = unicodedata.normalize("NFKD", name.lower())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())[:120]


def institutions(context: Context, office_code: str, text: str = "", limit: int = SUGGESTED) -> Sequence[Institution]:
    """Institutions of an office by their names, of those whose name has ``text`` in it."""
    query = select(Institution).where(Institution.office_code == office_code)
    if text:
        query = query.where(Institution.folded.contains(folded(text), autoescape=True))
    return context.session.scalars(query.order_by(Institution.folded, Institution.id).limit(limit)).all()


def institution(context: Context, office_code: str, name: str) -> Institution | None:
    """The institution of this name that an office keeps."""
    query = select(Institution).where(Institution.office_code == office_code, Institution.folded == folded(name))
    return context.session.scalars(query.order_by(Institution.id)).first()


def share(context: Context, office_code: str, values: Mapping[str, str]) -> Institution:
    """Keep what is public of an institution for all cases of an office; one of the same name is changed."""
    row = institution(context, office_code, values["name"])
    if row is None:
        row = Institution(id=new_id(), office_code=office_code, folded=folded(values["name"]))
        context.session.add(row)
    for name in ("kind", *PUBLIC):
        setattr(row, name, values[name])
    row.changed_at, row.changed_by = context.now, context.actor.id
    context.session.flush()
    return row


def unshare(context: Context, office_code: str, institution_id: UUID) -> None:
    """Take an institution out of an office's directory; contacts of cases keep what they have. Raises ``NotFound``."""
    row = context.session.get(Institution, institution_id)
    if row is None or row.office_code != office_code:
        raise NotFound
    context.session.execute(delete(Institution).where(Institution.id == institution_id))
