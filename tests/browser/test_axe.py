"""Every page there is, as somebody meets it who follows the links: nothing for axe-core to find, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from engine.settings import load
from engine.store import Store
from tests.browser.conftest import Visit
from webui.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(900)]

# An officer, a consul, a supervisor, an auditor, who keeps accounts and connections, who draws procedures.
PEOPLE = ("ana.discua", "carla.funes", "sofia.zelaya", "irma.banegas", "lidia.pineda", "dani.euceda")
# Addresses that show no page of their own, or one that the demo has nothing for; the tests of each open it.
WITHOUT = {
    "static", "account.health", "letters.pdf", "letters.copy", "letters.verify", "files.content", "files.thumbnail", "catalogue.picture",
    "designer.source", "officer.diagram_source", "desk.news", "entering.from_directory", "entering.to_directory",
    "entering.link", "entering.second_step", "own.totp_page",
    # The second test leads to these.
    "connections.show", "persons.compare", "scenarios.edit", "scenarios.new",
}  # fmt: skip
CASES, MORE = {"officer.case"}, 12
LINKS = """[...document.querySelectorAll("a[href]")].filter((item) => item.origin === location.origin)
  .map((item) => item.pathname + item.search)"""
# The side panel of the editor is a library's own, and a desk's.
SMALL = """[...document.querySelectorAll("a.btn, button, summary, select, input:not([type=hidden])")].filter(
  (item) => item.checkVisibility() && !item.closest("#properties") && !/checkbox|radio|file/.test(item.type || "") && item.getBoundingClientRect().height > 0
    && item.getBoundingClientRect().height < 36
).map((item) => item.outerHTML.slice(0, 120))"""


@pytest.fixture
def named(tmp_path: Path) -> Iterator[object]:
    """What an address is called."""
    store = Store(f"sqlite:///{tmp_path / 'none.sqlite'}")
    app = create_app(store, load({"SIPROC_DATA_DIR": str(tmp_path)}))
    yield app.url_map
    store.close()


def test_every_page_reads_well_for_everybody(visit: Visit, named) -> None:  # type: ignore[no-untyped-def]
    places, seen, found = named.bind("localhost"), {}, []
    pages = {
        rule.endpoint: rule
        for rule in named.iter_rules()
        if "GET" in rule.methods and not rule.endpoint.startswith("api.") and rule.endpoint not in WITHOUT
    }
    plain = [rule.rule for rule in pages.values() if not rule.arguments]
    for who in PEOPLE:
        page = visit(who, phone=True)
        others = MORE
        coming = [urlsplit(page.url).path, *page.evaluate(LINKS), *plain]
        while coming:
            address = coming.pop(0)
            try:
                endpoint, _ = places.match(urlsplit(address).path)
            except RequestRedirect as moved:
                coming.insert(0, urlsplit(moved.new_url).path)
                continue
            except HTTPException:
                continue
            if endpoint in CASES and others:
                others -= 1  # not every case has what its page may link to
                page.goto(address)
                coming += page.evaluate(LINKS)
            if endpoint in seen or endpoint not in pages:
                continue
            answer = page.goto(address)
            if answer is None or answer.status != 200:
                continue
            seen[endpoint] = address
            coming += page.evaluate(LINKS)
            found += _wrong(page, endpoint)
    page.goto("/no-existe")
    found += _wrong(page, "what is not there")
    assert not found, "\n".join(map(str, found))
    missing = sorted(pages.keys() - seen.keys())
    assert not missing, ", ".join(missing)


def test_so_does_what_only_some_data_lead_to(visit: Visit) -> None:
    found: list[object] = []
    dani = visit("dani.euceda", phone=True)
    dani.goto("/diseno/intake/escenarios/nuevo")
    found += _wrong(dani, "scenarios.new")
    dani.goto("/diseno/intake/escenarios")
    dani.goto(str(dani.locator(".scenarios a.title").first.get_attribute("href")) + "/editar")
    found += _wrong(dani, "scenarios.edit")
    dani.get_by_role("textbox").first.fill("esto: no es un escenario")
    dani.get_by_role("main").locator("form button.btn-primary").first.click()
    assert dani.locator("[aria-invalid=true]").count()
    found += _wrong(dani, "scenarios.edit with a mistake")

    carla = visit("carla.funes", phone=True)
    carla.goto("/casos")
    cases = [str(link.get_attribute("href")) for link in carla.locator("main a[href^='/casos/']").all()]
    folios = []
    for case in dict.fromkeys(cases):
        answer = carla.goto(f"{case}/persona")
        if answer is not None and answer.status == 200:
            folios.append((case, carla.locator("main p a.tap").first.inner_text()))
    (first, _), (_, second) = folios[:2]
    carla.goto(f"{first}/persona")
    carla.get_by_label("O comparar").fill(second)
    carla.locator("form button", has_text="Comparar").click()
    carla.wait_for_url("**/persona/unir/**")
    found += _wrong(carla, "persons.compare")

    lidia = visit("lidia.pineda", phone=True)
    lidia.goto("/conexiones/nueva")
    lidia.get_by_label("¿Quién es?").fill("Tablero de la Secretaría")
    lidia.get_by_label("Dirección").fill("https://tablero.invalid/avisos")
    lidia.locator("[name=events]").first.check()
    lidia.get_by_role("button", name="Conectar").click()
    assert lidia.get_by_role("link", name="Ya la guardé").count(), lidia.locator("main").inner_text()
    found += _wrong(lidia, "connections.new, made")
    lidia.goto("/conexiones")
    lidia.get_by_role("link", name="Tablero de la Secretaría").click()
    found += _wrong(lidia, "connections.show")
    lidia.get_by_role("button", name="Quitar").click()
    assert not found, "\n".join(map(str, found))


def _wrong(page: Page, endpoint: str) -> list[object]:
    """What axe-core says of a page, light on a telephone and dark on a desk; what a thumb would miss, what sticks out."""
    axe, found = Axe(), []
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    if page.evaluate("document.documentElement.scrollWidth") > 390:
        found.append((endpoint, "wider than the telephone"))
    found += [(endpoint, "too small for a thumb", item) for item in page.evaluate(SMALL)]
    found += [(endpoint, "light", *item) for item in _violations(axe, page)]
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [(endpoint, "dark", *item) for item in _violations(axe, page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    return found


def _violations(axe: Axe, page: Page) -> list[tuple[str, list[str]]]:
    found = axe.run(page).response["violations"]
    return [(item["id"], [node["html"][:200] for node in item["nodes"][:3]]) for item in found]
