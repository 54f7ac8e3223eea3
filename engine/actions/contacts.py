"""Contacts of a case with institutions outside: written down, changed, called, put away; and the office's directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from engine.access import audit, firewall
from engine.access.matrix import NEEDS, Level
from engine.access.policy import case_level, require, require_case
from engine.actions import keys
from engine.actions.cases import keep_out
from engine.casework import cases, contacts, offices, timeline
from engine.errors import Invalid, Text
from engine.forms.kinds.identity import email_address, phone_number
from engine.forms.messages import Problem
from engine.store import Context
from engine.store.tables.casework import CaseContact, CaseFile, Institution

KINDS = contacts.KINDS
NEEDED = NEEDS["case:contact"]
LEVELS = (Level.N1, Level.N2, Level.N3)
SHOWN = 5  # on the case's own page
FOUND = 100
PRIVATE = Text(
    "En el directorio de la oficina solo entra lo que puede leer toda la oficina, y nada de un expediente reservado.",
    "Only what the whole office may read goes into its directory, and nothing of a reserved case.",
)


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it is typed; ``shared``: what is public of the institution is kept for the whole office too."""

    kind: str = ""
    name: str = ""
    person: str = ""
    role: str = ""
    phone: str = ""
    other_phone: str = ""
    email: str = ""
    address: str = ""
    city: str = ""
    hours: str = ""
    reference: str = ""
    note: str = ""
    level: str = "N1"
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """What whoever writes down a contact is offered: names of institutions, levels, and whether they may share it."""

    names: Sequence[str]
    levels: Sequence[Level]
    may_share: bool


@dataclass(frozen=True, slots=True)
class Called:
    """Whom one speaks to when one calls a contact."""

    who: str
    phone: str


def listed(context: Context, case_id: UUID, limit: int = SHOWN) -> tuple[Sequence[CaseContact], bool]:
    """The newest contacts of a case, as far as the actor sees them, and whether there are more. Raises ``NotFound``."""
    level = case_level(context, case_id)
    if not level.reaches(NEEDED):
        return (), False
    rows = contacts.of_case(context, case_id, level.within, limit + 1)
    return rows[:limit], len(rows) > limit


def removed(context: Context, case_id: UUID) -> Sequence[CaseContact]:
    """Contacts that were put away, the newest first. Raises ``NotFound``."""
    level = case_level(context, case_id)
    seen = level.reaches(NEEDED)
    return contacts.of_case(context, case_id, level.within, contacts.MOST, removed=True) if seen else ()


def one(context: Context, case_id: UUID, contact_id: UUID) -> Contact:
    """A contact as it is typed. Raises ``NotFound``, ``Forbidden``."""
    row = _get(context, case_id, contact_id)
    return Contact(**{name: getattr(row, name) for name in (*contacts.SAID, "kind", "level")})


def directory(context: Context, case_id: UUID) -> Directory:
    """What is offered to whoever writes down a contact of a case. Raises ``NotFound``, ``Forbidden``."""
    case = _case(context, case_id)
    level = case_level(context, case_id)
    rows = contacts.institutions(context, context.actor.office_code)
    return Directory([row.name for row in rows], [item for item in LEVELS if level.reaches(item)], _shareable(case))


def filled(context: Context, typed: Contact) -> Contact:
    """What was typed, its gaps filled with what the office knows of the institution of that name."""
    require(context.actor, "case:contact")
    row = contacts.institution(context, context.actor.office_code, typed.name)
    if row is None:
        return typed
    known = {name: getattr(row, name) for name in ("kind", *contacts.PUBLIC)}
    return replace(typed, **{name: value for name, value in known.items() if value and not getattr(typed, name)})


def add(context: Context, case_id: UUID, typed: Contact, idempotency_key: str | None = None) -> UUID:
    """Write down a contact of a case; gives its id.

    Raises ``Invalid`` for each field of ``Contact`` that is wrong, ``KeptOut`` for what the asylum firewall keeps out,
    ``NotFound``, ``Forbidden``, ``Conflict`` where the case's data were erased or it has too many contacts.
    """
    require(context.actor, "case:contact")
    done = keys.once(context, idempotency_key, lambda: {"contact_id": str(_add(context, case_id, typed))}, "contact_id")
    return UUID(done["contact_id"])


def _add(context: Context, case_id: UUID, typed: Contact) -> UUID:
    values = _checked(context, case_id, typed)
    row = contacts.add(context, case_id, values)
    _note(context, row, "add", Text("Agregó el contacto {name}.", "Added the contact {name}.", {"name": row.name}))
    _share(context, values, shared=typed.shared)
    return row.id


def change(context: Context, case_id: UUID, contact_id: UUID, typed: Contact) -> None:
    """Write down what is known of a contact now. Raises as ``add`` does."""
    row = _get(context, case_id, contact_id)
    values = _checked(context, case_id, typed)
    contacts.change(context, row, values)
    _note(context, row, "change", Text("Cambió el contacto {name}.", "Changed the contact {name}.", {"name": row.name}))
    _share(context, values, shared=typed.shared)


def put_away(context: Context, case_id: UUID, contact_id: UUID, *, gone: bool) -> None:
    """Take a contact off the case's list, or put it back. Raises ``NotFound``, ``Forbidden``, ``Conflict``."""
    row = _get(context, case_id, contact_id)
    cases.load(context, case_id)
    if (row.removed_at is not None) == gone:
        return
    contacts.put_away(context, row, removed=gone)
    name = {"name": row.name}
    said = (
        Text("Quitó el contacto {name}.", "Removed the contact {name}.", name)
        if gone
        else Text("Devolvió el contacto {name}.", "Put back the contact {name}.", name)
    )
    _note(context, row, "remove" if gone else "restore", said)


def calling(context: Context, case_id: UUID, contact_id: UUID) -> Called:
    """Whom one speaks to, and at which number. Raises ``NotFound``, ``Forbidden``."""
    row = _get(context, case_id, contact_id)
    who = f"{row.person}, {row.name}" if row.person else row.name
    return Called(who[:120], row.phone or row.other_phone)


def institutions(context: Context, text: str = "") -> Sequence[Institution]:
    """Institutions that the actor's office keeps. They tell of no case. Raises ``Forbidden``."""
    require(context.actor, "case:contact")
    return contacts.institutions(context, context.actor.office_code, text[:120], FOUND)


def unshare(context: Context, institution_id: UUID) -> None:
    """Take an institution out of the actor's office's directory. Raises ``Forbidden``, ``NotFound``."""
    require(context.actor, "case:contact")
    contacts.unshare(context, context.actor.office_code, institution_id)
    audit.record(context, "institution:remove", object_id=institution_id)


def _case(context: Context, case_id: UUID) -> CaseFile:
    require(context.actor, "case:contact")
    return require_case(context, case_id, NEEDED)


def _get(context: Context, case_id: UUID, contact_id: UUID) -> CaseContact:
    _case(context, case_id)
    return contacts.get(context, case_id, contact_id, case_level(context, case_id).within)


def _shareable(case: CaseFile) -> bool:
    """Whether the office may learn of the institution: of a reserved case it would tell that there is one."""
    return not case.compartments and not firewall.guards(case.compartments, case.type)


def _checked(context: Context, case_id: UUID, typed: Contact) -> dict[str, str]:
    case = _case(context, case_id)
    cases.load(context, case_id)
    values: dict[str, str] = {name: getattr(typed, name).strip() for name in contacts.SAID}
    wrong: dict[str, Text] = {
        name: Text("Escriba hasta {n} letras.", "Write up to {n} letters.", {"n": most})
        for name, most in contacts.SAID.items()
        if len(values[name]) > most
    }
    if not values["name"]:
        wrong["name"] = Text("Escriba cómo se llama la institución.", "Write what the institution is called.")
    if typed.kind not in KINDS:
        wrong["kind"] = Text("Elija una opción.", "Choose one.")
    if typed.level not in LEVELS or not case_level(context, case_id).reaches(Level(typed.level)):
        wrong["level"] = Text("Elija quién puede leerlo.", "Choose who may read it.")
    if typed.shared and not (typed.level == Level.N1 and _shareable(case)):
        wrong["shared"] = PRIVATE
    country = offices.facts(context, context.actor.office_code).country
    readers: Mapping[str, Any] = {
        "phone": lambda text: phone_number(text, country),
        "other_phone": lambda text: phone_number(text, country),
        "email": email_address,
    }
    for name, read in readers.items():
        if values[name] and name not in wrong:
            try:
                values[name] = read(values[name])
            except Problem as problem:
                wrong[name] = problem.text
    if wrong:
        raise Invalid(fields=wrong)
    keep_out(context, case_id, {name: values[name] for name in ("name", "role", "note")})
    return {**values, "kind": typed.kind, "level": typed.level}


def _share(context: Context, values: Mapping[str, str], *, shared: bool) -> None:
    if shared:
        row = contacts.share(context, context.actor.office_code, values)
        audit.record(context, "institution:keep", object_id=row.id)


def _note(context: Context, row: CaseContact, act: str, said: Text) -> None:
    timeline.append(context, row.case_id, "contact", said, level=row.level)
    audit.record(context, f"contact:{act}", object_id=row.id, case_id=row.case_id)
