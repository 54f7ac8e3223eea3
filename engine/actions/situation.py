"""What a form may know: the case, its person and office, the variables, and the lists that it offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from engine.access.matrix import HEADQUARTERS, OFFICERS
from engine.casework import offices
from engine.store import Context
from engine.store.tables.access import User, UserRole
from engine.store.tables.casework import CaseFile, Person


def form_context(
    context: Context,
    office_code: str | None,
    case: CaseFile | None,
    person: Person | None,
    variables: Mapping[str, Any],
    lists: Iterable[str],
) -> dict[str, Any]:
    """The situation in which a form is drawn and checked that asks for ``lists``; ``office_code`` is whose task it is."""
    code = office_code or HEADQUARTERS
    office = offices.facts(context, code)
    return {
        **variables,
        "office": {"code": office.code, "name": office.name, "timezone": office.timezone, "country": office.country},
        "case": None
        if case is None
        else {
            "id": str(case.id), "folio": case.folio, "domain": case.domain, "type": case.type,
            "priority": case.priority, "status": case.status, "office": case.office_code,
            "compartments": list(case.compartments or []),
        },
        "person": None if person is None else {"id": str(person.id), "name": person.name},
        **{name: LISTED[name](context, case.office_code if case is not None else code) for name in lists},
    }  # fmt: skip


def _officers(context: Context, office_code: str) -> list[dict[str, str]]:
    """Officers of an office, for the lists that assign."""
    rows = context.session.execute(
        select(User.id, User.name)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.office_code == office_code, User.active, UserRole.role.in_(sorted(OFFICERS)))
        .distinct()
        .order_by(User.name)
    ).all()
    return [{"value": str(row.id), "label": row.name} for row in rows]


def _offices(context: Context, _: str) -> list[dict[str, str]]:
    """The network's offices, for the lists that hand over."""
    return [{"value": row.code, "label": row.name} for row in offices.listed(context)]


LISTED = {"agentes": _officers, "oficinas": _offices}
