"""Cases over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.clock import MovableClock
from engine.handlers import HANDLERS
from engine.runtime.worker import Worker
from engine.store import Store
from engine.store.tables.access import AuditEntry
from tests.webui.api.conftest import Programs
from tests.webui.api.test_tasks import complete_answers
from tests.webui.conftest import Browser


def test_pages_follow_each_other_by_key(program: Programs, clock: MovableClock) -> None:
    ana = program("ana.discua")
    for _ in range(53):
        assert ana.post("/cases").status_code == 201
        clock.advance(timedelta(seconds=1))

    first = ana.get("/cases")
    second = ana.get(f"/cases?after={first['next'].replace('+', '%2B')}")

    assert (len(first["items"]), len(second["items"])) == (50, 3)
    assert second["next"] is None
    assert len({item["id"] for page in (first, second) for item in page["items"]}) == 53


def test_a_page_key_that_is_none_is_refused(program: Programs) -> None:
    ana = program("ana.discua")
    for key in ("x", "2026-01-01~", "2026-01-01T00:00:00~0190a000-0000-7000-8000-000000000000"):
        assert ana.send("GET", f"/cases?after={key}").status_code == 422


def test_a_note_is_in_the_timeline_and_looking_is_written_down(program: Programs, working: Store) -> None:
    ana = program("ana.discua")
    case_id = ana.post("/cases").json["case_id"]

    assert ana.post(f"/cases/{case_id}/notes", {"text": "Llamó su hermana."}).status_code == 201
    call = {"direction": "entrante", "party": "familiar", "who": "Su hermana", "result": "contesto", "minutes": "4"}
    assert ana.post(f"/cases/{case_id}/calls", call).status_code == 201
    happened = ana.get(f"/cases/{case_id}/timeline")["items"]

    assert any("Su hermana (un familiar)" in entry["text"] for entry in happened if entry["kind"] == "call")
    assert "Llamó su hermana." in [entry["text"] for entry in happened]
    rows = working.read(
        lambda context: context.session.scalars(select(AuditEntry).where(AuditEntry.case_id == UUID(case_id))).all(),
        SYSTEM,
    )
    assert {"case:open", "case:annotate", "case:read"} <= {row.action for row in rows}
    assert all(row.data["token"] for row in rows)


def test_an_event_that_nothing_waits_for_is_refused(program: Programs) -> None:
    ana = program("ana.discua")
    case_id = ana.post("/cases").json["case_id"]

    answer = ana.post(f"/cases/{case_id}/events", {"message": "msg_inventado"})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "mensaje"


def test_a_draft_is_called_by_the_name_of_its_first_contact_to_who_may_know_whose_it_is(
    program: Programs, working: Store, window: Callable[[], Browser]
) -> None:
    ana = program("ana.discua")
    opened = ana.post("/cases").json
    values = complete_answers(working, opened["task_id"]) | {"afectada_nombre": "Olvin Zúniga"}
    assert ana.post(f"/tasks/{opened['task_id']}/complete", {"values": values}).status_code == 200
    Worker(working, HANDLERS).run_due()

    case = ana.get(f"/cases/{opened['case_id']}")
    assert (case["status"], case["title"], case["person"]) == ("borrador", "Olvin Zúniga", None)
    page = window().sign_in("ana.discua").get(f"/casos/{opened['case_id']}")
    assert "<h1>Olvin Zúniga</h1>" in page
    assert "Persona sin registrar" in page
    for who in ("irma.banegas", "pablo.orellana", "diego.mairena"):  # less than whose case it is
        other = window().sign_in(who).client
        assert "Olvin" not in other.get(f"/casos/{opened['case_id']}").text + other.get("/tareas?view=office").text


def test_a_procedure_is_started_by_hand_with_its_answers(program: Programs) -> None:
    ana = program("ana.discua")
    case_id = ana.post("/cases").json["case_id"]
    where, values = f"/cases/{case_id}/procedures", {"encargada_a": "funcion", "funcion": "agente", "titulo": "Traer la partida"}  # fmt: skip

    refused = ana.post(where, {"process": "tarea_libre", "reason": "", "values": values})
    whole = {"process": "tarea_libre", "reason": "Falta", "values": values | {"limite": "2026-03-04T10:00:00-06:00"}}
    for _ in range(2):  # the second time is the same command
        assert ana.post(where, whole, Idempotency_Key="encargo-1").status_code == 201

    assert {error["field"] for error in refused.json["errors"]} == {"porque", "limite"}
    assert ana.post(where, {"process": "intake", "reason": "Falta"}).status_code == 404
    names = [task["name"] for task in ana.get(f"/cases/{case_id}")["tasks"]]
    assert names.count("Tarea encargada: Traer la partida") == 1


def test_a_case_of_another_office_is_not_there(program: Programs) -> None:
    case_id = program("ana.discua").post("/cases").json["case_id"]
    diego = program("diego.mairena")

    for path in ("", "/timeline", "/documents"):
        assert diego.send("GET", f"/cases/{case_id}{path}").status_code == 404
    assert diego.post(f"/cases/{case_id}/notes", {"text": "x"}).status_code == 404


def test_a_case_tells_its_tasks_and_documents(program: Programs) -> None:
    ana = program("ana.discua")
    opened = ana.post("/cases").json

    case = ana.get(f"/cases/{opened['case_id']}")

    assert [task["id"] for task in case["tasks"]] == [opened["task_id"]]
    assert ana.get(f"/cases/{opened['case_id']}/documents") == {"items": []}
