"""Files of a case over the API: brought in once, as they are, and given back."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tests.webui.api.conftest import Programs

RAW = "application/octet-stream"
TEXT = "Llegó el lunes con su hermano.".encode()


def picture() -> bytes:
    made = BytesIO()
    Image.new("RGB", (40, 30), (20, 90, 120)).save(made, "JPEG")
    return made.getvalue()


def test_a_file_is_brought_in_once_listed_and_read(program: Programs) -> None:
    ana = program("ana.discua")
    case_id = ana.post("/cases").json["case_id"]
    where = f"/cases/{case_id}/files"

    first, again = (ana.bring(f"{where}?name=relato.txt", TEXT, Idempotency_Key="uno") for _ in range(2))
    photo = ana.bring(f"{where}?name=frente.jpg", picture())

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert (first.json["name"], first.json["kind"], first.json["level"]) == ("relato.txt", "document", "N1")
    assert (photo.json["media_type"], photo.json["kind"]) == ("image/jpeg", "photo")
    assert [item["id"] for item in ana.get(where)["items"]] == [photo.json["id"], first.json["id"]]
    assert ana.send("GET", f"/files/{first.json['id']}").data == TEXT


def test_a_key_that_brought_another_file_is_refused(program: Programs) -> None:
    ana = program("ana.discua")
    where = f"/cases/{ana.post('/cases').json['case_id']}/files?name=relato.txt"

    assert ana.bring(where, TEXT, Idempotency_Key="uno").status_code == 201
    assert ana.bring(where, TEXT + b" Solo.", Idempotency_Key="uno").status_code == 409


def test_what_is_not_taken_in_is_told_why(program: Programs) -> None:
    ana, diego = program("ana.discua"), program("diego.mairena")
    where = f"/cases/{ana.post('/cases').json['case_id']}/files"

    program_file = ana.bring(f"{where}?name=foto.jpg", b"MZ\x90\x00\x03" + b"\x00" * 200)
    nameless = ana.bring(where, TEXT)
    typed = ana.post(f"{where}?name=x.txt", {"a": 1})
    strange = diego.bring(f"{where}?name=x.txt", TEXT)

    assert (program_file.status_code, program_file.json["code"]) == (422, "file_refused")
    assert nameless.status_code == 422
    assert [item["field"] for item in nameless.json["errors"]] == ["name"]
    assert typed.status_code == 415
    assert strange.status_code == 404
    assert ana.get(where)["items"] == []
