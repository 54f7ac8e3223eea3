"""Whoever comes to any address with anything is refused clearly: no error of ours, no change, no hint, and a trace."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.access.tokens import PREFIX
from engine.actions.demo.cast import PEOPLE as CAST
from engine.settings import load
from engine.store import Store
from engine.store.tables.access import AuditEntry, User
from tests.webui.api.conftest import Program, make_key
from tests.webui.conftest import Browser
from tests.webui.walking import SAFE, address, rows, rules
from webui.app import create_app

Window = Callable[[], Browser]
ROOMS = {"agente", "supervisor", "auditor", "disenador", "administrador"}
ODD = ("TRACE", "PROPFIND", "DELETE", "BREW")
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", b'{"a": [1, {"b": null}]}'),
    ("application/json", b"{"),
    ("application/xml", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
    ("multipart/form-data", b"--"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"; filename="../../a"\r\n\r\nb\r\n--x--\r\n'),
    ("application/x-www-form-urlencoded", b"a=%ff&b=%00&c=" + b"x" * 100_000),
    ("text/plain; charset=klingon", b"\xff\xfe\x00"),
    ("", b""),
)  # fmt: skip
HOSTILE = (
    "\ud800", "x" * 20_000, "'; DROP TABLE user; --", "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd",
    "-1", "99999999999999999999", "NaN", "[]", "\r\nSet-Cookie: a=b", "http://169.254.169.254/", "\u202e", "%s%n",
)  # fmt: skip
# Names of fields of ours and of rows, all at once: what a form does not ask for must not count.
NAMES = (
    "csrf_token", "key", "version", "id", "user_id", "office_code", "office", "roles", "role", "active", "email", "name",
    "password", "code", "nota", "mensaje", "texto", "motivo", "reason", "agree", "q", "text", "xml", "files", "after",
    "days", "scopes", "form", "context", "values", "elemento", "token", "to", "answer", "challenge", "carried", "back",
    "lang", "next", "p", "n", "c", "view", "domain", "priority", "persona", "quien", "folio", "accion",
)  # fmt: skip


def people() -> list[str]:
    """Of the demo's people one for each room."""
    first: dict[str, str] = {}
    for member in CAST:
        for role in ROOMS & set(member.roles):
            first.setdefault(role, member.email.partition("@")[0])
    assert first.keys() == ROOMS
    return list(dict.fromkeys(first.values()))


def test_no_unsafe_request_without_its_token_changes_anything(window: Window, working: Store) -> None:
    sofia = window().sign_in("sofia.zelaya")
    app = sofia.client.application
    before = rows(working)

    for rule, method in rules(app):
        if method in SAFE or rule.endpoint.startswith("api."):
            continue
        for value in ({}, {"csrf_token": "falso"}, {"csrf_token": "x" * 50_000}):
            answer = sofia.client.open(address(app, rule), method=method, data=value)
            assert answer.status_code == 400, (rule.rule, method, answer.status_code)

    assert rows(working) == before


def test_a_form_token_is_good_in_its_own_session_only(window: Window) -> None:
    ana, sofia = window().sign_in("ana.discua"), window().sign_in("sofia.zelaya")
    stolen = sofia.token()

    assert ana.client.post("/casos", data={"csrf_token": stolen}).status_code == 400


def test_a_session_that_was_ended_opens_nothing(window: Window) -> None:
    ana = window().sign_in("ana.discua")
    cookie = ana.client.get_cookie("siproc")
    assert cookie is not None
    ana.post("/salir")

    ana.client.set_cookie("siproc", cookie.value)

    assert ana.client.get("/tareas").headers["Location"].startswith("/entrar")


# Whoever comes by HTTPS has to say from which page, too.
HTTPS = {"base_url": "https://siproc.example", "environ_overrides": {"HTTP_REFERER": "https://siproc.example/"}}


@pytest.fixture
def secure(working: Store, tmp_path: Path) -> Flask:
    """The application as it is served: behind HTTPS, with a name."""
    settings = load({"SIPROC_DATA_DIR": str(tmp_path), "SIPROC_PUBLIC_URL": "https://siproc.example"})
    return create_app(working, replace(settings, second_factor="none"))


def https(app: Flask) -> Browser:
    """A browser that comes by HTTPS."""
    client = app.test_client()
    opening = client.open

    def opened(*where: object, **how: object):  # type: ignore[no-untyped-def]
        return opening(*where, **{**HTTPS, **how})  # type: ignore[arg-type]

    client.open = opened  # type: ignore[method-assign]
    return Browser(client)


def test_every_answer_carries_what_keeps_others_out(secure: Flask) -> None:
    sofia = https(secure).sign_in("sofia.zelaya")
    nonces = []

    for rule, method in rules(secure):
        answer = sofia.client.open(address(secure, rule), method=method)
        headers, where = answer.headers, (rule.rule, method)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self' 'nonce-"), where
        assert "frame-ancestors 'none'" in policy, where
        assert "base-uri 'none'" in policy, where
        assert "form-action 'self'" in policy, where
        assert "unsafe-eval" not in policy, where
        assert ("unsafe-inline" in policy) == (rule.endpoint == "designer.edit"), where
        nonces.append(policy.partition("'nonce-")[2].partition("'")[0])
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert headers["Referrer-Policy"] == "same-origin", where
        assert headers["X-Frame-Options"] == "DENY", where
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", where
        assert "microphone=()" in headers["Permissions-Policy"], where
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", where
        assert headers.get("Cache-Control") == "no-store" or rule.endpoint == "static", where
        assert not [name for name, _ in headers if name.startswith("Access-Control-")], where
        assert headers.get("Server", "") == "", where
        if answer.data:
            assert "charset=utf-8" in headers["Content-Type"] or "json" in headers["Content-Type"] or rule.endpoint == "static", where  # fmt: skip
        if rule.endpoint == "account.sign_out":
            sofia = https(secure).sign_in("sofia.zelaya")
    said = [nonce for nonce in nonces if nonce]
    assert len(set(said)) == len(said)


def test_every_cookie_is_bound_to_the_host_and_hidden_from_scripts(secure: Flask) -> None:
    browser = https(secure)
    found: list[str] = []
    found += browser.client.get("/entrar").headers.getlist("Set-Cookie")
    token = browser.token_of("/entrar")
    for answer in (
        browser.client.post("/entrar", data={"csrf_token": token, "email": "ana.discua@demo.siproc.hn", "password": "consulado-de-prueba"}),
        browser.client.post("/idioma", data={"csrf_token": token, "lang": "en"}),
        browser.client.get("/tareas"),
    ):  # fmt: skip
        found += answer.headers.getlist("Set-Cookie")

    assert {cookie.partition("=")[0] for cookie in found} >= {
        "__Host-siproc", "__Host-siproc-device", "__Host-siproc-form", "__Host-siproc-lang",
    }  # fmt: skip
    for cookie in found:
        parts = {part.strip() for part in cookie.split(";")}
        assert cookie.startswith("__Host-"), cookie
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts, cookie
        assert not [part for part in parts if part.startswith("Domain")], cookie


def test_only_the_hosts_that_are_ours_are_answered(secure: Flask) -> None:
    client = secure.test_client()

    statuses = {
        host: client.get("/entrar", headers={"Host": host}).status_code
        for host in ("siproc.example", "localhost", "evil.example", "siproc.example.evil.example", "169.254.169.254", "x:y", "")
    }  # fmt: skip

    assert [host for host, status in statuses.items() if status == 200] == ["siproc.example", "localhost"]
    assert {status for status in statuses.values() if status != 200} == {400}


def test_a_proxy_that_is_not_ours_is_not_believed(window: Window, working: Store) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil", "Forwarded": "for=6.6.6.6;host=evil.example"}  # fmt: skip
    ana = window().sign_in("ana.discua")

    page = ana.client.get("/tareas", headers=forged)
    ana.client.get("/supervision/", headers=forged)

    assert "Strict-Transport-Security" not in page.headers
    assert b"evil" not in page.data
    addresses = working.read(lambda context: set(context.session.scalars(select(AuditEntry.address))), SYSTEM)
    assert "6.6.6.6" not in addresses


def test_nobody_is_sent_elsewhere(window: Window) -> None:
    ana = window().sign_in("ana.discua")

    for where in (
        "//evil.example", "https://evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example",
        "javascript:alert(1)", "https:evil.example",
    ):  # fmt: skip
        assert ana.post("/idioma", back=where, lang="en").headers["Location"] == "/", where


def test_odd_methods_are_refused(window: Window, working: Store) -> None:
    sofia = window().sign_in("sofia.zelaya")
    app = sofia.client.application
    key = Program(app.test_client(use_cookies=False), make_key(working, "sofia.zelaya"))
    before = rows(working)

    for rule, _ in rules(app):
        for method in set(ODD) - set(rule.methods or ()):
            client, headers = (key.client, key.headers) if rule.endpoint.startswith("api.") else (sofia.client, {})
            answer = client.open(address(app, rule), method=method, headers=headers)
            assert 400 <= answer.status_code < 500, (rule.rule, method, answer.status_code)

    assert rows(working) == before


def test_nothing_that_is_sent_makes_an_error_of_ours(window: Window, working: Store, caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    caplog.set_level(logging.ERROR)
    for turn, who in enumerate(people()):
        person = window().sign_in(who)
        app, token = person.client.application, person.token()
        key = Program(app.test_client(use_cookies=False), make_key(working, "sofia.zelaya"))
        for rule, method in rules(app):
            if rule.endpoint in ("account.sign_out", "static") or method in ("HEAD", "OPTIONS"):
                continue
            where = address(app, rule)
            api = rule.endpoint.startswith("api.")
            client, headers = (key.client, key.headers) if api else (person.client, {"X-CSRFToken": token})
            for kind, body in BODIES[turn % 2 :: 2] if method != "GET" else ():
                check(
                    client.open(where, method=method, data=body, content_type=kind, headers=headers),
                    rule.rule,
                    method,
                    kind,
                )
            if not api:
                values = [HOSTILE[(number + turn) % len(HOSTILE)] for number in range(len(NAMES))]
                sent = {name: _bytes(value) for name, value in zip(NAMES, values, strict=True) if name != "csrf_token"}
                small = {name: value[:200] for name, value in sent.items()}
                answer = client.open(where, method=method, query_string=small, data=sent if method != "GET" else None, headers=headers)  # fmt: skip
                check(answer, rule.rule, method, "values")
        for rule, method in rules(app):
            if turn == 1 and method == "GET" and rule.arguments and rule.endpoint != "static":
                for odd in ("%00", "%ed%a0%80", "..%2f..%2fetc%2fpasswd", "x" * 3_000, "0", "%25", "'", "%0d%0aA:b"):
                    client, headers = (
                        (key.client, key.headers) if rule.endpoint.startswith("api.") else (person.client, {})
                    )
                    check(client.get(address(app, rule, odd), headers=headers), rule.rule, method, odd)
    assert not caplog.records


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def check(answer, *where: str) -> None:  # type: ignore[no-untyped-def]
    assert answer.status_code < 500, (*where, answer.status_code)
    assert b"Traceback" not in answer.data, where
    assert b"sqlalchemy" not in answer.data.lower(), where
    assert "\n" not in str(answer.headers.get("Location", "")), where


def test_what_the_policy_refuses_leaves_a_trace(window: Window, working: Store) -> None:
    def refused() -> int:
        query = select(AuditEntry.id).where(AuditEntry.allowed.is_(False))
        return len(working.read(lambda context: context.session.scalars(query).all(), SYSTEM))

    found = 0
    for who in ("ana.discua", "irma.banegas"):
        person = window().sign_in(who)
        app, token = person.client.application, person.token()
        for rule, method in rules(app):
            if rule.endpoint in ("account.sign_out", "static") or rule.endpoint.startswith("api."):
                continue
            if method in ("HEAD", "OPTIONS"):
                continue
            before = refused()
            answer = person.client.open(address(app, rule), method=method, headers={"X-CSRFToken": token})
            if answer.status_code == 403:
                found += 1
                assert refused() == before + 1, (rule.rule, method)
    assert found > 30


def test_what_exists_elsewhere_looks_like_what_exists_nowhere(window: Window) -> None:
    ana, diego = window().sign_in("ana.discua"), window().sign_in("diego.mairena")
    task = ana.post("/casos").headers["Location"].rpartition("/")[2]
    case = ana.get(f"/tareas/{task}").partition('href="/casos/')[2][:36]
    nobody = "0190a000-0000-7000-8000-000000000000"

    for path in ("/tareas/{}", "/casos/{}"):
        there = diego.client.get(path.format(task if "tareas" in path else case))
        nowhere = diego.client.get(path.format(nobody))
        assert there.status_code == nowhere.status_code == 404
        assert plain(there.data, task, case) == plain(nowhere.data, nobody)
    for path in ("/tareas/{}", "/tareas/{}/tomar", "/tareas/{}/soltar", "/casos/{}/notas", "/casos/{}/hechos"):
        mine = task if "tareas" in path else case
        statuses = [diego.post(path.format(id), nota="x", mensaje="y").status_code for id in (mine, nobody)]
        assert statuses == [404, 404], path


def plain(page: bytes, *ids: str) -> bytes:
    """A page without what differs each time: the address, the nonce, the form token."""
    import re

    for id in ids:
        page = page.replace(id.encode(), b"")
    return re.sub(rb'(nonce|value)="[^"]*"', b"", page)


def test_an_error_of_ours_tells_nothing(window: Window, working: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    from engine.actions import tasks

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("clave=secreta en /srv/interno.py")

    monkeypatch.setattr(tasks, "list_tasks", broken)
    ana = window().sign_in("ana.discua")
    key = Program(ana.client.application.test_client(use_cookies=False), make_key(working, "ana.discua"))

    answers = [ana.client.get("/tareas"), key.send("GET", "/tasks")]

    for answer in answers:
        assert answer.status_code == 500
        assert b"secreta" not in answer.data
        assert b"interno" not in answer.data
        assert b"RuntimeError" not in answer.data
    assert caplog.records


def test_logs_and_addresses_hold_neither_secrets_nor_names(window: Window, working: Store, caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    ana = window().sign_in("ana.discua")
    secret = ana.client.get_cookie("siproc")
    assert secret is not None
    task = ana.post("/casos").headers["Location"]
    ana.post(task, afectada_nombre="Zacarías Quintanilla", relato_breve="Confesó su dirección", version="2")
    answer = ana.post("/cuenta/claves/nueva", name="x", scopes=["tasks:read"], days="30")
    assert PREFIX in answer.get_data(as_text=True)

    written = "\n".join(f"{record.name} {record.getMessage()} {record.__dict__}" for record in caplog.records)

    people = working.read(lambda context: list(context.session.scalars(select(User.name))), SYSTEM)
    for hidden in (secret.value, "consulado-de-prueba", "Quintanilla", "Confesó", PREFIX, *people):
        assert hidden not in written, hidden
