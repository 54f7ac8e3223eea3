"""Who is let into a case: reserved ones, naming, guardianship, opening with a reason and its review, notes and their level."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.casework import cases, people
from engine.clock import MovableClock
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry, User
from engine.store.tables.casework import CaseFile, CaseOpening
from tests.webui.conftest import Browser

Window = Callable[[], Browser]
WHY = "La madre llama desde el albergue y dice que la amenazan esta noche."


@pytest.fixture
def reserved(working: Store) -> UUID:
    """A trafficked woman's case in Tapachula, of nobody yet."""

    def work(context: Context) -> UUID:
        case = cases.open_case(context, "MX-TAP")
        person = people.register(context, {"nombres": "Yadira Xiomara", "apellido1": "Zúniga", "dni": "0801199912345"})
        cases.set_person(context, case.id, person, "Yadira Xiomara Zúniga")
        cases.classify(context, case.id, domain="DHU", type="DHU-06", priority="P1", compartments=["TRATA"])
        return case.id

    return working.transact(work, SYSTEM)


def folio(store: Store, case_id: UUID) -> str:
    """The folio of a case."""
    return store.read(lambda context: context.session.get_one(CaseFile, case_id).folio, SYSTEM)


def test_a_reserved_case_is_not_there_for_its_office_and_a_shell_for_its_supervisor(
    window: Window, working: Store, reserved: UUID
) -> None:
    ana, carla, sofia = (
        window().sign_in("ana.discua"),
        window().sign_in("carla.funes"),
        window().sign_in("sofia.zelaya"),
    )

    assert ana.client.get(f"/casos/{reserved}").status_code == 404
    for words in ("Yadira", "0801199912345", folio(working, reserved)):
        assert str(reserved) not in ana.get(f"/casos?q={words}")
    for browser in (carla, sofia):
        page = browser.get(f"/casos/{reserved}")
        assert "Expediente reservado" in page
        assert "Yadira" not in page
        assert "Derechos humanos" not in page
        assert str(reserved) not in browser.get("/casos?q=Yadira")
        assert str(reserved) in browser.get(f"/casos?q={folio(working, reserved)}")


def test_who_is_named_sees_it_until_they_are_taken_off(window: Window, reserved: UUID, working: Store) -> None:
    ana, sofia = window().sign_in("ana.discua"), window().sign_in("sofia.zelaya")
    page = sofia.get(f"/casos/{reserved}/acceso")
    ana_id = page.partition(">Ana Discua")[0].rpartition('value="')[2].partition('"')[0]

    sofia.post(f"/casos/{reserved}/acceso/personas", persona=ana_id)

    assert "Yadira" in ana.get(f"/casos/{reserved}")
    assert "le dio acceso" in ana.get("/avisos")
    sofia.post(f"/casos/{reserved}/acceso/personas/{ana_id}/retirar")
    assert ana.client.get(f"/casos/{reserved}").status_code == 404
    assert sofia.post(f"/casos/{reserved}/acceso/personas", persona=str(UUID(int=1))).status_code == 422


def test_opening_with_a_reason_lasts_four_hours_is_told_and_reviewed(
    window: Window, working: Store, reserved: UUID, clock: MovableClock
) -> None:
    ana, irma = window().sign_in("ana.discua"), window().sign_in("irma.banegas")
    name = folio(working, reserved)

    assert ana.post("/abrir-con-motivo", folio=name, motivo="urge").status_code == 422
    assert ana.post("/abrir-con-motivo", folio=name, motivo=WHY).status_code == 302
    assert "Yadira" in ana.get(f"/casos/{reserved}")
    assert "abrió con motivo" in irma.get("/avisos")
    assert WHY in irma.get("/auditoria/aperturas")

    opening = working.read(lambda context: context.session.scalars(select(CaseOpening)).one(), SYSTEM)
    assert not opening.cleared
    assert irma.post(f"/auditoria/aperturas/{opening.id}", justificado="0", observacion="").status_code == 422
    assert irma.post(f"/auditoria/aperturas/{opening.id}", justificado="1", observacion="").status_code == 302
    assert "Ninguno espera revisión" in irma.get("/auditoria/aperturas")
    clock.advance(timedelta(hours=4, minutes=1))
    ana = window().sign_in("ana.discua")
    assert ana.client.get(f"/casos/{reserved}").status_code == 404


def test_no_folio_can_be_told_from_one_that_does_not_exist(window: Window, working: Store, reserved: UUID) -> None:
    def complaint(context: Context) -> str:
        case = cases.open_case(context, "MX-TAP")
        return cases.classify(context, case.id, domain="DHU", type="DHU-12", compartments=["QUEJA"]).folio

    name = working.transact(complaint, SYSTEM)
    ana = window().sign_in("ana.discua")

    answers = [
        ana.post("/abrir-con-motivo", folio=wanted, motivo=WHY) for wanted in (name, "HN-MX-TAP-2026-DHU-999999")
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("No se puede abrir un expediente con ese folio" in answer.text for answer in answers)


def test_a_note_is_read_by_those_whom_it_is_for(window: Window, working: Store) -> None:
    case_id = working.transact(lambda context: _open_case(context), SYSTEM)
    ana, beto, carla = window().sign_in("ana.discua"), window().sign_in("beto.calix"), window().sign_in("carla.funes")

    for level, words in (("N1", "Llamó la tía."), ("N2", "Está enferma."), ("N3", "Le pegaron.")):
        assert carla.post(f"/casos/{case_id}/notas", nota=words, nivel=level).status_code == 302

    assert "Llamó la tía." in beto.get(f"/casos/{case_id}")
    assert "Está enferma." not in beto.get(f"/casos/{case_id}")
    assert "Está enferma." in carla.get(f"/casos/{case_id}")
    assert "Le pegaron." not in carla.get(f"/casos/{case_id}")
    assert carla.post(f"/casos/{case_id}/notas", nota="x", nivel="N9").status_code == 422
    assert "Llamó la tía." in ana.get(f"/casos/{case_id}")


def _open_case(context: Context) -> UUID:
    case = cases.open_case(context, "MX-TAP")
    person = people.register(context, {"nombres": "Olga", "apellido1": "Paz"})
    cases.set_person(context, case.id, person, "Olga Paz")
    return case.id


def test_another_office_sees_what_is_in_its_guardianship(window: Window, working: Store) -> None:
    case_id = working.transact(_open_case, SYSTEM)
    carla, diego = window().sign_in("carla.funes"), window().sign_in("diego.mairena")
    assert diego.client.get(f"/casos/{case_id}").status_code == 404

    carla.post(f"/casos/{case_id}/acceso/oficinas", oficina="US-HOU")

    assert "Olga Paz" in diego.get(f"/casos/{case_id}")
    assert "US-HOU" in carla.get(f"/casos/{case_id}/acceso") or "Houston" in carla.get(f"/casos/{case_id}/acceso")
    carla.post(f"/casos/{case_id}/acceso/oficinas/US-HOU/retirar")
    assert diego.client.get(f"/casos/{case_id}").status_code == 404


def test_the_table_is_a_page_that_everybody_may_read(window: Window) -> None:
    page = window().sign_in("ana.discua").get("/quien-ve-que")

    assert "Cónsul" in page
    assert "abierto con motivo" in page


def test_an_administrator_clears_others_and_never_themselves(window: Window, working: Store) -> None:
    lidia = window().sign_in("lidia.pineda")
    beto = working.read(
        lambda context: context.session.scalars(select(User.id).where(User.email.startswith("beto."))).one(), SYSTEM
    )

    assert lidia.post(f"/cuentas/{beto}/compartimentos", clearances="ASILO").status_code == 302
    assert lidia.post(f"/cuentas/{beto}/compartimentos", clearances="TODO").status_code == 422
    rows = working.read(
        lambda context: context.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "access:clear", AuditEntry.allowed)
        ).all(),
        SYSTEM,
    )
    assert [row.data["compartments"] for row in rows] == [["ASILO"]]
