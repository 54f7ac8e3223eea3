"""Scenarios in the designer's room: read in words, written without losing anything, asked for before publishing."""

from __future__ import annotations

from collections.abc import Callable

from engine.access.actors import SYSTEM
from engine.definitions import registry
from engine.store import Store
from engine.store.tables.scenarios import Rehearsal
from tests.webui.conftest import Browser


def test_a_designer_reads_a_story(window: Callable[[], Browser]) -> None:
    dani = window().sign_in("dani.euceda")

    listed = dani.get("/diseno/penal/escenarios")
    names = [part.split('"')[0] for part in listed.split('href="/diseno/escenarios/penal/')[1:]]
    told = dani.get(f"/diseno/escenarios/penal/{names[0]}")

    assert "Atención" in dani.get("/diseno/escenarios")
    assert "Se completa «" in told
    assert "Se comprueba:" in told


def test_what_was_typed_stays_and_the_line_is_named(window: Callable[[], Browser]) -> None:
    dani = window().sign_in("dani.euceda")

    refused = dani.post("/diseno/general/escenarios/nuevo", content="escenario: x\nprocedimiento: general\npasos: 3\n")
    bad = dani.post(
        "/diseno/atencion_general/escenarios/nuevo",
        content="escenario: x\nprocedimiento: atencion_general\npasos:\n  - <b>raro</b>: 1\n",
    )

    assert refused.status_code == 404
    text = bad.get_data(as_text=True)
    assert bad.status_code == 422
    assert "Línea 4" in text
    assert "&lt;b&gt;raro&lt;/b&gt;: 1" in text


def test_a_scenario_is_written_with_the_draft_played_and_dropped(window: Callable[[], Browser], working: Store) -> None:
    dani = window().sign_in("dani.euceda")
    story = "escenario: Nueva\nprocedimiento: atencion_general\ncomienza: {proceso: atencion_general}\npasos:\n  - pasa: PT1H\n"

    kept = dani.post("/diseno/atencion_general/escenarios/nuevo", content=story)
    asked = dani.post("/diseno/atencion_general/escenarios/probar", contra="borrador")

    assert kept.headers["Location"].endswith("/nueva")
    assert "Pasan 1 h." in dani.get(kept.headers["Location"])
    assert asked.status_code == 302
    assert "Se están probando" in dani.get("/diseno/atencion_general/escenarios?contra=borrador")
    assert dani.post("/diseno/atencion_general/escenarios/probar", contra="borrador").status_code == 409
    assert working.read(lambda context: context.session.query(Rehearsal).count(), SYSTEM) == 1
    assert dani.post(f"{kept.headers['Location']}/descartar").status_code == 302
    assert dani.client.get(kept.headers["Location"]).status_code == 404


def test_publishing_what_was_not_played_asks_first(window: Callable[[], Browser], working: Store) -> None:
    dani = window().sign_in("dani.euceda")
    source = working.read(
        lambda context: registry.source(context, registry.latest(context, "atencion_general").id), SYSTEM
    ).decode()
    sent = {"xml": source.replace('isExecutable="true">', 'isExecutable="true" >'), "version": "0"}

    asked = dani.post("/diseno/atencion_general/publicar", **sent)
    done = dani.post("/diseno/atencion_general/publicar", **sent, anyway="1")

    assert asked.status_code == 409
    assert asked.json["confirm"] is True
    assert "no se han probado" in asked.json["message"]
    assert done.json["ok"] is True


def test_others_stay_outside(window: Callable[[], Browser]) -> None:
    ana = window().sign_in("ana.discua")
    sofia = window().sign_in("sofia.zelaya")

    assert ana.client.get("/diseno/escenarios").status_code == 403
    assert sofia.client.get("/diseno/penal/escenarios").status_code == 200
    assert sofia.post("/diseno/penal/escenarios/probar").status_code == 403
    assert sofia.client.post("/diseno/penal/escenarios/probar").status_code in (400, 403)


def test_the_catalogue_and_the_guide_are_light_pages(window: Callable[[], Browser]) -> None:
    dani = window().sign_in("dani.euceda")

    sheet = dani.get("/diseno/catalogo/sp02_visita_consular")
    picture = dani.client.get("/diseno/catalogo/sp02_visita_consular.svg")
    guide = dani.get("/diseno/guia")

    assert 'href="/diseno/catalogo/sp02_visita_consular"' in dani.get("/diseno/catalogo")
    assert "Levantar acta de visita" in sheet
    assert "viewer" not in sheet
    assert picture.mimetype == "image/svg+xml"
    assert "script" not in picture.headers["Content-Security-Policy"]
    assert "Pasar los casos en marcha" in guide
    assert 'id="escenarios"' in guide
    assert window().sign_in("ana.discua").client.get("/diseno/guia").status_code == 403
