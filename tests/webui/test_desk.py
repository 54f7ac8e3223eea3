"""The officer's desk through its pages: lists, hands, absences, what is said about a task, drafts, and what goes on elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.casework import cases, people
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry, User
from engine.store.tables.runtime import UserTask
from tests.webui.conftest import Browser

Window = Callable[[], Browser]
NEWS = re.compile(r'data-news="([^"]+)" data-version="([^"]+)"')


def opened(window: Window) -> tuple[Browser, str]:
    """Ana's window, and the address of the first task of a case that she has just opened."""
    ana = window().sign_in("ana.discua")
    return ana, ana.post("/casos").headers["Location"]


def test_a_list_says_whether_it_has_changed_and_keeps_no_session_alive(window: Window) -> None:
    ana, task = opened(window)
    found = NEWS.search(ana.get("/tareas"))
    assert found is not None
    same = ana.client.get(found[1].replace("&amp;", "&"), headers={"If-None-Match": f'"{found[2]}"'})
    assert (same.status_code, same.data) == (304, b"")

    ana.post(f"{task}/seguimiento", hacer="fijar")

    other = ana.client.get(found[1].replace("&amp;", "&"), headers={"If-None-Match": f'"{found[2]}"'})
    assert other.status_code == 200
    assert "Fijada" in other.get_data(as_text=True)
    assert "<html" not in other.get_data(as_text=True)


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(window: Window) -> None:
    ana, task = opened(window)
    for address, values, said in (
        (f"{task}/comentarios", {"comentario": " "}, "comentario-error"),
        (f"{task}/seguimiento", {"hacer": "apartar", "dia": "2001-01-01"}, "2001-01-01"),
        ("/tareas", {"hacer": "pasar", "tarea": task.rpartition("/")[2], "motivo": "Turno de noche"}, "Turno de noche"),
        ("/tareas", {"hacer": "tomar"}, "Marque al menos una tarea."),
        ("/tareas/listas", {"nombre": ""}, "nombre-error"),
        ("/ausencias", {"desde": "2001-01-01"}, "desde-error"),
    ):
        answer = ana.post(address, **values)
        assert answer.status_code == 422, address
        assert said in answer.get_data(as_text=True), address
    page = ana.post("/tareas", hacer="pasar", tarea=task.rpartition("/")[2]).get_data(as_text=True)
    assert re.search(r'name="tarea" value="[^"]+" form="several" checked', page)


def test_a_comment_a_kept_list_and_a_draft_are_there_again(window: Window, working: Store) -> None:
    ana, task = opened(window)
    assert ana.post(f"{task}/comentarios", comentario="Llama <b>mañana</b>").status_code == 302
    assert "Llama &lt;b&gt;mañana&lt;/b&gt;" in ana.get(task)
    kept = ana.post("/tareas/listas", nombre="Las de hoy", view="today", text="Lagos").headers["Location"]
    assert "Lagos" not in kept
    page = ana.get(kept)
    assert "Las de hoy" in page
    assert 'value="Lagos"' in page
    assert (
        ana.client.post(f"{task}/borrador", data={"csrf_token": ana.token(), "relato": "Lo detuvieron"}).status_code
        == 204
    )
    query = select(UserTask.draft).where(UserTask.draft.is_not(None))
    assert working.read(lambda context: context.session.scalars(query).one(), SYSTEM) == {"relato": "Lo detuvieron"}


def test_a_consul_announces_who_stands_in_for_whom(window: Window, working: Store) -> None:
    query = select(User.id, User.email).where(User.office_code == "MX-TAP")
    people = working.read(lambda context: {email: str(id) for id, email in context.session.execute(query)}, SYSTEM)
    carla = window().sign_in("carla.funes")
    page = carla.get("/ausencias")
    assert people["ana.discua@demo.siproc.hn"] in page
    answer = carla.post("/ausencias", quien=people["ana.discua@demo.siproc.hn"], desde="x", hasta="x", suplente="x")
    assert answer.status_code == 422


def test_a_list_that_has_not_changed_is_not_sent_again_though_it_travels_compressed(window: Window) -> None:
    ana = window().sign_in("ana.discua")
    first = ana.client.get("/tareas/novedades", headers={"Accept-Encoding": "gzip"})

    again = ana.client.get(
        "/tareas/novedades", headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    )

    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_who_is_registered_already_is_told_while_a_person_is_described(window: Window, working: Store) -> None:
    ana, task = opened(window)

    def work(context: Context) -> str:
        case = cases.open_case(context, "MX-TAP")
        person = people.register(context, {"nombres": "Xiomara", "apellido1": "Tábora", "dni": "0801199912345"})
        cases.set_person(context, case.id, person, "Xiomara Tábora")
        return case.folio

    folio = working.transact(work, SYSTEM)
    typed = {"afectada_nombre": "Siomara Tavora", "relato_breve": "Lo dicho queda"}

    answer = ana.post(f"{task}/parecidas", **typed).get_data(as_text=True)
    assert folio in answer
    assert "2345" in answer
    assert "<html" not in answer

    page = ana.post(task, **typed, _parecidas="1")  # the button, where there is no script
    assert page.status_code == 200
    assert folio in page.get_data(as_text=True)
    assert "Lo dicho queda" in page.get_data(as_text=True)
    rows = working.read(lambda context: context.session.scalars(select(AuditEntry.data).where(AuditEntry.action == "person:alike")).all(), SYSTEM)  # fmt: skip
    assert list(rows) == [{"count": 1, "seen": 1}] * 2


def test_two_registrations_are_compared_merged_and_parted_again(window: Window, working: Store) -> None:
    def work(context: Context) -> list[tuple[str, str]]:
        made = []
        for dni in ("", "0801199912345"):
            case = cases.open_case(context, "MX-TAP")
            person = people.register(context, {"nombres": "Xiomara", "apellido1": "Tábora", "dni": dni})
            cases.set_person(context, case.id, person, "Xiomara Tábora")
            made.append((str(case.id), case.folio))
        return made

    (first, _), (second, folio) = working.transact(work, SYSTEM)
    carla = window().sign_in("carla.funes")
    assert "¿Registrada dos veces?" in carla.get(f"/casos/{first}")
    page = carla.get(f"/casos/{first}/persona")
    assert f"/casos/{first}/persona/unir/{second}" in page
    assert "NADA" in carla.post(f"/casos/{first}/persona", folio="NADA").get_data(as_text=True)
    compare = carla.post(f"/casos/{first}/persona", folio=folio).headers["Location"]
    assert re.search(r'name="dni" value="otro" checked', carla.get(compare))

    merged = carla.post(compare, dni="otro")

    page = carla.get(merged.headers["Location"])
    assert "2 expedientes" in page
    undo = re.search(r'action="([^"]+/separar/[^"]+)"', page)
    assert undo is not None
    assert carla.post(undo[1]).status_code == 302
    assert "2 expedientes" not in carla.get(f"/casos/{first}/persona")
    assert "deshacer" in carla.post(undo[1]).get_data(as_text=True)


def test_what_is_typed_into_a_search_is_in_no_address(window: Window) -> None:
    ana, _ = opened(window)
    for form, values in (
        ("/tareas/buscar", {"view": "office", "text": "Xiomara"}),
        ("/casos/buscar", {"q": "Xiomara"}),
    ):
        address = ana.post(form, **values).headers["Location"]
        assert "Xiomara" not in address
        page = ana.get(address)
        assert 'value="Xiomara"' in page
        assert not re.search(r'(href|action|data-news)="[^"]*Xiomara', page)
        assert "Xiomara" not in window().sign_in("carla.funes").get(address)
        assert "Xiomara" not in ana.get(address[:-3])
    assert not re.search(r'(href|action|data-news)="[^"]*Xiomara', ana.get("/tareas?view=office&text=Xiomara"))
