"""The asylum firewall where officers answer: refused at the field over the API, and the task stays as it was."""

from __future__ import annotations

from uuid import UUID

from engine.access.actors import SYSTEM
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile
from tests.webui.api.conftest import Programs
from tests.webui.api.test_tasks import complete_answers

STORY = "Dice que lo persiguieron y que pidió asilo."


def test_an_answer_of_a_reserved_case_cannot_tell_it(program: Programs, working: Store) -> None:
    ana = program("ana.discua")
    opened = ana.post("/cases").json
    values = complete_answers(working, opened["task_id"])

    def reserve(context: Context) -> None:
        context.session.get_one(CaseFile, UUID(opened["case_id"])).compartments = ["ASILO"]

    working.transact(reserve, SYSTEM)
    address = f"/tasks/{opened['task_id']}/complete"

    answer = ana.post(address, {"values": {**values, "relato_breve": STORY}})

    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert [item["field"] for item in answer.json["errors"]] == ["relato_breve"]
    assert "país de origen" in answer.json["errors"][0]["detail"]
    assert ana.post(address, {"values": values}).status_code == 200
