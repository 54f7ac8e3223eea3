"""A supervisor finds a case and sees its token on the diagram."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit, picture

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@pytest.mark.parametrize("phone", [False, True])
def test_finds_a_case_and_sees_its_token(visit: Visit, accessible: Callable[[Page], None], phone: bool) -> None:
    sofia = visit("sofia.zelaya", phone=phone)
    accessible(sofia)
    picture(sofia, f"supervision-{'telefono' if phone else 'escritorio'}")
    sofia.goto("/supervision/?domain=PEN")
    sofia.locator("a[href^='/casos/']:visible").first.click()
    sofia.get_by_text("Ver el diagrama").first.click()
    sofia.wait_for_selector("[data-diagram][data-ready]")
    assert sofia.locator(".token").count() >= 1
    accessible(sofia)

    sofia.goto("/supervision/procedimientos")
    accessible(sofia)
    sofia.get_by_role("link", name="Atención penal").first.click()
    sofia.wait_for_selector("[data-diagram][data-ready]")
    assert sofia.locator(".token").count() >= 1
    accessible(sofia)
    picture(sofia, f"supervision-diagrama-{'telefono' if phone else 'escritorio'}")


def test_sees_who_has_how_much_and_every_incident(visit: Visit, accessible: Callable[[Page], None]) -> None:
    sofia = visit("sofia.zelaya")
    for address in ("/supervision/carga", "/supervision/incidentes", "/avisos", "/casos"):
        sofia.goto(address)
        accessible(sofia)
