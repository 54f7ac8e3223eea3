"""A girl of eleven is alone in the station of Tapachula; she is brought under protection, and goes home with an escort."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.driver import Story


def test_an_unaccompanied_child(story: Story) -> None:
    story.first_hand = {"agente MX-TAP": "beto.calix", "consul MX-TAP": "carla.funes", "agente HN-BEL": "sandra.pavon"}
    story.follows("migratorio/scenarios/nina_de_la_estacion_a_casa.yaml")

    # The authority calls. She is asked herself, in words for her age, and two look at how much in danger she is.
    story.opens("beto.calix")
    story.until("ut_asentimiento")
    assert set(story.waiting()) == {"ut_asentimiento"}
    story.until("ut_segunda_opinion")
    asked = story.waiting()["ut_segunda_opinion"]["id"]
    assert asked in story.listed("sofia.zelaya", "unclaimed")
    assert asked not in story.listed("beto.calix", "unclaimed")

    # From the classification on it is a child's case: for who is cleared for children, and for nobody else of the office.
    story.until("ut_clasificar")
    assert story.facts("ana.discua")["person"] == "Iris Funes"
    story.until("ut_validar_triaje")
    facts = story.facts()
    assert (facts["type"], facts["priority"], facts["office"]) == ("MIG-03", "P1", "MX-TAP")
    for who in ("ana.discua", "diego.mairena"):
        story.is_hidden_from(who)

    # Mexico may not keep her in a station: the note goes at once, and somebody speaks with her within a day.
    story.until("ut_recibir_aviso")
    assert story.due_in("ut_recibir_aviso") == timedelta(hours=2)
    story.until("ut_entrevista_nna")
    assert story.letters()[-1] == "D-NV"
    assert story.due_in("ut_entrevista_nna") <= timedelta(hours=24)

    # Who she is, who waits for her and what she is afraid of are looked into side by side; the host state decides.
    story.until("ut_identidad_nna")
    assert {"ut_identidad_nna", "ut_informe_familiar", "ut_tamizaje"} <= set(story.waiting())
    story.until("msg_interes_superior")
    assert story.letters()[-1] == "D-01-4"
    assert story.waiting() == {}
    decision_needs_its_solution(story)
    story.until("ut_evidencias")
    assert not any(
        "Retorno" in line for line in story.timeline()
    )  # what was decided of a child is not everybody's to read

    # Papers that the consul signs, somebody at home who is looked at, and money for the ticket.
    story.until("ut_firmar")
    signing = story.waiting()["ut_firmar"]["id"]
    assert signing in story.listed("carla.funes", "unclaimed")
    assert signing not in story.listed("beto.calix", "unclaimed")
    story.until("ut_aprobar")
    assert {"D-SP06-B"} <= set(story.letters())
    story.until("ut_abordaje")
    assert {"D-SP03", "D-13", "D-01-6"} <= set(story.letters())
    reasons = str(story.letter("D-01-6")["datos"])
    assert "miedo" not in reasons
    assert "Iris" not in str(story.letter("D-SP03")["datos"])  # who pays need not know whose ticket it is

    # Belén gets ready for her. Its case is its own: Tapachula does not read on, and Houston knows of neither.
    story.until("ut_preparar")
    facts = story.facts()
    assert (facts["office"], facts["type"], facts["priority"], facts["person"]) == (
        "HN-BEL",
        "MIG-04",
        "P1",
        "Iris Funes",
    )
    for who in ("beto.calix", "diego.mairena", "camilo.sabillon"):
        story.is_hidden_from(who)
    story.until("ut_entregar_nna")
    assert story.waiting()["ut_entregar_nna"]["id"] in story.listed("sandra.pavon", "unclaimed")

    # She is with her family. Both cases are closed, the child's own with the supervisor's word.
    story.until("ut_entrevista")
    assert story.facts()["status"] == "cierre_propuesto"
    assert "D-01-5" in story.letters()
    story.until("ut_revisar_cierre")
    assert story.waiting()["ut_revisar_cierre"]["id"] not in story.listed("carla.funes", "unclaimed")
    story.to_the_end()
    facts = story.facts()
    assert (facts["status"], facts["resolution"], facts["tasks"], facts["incidents"]) == (
        "cerrado",
        "persona_repatriada",
        [],
        0,
    )
    assert story.letters()[-1] == "D-08-1"
    story.is_hidden_from("ana.discua")


def decision_needs_its_solution(story: Story) -> None:
    """A decision is not reported without what was decided, by the page or by the API, and what was typed stays."""
    program, page = story.program("beto.calix"), story.page("beto.calix")
    [awaited] = [item for item in story.facts()["awaited"] if item["message"] == "msg_interes_superior"]
    [question] = awaited["form"]["fields"]
    assert (question["name"], question["required"]) == ("solucion", True)
    assert {"retorno", "destino", "proteccion"} < {option["value"] for option in question["options"]}

    report = {"message": "msg_interes_superior", "text": "Llegó el acuerdo."}
    for values in ({}, {"solucion": "otra"}, {"solucion": "retorno", "nada": "x"}):
        refused = program.post(f"/cases/{story.case}/events", {**report, "values": values})
        assert refused.status_code == 422
        assert {item["field"] for item in refused.json["errors"]} <= {"solucion", "nada"}
    sent = {"mensaje": "msg_interes_superior", "texto": "Llegó el acuerdo.", "preguntado": "msg_interes_superior"}
    answer = page.post(f"/casos/{story.case}/hechos", **sent)
    assert answer.status_code == 422
    assert "Llegó el acuerdo." in answer.text
    assert 'name="solucion"' in answer.text
    assert story.waiting() == {}
