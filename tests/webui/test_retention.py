"""Retention in the browser: a hold on a case's page, the dry run, and erasing after one has looked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from engine.access.actors import SYSTEM
from engine.actions import retention
from engine.casework import cases, people
from engine.clock import MovableClock
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile, LegalHold
from tests.webui.test_pages import Window

WHY = "Lo pidió el juzgado tercero."


def closed(store: Store, clock: MovableClock, count: int = 1) -> list[UUID]:
    """Cases of a hospital that were closed three years ago."""

    def work(context: Context) -> list[UUID]:
        made = []
        for _ in range(count):
            case = cases.open_case(context, "MX-TAP")
            cases.set_person(
                context, case.id, people.register(context, {"nombres": "Xiomara", "apellido1": "Tábora"}), "X"
            )
            made.append(case.id)
        long_ago = context.now - timedelta(days=1_100)
        context.session.execute(update(CaseFile).values(status="cerrado", closed_at=long_ago, domain="SAL"))
        return made

    return store.transact(work, SYSTEM)


def test_a_director_looks_confirms_and_the_worker_erases(window: Window, working: Store, clock: MovableClock) -> None:
    first, second = closed(working, clock, 2)
    rosa = window().sign_in("rosa.amador")
    page = rosa.get("/conservacion")
    assert "fila 4" in page
    assert "2 años" in page
    assert "Expediente clínico: el plazo más corto" in page
    assert "Revisé la lista: 2 expedientes pueden borrarse." in page
    assert "Xiomara" not in page

    unsure = rosa.post("/conservacion/borrar", vistos="2")
    assert unsure.status_code == 409
    assert "Confirme que revisó la lista." in unsure.get_data(as_text=True)
    stale = rosa.post("/conservacion/borrar", vistos="3", seguro="1")
    assert stale.status_code == 409
    assert "Ahora son 2 los expedientes vencidos" in stale.get_data(as_text=True)

    assert rosa.post(f"/casos/{second}/conservacion/retener", motivo=WHY).status_code == 302
    assert "Retención legal" in rosa.get("/conservacion")
    assert rosa.post("/conservacion/borrar", vistos="1", seguro="1", key="k").status_code == 302
    assert (
        rosa.post("/conservacion/borrar", vistos="1", seguro="1", key="k").status_code == 302
    )  # sent twice, done once
    assert "Se está borrando" in rosa.get("/conservacion")
    while working.transact(retention.sweep, SYSTEM):
        pass

    page = rosa.get("/conservacion")
    assert "1 de 1 expedientes" in page
    assert "Borrar para siempre" not in page
    gone = rosa.get(f"/casos/{first}")
    assert "Los datos personales se borraron el" in gone
    assert "<time" in gone
    assert "Xiomara" not in gone
    assert "Xiomara Tábora" in rosa.get(f"/casos/{second}")


def test_a_hold_is_on_the_case_with_its_reason_and_lifted_with_another(
    window: Window, working: Store, clock: MovableClock
) -> None:
    (case_id,) = closed(working, clock)
    sofia, ana = window().sign_in("sofia.zelaya"), window().sign_in("ana.discua")
    address = f"/casos/{case_id}/conservacion"
    assert "Nadie lo retiene." in ana.get(address)
    assert "Retener los datos" not in ana.get(address)
    assert ana.post(f"{address}/retener", motivo=WHY).status_code == 403

    short = sofia.post(f"{address}/retener", motivo="corto <b>")
    assert short.status_code == 422
    assert "corto &lt;b&gt;</textarea>" in short.get_data(as_text=True)
    assert sofia.post(f"{address}/retener", motivo=WHY).status_code == 302
    assert WHY in sofia.get(address)
    assert "Retención legal" in sofia.get(f"/casos/{case_id}")
    assert "Retenido" in ana.get(address)
    assert WHY not in ana.get(address)
    again = sofia.post(f"{address}/retener", motivo=WHY)
    assert again.status_code == 409
    assert "ya está retenido" in again.get_data(as_text=True)

    irma = window().sign_in("irma.banegas")
    assert irma.post(f"{address}/levantar", motivo="Ya no hace falta.").status_code == 302
    assert "La levantó Irma Banegas" in irma.get(address)
    query = select(LegalHold.lifted_reason)
    assert working.read(lambda context: context.session.scalar(query), SYSTEM) == "Ya no hace falta."
    assert "Conservación: levantar la retención" in irma.get("/auditoria")


def test_only_who_may_sees_the_dry_run_and_only_a_director_erases(window: Window, working: Store) -> None:
    irma = window().sign_in("irma.banegas")
    assert "Ningún expediente está vencido." in irma.get("/conservacion")
    assert irma.post("/conservacion/borrar", vistos="0", seguro="1").status_code == 403
    for who in ("ana.discua", "sofia.zelaya", "dani.euceda", "lidia.pineda"):
        someone = window().sign_in(who)
        assert someone.client.get("/conservacion").status_code == 403
        assert "/conservacion" not in someone.get("/avisos")
    for query in ("after=zzz", "after=2026-01-01~x", "after=" + "x" * 5_000):
        assert irma.client.get(f"/conservacion?{query}").status_code == 200
