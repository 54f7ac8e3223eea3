"""The consular network: the packaged list of offices, and the rows that are made of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import select

from engine.errors import NotFound, Text
from engine.store import Context
from engine.store.tables.casework import Office

HEADQUARTERS = "HN-TGU"
FILE = Path(__file__).parent / "data" / "offices.csv"


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """One office as packaged. ``active`` is false for historic ones and for those that answer for no territory."""

    code: str
    name: str
    type: str
    city: str
    country: str
    timezone: str
    lat: float
    lon: float
    jurisdiction: str
    languages: str
    active: bool


@cache
def packaged() -> Mapping[str, OfficeFacts]:
    """The packaged offices by code, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["code"]: _read(row) for row in csv.DictReader(file)})


def _read(row: Mapping[str, str]) -> OfficeFacts:
    return OfficeFacts(
        code=row["code"],
        name=row["name"],
        type=row["type"],
        city=row["city"],
        country=row["country_iso2"],
        timezone=row["timezone"],
        lat=float(row["lat"]),
        lon=float(row["lon"]),
        jurisdiction=row["jurisdiction"],
        languages=row["languages"],
        active=row["type"] != "historico" and bool(row["jurisdiction"]),
    )


def load(context: Context) -> int:
    """Bring the table of offices to the packaged list; an office that is no longer listed is kept, but not active.

    Returns how many rows it added or changed.
    """
    stored = {office.code: office for office in context.session.scalars(select(Office))}
    changed = 0
    for facts in packaged().values():
        office = stored.pop(facts.code, None)
        if office is None:
            context.session.add(Office(**asdict(facts)))
            changed += 1
            continue
        different = {name: value for name, value in asdict(facts).items() if getattr(office, name) != value}
        for name, value in different.items():
            setattr(office, name, value)
        changed += bool(different)
    for office in stored.values():
        changed += office.active
        office.active = False
    context.session.flush()
    return changed


def get(context: Context, code: str) -> Office:
    """The office with this code. Raises ``NotFound``."""
    office = context.session.get(Office, code)
    if office is None:
        raise unknown(code)
    return office


def listed(context: Context, *, inactive: bool = False) -> Sequence[Office]:
    """All offices by code; inactive ones only where asked for."""
    query = select(Office).order_by(Office.code)
    return context.session.scalars(query if inactive else query.where(Office.active)).all()


def facts(context: Context, code: str) -> Office | OfficeFacts:
    """What is known of an office, stored or packaged: models also run where no office was loaded."""
    office = context.session.get(Office, code) or packaged().get(code)
    if office is None:
        raise unknown(code)
    return office


def unknown(code: str) -> NotFound:
    """The refusal for a code that no office has."""
    return NotFound(
        Text(
            "No hay ninguna oficina con el código «{code}».",
            "There is no office with the code “{code}”.",
            {"code": str(code)[:40]},
        )
    )
