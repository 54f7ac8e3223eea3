"""The supervisor's page of one process: its steps, and what can be done about it."""

from __future__ import annotations

import re

from tests.webui.conftest import Browser
from tests.webui.test_pages import Window, opened

SUPERVISOR = "sofia.zelaya"


def process_page(window: Window) -> tuple[Browser, str, str]:
    """A supervisor at the page of the process that an officer has just begun; the officer's task."""
    _, task = opened(window)
    boss = window().sign_in(SUPERVISOR)
    listed = boss.get("/supervision/procedimientos")
    procedure = re.search(r'href="(/supervision/procedimientos/[0-9a-f-]{36})"', listed)
    assert procedure is not None
    links = re.findall(r'href="(/supervision/procesos/[0-9a-f-]{36})"', boss.get(procedure[1]))
    assert links
    return boss, links[0], task


def repair(boss: Browser, page: str, what: str, **values: str) -> tuple[int, str]:
    seen = re.search(r'name="seen" value="(\d+)"', boss.get(page))
    assert seen is not None
    answer = boss.post(f"{page}/{what}", seen=seen[1], **values)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_process_is_suspended_with_a_reason_and_goes_on(window: Window) -> None:
    boss, page, _ = process_page(window)

    assert repair(boss, page, "suspender", reason="  ")[0] == 422
    assert repair(boss, page, "suspender", reason="La familia pidió esperar")[0] == 302
    assert "suspendido" in boss.get(page)
    assert repair(boss, page, "reanudar", reason="Ya se puede")[0] == 302
    assert "en marcha" in boss.get(page)


def test_each_step_can_be_looked_at(window: Window) -> None:
    boss, page, _ = process_page(window)
    text = boss.get(page)
    assert "Empezó" in text
    assert repair(boss, page, "suspender", reason="Prueba")[0] == 302
    assert "Así estaba después del paso 1." in boss.get(f"{page}?paso=1")


def test_a_page_that_is_out_of_date_changes_nothing(window: Window) -> None:
    boss, page, _ = process_page(window)
    answer = boss.post(f"{page}/suspender", seen="99", reason="Prueba")
    assert answer.status_code == 409
    assert "en marcha" in boss.get(page)


def test_a_step_is_moved_and_nonsense_is_refused_in_words(window: Window) -> None:
    boss, page, _ = process_page(window)
    assert repair(boss, page, "mover", reason="Prueba")[0] == 422
    status, text = repair(boss, page, "mover", reason="Prueba", target="no_existe")
    assert status == 422
    assert "no es un elemento de este proceso" in text
    assert 'value="Prueba"' in text
    status, text = repair(boss, page, "version", reason="Prueba", definition="x")
    assert status == 404


def test_a_process_is_cancelled(window: Window) -> None:
    boss, page, _ = process_page(window)
    assert repair(boss, page, "cancelar", reason="Se abrió por error")[0] == 302
    assert "cancelado" in boss.get(page)


def test_an_officer_has_no_such_page(window: Window) -> None:
    _, page, _ = process_page(window)
    ana = window().sign_in("ana.discua")
    assert ana.client.get(page).status_code in (403, 404)
    assert ana.post(f"{page}/suspender", seen="1", reason="x").status_code in (403, 404)
