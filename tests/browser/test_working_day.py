"""A working day of an officer, on a telephone, a tablet and a desk: ten tasks, three cases, a duplicate, a photo, a call, a transfer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests import specimens
from tests.browser.conftest import Visit, picture
from tests.browser.filling import complete, fill, sign
from tests.browser.test_officer import ANSWERS, take_turn

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(900)]

SIZES = {"telefono": (390, 844), "tableta": (820, 1180), "escritorio": (1280, 800)}
HEALTH = {"motivo": "otro", "lugar_texto": "Hospital Regional", "custodia": "ninguna", "dominio_principal": "SAL"}
REGISTER = "Registrar persona y vínculos"
MOVED = "Traslado de la persona"


class Day:
    """What Ana does, and how many tasks she has completed."""

    def __init__(self, visit: Visit, size: str, accessible: Callable[[Page], None]) -> None:
        self.visit, self.size, self.accessible, self.done = visit, size, accessible, 0
        self.page = visit("ana.discua", phone=size == "telefono")
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.others: dict[str, Page] = {}

    def look(self, name: str) -> None:
        """Keep a picture, and see that nothing sticks out or cannot be read."""
        self.accessible(self.page)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= SIZES[self.size][0]
        picture(self.page, f"{self.size}-{name}")

    def begins(self) -> str:
        """Open a case; its first contact stands on the page. Gives the case's address."""
        self.page.goto("/tareas")
        self.page.get_by_role("link", name="Abrir un caso").click()
        self.page.get_by_role("button", name="Comenzar con el primer contacto").click()
        self.page.wait_for_load_state()
        case = self.page.locator("dd a[href^='/casos/']").first.get_attribute("href")
        assert case is not None
        return case

    def completes(self, answers: dict[str, str]) -> None:
        """The task on the page."""
        complete(self.page, answers)
        self.done += 1

    def goes_on(self, case: str, answers: dict[str, str], to: str) -> list[str]:
        """Complete a case's tasks until Ana has the one ``to`` before her, colleagues those that are theirs; gives the names."""
        names: list[str] = []
        for _ in range(12):
            page = take_turn(self.page, case, self.others, self.visit)
            names.append(page.locator("h1").inner_text())
            if page is self.page and names[-1] == to:
                return names
            complete(page, answers)
            self.done += page is self.page
        raise AssertionError(f"«{to}» was not reached: {names}")

    def stays_with(self, case: str, answers: dict[str, str], tasks: int) -> None:
        """Go on with a case until Ana has completed so many tasks today, all in all."""
        while self.done < tasks:
            page = take_turn(self.page, case, self.others, self.visit)
            sign(page)
            complete(page, answers)
            self.done += page is self.page


@pytest.mark.parametrize("size", SIZES)
def test_a_working_day(visit: Visit, accessible: Callable[[Page], None], size: str) -> None:
    day = Day(visit, size, accessible)
    page = day.page
    page.goto("/tareas")
    day.look("1-bandeja")

    # A mother calls from home: her son was detained. The case, and as much of it as is Ana's to do.
    son = {**ANSWERS, "nombres": f"Olvin {size.title()}", "dni": ANSWERS["dni"][:-1] + str(list(SIZES).index(size))}
    first = day.begins()
    day.completes(son)
    day.goes_on(first, son, REGISTER)
    day.completes(son)
    page.goto(first)
    day.look("2-caso")

    # At noon his aunt calls with the same story. Who types him in again is told, and says that it is another matter.
    second = day.begins()
    day.completes({**son, "afectada_nombre": f"Olvin {size.title()} Zúniga"})
    other = {**son, "decision": "misma_persona_otro_hecho"}
    assert "Revisar posible duplicado" in day.goes_on(second, other, REGISTER)
    fill(page, son, everything=False)
    page.locator("[data-alike-found]").get_by_text(son["nombres"]).first.wait_for()
    day.look("3-duplicado")
    day.completes(son)

    # Somebody in a hospital, with a photo of what he carries.
    third = day.begins()
    box = page.locator("[data-files][data-field='adjuntos']")
    box.locator("#f-adjuntos").set_input_files(
        [{"name": "Pertenencias.jpg", "mimeType": "image/jpeg", "buffer": specimens.photo(size=(800, 600))}]
    )
    box.locator("[data-attached] img").wait_for()
    day.completes({**son, **HEALTH})
    page.goto(third)
    assert page.locator("#archivos").get_by_text("Pertenencias.jpg").count()

    # The hospital calls back; that is written down from wherever one is.
    page.get_by_role("link", name="Anotar una llamada").click()
    page.get_by_label("Una llamada").check()
    page.get_by_label("Nombre, parentesco o institución").fill("Trabajo social del hospital")
    page.get_by_label("Teléfono, con el código de su país").fill("+52 962 620 1234")
    page.get_by_label("Lo que se dijo o se vio").fill("Sigue estable; mañana le dan de alta.")
    day.look("4-llamada")
    page.get_by_role("button", name="Guardar").click()
    page.wait_for_load_state()
    assert page.get_by_text("Sigue estable").count()

    # Somebody was moved to where another consulate is: the case goes after him.
    moved(day)
    day.look("5-traslado")

    # What is left of the day belongs to the first of them.
    day.stays_with(first, son, 10)
    page.goto("/tareas")
    day.look("6-fin-del-dia")


def moved(day: Day) -> None:
    """Report that somebody was moved, in the first of Ana's cases whose procedure waits to hear it."""
    page = day.page
    page.goto("/casos?mine=1")
    cases = page.locator("main a[href^='/casos/']").evaluate_all("(links) => links.map((a) => a.getAttribute('href'))")
    for address in dict.fromkeys(item for item in cases if re.fullmatch(r"/casos/[0-9a-f-]{36}", item)):
        page.goto(address)
        waits = page.locator("#mensaje option", has_text=MOVED)
        if waits.count():
            break
    else:
        raise AssertionError("no case waits for a transfer")
    page.locator("#mensaje").select_option(label=MOVED)
    page.locator("#texto").fill("Lo llevaron a Houston.")
    page.get_by_role("button", name="Informar").click()
    page.wait_for_load_state()
    if page.locator("[name=preguntado]").count():
        fill(page, {"jurisdiccion": "otra", "oficina_destino": "US-HOU"}, everything=True)
        page.get_by_role("button", name="Informar").click()
        page.wait_for_load_state()
    assert page.get_by_text(MOVED).count()
