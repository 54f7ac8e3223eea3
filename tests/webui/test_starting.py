"""The page on which a procedure is started by hand: offered on the case, refused with nothing lost, done once."""

from __future__ import annotations

from collections.abc import Callable

from engine.store import Store
from tests.webui.conftest import Browser
from tests.webui.test_letters import opened

Window = Callable[[], Browser]
SAID = {"proceso": "tarea_libre", "titulo": "Traer la partida", "indicaciones": "Está en el registro civil", "porque": "Falta"}  # fmt: skip


def test_a_task_is_asked_for_on_the_page_of_the_case(window: Window, working: Store) -> None:
    case_id = opened(working)
    ana, where = window().sign_in("ana.discua"), f"/casos/{case_id}/procedimientos/nuevo"

    assert f"{where}?proceso=tarea_libre" in ana.get(f"/casos/{case_id}")
    assert "Encargar una tarea" in ana.get(where)
    assert "Para cuándo" in ana.get(f"{where}?proceso=tarea_libre")
    assert ana.client.get(f"{where}?proceso=intake").status_code == 404
    refused = ana.post(where, **SAID | {"porque": ""})
    assert refused.status_code == 422
    assert [text in refused.text for text in ("Traer la partida", "Está en el registro civil", 'id="porque-error"')] == [True] * 3  # fmt: skip
    whole = SAID | {"encargada_a": "funcion", "funcion": "agente", "limite": "2026-03-04T10:00", "key": "k1"}  # fmt: skip
    for _ in range(2):  # the second time is the same press of the button
        answer = ana.post(where, **whole)
        assert answer.status_code == 302, answer.text

    page = ana.get(f"/casos/{case_id}")
    assert page.count("Tarea encargada: Traer la partida") == 1
    assert "Inició «Encargar una tarea»: Falta" in page
    task = page.partition('href="/tareas/')[2].partition('"')[0]
    ana.post(f"/tareas/{task}/tomar")
    assert "Está en el registro civil" in ana.get(f"/tareas/{task}")


def test_which_questions_count_is_asked_while_one_types_and_of_nothing_out_of_reach(
    window: Window, working: Store
) -> None:
    case_id = opened(working)
    ana, diego = window().sign_in("ana.discua"), window().sign_in("diego.mairena")
    where = f"/casos/{case_id}/procedimientos/preguntas"

    assert f'data-standing="{where}"' in ana.get(f"/casos/{case_id}/procedimientos/nuevo?proceso=tarea_libre")
    counting = {said: set(ana.post(where, **SAID, encargada_a=said).get_json()["shown"]) for said in ("persona", "funcion", "")}  # fmt: skip
    assert {said: {"para", "funcion"} & names for said, names in counting.items()} == {
        "persona": {"para"}, "funcion": {"funcion"}, "": set(),
    }  # fmt: skip
    assert "para" in ana.post(where, **SAID, encargada_a="persona").get_json()["required"]
    assert ana.post(where, proceso="intake").status_code == 404
    assert diego.post(where, **SAID).status_code == 404
