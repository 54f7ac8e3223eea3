"""A woman without wages and food comes to the window in Tapachula; she is helped, claims, is paid, and the case is closed."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.driver import Story


def test_a_wage_claim(story: Story) -> None:
    story.first_hand = {"agente MX-TAP": "ana.discua", "consul MX-TAP": "carla.funes"}
    story.follows("laboral/scenarios/del_hambre_al_salario_pagado.yaml")

    # At the window: who she is and what she lacks, told in the browser's list of tasks as it goes on.
    story.opens("ana.discua")
    assert "Registrar primer contacto" in story.page("ana.discua").get("/tareas")
    story.until("ut_tamizaje")
    facts = story.facts()
    assert (facts["person"], facts["status"], facts["domain"]) == ("Nora Paz", "en_triaje", None)
    assert facts["folio"].startswith("TMP-MX-TAP-")
    assert story.due_in("ut_tamizaje") == timedelta(hours=24)

    # The consul gives the case to an agent; it is the consul's task, which the agent does not find in her list.
    story.until("ut_asignar")
    facts = story.facts()
    assert (facts["domain"], facts["type"], facts["priority"]) == ("LAB", "LAB-01", "P3")
    assert facts["folio"] == "HN-MX-TAP-2026-LAB-000001"
    [assigning] = facts["tasks"]
    assert assigning["id"] in story.listed("carla.funes", "unclaimed")
    assert assigning["id"] not in [*story.listed("ana.discua", "unclaimed"), *story.listed("ana.discua", "mine")]
    story.is_hidden_from("diego.mairena")

    # Food and a place come while the claim begins; both wait side by side.
    story.until("ut_derivar_servicio")
    assert set(story.waiting()) == {"ut_derivar_servicio", "ut_entrevista_laboral"}
    assert story.facts()["owner"]["name"] == "Ana Discua"
    story.until("ut_entrevista_laboral")
    assert story.waiting()["ut_entrevista_laboral"]["id"] in story.listed("ana.discua", "overdue")
    assert "Venció la tarea «Entrevistar a la persona trabajadora»." in story.timeline()

    # The employer is asked to pay, then the authority; what the letters say is what was counted.
    story.until("ut_via")
    demand = story.letter("D-06-1")
    assert demand["persona"] == "Nora Paz"
    assert demand["datos"]["monto"] == "500.00 quetzales guatemaltecos"
    assert "MX" not in str(demand["datos"])  # neither where she lives nor how she came is the employer's business
    story.until("msg_empleador_paga")
    assert story.letters() == ["D-00-1", "D-06-1", "D-06-2"]
    claim = story.letter("D-06-2")
    assert (claim["datos"]["empleador"], claim["destinatario"]) == ("Café Luna", "Autoridad laboral")

    # He pays; the money is looked at, she is called again twice, and the case ends with her word.
    story.until("ut_pago")
    assert set(story.waiting()) == {"ut_pago"}
    assert story.facts()["closed_at"] is None
    story.to_the_end()
    facts = story.facts()
    assert (facts["status"], facts["resolution"], facts["tasks"], facts["incidents"]) == (
        "cerrado",
        "resuelto_favorable",
        [],
        0,
    )
    assert story.letters() == ["D-00-1", "D-06-1", "D-06-2", "D-08-1"]
    told = story.timeline()
    assert told[0] == "Se abrió el expediente."
    assert told.index("El empleador paga. ") < told.index("Completó «Verificar el pago».")
    assert told[-1].startswith("Expediente cerrado: resuelto favorable.")
    assert story.passed() > timedelta(days=90)
    story.is_hidden_from("diego.mairena")
