"""An officer on a phone takes a criminal-justice case from first contact to its first consular visit."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, picture
from tests.browser.filling import complete, sign

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

ANSWERS = {
    "canal": "telefono", "tipo_reportante": "familiar", "rep_nombre": "Suyapa Zúniga", "rep_parentesco": "madre",
    "rep_telefono": "+50499887766", "contacto_seguro": "si", "idioma": "es", "pais": "MX", "entidad": "MX-CHP",
    "lugar_texto": "Cereso de Tapachula", "peligro_ahora": "no", "motivo": "preso", "solo_consulta": "false",
    "relato_breve": "Su hijo fue detenido anoche; no sabe de qué se le acusa.", "afectada_nombre": "Olvin Zúniga",
    "afectada_edad": "27", "nombres": "Olvin Josué", "apellido1": "Zúniga", "apellido2": "Quiñónez",
    "dni": "0801199912345", "fecha_nac": "1999-03-04", "nacionalidad_estado": "confirmada", "sexo": "hombre",
    "custodia": "penal", "dominio_principal": "PEN", "validacion": "acepta", "comprension": "true",
    "base": "consentimiento", "forma": "oral", "duplicado_decision": "distinta", "capacidad": "adulta_capaz",
    "lugar_seguro_entrevista": "true", "f_vsex": "no", "f_amenaza": "no", "f_libertad": "privada",
    "tipo_caso": "PEN-01", "interprete": "ok", "informado_consul": "si", "menores_cargo": "no", "modo": "presencial",
    "riesgo_lugar": "bajo", "lista": "F-04-02", "urgente": "false", "privada": "true", "confirma": "si",
    "firma": "Olvin Zúniga", "testigo": "Beto Cálix",
    "gravedad": "delito_menor", "fase_penal": "arresto", "def_tipo": "publico", "maltrato": "no", "edad_docs": "confirmada",
    **dict.fromkeys(("familia", "autoridad_destino", "salud", "abogado", "RNP", "DINAF", "OIM", "CICR", "EAAF", "CICESCT",
                     "OFAMIR", "prensa", "foto", "estadistica_anonima"), "minimo"),
}  # fmt: skip
VISIT_DONE = "Levantar acta de visita"


def test_from_first_contact_to_the_first_consular_visit(visit: Visit, accessible: Callable[[Page], None]) -> None:
    ana = visit("ana.discua", phone=True)
    ana.get_by_role("link", name="Tareas").first.click()
    accessible(ana)
    ana.get_by_role("link", name="Abrir un caso").click()
    accessible(ana)
    ana.get_by_role("button", name="Comenzar con el primer contacto").click()
    ana.wait_for_load_state()
    accessible(ana)
    picture(ana, "telefono-primer-contacto")
    case = ana.locator("dd a[href^='/casos/']").first.get_attribute("href")
    assert case is not None
    complete(ana, ANSWERS)
    others: dict[str, Page] = {}

    for _ in range(40):
        ana.goto(case)
        if ana.get_by_text(f"Completó «{VISIT_DONE}»").count():
            break
        page = take_turn(ana, case, others, visit)
        assert page.get_by_role("button", name="Completar la tarea").count(), page.locator("h1").inner_text()
        accessible(page)
        if page.locator("[data-signature]").count():
            sign(page)
            picture(page, "telefono-firma")
        complete(page, ANSWERS)
    else:
        raise AssertionError("the visit was not reached")

    accessible(ana)
    picture(ana, "telefono-expediente")
    assert "HN-MX-TAP-" in ana.locator("main").inner_text()
    assert ana.get_by_text("Acceso y notificación consular").count()
    assert ana.locator("#archivos").get_by_text("firma").count()
    ana.get_by_text("Ver el diagrama").first.click()
    ana.wait_for_selector("[data-diagram][data-ready]")


def test_whoever_asks_for_a_task_is_asked_for_a_person_or_for_a_role(
    visit: Visit, accessible: Callable[[Page], None]
) -> None:
    ana = visit("ana.discua", phone=True)
    ana.goto("/casos/nuevo")
    ana.get_by_role("button", name="Comenzar con el primer contacto").click()
    ana.wait_for_load_state()
    case = ana.locator("dd a[href^='/casos/']").first.get_attribute("href")
    ana.goto(f"{case}/procedimientos/nuevo?proceso=tarea_libre")
    person, role = ana.locator("[name=para]").first, ana.locator("[name=funcion]").first
    for question in (person, role):
        expect(question).to_be_hidden()

    ana.get_by_label("A una persona de la oficina del caso").check()
    expect(person).to_be_visible()
    expect(role).to_be_hidden()
    ana.get_by_label("A quien tenga una función").check()
    expect(role).to_be_visible()
    expect(person).to_be_hidden()
    accessible(ana)


def take_turn(ana: Page, case: str, others: dict[str, Page], visit: Visit) -> Page:
    """The page of a task of the case that waits now, opened by Ana if she may, else by a colleague who may."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ana.goto(case)
        links = ana.locator(".cards a.title[href^='/tareas/']")
        addresses = [links.nth(i).get_attribute("href") for i in range(links.count())]
        for address in addresses:
            for who in ("ana.discua", "beto.calix", "carla.funes", "sofia.zelaya", "fidel.carcamo"):
                page = ana if who == "ana.discua" else others.get(who)
                if page is None:
                    page = others[who] = visit(who, phone=True)
                page.goto(str(address))
                if page.get_by_role("button", name="Completar la tarea").count():
                    return page
        ana.wait_for_timeout(300)  # the worker opens the next task
    raise AssertionError(f"nobody can go on: {ana.locator('main').inner_text()[:500]}")
