"""The pages of a person's registration: two are compared in words, merged with what was chosen, and parted again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from uuid import UUID

from engine.access.actors import SYSTEM
from engine.casework import cases, people
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile
from tests.webui.conftest import Browser

ONE = {"nombres": "Suyapa", "apellido1": "Oliva", "dni": "0801198512345", "rep_telefono": "+50497036901"}
TWO = {"nombres": "Suyapa María", "apellido1": "Oliva", "fecha_nac": date(1985, 3, 2)}


def registered(store: Store, *described: dict[str, object]) -> list[UUID]:
    """A case for each of these, of an office."""

    def work(context: Context) -> list[UUID]:
        made = []
        for values in described:
            person_id = people.register(context, values)
            case = cases.open_case(context, "MX-TAP")
            cases.set_person(context, case.id, person_id, people.get(context, person_id).name)
            made.append(case.id)
        return made

    return store.transact(work, SYSTEM)


def person_of(store: Store, case_id: UUID) -> tuple[UUID | None, str]:
    """Who a case is about."""

    def look(context: Context) -> tuple[UUID | None, str]:
        row = context.session.get_one(CaseFile, case_id)
        assert row.person_id is not None
        return row.person_id, people.get(context, row.person_id).name

    return store.read(look, SYSTEM)


def test_two_registrations_are_compared_merged_and_parted(window: Callable[[], Browser], working: Store) -> None:
    kept, other = registered(working, ONE, TWO)
    carla = window().sign_in("carla.funes")
    page = carla.get(f"/casos/{kept}/persona/unir/{other}")
    assert "0801-1985-12345" in page
    assert "+504 9703-6901" in page
    assert "2 de marzo de 1985" in page

    carla.post(f"/casos/{kept}/persona/unir/{other}", nombre="otro", dni="este", fecha_nac="otro")

    assert person_of(working, kept) == person_of(working, other)
    assert person_of(working, kept)[1] == "Suyapa María Oliva"

    undo = re.search(r'action="(/casos/[^"]+/persona/separar/[^"]+)"', carla.get(f"/casos/{kept}/persona"))
    assert undo is not None
    carla.post(undo[1])

    assert person_of(working, kept)[1] == "Suyapa Oliva"
    assert person_of(working, other)[1] == "Suyapa María Oliva"


def test_an_officer_merges_nobody(window: Callable[[], Browser], working: Store) -> None:
    kept, other = registered(working, ONE, TWO)
    ana = window().sign_in("ana.discua")

    assert ana.post(f"/casos/{kept}/persona/unir/{other}", nombre="otro").status_code == 403
    assert person_of(working, kept)[0] != person_of(working, other)[0]
