"""The administrators' page of webhooks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.store import Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.programs import Webhook, WebhookDelivery
from tests.webui.conftest import Browser

Window = Callable[[], Browser]


def test_an_administrator_connects_a_system_and_sees_what_was_sent(window: Window, working: Store) -> None:
    lidia = window().sign_in("lidia.pineda")
    known = lidia.client.application.extensions["siproc"]
    known["settings"] = replace(known["settings"], webhook_hosts="avisos.example.org")
    sent = {
        "name": "Registro",
        "url": "https://avisos.example.org/x",
        "events": ["task.opened", "case.opened"],
        "office": "",
    }

    assert lidia.post("/conexiones/nueva", **{**sent, "url": "https://10.0.0.1/"}).status_code == 422
    assert lidia.post("/conexiones/nueva", **{**sent, "office": "XX"}).status_code == 422
    made = lidia.post("/conexiones/nueva", **sent).get_data(as_text=True)
    secret = re.search(r"<code>(whsec_[^<]+)</code>", made)
    assert secret is not None
    assert secret[1] not in lidia.get("/conexiones")

    window().sign_in("ana.discua").post("/casos")

    webhook = working.read(lambda context: context.session.scalars(select(Webhook)).one(), SYSTEM)
    page = lidia.get(f"/conexiones/{webhook.id}")
    assert "task.opened" in page
    assert secret[1] not in page
    waiting = working.read(lambda context: context.session.scalars(select(WebhookDelivery)).all(), SYSTEM)
    assert {row.event for row in waiting} == {"case.opened", "task.opened"}
    assert lidia.post(f"/conexiones/entregas/{waiting[0].id}").status_code == 409
    lidia.post(f"/conexiones/{webhook.id}/estado", active="0")
    assert "en pausa" in lidia.get("/conexiones")
    lidia.post(f"/conexiones/{webhook.id}/quitar")
    assert "No hay ninguna" in lidia.get("/conexiones")
    actions = working.read(lambda context: set(context.session.scalars(select(AuditEntry.action))), SYSTEM)
    assert {"webhook:make", "webhook:pause", "webhook:end"} <= actions


def test_nobody_else_connects_anything(window: Window) -> None:
    for who in ("ana.discua", "sofia.zelaya", "irma.banegas"):
        assert window().sign_in(who).client.get("/conexiones").status_code == 403
