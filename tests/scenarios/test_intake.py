"""What can arrive at the front door, and where it goes."""

from __future__ import annotations

from tests.conftest import Cast
from tests.scenarios.conftest import Consulate
from tests.scenarios.test_criminal_justice import CALL, CALM, PERSON


def test_a_question_is_answered_and_leaves_no_open_case(consulate: Consulate, cast: Cast) -> None:
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL | {"solo_consulta": "true"})
    consulate.does(cast.ana, "ut_orientar", tema="pasaporte", pais="US", respuesta="informado")

    assert (consulate.case().status, consulate.case().resolution) == ("cerrado", "orientacion_concluida")


def test_danger_calls_the_guard_while_registration_goes_on(consulate: Consulate, cast: Cast) -> None:
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL | {"peligro_ahora": "si", "peligro_tipo": ["secuestro"]})

    assert consulate.open_tasks() == {"ut_respuesta", "ut_interes_vital"}


def test_the_registry_is_asked_five_times_before_an_interview_decides(consulate: Consulate, cast: Cast) -> None:
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL)
    consulate.does(cast.ana, "ut_identidad", **PERSON | {"nacionalidad_estado": "pendiente"})
    for _ in range(4):
        consulate.waits(days=1, minutes=1)
        assert consulate.open_tasks() == set()
    consulate.waits(days=1, minutes=1)
    consulate.does(cast.ana, "ut_entrevista_nacionalidad", aciertos="8")

    assert consulate.open_tasks() == {"ut_informar"}


def test_who_refuses_in_custody_is_asked_once_more_after_a_week(consulate: Consulate, cast: Cast) -> None:
    nothing = dict.fromkeys(
        ("familia", "autoridad_destino", "salud", "abogado", "RNP", "DINAF", "OIM", "CICR", "EAAF", "CICESCT", "OFAMIR",
         "prensa", "foto", "estadistica_anonima"),
        "nada",
    )  # fmt: skip
    refusal = {"comprension": "true"} | nothing | {f"alcances.{key}": value for key, value in nothing.items()}
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL)
    consulate.does(cast.ana, "ut_identidad", **PERSON)
    for _ in range(2):
        consulate.does(cast.ana, "ut_informar", comprension="true")
        consulate.does(cast.ana, "ut_consentimiento", **refusal)
        consulate.does(cast.ana, "ut_registrar_negativa", a_solas="true", tarjeta="true")
        consulate.waits(days=7, minutes=1)

    assert (consulate.case().status, consulate.case().resolution) == ("cerrado", "desistimiento")


def test_a_critical_case_is_validated_by_headquarters(consulate: Consulate, cast: Cast) -> None:
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL)
    consulate.does(cast.ana, "ut_identidad", **PERSON)
    consulate.does(cast.ana, "ut_informar", comprension="true")
    consulate.does(cast.ana, "ut_consentimiento", comprension="true")
    consulate.does(cast.ana, "ut_tamizaje", **CALM | {"f_amenaza": "si", "amenaza_quien": "crimen"})
    consulate.does(cast.sofia, "ut_segunda_opinion", confirma="si")
    consulate.does(cast.ana, "ut_plan_seguridad", confirma="si")
    consulate.does(cast.ana, "ut_clasificar", dominio_principal="PEN", tipo_caso="PEN-01", conexos=[])

    assert consulate.task("ut_validar_triaje").office_code == "HN-TGU"

    consulate.does(cast.sofia, "ut_validar_triaje", validacion="acepta", prioridad_final="P1", compartimentos=[])

    assert consulate.open_tasks() == {"ut_asignar"}


def test_a_case_nobody_assigns_finds_its_officer_by_itself(consulate: Consulate, cast: Cast) -> None:
    test_a_critical_case_is_validated_by_headquarters(consulate, cast)
    consulate.waits(hours=1, minutes=1)

    assert consulate.case().owner_id in {cast.ana.id, cast.beto.id}


def test_each_domain_of_a_case_runs_its_own_procedure(consulate: Consulate, cast: Cast) -> None:
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL | {"motivo": "no_me_pagan"})
    consulate.does(cast.ana, "ut_identidad", **PERSON | {"custodia": "ninguna"})
    consulate.does(cast.ana, "ut_informar", comprension="true")
    consulate.does(cast.ana, "ut_consentimiento", comprension="true")
    consulate.does(cast.ana, "ut_tamizaje", **CALM | {"f_libertad": "libre"})
    consulate.does(cast.ana, "ut_plan_seguridad", confirma="si")
    consulate.does(cast.ana, "ut_clasificar", dominio_principal="LAB", tipo_caso="LAB-01", conexos=["PEN-08"])
    consulate.does(cast.carla, "ut_asignar", agente_id=str(cast.ana.id))
    consulate.does(cast.ana, "ut_plan")

    assert consulate.open_tasks() == {"ut_entrevista_laboral", "ut_aviso"}


def test_a_report_from_far_goes_to_the_consulate_that_is_near(consulate: Consulate, cast: Cast) -> None:
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL | {"pais": "US", "entidad": "US-TX"})
    consulate.does(cast.ana, "ut_identidad", **PERSON)
    consulate.does(cast.ana, "ut_informar", comprension="true")
    consulate.does(cast.ana, "ut_consentimiento", comprension="true")
    consulate.does(cast.ana, "ut_tamizaje", **CALM)
    consulate.does(cast.ana, "ut_plan_seguridad", confirma="si")
    consulate.does(cast.ana, "ut_clasificar", dominio_principal="PEN", tipo_caso="PEN-01", conexos=[])
    consulate.does(cast.ana, "ut_transferir", oficina_destino="US-HOU", respuesta="")
    consulate.waits(hours=25)

    assert consulate.task("ut_dirimir").office_code == "HN-TGU"

    consulate.does(cast.sofia, "ut_dirimir", oficina="US-HOU")
    consulate.does(cast.diego, "ut_recibir")

    assert consulate.case().office_code == "US-HOU"
    assert consulate.task("ut_asignar").office_code == "US-HOU"
