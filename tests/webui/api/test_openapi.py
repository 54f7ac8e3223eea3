"""The document says what the views do, and nothing else."""

from __future__ import annotations

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.webui.api.conftest import Programs


def test_it_is_a_valid_openapi_document_that_anybody_may_read(program: Programs) -> None:
    document = program().get("/openapi.json")

    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert document["openapi"] == "3.1.0"


def test_every_address_below_the_api_is_in_it(program: Programs) -> None:
    client = program()
    rules = client.client.application.url_map.iter_rules()
    found = {
        (rule.rule.removeprefix("/api/v1").replace("<uuid:", "{").replace(">", "}"), method)
        for rule in rules
        if rule.rule.startswith("/api/v1") and rule.endpoint != "api.openapi"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    paths = client.get("/openapi.json")["paths"]

    assert found == {(path, method.upper()) for path, methods in paths.items() for method in methods}


def test_errors_outside_of_views_are_problems_too(program: Programs) -> None:
    ana = program("ana.discua")
    answers = [
        ana.send("GET", "/nada"),
        ana.send("DELETE", "/me"),
        ana.send("TRACE", "/me"),
        ana.send("GET", "/tasks/no-es-un-uuid"),
        ana.client.post("/api/v1/messages", data="{", headers=ana.headers, content_type="text/plain"),
        ana.client.post("/api/v1/cases", data="x" * 5_000_000, headers=ana.headers),
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 405, 404, 403, 413]
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}
    assert "GET" in answers[1].headers["Allow"]


def test_a_body_that_cannot_be_read_is_told(program: Programs) -> None:
    ana = program("ana.discua")
    case_id = ana.post("/cases").json["case_id"]

    def sent(body: bytes, media: str = "application/json") -> int:
        address = f"/api/v1/cases/{case_id}/notes"
        return ana.client.post(address, data=body, headers=ana.headers, content_type=media).status_code

    for body in (
        b"", b"{", b'{"text": "\xff"}', b'{"text": "\\ud800"}', b'{"text": "a\\u0000"}', b'{"text": NaN}',
        b'{"text": "a", "text": "b"}', b"[" * 100_000, b'{"text": ' + b"9" * 5_000 + b"}", "{}".encode("utf-16"),
    ):  # fmt: skip
        assert sent(body) == 400, body[:40]
    for body in (b"{}", b"[]", b'"x"', b'{"text": 1}', b'{"text": "x", "at": "2020-01-01"}', b'{"text": ""}'):
        assert sent(body) == 422, body
    assert sent(b'{"text": "' + b"x" * 1_100_000 + b'"}') == 413
    assert sent(b'{"text": "x"}', "application/x-www-form-urlencoded") == 415


def test_a_query_is_checked(program: Programs) -> None:
    ana = program("ana.discua")

    for query in ("view=todo", "view=mine&view=office", "nada=1", "text=" + "x" * 300):
        assert ana.send("GET", f"/tasks?{query}").status_code == 422, query
