"""The auditors' room: every look and refusal is there, findable by person, and for auditors only."""

from __future__ import annotations

import re

from tests.webui.test_pages import Window, opened


def test_it_shows_who_looked_at_what_and_only_to_auditors(window: Window) -> None:
    ana, task = opened(window)
    ana.get(task)
    ana.get("/casos?q=Mejía")
    assert ana.client.get("/auditoria").status_code == 403

    irma = window().sign_in("irma.banegas")
    page = irma.get("/auditoria")

    assert "Tarea: consultar" in page
    assert "Expediente: abrir" in page
    assert "Expediente: buscar" in page
    assert "Mejía" not in page
    refused = irma.get("/auditoria?rechazado=1")
    assert "Auditoría: consultar" in refused
    assert "Expediente: abrir" not in re.sub(r"<select.*?</select>", "", refused, flags=re.DOTALL)
    assert "Ana" in irma.get("/auditoria?quien=ana")
    assert "No se encontró nada." in irma.get("/auditoria?folio=NO-EXISTE")


def test_nonsense_is_an_empty_page_and_no_error(window: Window) -> None:
    irma = window().sign_in("irma.banegas")

    for query in ("after=zzz", "persona=%20", "accion=%27%3B--", "quien=%25", "folio=" + "x" * 5000, "rechazado=7"):
        assert irma.client.get(f"/auditoria?{query}").status_code == 200


def test_the_auditor_leaves_a_trace_too(window: Window) -> None:
    irma = window().sign_in("irma.banegas")
    irma.get("/auditoria")

    assert "Auditoría: consultar" in irma.get("/auditoria?quien=irma")
