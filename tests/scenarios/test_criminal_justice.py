"""A man arrested in Tapachula, from his sister's call to his first visit, and what can come between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOW, Cast
from tests.scenarios.conftest import Consulate

CALL = {
    "motivo": "preso", "peligro_ahora": "no", "peligro_tipo": [], "solo_consulta": "false", "tipo_reportante": "familiar",
    "canal": "telefono", "pais": "MX", "entidad": "MX-CHP", "afectada_nombre": "Luis Mejía", "afectada_edad": "31",
}  # fmt: skip
PERSON = {"nombres": "Luis", "apellido1": "Mejía", "fecha_nac": "1994-05-02", "nacionalidad_estado": "confirmada",
          "custodia": "penal", "puede_saber": "todo", "discapacidad": []}  # fmt: skip
CALM = {
    "lugar_seguro_entrevista": "true", "f_vsex": "no", "f_amenaza": "no", "f_libertad": "privada", "estado_clinico": "",
    "t_acto": [], "t_medio": [], "t_fin": [], "protectores": [],
}  # fmt: skip
ARREST = {"gravedad": "delito_menor", "fase_penal": "arresto", "def_tipo": "publico", "interprete": "ok",
          "edad_docs": "confirmada", "maltrato": "no", "menores_cargo": "no", "informado_consul": "si"}  # fmt: skip


@pytest.fixture
def triaged(consulate: Consulate, cast: Cast) -> Consulate:
    """The case is Ana's, its plan agreed; the criminal-justice procedure begins."""
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL)
    consulate.does(cast.ana, "ut_identidad", **PERSON)
    consulate.does(cast.ana, "ut_informar", comprension="true")
    consulate.does(cast.ana, "ut_consentimiento", comprension="true", base="consentimiento")
    consulate.does(cast.ana, "ut_tamizaje", **CALM)
    consulate.does(cast.ana, "ut_plan_seguridad", confirma="si")
    consulate.does(cast.ana, "ut_clasificar", dominio_principal="PEN", tipo_caso="PEN-01", conexos=[])
    consulate.does(cast.carla, "ut_asignar", agente_id=str(cast.ana.id))
    consulate.does(cast.ana, "ut_plan")
    return consulate


def test_a_call_becomes_a_case_with_folio_and_priority(triaged: Consulate, cast: Cast) -> None:
    case = triaged.case()

    assert case.folio.startswith("HN-MX-TAP-2026-PEN-")
    assert (case.priority, case.type, case.status, case.owner_id) == ("P2", "PEN-01", "en_atencion", cast.ana.id)
    assert triaged.documents() == ["D-00-1"]
    assert triaged.open_tasks() == {"ut_aviso"}
    assert triaged.task("ut_aviso").due_at == NOW + timedelta(hours=4)


def test_he_is_visited_and_the_record_kept(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST)
    triaged.does(cast.ana, "ut_concertar_cita", modo="presencial", riesgo_lugar="bajo")
    triaged.does(cast.ana, "ut_preparar_visita", modo="presencial", riesgo_lugar="bajo")
    triaged.does(cast.ana, "ut_lista", lista="F-04-02", urgente="false")
    triaged.does(cast.ana, "ut_acta", privada="true")

    assert triaged.documents() == ["D-00-1", "D-04-1", "D-01-1", "D-SP02"]
    assert triaged.open_tasks() == {"ut_necesidad_legal"}
    assert triaged.incidents() == []


def test_two_days_without_an_appointment_count_as_refused_access(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST)
    triaged.waits(hours=49)
    triaged.does(cast.carla, "ut_acceso_negado")
    triaged.hears("msg_cita_negada")
    triaged.does(cast.carla, "ut_acceso_negado")

    assert "D-NV" in triaged.documents()


def test_he_refuses_and_is_reminded_once(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST)
    triaged.does(cast.ana, "ut_concertar_cita")
    triaged.hears("msg_desistimiento")
    triaged.does(cast.ana, "ut_confirmar_desistimiento", a_solas="true", tarjeta="true")
    triaged.does(cast.ana, "ut_deshacer")

    assert triaged.open_tasks() == {"ut_entrevista"}

    triaged.does(cast.ana, "ut_entrevista", resolucion="desistimiento", cobro="no", intentos="")
    triaged.does(cast.ana, "ut_informe", resolucion="desistimiento")

    assert (triaged.case().status, triaged.case().resolution) == ("cerrado", "desistimiento")
    assert triaged.open_tasks() == set()
    assert triaged.incidents() == []


def test_nobody_withdraws_for_a_person_who_was_not_heard_alone(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST)
    triaged.hears("msg_desistimiento")
    triaged.does(cast.ana, "ut_confirmar_desistimiento", a_solas="false")

    assert triaged.open_tasks() == {"ut_concertar_cita"}


def test_an_urgent_need_seen_at_the_visit_raises_the_priority(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST)
    for task in ("ut_concertar_cita", "ut_preparar_visita"):
        triaged.does(cast.ana, task, riesgo_lugar="bajo")
    triaged.does(cast.ana, "ut_lista", urgente="true")
    triaged.does(cast.ana, "ut_acta", privada="true")

    assert "ut_tamizaje" in triaged.open_tasks()

    triaged.does(cast.ana, "ut_tamizaje", **CALM | {"f_amenaza": "si", "amenaza_quien": "crimen"})
    triaged.does(cast.sofia, "ut_segunda_opinion", confirma="si")
    triaged.does(cast.ana, "ut_plan_seguridad", confirma="si")

    assert triaged.case().priority == "P1"


def test_a_capital_charge_reaches_the_consul_at_once(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST | {"gravedad": "capital_posible"})
    for task in ("ut_concertar_cita", "ut_preparar_visita"):
        triaged.does(cast.ana, task, riesgo_lugar="bajo")
    triaged.does(cast.ana, "ut_lista", urgente="false")
    triaged.does(cast.ana, "ut_acta", privada="true")

    assert (triaged.case().type, triaged.case().priority) == ("PEN-04", "P1")
    assert triaged.task("ut_capital_director").due_at == NOW + timedelta(hours=24)


def test_death_is_told_to_nobody_before_it_is_certain(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST)
    triaged.hears("msg_fallecido")
    triaged.does(cast.ana, "ut_verificar_aviso_muerte", identificacion="presunta")

    assert triaged.open_tasks() == {"ut_concertar_cita"}

    triaged.hears("msg_fallecido")
    triaged.does(cast.ana, "ut_verificar_aviso_muerte", identificacion="cierta")

    assert triaged.open_tasks() == {"ut_deshacer"}

    triaged.does(cast.ana, "ut_deshacer")

    assert triaged.open_tasks() == {"ut_fallecimiento"}


def test_from_arrest_to_freedom_and_a_closed_case(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST)
    for task in ("ut_concertar_cita", "ut_preparar_visita"):
        triaged.does(cast.ana, task, riesgo_lugar="bajo")
    triaged.does(cast.ana, "ut_lista", urgente="false")
    triaged.does(cast.ana, "ut_acta", privada="true")
    triaged.does(cast.ana, "ut_necesidad_legal", materia="penal")
    triaged.does(cast.ana, "ut_derivar_legal", materia="penal", respuesta="acepta")
    triaged.does(cast.ana, "ut_informe_abogado")
    triaged.does(cast.ana, "ut_verificar_familiar")
    triaged.does(cast.ana, "ut_llamar", resultado="contactado", pidieron_dinero="no")
    triaged.does(cast.ana, "ut_registrar_contacto", resultado="contactado", pidieron_dinero="no")
    triaged.does(cast.ana, "ut_asistencia")

    assert triaged.open_tasks() == set()

    triaged.waits(days=11)
    triaged.does(cast.ana, "ut_visita_seguimiento", trato="bueno", salud="bien", comunicacion_familia="si")
    triaged.hears("msg_audiencia")
    triaged.does(cast.ana, "ut_audiencia", tipo="juicio")
    triaged.hears("msg_libertad")
    triaged.does(cast.ana, "ut_excarcelacion", detainer="no")
    triaged.does(cast.ana, "ut_entrevista", cobro="no", intentos="")
    triaged.does(cast.ana, "ut_informe")

    assert (triaged.case().status, triaged.case().resolution) == ("cerrado", "liberado_con_permanencia")
    assert triaged.open_tasks() == set()
    assert triaged.incidents() == []


def test_another_prison_means_another_consulate(triaged: Consulate, cast: Cast) -> None:
    triaged.does(cast.ana, "ut_aviso", **ARREST)
    triaged.hears("msg_traslado", centro_nuevo="Cárcel del condado de Harris", entidad_nueva="US-TX", pais="US")
    triaged.does(cast.ana, "ut_transferir", oficina_destino="US-HOU", respuesta="")
    triaged.does(cast.diego, "ut_responder_transferencia", oficina_destino="US-HOU", respuesta="acepta")
    triaged.does(cast.diego, "ut_recibir")

    assert triaged.case().office_code == "US-HOU"
    assert triaged.task("ut_concertar_cita").office_code == "US-HOU"
    assert triaged.incidents() == []
