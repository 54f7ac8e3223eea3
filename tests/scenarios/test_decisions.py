"""The decision tables answer as the handbook does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.dmn import parse_dmn
from engine.feel import from_json, to_json
from tests.scenarios.diagrams import ROOT

Decide = Callable[..., Any]


@pytest.fixture(scope="module")
def decide() -> Decide:
    """Evaluates a decision of the repository."""
    models = {file.stem: parse_dmn(file.read_bytes(), file.name) for file in (ROOT / "processes").rglob("*.dmn")}

    def evaluate(decision: str, **known: Any) -> Any:
        context = {name: from_json(value) for name, value in known.items()}
        return to_json(models[decision].evaluate(decision, context).value)

    return evaluate


@pytest.mark.parametrize(
    ("now", "kinds", "age", "answer"),
    [
        ("si", ["sin_agua_calor_frio"], 30, "activar_sp18"),
        ("no", ["nna_solo"], 9, "activar_sp18"),
        ("no", ["deportacion_inminente"], 40, "activar_sp18_mig"),
        ("si", ["otro"], 40, "activar_sp18"),
        ("no_sabe", [], 40, "tratar_p1"),
        ("no", None, None, "normal"),
    ],
)
def test_danger(decide: Decide, now: str, kinds: list[str] | None, age: int | None, answer: str) -> None:
    assert decide("dmn_00_emergencia", peligro_ahora=now, peligro_tipo=kinds, afectada_edad=age)["respuesta"] == answer


def test_points_add_up_and_protection_counts_against_them(decide: Decide) -> None:
    calm = {"estado_clinico": None, "f_libertad": "libre", "indicios_trata": "no_observado"}

    assert decide("dmn_01_puntaje_vulnerabilidad", edad=5, factores=["nna_no_acompanado"], **calm) == 55
    assert decide("dmn_01_puntaje_vulnerabilidad", edad=70, factores=["p_abogado"], **calm) == 4
    assert decide("dmn_01_puntaje_vulnerabilidad", edad=30, factores=[], **calm | {"f_libertad": "incomunicada"}) == 30


@pytest.mark.parametrize(
    ("factors", "points", "level"),
    [(["amenaza"], 40, "critica"), ([], 60, "critica"), ([], 35, "alta"), ([], 15, "media"), ([], 14, "baja")],
)
def test_levels(decide: Decide, factors: list[str], points: int, level: str) -> None:
    known = {"edad": 30, "indicios_trata": "no_observado", "estado_clinico": None}

    assert decide("dmn_02_nivel_vulnerabilidad", factores=factors, puntaje=points, **known) == level


@pytest.mark.parametrize(
    ("known", "priority", "first"),
    [
        ({"tipo": "PEN-01", "nivel": "media"}, "P2", "PT8H"),
        ({"tipo": "PEN-04"}, "P1", "PT2H"),
        ({"tipo": "DES-01"}, "P1", "PT2H"),
        ({"tipo": "PEN-03", "nivel": "baja"}, "P4", "P2D"),
        ({"tipo": "LAB-01", "nivel": "baja"}, "P3", "PT24H"),
        ({"tipo": "MIG-04", "nivel": "critica"}, "P1", "PT2H"),
        ({"tipo": "MIG-04", "emergencia": "activar_sp18"}, "P1", "PT30M"),
        ({"tipo": "DHU-07", "f_vsex": "si_72h"}, "P1", "PT2H"),
    ],
)
def test_priorities(decide: Decide, known: dict[str, Any], priority: str, first: str) -> None:
    answer = decide("dmn_03_prioridad_plazos", **known)

    assert (answer["prioridad"], answer["primera_accion"]) == (priority, first)


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        ({"motivo": "preso", "edad": 30}, "PEN-01"),
        ({"motivo": "preso", "edad": 16}, "PEN-05"),
        ({"motivo": "detenido_migracion", "edad": 12, "riesgo": {"f_nna_no_acompanado": True}}, "MIG-03"),
        ({"motivo": "detenido_migracion", "unidad_familiar": [{"nombre": "Ana"}]}, "MIG-02"),
        ({"motivo": "detenido_migracion"}, "MIG-01"),
        ({"motivo": "no_se_de_mi_familiar", "peligro_tipo": ["persecucion"]}, "DES-01"),
        ({"motivo": "otro"}, None),
    ],
)
def test_classification(decide: Decide, known: dict[str, Any], kind: str | None) -> None:
    assert decide("dmn_04_clasificacion", **known)["tipo"] == kind


@pytest.mark.parametrize(
    ("known", "office"),
    [
        ({"pais": "MX", "entidad": "MX-CHP", "oficina_actual": "MX-VSA"}, "MX-VSA"),
        ({"pais": "MX", "entidad": "MX-CHP", "oficina_actual": "US-HOU"}, "MX-TAP"),
        ({"pais": "US", "entidad": "US-GA", "oficina_actual": "MX-TAP"}, "US-ATL"),
        ({"pais": "MX", "entidad": None, "oficina_actual": "MX-TIJ"}, "MX-TIJ"),
        ({"pais": "US", "entidad": None, "oficina_actual": "HN-TGU"}, "US-WAS"),
        ({"pais": "GT", "entidad": "GT-16", "oficina_actual": "HN-TGU"}, "GT-GUA"),
        ({"dominio": "DES", "pais": "MX", "entidad": "MX-CHP", "oficina_actual": "MX-TAP"}, "HN-TGU"),
        ({"pais": None, "entidad": None, "oficina_actual": "HN-TGU"}, "HN-TGU"),
    ],
)
def test_competent_office(decide: Decide, known: dict[str, Any], office: str) -> None:
    assert decide("dmn_05_oficina_competente", **known)["dueno"] == office


def test_a_girl_offered_a_waitress_job_whose_phone_was_taken(decide: Decide) -> None:
    seen = {"t_acto": ["reclutada"], "t_medio": ["engano", "vigilancia"], "t_fin": ["trabajo_forzado"]}

    assert decide("dmn_10_indicios_trata", edad=16, **seen) == "probable"
    assert decide("dmn_10_indicios_trata", edad=30, **seen | {"t_acto": []}) == "posible"
    assert decide("dmn_10_indicios_trata", edad=30, t_acto=None, t_medio=None, t_fin=None) == "no_observado"


def test_compartments(decide: Decide) -> None:
    known = {"tipo": "DHU-06", "edad": 16, "indicios_trata": "probable", "f_temor_retorno": True, "f_vsex": "no"}

    assert set(decide("dmn_11_compartimento", **known)) == {"TRATA", "NNA", "ASILO"}


@pytest.mark.parametrize(
    ("known", "interval"),
    [
        ({"gravedad": "capital_posible"}, "P30D"),
        ({"maltrato": "si"}, "P7D"),
        ({"edad": 16}, "P15D"),
        ({"fase_penal": "juicio"}, "P60D"),
        ({"fase_penal": "condena_firme", "pena": "30"}, "P120D"),
        ({"fase_penal": "condena_firme", "pena": "cadena perpetua"}, "P90D"),
    ],
)
def test_how_often_a_prisoner_is_visited(decide: Decide, known: dict[str, Any], interval: str) -> None:
    assert decide("dmn_13_frecuencia_visita_penal", **known)["intervalo"] == interval


def test_penal_alerts(decide: Decide) -> None:
    known = {
        "gravedad": "capital_posible",
        "edad_docs": "dudosa",
        "def_tipo": "sin_defensor",
        "interprete": "inadecuado",
    }

    assert set(decide("alerta_penal", **known)) == {"capital_posible", "edad_dudosa", "sin_defensor", "sin_interprete"}
