"""A form that is answered with the page it leads to, where the browser asks for that: the same page, in one round trip."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from sqlalchemy import func, select

from engine.access.actors import SYSTEM
from engine.store import Store
from engine.store.tables.access import AuditEntry
from tests.webui.conftest import TOKEN, Browser

Window = Callable[[], Browser]


def looks(store: Store, action: str) -> int:
    """How often somebody looked."""
    counted = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
    return store.read(lambda context: int(context.session.scalar(counted) or 0), SYSTEM)


def test_the_page_comes_at_once_with_its_address_and_as_it_would_have_come_after(window: Window) -> None:
    ana = window().sign_in("ana.discua")
    first = ana.post("/casos", key="a").headers["Location"]

    answer = ana.post(f"{first}/comentarios?onward=1", comentario="Llamé a la familia.", key="b")
    after = ana.get(first)

    assert answer.status_code == 200
    assert answer.headers["Content-Location"] == f"{first}#conversacion"
    assert f'<meta name="address" content="{first}#conversacion">' in answer.text
    assert "Llamé a la familia." in answer.text
    assert "<h1>" in after
    assert 'name="address"' not in after
    assert TOKEN.search(answer.text) is not None


def test_sent_twice_it_is_carried_out_once_and_leads_to_the_same_page(window: Window, working: Store) -> None:
    ana = window().sign_in("ana.discua")

    answers = [ana.post("/casos?onward=1", key="the same") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["Content-Location"] == answers[1].headers["Content-Location"]
    assert ana.get("/casos?mine=1").count('href="/casos/') <= 2


def test_who_looked_is_written_down_as_for_any_look(window: Window, working: Store) -> None:
    ana = window().sign_in("ana.discua")
    before = looks(working, "task:read")

    assert ana.post("/casos?onward=1", key="a").status_code == 200

    assert looks(working, "task:read") == before + 1


def test_a_browser_that_does_not_ask_is_redirected(window: Window) -> None:
    ana = window().sign_in("ana.discua")

    assert ana.post("/casos", key="a").status_code == 302


def test_what_does_not_end_in_a_page_stays_the_redirect_that_it_is(window: Window) -> None:
    ana = window().sign_in("ana.discua")

    language = ana.post("/idioma?onward=1", lang="en", back="/tareas")
    elsewhere = ana.post("/idioma?onward=1", lang="es", back=f"/tareas/{uuid4()}")
    out = ana.post("/salir?onward=1")

    assert language.status_code in (200, 302)
    assert elsewhere.status_code == 302
    assert elsewhere.headers["Location"].startswith("/tareas/")
    assert out.status_code == 302
    assert ana.client.get("/tareas").status_code == 302


def test_wrong_input_is_answered_as_ever(window: Window) -> None:
    ana = window().sign_in("ana.discua")
    first = ana.post("/casos", key="a").headers["Location"]

    answer = ana.post(f"{first}?onward=1", key="b", version="1", rep_nombre="Suyapa Zúniga")

    assert answer.status_code == 422
    assert "Suyapa Zúniga" in answer.text
    assert "Content-Location" not in answer.headers
