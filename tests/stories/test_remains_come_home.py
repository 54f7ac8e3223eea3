"""A man who was searched for is identified by his fingerprint; his family has nothing, and FOSMIH pays that he comes home."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.driver import Story

QUOTES = {"La Paz": 2900, "San José": 3100}


def test_remains_come_home(story: Story) -> None:
    story.first_hand = {"agente MX-TAP": "beto.calix", "consul MX-TAP": "carla.funes", "agente HN-TGU": "hugo.lagos"}
    story.follows("desaparecidos/scenarios/del_reporte_al_cierre_entre_oficinas.yaml")
    story.opens("beto.calix")
    story.until("msg_pista")
    assert (story.facts()["office"], story.facts()["status"]) == ("HN-TGU", "busqueda_activa")

    # A morgue has a print that fits. Of a death nobody speaks before science has: no letter tells the family yet.
    story.hears("msg_coincidencia_forense", texto="El Semefo de Reynosa tiene una huella que coincide.")
    assert story.due_in("ut_pm") == timedelta(hours=24)
    found = {"razon": ["huella"], "institucion": "Semefo de Reynosa", "folio": "PM-13", "lugar_geo": "26.0, -98.3"}
    story.completes("ut_pm", **found)
    story.completes("ut_familia_posible", acepta_muestra="si", candidato=story.facts()["folio"])
    letters = story.letters()
    assert letters[-1] == "D-07-4"
    assert "D-07-7" not in letters
    story.hears("msg_dictamen", texto="Llegó por valija.")
    story.completes("ut_dictamen", metodo="huella", nivel="identificado", nombres="Luis", apellido1="Mejía")
    story.completes("ut_notificar_identidad", acepta="acepta", decision_destino="repatriar")
    assert story.letters()[-1] == "D-07-7"

    # The body is held for an autopsy: the consul signs the request, and it is asked again while nothing comes.
    story.completes("ut_restos", recursos="sin_recursos", retencion_judicial="autopsia", voluntad="repatriar_cuerpo")
    story.completes("ut_voluntad_restos", voluntad="repatriar_cuerpo")
    for answer in ("Todavía no.", "Mañana."):
        story.completes("ut_oficio", revela_n3=False)
        signing = story.waiting()["ut_firmar_oficio"]["id"]
        assert signing not in story.listed("hugo.lagos", "unclaimed")
        assert story.completes("ut_firmar_oficio", sin_n3=True) == "leda.matute"
        story.hears("msg_respuesta_autoridad", texto=answer)
        story.completes("ut_evaluar", siguiente="continuar")
        if answer == "Todavía no.":
            story.waits_until_due("tm_liberacion")
    assert story.letters().count("D-09") == 2
    story.hears("msg_liberacion_cuerpo", texto="Ya se puede recoger.")

    # Two quotations and a request; the director decides, finance pays, and neither of them asked for it.
    rows = {
        f"cotizaciones.{row}.{key}": value
        for row, (home, sum) in enumerate(QUOTES.items())
        for key, value in {"funeraria": home, "conceptos": "Preparación y flete", "monto": sum, "moneda": "USD"}.items()
    }
    story.completes("ut_cotizar", elegida="La Paz", **rows)
    story.completes(
        "ut_solicitar_fondos",
        concepto="restos",
        monto=2900,
        monto_moneda="USD",
        urgencia="normal",
        necesidad_familiar="sin_recursos",
    )
    deciding = story.waiting()["ut_aprobar"]["id"]
    assert not {deciding} & {*story.listed("hugo.lagos", "unclaimed"), *story.listed("hugo.lagos")}
    granted = {"resultado": "aprobado", "monto_aprobado": 2900, "ratificar": False}
    assert story.completes("ut_aprobar", **granted) == "rosa.amador"
    resolution = story.letter("D-SP03")
    assert (resolution["destinatario"], resolution["persona"]) == ("Finanzas", "Luis Mejía")
    assert (resolution["datos"]["concepto"], resolution["datos"]["monto_aprobado"]) == (
        "Restos",
        "2,900.00 dólares estadounidenses",
    )
    assert story.completes("ut_pago", by="finanzas") == "elvira.castro"
    assert story.completes("ut_rendicion") == "hugo.lagos"
    assert any(line.startswith("Gasto FOSMIH rendido") for line in story.timeline())

    # The papers, the flight, the arrival; and twice the family is called afterwards.
    story.completes("ut_certificados", certificados=["defuncion", "embalsamamiento", "transito"])
    story.completes("ut_embarque", guia="075-1234 5675")
    story.hears("msg_arribo_confirmado", texto="Lo recibió su madre en San Pedro Sula.")
    assert "D-14" in story.letters()
    for _ in range(2):
        story.waits_until_due("tm_ventana")
        story.completes("ut_seguimiento", contactada="si", situacion="mejor", riesgo_nuevo=False)

    # The law's side, two who look at the closing, and the supervisor's word.
    story.completes("ut_cierre_juridico")
    story.completes("ut_propuesta_cierre", segunda_firma="Sofía Zelaya")
    assert story.completes("ut_segunda_persona", decision="cierra") == "sofia.zelaya"
    assert story.facts()["status"] == "cierre_propuesto"
    story.completes("ut_entrevista", resolucion="localizado_fallecido", cobro="no", intentos="")
    story.completes("ut_informe", resolucion="localizado_fallecido")
    assert story.completes("ut_revisar_cierre", decision="cierra") == "sofia.zelaya"
    facts = story.facts()
    assert (facts["status"], facts["resolution"], facts["tasks"]) == ("cerrado", "localizado_fallecido", [])
    assert facts["incidents"] == 0
    told = story.timeline()
    order = ["Completó «Notificar la identificación».", "Completó «Pagar al proveedor».", "Completó «Embarcar»."]
    assert sorted(order, key=told.index) == order
    story.is_hidden_from("diego.mairena")
