"""The desk with scripts switched off: an old telephone, a strict browser, a line that dropped the script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from engine.actions.demo import DEMO_PASSWORD
from tests.browser.filling import complete
from tests.browser.test_officer import ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@pytest.fixture
def plain(demo: str, chromium: Browser) -> Iterator[Page]:
    """Ana's window, in which no script of a page runs."""
    context = chromium.new_context(
        base_url=demo, viewport={"width": 390, "height": 844}, is_mobile=True, locale="es-HN", java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/entrar")
    page.get_by_label("Correo electrónico").fill("ana.discua@demo.siproc.hn")
    page.get_by_label("Contraseña").fill(DEMO_PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Entrar").click()
    page.wait_for_url(lambda address: "/entrar" not in address)
    yield page
    context.close()


def test_an_officer_works_without_scripts(plain: Page) -> None:
    plain.goto("/tareas")
    plain.get_by_role("link", name="Abrir un caso").click()
    plain.get_by_role("button", name="Comenzar con el primer contacto").click()
    plain.wait_for_load_state()
    case = plain.locator("dd a[href^='/casos/']").first.get_attribute("href")
    assert case is not None

    # What is wrong is said at the field, and what was typed is still there.
    plain.get_by_label("Cuente en breve").or_(plain.locator("[name=relato_breve]")).first.fill("Llamó la madre.")
    plain.get_by_role("button", name="Completar la tarea").click()
    plain.wait_for_load_state()
    assert plain.locator(".invalid-feedback").count()
    assert plain.locator("[name=relato_breve]").input_value() == "Llamó la madre."
    complete(plain, ANSWERS)

    plain.goto(case)
    plain.locator("[name=nota]").fill("Escrita sin guiones de la página.")
    plain.get_by_role("button", name="Guardar la nota").click()
    plain.wait_for_load_state()
    assert plain.get_by_text("Escrita sin guiones de la página.").count()

    plain.get_by_role("link", name="Anotar una llamada").click()
    plain.get_by_label("Una llamada").check()
    plain.get_by_label("Nombre, parentesco o institución").fill("La madre")
    plain.get_by_label("Lo que se dijo o se vio").fill("Preguntó por la visita.")
    plain.get_by_role("button", name="Guardar").click()
    plain.wait_for_load_state()
    assert plain.get_by_text("Preguntó por la visita.").count()

    plain.goto("/casos")
    plain.get_by_role("searchbox").or_(plain.locator("main input[type=search], main input[name=text]")).first.fill(
        "Zúniga"
    )
    plain.get_by_role("button", name="Buscar").first.click()
    plain.wait_for_load_state()
    assert plain.locator("main a[href^='/casos/']").count()
