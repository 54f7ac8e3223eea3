"""Scenarios on the real engine: they pass where the procedure does as they say, and name the step where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.actions.scenarios import Played, Stage
from engine.actions.scenarios.reading import parse
from engine.store.tables.runtime import ProcessInstance

BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:modeler="http://camunda.org/schema/modeler/1.0" targetNamespace="x" id="d" modeler:executionPlatform="Camunda Cloud">
  <bpmn:message id="m" name="msg_llega"><bpmn:extensionElements><zeebe:subscription correlationKey="=case.id" /></bpmn:extensionElements></bpmn:message>
  <bpmn:process id="prueba" name="Prueba" isExecutable="true">
    <bpmn:startEvent id="se"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="ut_uno" name="Uno"><bpmn:extensionElements><zeebe:userTask />
      <zeebe:assignmentDefinition candidateGroups="agente" /><zeebe:taskSchedule dueDate="=now() + duration(&quot;PT4H&quot;)" /></bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:userTask>
    <bpmn:boundaryEvent id="be_tarde" attachedToRef="ut_uno" cancelActivity="false"><bpmn:outgoing>f4</bpmn:outgoing>
      <bpmn:timerEventDefinition><bpmn:timeDuration>PT3H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
    <bpmn:userTask id="ut_avisar" name="Avisar"><bpmn:extensionElements><zeebe:userTask />
      <zeebe:assignmentDefinition candidateGroups="supervisor" /></bpmn:extensionElements>
      <bpmn:incoming>f4</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing></bpmn:userTask>
    <bpmn:endEvent id="ee_avisado"><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
    <bpmn:intermediateCatchEvent id="rc"><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
      <bpmn:messageEventDefinition messageRef="m" /></bpmn:intermediateCatchEvent>
    <bpmn:endEvent id="ee"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="se" targetRef="ut_uno" /><bpmn:sequenceFlow id="f2" sourceRef="ut_uno" targetRef="rc" />
    <bpmn:sequenceFlow id="f3" sourceRef="rc" targetRef="ee" /><bpmn:sequenceFlow id="f4" sourceRef="be_tarde" targetRef="ut_avisar" />
    <bpmn:sequenceFlow id="f5" sourceRef="ut_avisar" targetRef="ee_avisado" />
  </bpmn:process>
</bpmn:definitions>"""
HEAD = """
escenario: Prueba
procedimiento: prueba
comienza: {proceso: prueba, datos: {n: 1}, expediente: {dominio: PEN, prioridad: P2}}
pasos:
"""
WHOLE = """
  - comprueba: {esperan: [ut_uno], plazos: {ut_uno: PT4H}, candidatos: {ut_uno: [agente]}, caso: {prioridad: P2}}
  - vence: be_tarde
  - comprueba: {esperan: [ut_avisar, ut_uno], plazos: {ut_uno: PT1H}}
  - completa: ut_avisar
    por: supervisor
  - completa: ut_uno
  - llega: msg_llega
    con: {texto: hola}
  - comprueba: {termina: true, pasó: [ee, ee_avisado], datos: {n: 1}}
"""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A stage with one small procedure."""
    processes, forms = tmp_path / "processes", tmp_path / "forms"
    processes.mkdir()
    forms.mkdir()
    (processes / "prueba.bpmn").write_text(BPMN)
    return Stage(tmp_path, processes, forms)


def play(stage: Stage, steps: str, name: str = "uno") -> Played:
    """Play a scenario with these steps."""
    return stage.play(parse((HEAD + steps).encode(), stage.folder / f"{name}.yaml"))


def test_it_passes_and_covers_everything(stage: Stage) -> None:
    played = play(stage, WHOLE)

    assert played.error is None
    [coverage] = stage.look(lambda context: list(stage.coverage.processes(context)))
    assert (coverage.elements, coverage.flows, coverage.complete) == (7, 5, True)


def test_what_was_not_passed_is_named(stage: Stage) -> None:
    play(stage, "  - completa: ut_uno\n  - llega: msg_llega\n")

    [coverage] = stage.look(lambda context: list(stage.coverage.processes(context)))

    assert coverage.missed_elements == ["be_tarde", "ut_avisar", "ee_avisado"]
    assert coverage.missed_flows == ["f4", "f5"]


@pytest.mark.parametrize(
    ("steps", "line", "part"),
    [
        ("  - completa: ut_avisar\n", 6, "«ut_avisar» no espera; esperan: ut_uno"),
        ("  - completa: ut_uno\n    por: consul\n", 6, "no se ofrece a «consul»"),
        ("  - completa: ut_uno\n    con: {x: 1}\n", 6, "no tiene formulario"),
        ("  - llega: msg_llega\n", 6, "Nadie esperaba"),
        ("  - vence: ut_uno\n", 6, "no espera ninguna hora"),
        ("  - en_caso: MIG\n", 6, "No hay ningún caso"),
        ("  - comprueba: {esperan: []}\n", 6, "se esperaba nada"),
        ("  - comprueba: {plazos: {ut_uno: PT5H}}\n", 6, "4:00:00"),
        ("  - comprueba: {termina: true}\n", 6, "termina"),
        ("  - comprueba: {cartas: [D-01]}\n", 6, "Falta la carta D-01"),
        ("  - comprueba: {no_pasó: [se]}\n", 6, "Se pasó por «se»"),
    ],
)
def test_a_story_that_goes_otherwise_is_told_with_its_line(stage: Stage, steps: str, line: int, part: str) -> None:
    error = play(stage, steps).error

    assert error is not None
    assert error.line == line
    assert part in str(error.text)


def test_an_office_that_is_not_there_is_told(stage: Stage) -> None:
    played = play(stage, "\n  - abre: XX-YYY")

    assert played.error is not None
    assert played.error.line == 7
    assert "XX-YYY" in str(played.error.text)


def test_a_story_goes_on_from_another_and_leaves_it_as_it_was(stage: Stage) -> None:
    (stage.folder / "antes.yaml").write_text(HEAD + "  - completa: ut_uno\n")
    after = "escenario: B\nprocedimiento: prueba\nsigue_a: antes.yaml\npasos:\n  - llega: msg_llega\n  - comprueba: {termina: true}\n"

    for name in ("b", "c"):
        assert stage.play(parse(after.encode(), stage.folder / f"{name}.yaml")).error is None


def test_stories_that_follow_each_other_in_a_circle_are_refused(stage: Stage) -> None:
    text = "escenario: B\nprocedimiento: prueba\nsigue_a: b.yaml\npasos:\n  - pasa: P1D\n"
    (stage.folder / "b.yaml").write_text(text)

    error = stage.play(parse(text.encode(), stage.folder / "b.yaml")).error

    assert error is not None
    assert "no termina nunca" in str(error.text)


def test_the_published_database_is_only_copied(stage: Stage) -> None:
    play(stage, WHOLE)

    count = stage.look(lambda context: context.session.scalar(select(func.count()).select_from(ProcessInstance)))
    assert count == 0
