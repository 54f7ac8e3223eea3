"""Pages through the application's own door: who may see what, what happens to bad input, and that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

from babel.messages.pofile import read_po

from engine.access.actors import SYSTEM
from engine.casework import cases
from engine.store import Store
from tests.webui.conftest import Browser

Window = Callable[[], Browser]


def opened(window: Window, who: str = "ana.discua") -> tuple[Browser, str]:
    """A window of an officer who has just opened a case, and the address of its first task."""
    ana = window().sign_in(who)
    answer = ana.post("/casos")
    assert answer.status_code == 302
    return ana, answer.headers["Location"]


def test_it_asks_to_sign_in_and_goes_on_where_one_was_going(window: Window) -> None:
    answer = window().client.get("/casos?q=x")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/entrar?next=/casos?q%3Dx"


def test_it_never_sends_anybody_elsewhere_after_signing_in(window: Window) -> None:
    for trick in ("//evil.example", "https://evil.example", "/\\evil.example"):
        browser = window()
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.client.get("/entrar").get_data(as_text=True))
        assert token is not None
        answer = browser.client.post(
            f"/entrar?next={trick}",
            data={"csrf_token": token[1], "email": "ana.discua@demo.siproc.hn", "password": "consulado-de-prueba"},
        )
        assert answer.headers["Location"] == "/"


def test_it_refuses_a_wrong_password_without_telling_which_part_was_wrong(window: Window) -> None:
    browser = window()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.client.get("/entrar").get_data(as_text=True))
    assert token is not None
    pages = [
        browser.client.post("/entrar", data={"csrf_token": token[1], "email": email, "password": "no es esta"})
        for email in ("ana.discua@demo.siproc.hn", "nadie@demo.siproc.hn")
    ]

    assert [page.status_code for page in pages] == [401, 401]
    assert "El correo o la contraseña no son correctos." in pages[0].get_data(as_text=True)
    assert "El correo o la contraseña no son correctos." in pages[1].get_data(as_text=True)


def test_the_ninth_attempt_waits(window: Window) -> None:
    browser = window()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.client.get("/entrar").get_data(as_text=True))
    assert token is not None
    data = {"csrf_token": token[1], "email": "ana.discua@demo.siproc.hn", "password": "no es esta"}
    for _ in range(8):
        browser.client.post("/entrar", data=data)

    page = browser.client.post("/entrar", data={**data, "password": "consulado-de-prueba"})

    assert "Demasiados intentos" in page.get_data(as_text=True)


def test_every_page_carries_the_headers_that_keep_others_out(window: Window) -> None:
    ana, task = opened(window)
    for address in ("/tareas", task, "/casos", "/no-existe"):
        headers = ana.client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_a_form_without_its_token_changes_nothing(window: Window) -> None:
    ana = window().sign_in("ana.discua")

    answer = ana.client.post("/casos", data={})

    assert answer.status_code == 400
    assert "No se encontró ningún caso" in ana.get("/casos")


def test_wrong_answers_come_back_with_everything_typed(window: Window) -> None:
    ana, task = opened(window)

    answer = ana.post(task, relato_breve="Lo detuvieron anoche en la terminal.", motivo="no-existe", version="2")

    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Lo detuvieron anoche en la terminal." in text
    assert "invalid-feedback" in text


def test_an_unknown_field_is_refused(window: Window) -> None:
    ana, task = opened(window)

    assert ana.post(task, oficina_secreta="x").status_code == 422


def test_another_office_sees_neither_task_nor_case(window: Window) -> None:
    ana, task = opened(window)
    case = re.search(r"/casos/[0-9a-f-]{36}", ana.get(task))
    assert case is not None
    diego = window().sign_in("diego.mairena")

    assert diego.client.get(task).status_code == 404
    assert diego.client.get(case[0]).status_code == 404
    assert diego.client.get(f"/casos/{uuid4()}").status_code == 404
    assert diego.client.get(case[0]).data.replace(case[0].encode(), b"") != b""


def test_rooms_are_for_their_roles(window: Window) -> None:
    allowed = {
        "ana.discua": {"/tareas": 200, "/supervision/": 403, "/diseno/": 403, "/diseno/penal/editar": 403},
        "sofia.zelaya": {"/tareas": 200, "/supervision/": 200, "/diseno/": 200},
        "dani.euceda": {"/tareas": 403, "/supervision/": 403, "/diseno/": 200, "/diseno/penal/editar": 200},
        "oscar.turcios": {"/tareas": 403, "/casos": 403, "/supervision/": 403, "/diseno/": 403},
    }
    for who, pages in allowed.items():
        browser = window().sign_in(who)
        assert {address: browser.client.get(address).status_code for address in pages} == pages, who


def test_an_ended_session_keeps_what_was_typed(window: Window) -> None:
    ana, task = opened(window)
    token = ana.token()
    ana.client.delete_cookie("siproc")

    page = ana.client.post(task, data={"csrf_token": token, "relato_breve": "Texto largo que costó escribir."})
    carried = re.search(r'name="carried" value="([^"]+)"', page.get_data(as_text=True))
    assert page.status_code == 401
    assert carried is not None
    fresh = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert fresh is not None
    back = ana.client.post(
        "/entrar",
        data={
            "csrf_token": fresh[1], "email": "ana.discua@demo.siproc.hn", "password": "consulado-de-prueba",
            "carried": carried[1],
        },
    )  # fmt: skip

    assert "Texto largo que costó escribir." in back.get_data(as_text=True)
    assert f'action="{task}"' in back.get_data(as_text=True)


def test_a_note_needs_words(window: Window) -> None:
    ana, task = opened(window)
    case = re.search(r"/casos/[0-9a-f-]{36}", ana.get(task))
    assert case is not None

    assert ana.post(f"{case[0]}/notas", nota="   ").status_code == 422
    assert ana.post(f"{case[0]}/notas", nota="Llamó la madre.").status_code == 302
    assert "Llamó la madre." in ana.get(case[0])


def test_a_closed_case_is_reopened_for_what_is_new(window: Window, working: Store) -> None:
    ana, task = opened(window)
    case = re.search(r"/casos/([0-9a-f-]{36})", ana.get(task))
    assert case is not None
    assert "Reabrir el caso" not in ana.get(case[0])
    working.transact(lambda context: cases.close(context, UUID(case[1]), "resuelto_favorable"), SYSTEM)
    assert "Reabrir el caso" in ana.get(case[0])

    assert ana.post(f"{case[0]}/reabrir", motivo="  ").status_code == 422
    assert ana.post(f"{case[0]}/reabrir", motivo="Lo detuvieron otra vez").status_code == 302

    page = ana.get(case[0])
    assert "Ver qué hace falta" in page
    assert "Reabrir el caso" not in page
    assert ana.post(f"{case[0]}/reabrir", motivo="Otra vez").status_code == 409


def test_an_event_reaches_the_procedure_that_waits_for_it(window: Window) -> None:
    ana, task = opened(window)
    case = re.search(r"/casos/[0-9a-f-]{36}", ana.get(task))
    assert case is not None
    assert "Desistimiento" in ana.get(case[0])

    assert ana.post(f"{case[0]}/hechos", mensaje="msg_inventado").status_code == 422
    assert ana.post(f"{case[0]}/hechos", mensaje="msg_desistimiento", texto="Ya no quiere ayuda.").status_code == 302

    page = ana.get(case[0])
    assert "Ya no quiere ayuda." in page
    assert "Confirmar desistimiento" in page or page.count("/tareas/") > 1


def test_hostile_diagrams_are_refused_with_findings(window: Window) -> None:
    dani = window().sign_in("dani.euceda")
    for text in ("", "<x/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "no es xml"):
        answer = dani.post("/diseno/penal/publicar", xml=text, version="0")
        assert answer.status_code == 422
        assert answer.json["findings"]
    assert "versiones" not in dani.client.get("/diseno/nadie").get_data(as_text=True)


def test_two_designers_do_not_overwrite_each_other(window: Window) -> None:
    dani, other = window().sign_in("dani.euceda"), window().sign_in("dani.euceda")
    xml = dani.client.get("/diseno/sp10_consentimiento/diagrama.bpmn").get_data(as_text=True)
    assert dani.post("/diseno/sp10_consentimiento/borrador", xml=xml, version="0").json["version"] == 1
    assert dani.post("/diseno/sp10_consentimiento/borrador", xml=xml, version="1").json["version"] == 2

    late = other.post("/diseno/sp10_consentimiento/borrador", xml=xml, version="1")

    assert late.status_code == 409
    assert "Descargue su versión" in late.json["message"]


def test_the_pages_speak_english_too(window: Window) -> None:
    ana = window().sign_in("ana.discua")
    ana.post("/idioma", lang="en", back="/tareas")

    assert "Open a new case" in ana.get("/tareas")


def test_every_sentence_is_translated() -> None:
    file = Path(__file__).parent.parent.parent / "webui" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
    with file.open("rb") as opened_file:
        catalogue = read_po(opened_file)
    empty = [m.id for m in catalogue if m.id and not (all(m.string) if isinstance(m.string, tuple) else m.string)]

    assert len(catalogue) > 100
    assert not empty


def test_a_case_that_is_sent_twice_is_opened_once(window: Window) -> None:
    ana = window().sign_in("ana.discua")
    assert 'name="key"' in ana.get("/casos/nuevo")
    first, again = (ana.post("/casos", key="una-sola-vez").headers["Location"] for _ in range(2))
    other = ana.post("/casos", key="otra").headers["Location"]
    assert first == again
    assert other != first


def test_a_note_that_is_sent_twice_is_written_once(window: Window) -> None:
    ana, task = opened(window)
    case = re.search(r"/casos/[0-9a-f-]{36}", ana.get(task))
    assert case is not None
    for _ in range(2):
        assert ana.post(f"{case[0]}/notas", nota="Llamó la madre", key="nota-1").status_code == 302
    assert ana.get(case[0]).count("Llamó la madre") == 1
