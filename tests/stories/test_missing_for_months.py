"""A mother reports her son in Tapachula; headquarters searches for months, and a shelter in Veracruz knows where he is."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.driver import Story


def test_a_missing_person_is_found_after_months(story: Story) -> None:
    story.first_hand = {"agente MX-TAP": "beto.calix", "consul MX-TAP": "carla.funes", "agente HN-TGU": "hugo.lagos"}
    story.follows("desaparecidos/scenarios/del_reporte_al_cierre_entre_oficinas.yaml")

    # The mother calls Tapachula, which finds out who is missing. Another consulate knows nothing of it.
    story.opens("beto.calix")
    story.until("ut_transferir")
    facts = story.facts()
    assert (facts["person"], facts["type"], facts["priority"], facts["office"]) == (
        "Luis Mejía",
        "DES-02",
        "P2",
        "MX-TAP",
    )
    story.is_hidden_from("diego.mairena")

    # Headquarters searches: it accepts the case, and the search liaison has it. Tapachula may go on reading along.
    story.until("ut_ficha_busqueda")
    facts = story.facts()
    assert (facts["office"], facts["owner"]["name"], facts["status"]) == ("HN-TGU", "Hugo Lagos", "en_atencion")
    assert story.letters() == ["D-SP07", "D-00-1"]
    assert story.due_in("ut_ficha_busqueda") == timedelta(hours=2)

    # The sheet is filled in; everybody who may know something is asked, and told no more than the family allows.
    story.until("msg_pista")
    assert story.facts()["status"] == "busqueda_activa"
    assert {
        "Buscar y anotar: Hospitales del corredor",
        "Buscar y anotar: INM: estaciones y delegaciones",
    } <= story.names()
    assert story.letters()[2:] == ["D-07-1", "D-07-2", *["D-07-3"] * 8]
    request = story.letter("D-07-3")
    assert (request["datos"]["nombre"], request["datos"]["edad"], request["datos"]["ultimo_lugar"]) == (
        "Luis Mejía",
        24,
        "Orizaba",
    )
    assert "contacto" not in request["datos"]  # a place that is asked needs no telephone of the family

    # No news. After three days, and every month from then on, somebody looks at it again; nothing closes by itself.
    story.waits_until_due("tm_revision")
    assert story.due_in("ut_revision72") == timedelta(hours=24)
    story.completes("ut_revision72", rutas_pendientes=["hospitales", "consulados"], prensa="no", estado_nuevo="activa")
    for routes in (["morgues"], ["albergues"], ["morgues"]):
        story.waits_until_due("tm_revision")
        assert "ut_informe_mesa" in story.waiting()
        story.completes("ut_revision30", rutas_pendientes=routes, prensa="no", estado_nuevo="activa")
    assert story.passed() > timedelta(days=85)
    assert (story.facts()["status"], story.facts()["closed_at"]) == ("busqueda_periodica", None)
    story.waits(timedelta(days=60))
    assert story.facts()["closed_at"] is None

    # The family is spoken with meanwhile; what was not done in time stands in the liaison's list of overdue tasks.
    assert story.waiting()["ut_contacto"]["id"] in story.listed("hugo.lagos", "overdue")
    story.completes("ut_contacto", estado_emocional="sereno", pide_ritmo="otro_ritmo", ritmo="P30D")

    # A shelter in Veracruz has seen him. Who he is and whether he wants to be found is asked before the family is told.
    story.hears("msg_pista", texto="En un albergue de Veracruz lo vieron el domingo.")
    story.skip("msg_pista")
    assert any("En un albergue de Veracruz" in line for line in story.timeline())
    story.until("ut_localizado")
    assert "ut_llamar" not in story.waiting()
    story.until("ut_propuesta_cierre")

    # Two people look at the closing, and a third approves it.
    story.to_the_end()
    facts = story.facts()
    assert (facts["status"], facts["resolution"], facts["tasks"], facts["awaited"]) == (
        "cerrado",
        "localizado_vivo",
        [],
        [],
    )
    assert facts["incidents"] == 0
    assert story.letters()[-1] == "D-08-1"
    told = story.timeline()
    assert told.index("Estado: Búsqueda activa.") < told.index("Completó «Verificar persona localizada».")
    assert told[-1].startswith("Expediente cerrado: localizado vivo.")
    story.is_hidden_from("diego.mairena")
