"""Takes up a closed case file again: it is opened, and its procedure of reopening starts."""

from __future__ import annotations

from uuid import UUID

from engine.casework import cases
from engine.runtime import instances
from engine.store import Context
from engine.store.tables.casework import Person

PROCEDURE = "reapertura"


def reopen(context: Context, case_id: UUID, told: str = "") -> None:
    """Open a closed case again for what was ``told``. Raises ``Conflict`` where it cannot be (handbook 00, step 11)."""
    cases.reopen(context, case_id)
    row = cases.load(context, case_id)
    person = context.session.get(Person, row.person_id) if row.person_id is not None else None
    known = {
        "relato_breve": told,
        "tipo_caso": row.type,
        "fecha_nac": person.birth_date if person is not None else None,
        "agente_id": str(row.owner_id) if row.owner_id is not None else None,
    }
    instances.start(context, PROCEDURE, case_id=case_id, office_code=row.office_code, variables=known)
