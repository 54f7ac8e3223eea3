"""Cases that belong together over the API."""

from __future__ import annotations

from tests.webui.api.conftest import Programs

BROTHERS = {"kind": "familia", "kinship": "madre", "reason": "Lo dijo la hermana."}


def test_cases_are_related_once_seen_from_both_and_taken_apart(program: Programs) -> None:
    ana = program("ana.discua")
    one, other = (ana.post("/cases").json["case_id"] for _ in range(2))
    folio = ana.get(f"/cases/{other}")["folio"]

    first, again = (
        ana.post(f"/cases/{one}/related", BROTHERS | {"folio": folio}, Idempotency_Key="familia-1") for _ in range(2)
    )
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    [here] = ana.get(f"/cases/{one}/related")["items"]
    [there] = ana.get(f"/cases/{other}/related", Accept_Language="en")["items"]
    assert (here["case"]["folio"], here["kind"], here["kinship"], here["how"]) == (folio, "familia", "madre", "Madre")
    assert (there["case"]["id"], there["kinship"], there["how"]) == (one, "hijo", "Son or daughter")
    assert (there["reason"], there["removable"]) == ("Lo dijo la hermana.", True)
    assert ana.post(f"/cases/{other}/related", BROTHERS | {"folio": folio}).status_code == 422  # itself

    assert ana.send("DELETE", f"/cases/{other}/related/{here['id']}").status_code == 200
    assert ana.get(f"/cases/{one}/related") == {"items": [], "same_person": []}
    assert ana.send("DELETE", f"/cases/{other}/related/{here['id']}").status_code == 404


def test_what_is_wrong_is_said_and_a_case_out_of_reach_is_like_one_that_there_is_not(program: Programs) -> None:
    ana, diego = program("ana.discua"), program("diego.mairena")
    own, strange = ana.post("/cases").json["case_id"], diego.post("/cases").json["case_id"]
    where, folio = f"/cases/{own}/related", diego.get(f"/cases/{strange}")["folio"]

    out_of_reach, missing = (ana.post(where, BROTHERS | {"folio": text}).json["errors"] for text in (folio, "HN-NADA"))
    assert out_of_reach == missing
    assert [item["field"] for item in missing] == ["folio"]
    wrong = ana.post(where, {"folio": "HN-NADA", "kind": "familia", "reason": " "})
    assert wrong.mimetype == "application/problem+json"
    assert {item["field"] for item in wrong.json["errors"]} == {"folio", "kinship", "reason"}
    assert diego.send("GET", where).status_code == 404
    assert diego.post(where, BROTHERS | {"folio": folio}).status_code == 404
