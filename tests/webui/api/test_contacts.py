"""Contacts of a case over the API."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from engine.access.actors import SYSTEM
from engine.store import Store
from engine.store.tables.casework import CaseFile
from tests.webui.api.conftest import Programs

SHELTER = {"kind": "albergue", "name": "Albergue Buen Pastor", "person": "Olga", "phone": "962 625 1234"}


def test_a_contact_is_written_down_once_changed_put_away_and_back(program: Programs) -> None:
    ana = program("ana.discua")
    case_id = ana.post("/cases").json["case_id"]
    where = f"/cases/{case_id}/contacts"

    first, again = (ana.post(where, SHELTER, Idempotency_Key="contacto-1") for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    [contact] = ana.get(where)["items"]
    assert (contact["id"], contact["phone"], contact["level"]) == (first.json["id"], "+529626251234", "N1")

    one = f"{where}/{contact['id']}"
    assert ana.send("PUT", one, SHELTER | {"reference": "EXP-77"}).status_code == 200
    assert ana.get(where)["items"][0]["reference"] == "EXP-77"
    for _ in range(2):
        assert ana.send("DELETE", one).json == {"id": contact["id"]}
    assert ana.get(where)["items"] == []
    assert [row["id"] for row in ana.get(f"{where}?removed=true")["items"]] == [contact["id"]]
    assert ana.post(f"{one}/restore").status_code == 200
    assert len(ana.get(where)["items"]) == 1
    assert ana.get(f"{where}?removed=true")["items"] == []


def test_what_is_wrong_is_said_at_its_field(program: Programs, working: Store) -> None:
    ana = program("ana.discua")
    case_id = ana.post("/cases").json["case_id"]
    where = f"/cases/{case_id}/contacts"

    answer = ana.post(where, {"kind": "bar", "name": " ", "phone": "12", "email": "nada"})
    assert answer.mimetype == "application/problem+json"
    assert {item["field"] for item in answer.json["errors"]} == {"kind", "name", "phone", "email"}
    assert ana.post(where, SHELTER | {"apodo": "x"}).status_code == 422

    reserved = update(CaseFile).where(CaseFile.id == UUID(case_id)).values(compartments=["ASILO"])
    working.transact(lambda context: context.session.execute(reserved) and None, SYSTEM)
    shared = ana.post(where, SHELTER | {"shared": True})
    told = ana.post(where, SHELTER | {"note": "Pidió asilo porque lo persiguieron."})
    assert [item["field"] for item in shared.json["errors"]] == ["shared"]
    assert [item["field"] for item in told.json["errors"]] == ["note"]


def test_contacts_of_another_office_are_not_there_and_a_key_to_read_writes_none(program: Programs) -> None:
    ana, diego = program("ana.discua"), program("diego.mairena")
    case_id = ana.post("/cases").json["case_id"]
    where = f"/cases/{case_id}/contacts"
    contact = ana.post(where, SHELTER).json["id"]

    for method, address, sent in (
        ("GET", where, None),
        ("POST", where, SHELTER),
        ("PUT", f"{where}/{contact}", SHELTER),
        ("DELETE", f"{where}/{contact}", None),
        ("POST", f"{where}/{contact}/restore", None),
    ):
        assert diego.send(method, address, sent).status_code == 404
    reading = program("ana.discua", "cases:read")
    assert len(reading.get(where)["items"]) == 1
    assert reading.post(where, SHELTER).json["code"] == "out_of_scope"
