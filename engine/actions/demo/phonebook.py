"""Contacts for the demo's cases: the prison, the hospital, the shelter that somebody of the office calls again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from engine.access.actors import SYSTEM, Actor
from engine.actions import contacts
from engine.actions.contacts import Contact
from engine.errors import EngineError
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import UserTask

MOST = 16  # cases that get some
# By domain. Neither the people nor the numbers are anybody's.
KNOWN: Mapping[str, Sequence[Contact]] = {
    "PEN": (
        Contact(
            "centro_penal", "Centro de reinserción (ejemplo)", "Lic. Marta Solís", "Trabajo social", "+52 962 620 1234",
            city="Tapachula", hours="Lunes a viernes, de 9 a 15", reference="EXP-218/2026", shared=True,
        ),
        Contact("defensor_publico", "Defensoría pública (ejemplo)", "Lic. Raúl Toledo", "Defensor", "+52 962 620 4321"),
    ),
    "MIG": (
        Contact(
            "centro_detencion", "Estación migratoria (ejemplo)", "Guardia de turno", "", "+52 962 620 2233",
            city="Tapachula", hours="Visitas de 10 a 13", shared=True,
        ),
    ),
    "SAL": (
        Contact(
            "hospital", "Hospital general (ejemplo)", "Dra. Elena Ruiz", "Urgencias", "+52 962 620 7788",
            reference="Cama 14", shared=True,
        ),
    ),
    "LAB": (Contact("empleador", "Agrícola del Soconusco (ejemplo)", "Sr. Óscar Peña", "Encargado", "+52 962 620 9911"),),
    "DES": (Contact("comite", "Comité de familiares (ejemplo)", "Doña Rosa", "Coordinadora", "+504 2234 5678"),),
    "FAM": (Contact("albergue", "Casa de acogida (ejemplo)", "Hna. Teresa", "Directora", "+52 962 620 5566", shared=True),),
}  # fmt: skip


def furnish(store: Store, actors: Mapping[str, Actor]) -> int:
    """Write contacts into open cases, each by somebody who has a task of it in hand. Returns into how many."""
    made = 0
    for case_id, domain, holder in store.read(_in_hand, SYSTEM):
        actor = actors.get(str(holder))
        if actor is None or made == MOST:
            continue
        try:
            store.transact(lambda context, of=(case_id, domain): _write(context, *of), actor)  # type: ignore[misc]
        except EngineError:  # not theirs to write down, or kept out by the asylum firewall
            continue
        made += 1
    return made


def _write(context: Context, case_id: UUID, domain: str) -> None:
    for contact in KNOWN[domain]:
        contacts.add(context, case_id, contact)


def _in_hand(context: Context) -> list[tuple[UUID, str, UUID]]:
    """The newest open cases of the domains, each with somebody who works on it."""
    query = (
        select(CaseFile.id, CaseFile.domain, UserTask.assignee_id)
        .join(UserTask, UserTask.case_id == CaseFile.id)
        .where(UserTask.state == "open", UserTask.assignee_id.is_not(None), CaseFile.domain.in_(KNOWN))
        .order_by(CaseFile.opened_at.desc(), CaseFile.id, UserTask.id)
    )
    found: dict[UUID, tuple[UUID, str, UUID]] = {}
    for case_id, domain, holder in context.session.execute(query):
        assert domain is not None
        assert holder is not None
        found.setdefault(case_id, (case_id, domain, holder))
    return list(found.values())
