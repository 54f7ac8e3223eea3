"""Tasks over the API: the same doors as the pages."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID, uuid4

from engine.access.actors import SYSTEM
from engine.actions.demo.stories import tell
from engine.actions.filling import answers
from engine.actions.tasks import read_task
from engine.store import Context, Store
from tests.webui.api.conftest import Program, Programs


def opened(ana: Program) -> tuple[str, str]:
    """A case that the program has opened, and its first task."""
    answer = ana.post("/cases")
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.json["case_id"], answer.json["task_id"]


def test_it_lists_what_the_inbox_shows(program: Programs) -> None:
    ana = program("ana.discua")
    case_id, task_id = opened(ana)

    found = ana.get("/tasks?view=mine")

    assert [item["id"] for item in found["items"]] == [task_id]
    assert found["items"][0]["case_id"] == case_id
    assert found["counts"]["mine"] == 1
    assert found["next"] is None


def test_a_task_comes_with_its_form_and_answers(program: Programs) -> None:
    ana = program("ana.discua")
    _, task_id = opened(ana)

    answer = ana.send("GET", f"/tasks/{task_id}")

    task = answer.json
    assert answer.headers["ETag"] == f'"{task["version"]}"'
    fields = {field["name"]: field for field in task["form"]["fields"]}
    assert fields["motivo"]["required"]
    assert fields["motivo"]["options"]
    assert task["may_complete"]


def test_wrong_answers_are_told_at_their_fields_in_the_readers_language(program: Programs) -> None:
    ana = program("ana.discua")
    _, task_id = opened(ana)

    answers = [
        ana.post(f"/tasks/{task_id}/complete", {"values": {"motivo": "no-existe"}}, Accept_Language=language)
        for language in ("es", "en")
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].mimetype == "application/problem+json"
    told = [{item["field"]: item["detail"] for item in answer.json["errors"]}["motivo"] for answer in answers]
    assert told[0] != told[1]
    assert ana.get(f"/tasks/{task_id}")["version"] == 2


def test_an_unknown_answer_is_refused(program: Programs) -> None:
    ana = program("ana.discua")
    _, task_id = opened(ana)

    answer = ana.post(f"/tasks/{task_id}/complete", {"values": {"assignee_id": "x"}})

    assert answer.status_code == 422
    assert "assignee_id" in {item["field"] for item in answer.json["errors"]}


def test_a_draft_is_kept_for_who_has_the_task(program: Programs) -> None:
    ana, carla = program("ana.discua"), program("carla.funes")
    _, task_id = opened(ana)

    assert ana.send("PUT", f"/tasks/{task_id}/draft", {"values": {"relato_breve": "A medias"}}).status_code == 200
    refused = carla.send("PUT", f"/tasks/{task_id}/draft", {"values": {"relato_breve": "Otra cosa"}})

    assert refused.status_code in (403, 404)
    assert ana.get(f"/tasks/{task_id}")["values"] == {"relato_breve": "A medias"}


def test_an_old_version_is_not_acted_upon(program: Programs) -> None:
    ana = program("ana.discua")
    _, task_id = opened(ana)
    old = ana.send("GET", f"/tasks/{task_id}").headers["ETag"]
    assert ana.post(f"/tasks/{task_id}/release", If_Match=old).status_code == 200

    answers = [ana.post(f"/tasks/{task_id}/claim", If_Match=tag) for tag in (old, '"x"', '"1", "2"', "*")]

    assert [answer.status_code for answer in answers] == [412, 412, 412, 200]
    assert answers[0].json["code"] == "outdated"


def test_a_task_is_completed_once(program: Programs, working: Store) -> None:
    ana = program("ana.discua")
    case_id, task_id = opened(ana)
    values = complete_answers(working, task_id)

    done = ana.post(f"/tasks/{task_id}/complete", {"values": values}, If_Match='"2"', Idempotency_Key="una")
    again = ana.post(f"/tasks/{task_id}/complete", {"values": values}, If_Match='"2"', Idempotency_Key="una")
    late = ana.post(f"/tasks/{task_id}/complete", {"values": values})
    told = ana.get(f"/tasks/{task_id}/answers")

    assert done.json["case_id"] == case_id
    assert again.json == done.json
    assert (late.status_code, late.json["code"]) == (409, "conflict")
    assert told["completed_by"] == "Ana Discua"
    assert values["relato_breve"] in str(told["items"])


def complete_answers(store: Store, task_id: str) -> dict[str, Any]:
    """Answers with which a task can be completed, as the demo's people give them."""

    random = Random(7)

    def work(context: Context) -> dict[str, Any]:
        return answers(context, read_task(context, UUID(task_id)), random, tell(random, 0, 2026).answers)

    return store.read(work, SYSTEM)


def test_a_repetition_with_its_key_does_nothing_twice(program: Programs) -> None:
    ana = program("ana.discua")

    first, second = (ana.post("/cases", Idempotency_Key="una") for _ in range(2))

    assert first.json == second.json
    assert len(ana.get("/cases")["items"]) == 1


def test_a_key_that_was_used_for_something_else_is_refused(program: Programs) -> None:
    ana = program("ana.discua")
    case_id = ana.post("/cases", Idempotency_Key="una").json["case_id"]

    answer = ana.post(f"/cases/{case_id}/notes", {"text": "Hola"}, Idempotency_Key="una")

    assert answer.status_code == 422
    assert len(ana.get(f"/cases/{case_id}/timeline")["items"]) == 1


def test_two_programs_may_use_the_same_idempotency_key(program: Programs) -> None:
    ana, diego = program("ana.discua"), program("diego.mairena")

    assert ana.post("/cases", Idempotency_Key="una").json != diego.post("/cases", Idempotency_Key="una").json


def test_another_office_does_not_learn_that_the_task_exists(program: Programs) -> None:
    _, task_id = opened(program("ana.discua"))
    diego = program("diego.mairena")

    there, nowhere = diego.send("GET", f"/tasks/{task_id}"), diego.send("GET", f"/tasks/{uuid4()}")

    assert there.status_code == nowhere.status_code == 404
    assert {**there.json, "instance": ""} == {**nowhere.json, "instance": ""}
    assert diego.post(f"/tasks/{task_id}/claim").status_code == 404
