"""Keys: made by their owner with a fresh proof, within what the role may, until they end; and nobody comes in otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.access import accounts, tokens
from engine.access.actors import SYSTEM
from engine.clock import MovableClock
from engine.store import Store
from engine.store.tables.access import AuditEntry, User
from engine.store.tables.programs import ApiToken
from tests.webui.api.conftest import Program, Programs, make_key
from tests.webui.conftest import Browser
from webui.api.rates import Rates

Window = Callable[[], Browser]


def made(browser: Browser, *scopes: str) -> str:
    """A key that somebody makes in the account room."""
    answer = browser.post("/cuenta/claves/nueva", name="Informe", scopes=list(scopes), days="30")
    found = re.search(r"<code>(siproc_[\w-]+)</code>", answer.get_data(as_text=True))
    assert found is not None, answer.get_data(as_text=True)
    return found[1]


def rows(store: Store, action: str) -> list[AuditEntry]:
    return store.read(
        lambda context: list(context.session.scalars(select(AuditEntry).where(AuditEntry.action == action))), SYSTEM
    )


def test_a_key_is_shown_once_and_only_its_digest_is_kept(window: Window, working: Store) -> None:
    ana = window().sign_in("ana.discua")

    secret = made(ana, "tasks:read")

    page = ana.get("/cuenta")
    assert secret not in page
    assert secret[-4:] in page
    kept = working.read(lambda context: context.session.scalars(select(ApiToken)).one(), SYSTEM)
    assert secret not in str(vars(kept))
    assert [row.data["scopes"] for row in rows(working, "token:make")] == [["tasks:read"]]
    assert "Se hizo una clave de programa" in ana.get("/avisos")


def test_making_one_asks_for_a_fresh_proof(window: Window, clock: MovableClock) -> None:
    ana = window().sign_in("ana.discua")
    clock.advance(timedelta(minutes=11))

    answer = ana.post("/cuenta/claves/nueva", name="x", scopes=["tasks:read"], days="30")

    assert answer.headers["Location"] == "/cuenta/confirmar"


def test_nobody_gives_away_what_they_may_not(window: Window) -> None:
    irma = window().sign_in("irma.banegas")

    assert "tasks:write" not in irma.get("/cuenta/claves/nueva")
    assert irma.post("/cuenta/claves/nueva", name="x", scopes=["tasks:write"], days="30").status_code == 422


@pytest.mark.parametrize("wrong", [{"name": ""}, {"days": "36500"}, {"scopes": []}, {"scopes": ["todo"]}])
def test_a_mistake_is_told(window: Window, wrong: dict[str, object]) -> None:
    ana = window().sign_in("ana.discua")

    assert ana.post("/cuenta/claves/nueva", **{"name": "x", "scopes": ["tasks:read"], "days": "30", **wrong}).status_code == 422  # fmt: skip


def test_an_ended_key_opens_nothing(window: Window, program: Programs, working: Store) -> None:
    ana = window().sign_in("ana.discua")
    key = Program(program().client, made(ana, "tasks:read"))
    key.get("/tasks")
    kept = working.read(lambda context: context.session.scalars(select(ApiToken)).one(), SYSTEM)
    assert kept.used_at is not None

    ana.post(f"/cuenta/claves/{kept.id}/terminar")

    assert key.send("GET", "/tasks").status_code == 401


def test_nobody_ends_anothers_key(window: Window, working: Store) -> None:
    make_key(working, "ana.discua")
    kept = working.read(lambda context: context.session.scalars(select(ApiToken)).one(), SYSTEM)

    assert window().sign_in("diego.mairena").post(f"/cuenta/claves/{kept.id}/terminar").status_code == 404


def test_a_key_expires(program: Programs, clock: MovableClock) -> None:
    ana = program("ana.discua")
    clock.advance(timedelta(days=30))

    assert ana.send("GET", "/me").status_code == 401


def test_a_key_ends_with_its_account(program: Programs, working: Store) -> None:
    ana = program("ana.discua")
    user_id = UUID(ana.get("/me")["id"])

    for active in (False, True):
        working.transact(lambda context, active=active: accounts.set_active(context, user_id, active), SYSTEM)

    assert ana.send("GET", "/me").status_code == 401


def test_a_role_that_is_taken_away_is_gone_at_once(program: Programs, working: Store) -> None:
    ana = program("ana.discua")
    user_id = UUID(ana.get("/me")["id"])
    ana.get("/tasks")

    working.transact(lambda context: accounts.set_place(context, user_id, "MX-TAP", ["disenador"]), SYSTEM)

    assert ana.send("GET", "/tasks").status_code == 403


def test_a_key_does_only_what_it_is_for(program: Programs, working: Store) -> None:
    reader = program("ana.discua", "tasks:read")
    reader.get("/tasks")

    answers = [reader.post("/cases"), reader.send("GET", "/cases"), reader.send("GET", "/definitions")]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert answers[0].json["code"] == "out_of_scope"
    assert len([row for row in rows(working, "api:use") if not row.allowed]) == 3


def test_no_key_no_entry_and_no_cookie_helps(program: Programs, window: Window, working: Store) -> None:
    ana = window().sign_in("ana.discua")
    for client in (ana.client, program().client):
        answer = client.get("/api/v1/tasks")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "Set-Cookie" not in answer.headers
    for header in ("Bearer siproc_nada", "Bearer ", "Basic YTpi", "Bearer \x80\xff", "Bearer " + "x" * 5_000):
        assert program().client.get("/api/v1/tasks", headers={"Authorization": header}).status_code == 401
    assert {row.allowed for row in rows(working, "api:use")} == {False}


def test_who_tries_keys_has_to_wait_and_a_good_key_has_not(program: Programs) -> None:
    ana, stranger = program("ana.discua"), Program(program().client, "siproc_nada")
    statuses = [stranger.send("GET", "/me").status_code for _ in range(42)]

    assert statuses[0] == 401
    assert statuses[-1] == 429
    ana.get("/me")


def test_a_runaway_program_is_slowed_down(program: Programs) -> None:
    ana = program("ana.discua")
    ana.client.application.extensions["siproc"]["rates"] = Rates(5)

    statuses = [ana.send("GET", "/me").status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]


def test_scopes_and_permissions_agree(working: Store) -> None:
    from engine.access.matrix import PERMISSIONS, SCOPES
    from webui.account.keys import SCOPES as NAMES
    from webui.api.operations import OPERATIONS

    assert {item.scope for item in OPERATIONS} - {None} == set(SCOPES) == set(NAMES)
    assert set().union(*SCOPES.values()) <= set(PERMISSIONS)
    user = working.read(
        lambda context: context.session.scalars(select(User).where(User.email.startswith("ana."))).one(), SYSTEM
    )
    assert user is not None
    assert tokens.PREFIX


def test_a_connected_system_tells_a_case_and_reads_nothing(program: Programs, working: Store) -> None:
    from engine.casework import offices

    ana = program("ana.discua")
    case = ana.get(f"/cases/{ana.post('/cases').json['case_id']}")
    working.transact(
        lambda context: accounts.create_user(
            context,
            email="registro@demo.siproc.hn",
            name="Registro",
            office_code=offices.HEADQUARTERS,
            roles=["integracion"],
            password=None,
        ),
        SYSTEM,
    )
    registry = program("registro")

    assert registry.get("/me")["scopes"] == ["messages:write"]
    assert registry.send("GET", f"/cases/{case['id']}").status_code == 403
    refused = registry.post("/messages", {"case": case["folio"], "message": "msg_inventado"})
    assert refused.status_code == 422
    assert registry.post("/messages", {"case": "TMP-NADA", "message": "x"}).status_code == 404
    for awaited in case["awaited"][:1]:
        told = registry.post("/messages", {"case": case["folio"], "message": awaited["message"], "text": "Sí"})
        assert told.json == {"id": case["id"]}
