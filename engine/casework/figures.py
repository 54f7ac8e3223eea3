"""Of whom a case is, as the monthly tables count them: codes and an age group, never a name, a day or a place.

They are computed from the person and the answers while there are any, and kept as rows before those are erased
(handbook 09, section j: the key by which every table is broken down).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlalchemy import insert, select

from engine.feel import load_value
from engine.store import Context
from engine.store.tables.casework import CaseFigure, CaseFile, Person
from engine.store.tables.runtime import ProcessInstance, ScopeRow

UNKNOWN = "no_consta"
# First ages of the groups (handbook, section 6, L:edad_grupo; the children's are DINAF's).
GROUPS = ((60, "60+"), (41, "41-59"), (26, "26-40"), (18, "18-25"), (13, "13-17"), (7, "7-12"), (0, "0-6"))
# The answers that are counted, and the codes that they may have (handbook, section 6): nothing else is ever kept.
CODES: dict[str, tuple[str, frozenset[str]]] = {
    "sex": ("sexo", frozenset({"mujer", "hombre", "intersexual"})),
    "department": (
        "origen_depto",
        frozenset(f"HN-{code}" for code in ["AT", "CH", "CL", "CM", "CP", "CR", "EP", "FM", "GD", "IN", "IB", "LP", "LE", "OC", "OL", "SB", "VA", "YO"]),
    ),
    "people": (
        "pueblo",
        frozenset(
            {
                "ninguno", "garifuna", "miskito", "lenca", "maya_chorti", "tolupan", "pech", "tawahka", "nahua",
                "afro_ingles", "otro",
            }
        ),
    ),
    "stage": ("etapa", frozenset({"origen", "transito", "destino", "retorno"})),
    "vulnerability": ("nivel_vuln", frozenset({"critica", "alta", "media", "baja"})),
}  # fmt: skip
AGE = "afectada_edad"
ANSWERS = frozenset({AGE, *(key for key, _ in CODES.values())})


@dataclass(frozen=True, slots=True)
class Figures:
    """By what a case is counted, beside its own office, domain, type, result and days."""

    sex: str = UNKNOWN
    age_group: str = UNKNOWN
    department: str = UNKNOWN
    people: str = UNKNOWN
    stage: str = UNKNOWN
    vulnerability: str = UNKNOWN


def of_cases(context: Context, case_ids: Collection[UUID]) -> dict[UUID, Figures]:
    """The figures of some cases, whether their personal data are still there or were erased."""
    kept = {
        row.case_id: Figures(row.sex, row.age_group, row.department, row.people, row.stage, row.vulnerability)
        for row in context.session.scalars(select(CaseFigure).where(CaseFigure.case_id.in_(case_ids)))
    }
    left = [case_id for case_id in case_ids if case_id not in kept]
    answers = _answers(context, left)
    query = (
        select(CaseFile.id, CaseFile.opened_at, Person)
        .outerjoin(Person, Person.id == CaseFile.person_id)
        .where(CaseFile.id.in_(left))
    )
    for case_id, opened_at, person in context.session.execute(query):
        kept[case_id] = _figures(person, answers.get(case_id, {}), opened_at)
    return kept


def keep(context: Context, case_ids: Collection[UUID]) -> None:
    """Keep the figures of cases whose personal data are about to go."""
    rows = [{"case_id": case_id, **asdict(found)} for case_id, found in of_cases(context, case_ids).items()]
    if rows:
        context.session.execute(insert(CaseFigure), rows)


def _answers(context: Context, case_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The answers that are counted, the latest of each; those of a person's first account where none came later."""
    found: dict[UUID, dict[str, Any]] = {}
    query = (
        select(ProcessInstance.case_id, ScopeRow.variables)
        .join(ScopeRow, ScopeRow.instance_id == ProcessInstance.id)
        .where(ProcessInstance.case_id.in_(case_ids))
        .order_by(ProcessInstance.started_at, ProcessInstance.id, ScopeRow.id)
    )
    for case_id, variables in context.session.execute(query):
        if case_id is not None:
            known = {key: load_value(variables[key]) for key in ANSWERS & variables.keys()}
            found.setdefault(case_id, {}).update({key: value for key, value in known.items() if value is not None})
    return found


def _figures(person: Person | None, answers: Mapping[str, Any], opened_at: datetime) -> Figures:
    said = {name: answers.get(key) for name, (key, _) in CODES.items()}
    if person is not None and person.sex:
        said["sex"] = person.sex
    coded = {name: value if value in CODES[name][1] else UNKNOWN for name, value in said.items()}
    age = answers.get(AGE)
    if person is not None and person.birth_date is not None:
        age = relativedelta(opened_at.date(), person.birth_date).years
    return Figures(age_group=group_of(age), **coded)


def group_of(age: object) -> str:
    """The age group of somebody of this age in years (when the case was opened)."""
    if not isinstance(age, int | float | Decimal) or isinstance(age, bool):
        return UNKNOWN
    return next((name for first, name in GROUPS if age >= first), UNKNOWN)
