"""What expressions may know of the case: read-only contexts, loaded only when an expression asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.store import Context
from engine.store.tables.casework import CaseFile, Office, Person

NAMES = ("case", "person", "office")


class CaseFacts(Mapping[str, Any]):
    """``case``, ``person`` and ``office`` of one case file."""

    def __init__(self, context: Context, case_id: UUID, office_code: str | None) -> None:
        self.context = context
        self.case_id = case_id
        self.office_code = office_code
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        if name not in self._loaded:
            LOADERS[name](self)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)

    def forget(self) -> None:
        """Read again next time: a handler changed the case."""
        self._loaded.clear()

    def load_case(self) -> None:
        """Case, and the person's id with it."""
        row = self.context.session.get(CaseFile, self.case_id)
        self._loaded["case"] = (
            None
            if row is None
            else {
                "id": str(row.id),
                "folio": row.folio,
                "domain": row.domain,
                "type": row.type,
                "priority": row.priority,
                "status": row.status,
                "compartments": list(row.compartments or []),
                "office": row.office_code,
                "opened_at": row.opened_at,
            }
        )

    def load_person(self) -> None:
        """The protected person, as far as known."""
        row = self.context.session.get(CaseFile, self.case_id)
        person = self.context.session.get(Person, row.person_id) if row is not None and row.person_id else None
        age = None
        if person is not None and person.birth_date is not None:
            today = self.context.now.date()
            born = person.birth_date
            age = Decimal(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))
        self._loaded["person"] = None if person is None else {"id": str(person.id), "name": person.name, "age": age}

    def load_office(self) -> None:
        """The office that leads the case now."""
        row = self.context.session.get(CaseFile, self.case_id)
        code = row.office_code if row is not None else self.office_code
        self._loaded["office"] = office_facts(self.context, code)


LOADERS: dict[str, Callable[[CaseFacts], None]] = {
    "case": CaseFacts.load_case,
    "person": CaseFacts.load_person,
    "office": CaseFacts.load_office,
}


def office_facts(context: Context, code: str | None) -> dict[str, Any] | None:
    """The context ``office`` of an office; None where there is none."""
    office = context.session.get(Office, code) if code else None
    if office is None:
        return None
    return {
        "code": office.code,
        "name": office.name,
        "timezone": office.timezone,
        "country": office.country,
        "languages": [item for item in (office.languages or "").split("|") if item],
    }
