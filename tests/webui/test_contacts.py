"""Contacts of a case in the browser: written down once, offered again at the office, called in one step, put away and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select, update

from engine.access.actors import SYSTEM
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.casework import CaseFile, Institution, TimelineEntry
from tests.webui.conftest import Browser
from tests.webui.test_persons import ONE, TWO, registered

Window = Callable[[], Browser]
SHELTER = {
    "kind": "albergue", "name": "Albergue Jesús el Buen Pastor", "person": "Olga", "role": "directora",
    "phone": "962 625 1234", "email": "olga@albergue.example", "reference": "EXP-77", "level": "N1", "shared": "1",
}  # fmt: skip
CONTACT = re.compile(r"/casos/[0-9a-f-]{36}/contactos/[0-9a-f-]{36}")


def institutions(store: Store) -> list[str]:
    """What offices keep."""
    return store.read(lambda context: list(context.session.scalars(select(Institution.name))), SYSTEM)


def reserve(store: Store, case_id: UUID) -> None:
    """Let a case be reserved, with nobody on it but Ana."""
    change = update(CaseFile).where(CaseFile.id == case_id)
    store.transact(lambda context: context.session.execute(change.values(compartments=["TRATA"])) and None, SYSTEM)


def test_a_contact_is_written_down_called_and_offered_again(window: Window, working: Store) -> None:
    first, second = registered(working, ONE, TWO)
    ana = window().sign_in("ana.discua")

    assert ana.post(f"/casos/{first}/contactos", **SHELTER).status_code == 302

    page = ana.get(f"/casos/{first}")
    assert 'href="tel:+529626251234"' in page
    assert 'href="mailto:olga@albergue.example"' in page
    assert "EXP-77" in page
    call = re.search(r'href="(/anotar\?[^"]*contacto=[^"]+)"', page)
    assert call is not None
    form = ana.get(call[1].replace("&amp;", "&"))
    assert "Olga, Albergue Jesús el Buen Pastor" in form
    assert '<option value="institucion" selected>' in form
    assert 'value="+529626251234"' in form

    new = f"/casos/{second}/contactos"
    assert '<option value="Albergue Jesús el Buen Pastor">' in ana.get(f"{new}/nuevo")
    fetched = ana.post(new, name="albergue jesus el buen pastor", note="llamar de día", traer="1").get_data(
        as_text=True
    )
    assert "olga@albergue.example" in fetched
    assert "llamar de día" in fetched
    assert "EXP-77" not in fetched
    assert "Olga<" not in fetched
    assert "Albergue Jesús el Buen Pastor" not in ana.get(f"/casos/{second}")


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(window: Window, working: Store) -> None:
    [case_id] = registered(working, ONE)
    ana = window().sign_in("ana.discua")

    wrong = {**SHELTER, "name": " ", "phone": "12", "email": "nada", "kind": "bar", "level": "N3"}
    answer = ana.post(f"/casos/{case_id}/contactos", **wrong)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    for name in ("name", "phone", "email", "kind", "level"):
        assert f'id="{name}-error"' in page
    assert "EXP-77" in page
    assert 'value="nada"' in page
    assert institutions(working) == []


def test_a_contact_is_changed_removed_and_put_back_and_all_is_written_down(window: Window, working: Store) -> None:
    [case_id] = registered(working, ONE)
    ana = window().sign_in("ana.discua")
    ana.post(f"/casos/{case_id}/contactos", **SHELTER)
    found = CONTACT.search(ana.get(f"/casos/{case_id}"))
    assert found is not None

    ana.post(found[0], **{**SHELTER, "reference": "EXP-78"})
    assert "EXP-78" in ana.get(f"/casos/{case_id}")
    ana.post(f"{found[0]}/quitar")
    assert "EXP-78" not in ana.get(f"/casos/{case_id}")
    assert "Devolver" in ana.get(f"/casos/{case_id}/contactos")
    ana.post(f"{found[0]}/devolver")
    assert "EXP-78" in ana.get(f"/casos/{case_id}")

    def written(context: Context) -> tuple[list[str], int]:
        acts = context.session.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.id)).all()
        told = context.session.scalars(select(TimelineEntry.id).where(TimelineEntry.kind == "contact")).all()
        return [act for act in acts if act.startswith(("contact:", "institution:"))], len(told)

    acts, told = working.read(written, SYSTEM)
    assert sorted(acts) == sorted(
        ["contact:add", "institution:keep", "contact:change", "institution:keep", "contact:remove", "contact:restore"]
    )
    assert told == 4
    assert institutions(working) == [SHELTER["name"]]


def test_the_directory_is_the_offices_own_and_takes_nothing_of_a_reserved_case(window: Window, working: Store) -> None:
    first, second = registered(working, ONE, TWO)
    ana, carla = window().sign_in("ana.discua"), window().sign_in("carla.funes")
    ana.post(f"/casos/{first}/contactos", **SHELTER)
    carla.post(f"/casos/{second}/contactos", **{**SHELTER, "name": "Refugio", "level": "N2"})
    assert institutions(working) == [SHELTER["name"]]

    page = carla.get("/contactos?q=JESUS")
    assert "Albergue Jesús el Buen Pastor" in page
    assert "EXP-77" not in page
    assert "Olga<" not in page
    gone = re.search(r'action="(/contactos/[^"]+/quitar)"', page)
    assert gone is not None
    other = window().sign_in("diego.mairena")
    assert "Albergue" not in other.get("/contactos")
    assert other.post(gone[1]).status_code == 404
    carla.post(gone[1])
    assert institutions(working) == []
    assert "Albergue Jesús el Buen Pastor" in ana.get(f"/casos/{first}")

    own = update(CaseFile).where(CaseFile.id == first)
    working.transact(lambda context: context.session.execute(own.values(status="borrador")) and None, SYSTEM)
    reserve(working, first)
    for browser in (ana, carla):
        answer = browser.post(f"/casos/{first}/contactos", **SHELTER)
        assert answer.status_code != 302
    assert institutions(working) == []


@pytest.mark.parametrize("where", ["nada", "00000000-0000-0000-0000-000000000000"])
def test_a_call_to_a_contact_that_is_not_there_is_not_found(window: Window, working: Store, where: str) -> None:
    [case_id] = registered(working, ONE)
    ana = window().sign_in("ana.discua")

    assert ana.client.get(f"/anotar?caso={case_id}&que=call&contacto={where}").status_code == 404
