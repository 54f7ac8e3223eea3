"""Files on a telephone: a photo with its place goes up at once and without it, and all of it is in the case."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests import specimens
from tests.browser.conftest import Visit, picture

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_a_photo_from_the_telephone_is_in_the_case_without_its_place(
    visit: Visit, accessible: Callable[[Page], None]
) -> None:
    ana = visit("ana.discua", phone=True)
    ana.goto("/casos/nuevo")
    ana.get_by_role("button", name="Comenzar con el primer contacto").click()
    ana.wait_for_load_state()
    case = ana.locator("dd a[href^='/casos/']").first.get_attribute("href")
    assert case is not None
    box = ana.locator("[data-files][data-field='adjuntos']")
    taken = specimens.photo(size=(1600, 1200), gps=True, orientation=6)

    box.locator("#f-adjuntos").set_input_files(
        [{"name": "Foto de la cárcel.jpg", "mimeType": "image/jpeg", "buffer": taken}]
    )
    box.locator("[data-attached] img").wait_for()
    box.locator("#f-adjuntos").set_input_files(
        [{"name": "raro.exe", "mimeType": "image/jpeg", "buffer": b"MZ" + bytes(99)}]
    )
    box.get_by_text("No se reconoce este tipo de archivo").wait_for()
    accessible(ana)
    box.scroll_into_view_if_needed()
    picture(ana, "telefono-adjuntos")
    # Another answer is missing: what was uploaded stays.
    ana.get_by_role("button", name="Completar la tarea").click()
    ana.wait_for_load_state()
    assert ana.locator("#form-errors").count()
    assert box.get_by_text("Foto de la cárcel.jpg").count()

    ana.goto(case)
    filed = ana.locator("#archivos")
    accessible(ana)
    filed.scroll_into_view_if_needed()
    address = filed.get_by_role("link", name="Foto de la cárcel.jpg", exact=True).get_attribute("href")
    seen = ana.request.get(str(address))
    assert b"TelefonoSecreto" not in seen.body()
    with Image.open(BytesIO(seen.body())) as image:
        assert image.size == (1200, 1600)
        assert dict(image.getexif()) == {}
    ana.wait_for_function("() => document.querySelector('#archivos img').naturalWidth > 0")
    filed.locator("summary").click()
    ana.locator("#archivo-nuevo").set_input_files(
        [{"name": "Acta.pdf", "mimeType": "application/pdf", "buffer": specimens.pdf()}]
    )
    ana.get_by_role("button", name="Agregar al expediente").click()
    filed.get_by_role("link", name="Acta.pdf", exact=True).wait_for()
    picture(ana, "telefono-archivos")
    width = ana.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, width
