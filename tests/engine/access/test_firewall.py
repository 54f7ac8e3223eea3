"""The asylum firewall: what is refused when forms and procedures are deployed, and when something is written or sent."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from engine.access import firewall
from engine.access.actors import SYSTEM
from engine.actions import cases as actions
from engine.casework import cases, documents
from engine.definitions.check import check
from engine.errors import Invalid
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile

TOLD = (
    "La persiguen por su militancia política.", "Tiene miedo de regresar a Honduras", "motivo de la huida: amenazas",
    "Pidió asilo el lunes", "solicitante de refugio", "entrevista de temor creíble", "no puede volver a su país",
    "Her asylum claim was denied", "perseguida", "temor... de volver", "Pidió: ¡asilo!",
)  # fmt: skip
NOT_TOLD = (
    "Protección internacional: información entregada; necesita abogado.", "Llamó su madre; volverá a llamar mañana.",
    "No puede volver a llamar hasta el lunes.", "Se le entregó ropa y un teléfono.", "Perdió sus documentos en el camino.",
)  # fmt: skip


def form(**field: Any) -> bytes:
    """A form with one question."""
    component = {"id": "c_uno", "key": "uno", "type": "textarea", "label": "Uno", **field}
    return json.dumps({"type": "default", "id": "F-X", "schemaVersion": 18, "components": [component]}).encode()


def rules(files: dict[str, bytes]) -> list[tuple[str, str | None]]:
    """The firewall's findings about some files."""
    found = check(files, references=False).findings
    return [(item.rule, item.element_id) for item in found if item.rule.startswith("asylum")]


@pytest.mark.parametrize("text", TOLD)
def test_what_tells_of_asylum_is_known_however_it_is_written(text: str) -> None:
    assert firewall.meaning_of(text) is not None
    assert firewall.meaning_of(text.upper()) is not None


@pytest.mark.parametrize("text", NOT_TOLD)
def test_what_the_handbook_lets_people_write_is_not_refused(text: str) -> None:
    assert firewall.meaning_of(text) is None


@given(st.text(max_size=30), st.sampled_from(TOLD), st.text(max_size=30))
def test_words_around_it_do_not_hide_it(before: str, told: str, after: str) -> None:
    assert firewall.meaning_of(f"{before} {told} {after}") is not None


@pytest.mark.parametrize(
    "field",
    [
        {"label": "¿Por qué huyó?"},
        {"key": "motivo_de_la_huida", "type": "textfield", "properties": {"sensibilidad": "N3"}},
        {"label": "Número de solicitud de asilo", "type": "textfield", "properties": {"sensibilidad": "N3"}},
        {"label": "Solicitó asilo", "type": "checkbox", "properties": {"sensibilidad": "N3"}},
        {"label": "Temor de volver", "type": "checkbox", "properties": {"sensibilidad": "N1"}},
        {"label": "Temor de volver, con detalles", "properties": {"sensibilidad": "N3"}},
    ],
)
def test_a_form_that_asks_for_it_is_refused_at_its_field(field: dict[str, Any]) -> None:
    assert rules({"x.form": form(**field)}) == [("asylum.field", "c_uno")]


def test_a_mark_without_details_may_be_asked_for_because_the_firewall_hangs_on_it() -> None:
    mark = {
        "label": "Expresa temor de retornar (sin detallar)",
        "type": "checkbox",
        "properties": {"sensibilidad": "N3"},
    }

    assert rules({"x.form": form(**mark)}) == []


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ('="Carta para " + nombre', False),
        ("={nombre: nombre, temor: f_temor_retorno}", True),
        ("={motivo: &quot;Tiene temor de volver&quot;}", True),
    ],
)
def test_a_letter_that_would_carry_it_is_refused_at_its_element(source: str, refused: bool) -> None:
    bpmn = f"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="x">
      <bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
      <bpmn:serviceTask id="carta" name="Carta"><bpmn:extensionElements><zeebe:taskDefinition type="registrar-documento"/>
      <zeebe:ioMapping><zeebe:input source='{source}' target="datos"/></zeebe:ioMapping></bpmn:extensionElements>
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing></bpmn:serviceTask>
      <bpmn:endEvent id="e"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
      <bpmn:sequenceFlow id="a" sourceRef="s" targetRef="carta"/><bpmn:sequenceFlow id="b" sourceRef="carta" targetRef="e"/>
      </bpmn:process></bpmn:definitions>"""

    assert rules({"p.bpmn": bpmn.encode()}) == ([("asylum.leaves", "carta")] if refused else [])


def opened(store: Store, actor: Any, *compartments: str) -> UUID:
    """A case of an officer, in some compartments."""

    def work(context: Context) -> UUID:
        case = cases.open_case(context, "MX-TAP")
        cases.assign_owner(context, case.id, actor.id, actor.name)
        cases.classify(context, case.id, domain="MIG", type="MIG-01", priority="P2", compartments=compartments)
        return case.id

    return store.transact(work, actor)


def test_a_note_that_tells_of_it_is_refused_behind_the_firewall_and_kept_elsewhere(store: Store, cast: Any) -> None:
    guarded, other = opened(store, cast.ana, "ASILO"), opened(store, cast.ana)

    for text in TOLD:
        with pytest.raises(Invalid) as refused:
            store.transact(lambda context, text=text: actions.add_note(context, guarded, text), cast.ana)
        assert "protección internacional" in str(refused.value.fields["nota"])
    store.transact(lambda context: actions.add_note(context, guarded, NOT_TOLD[0]), cast.ana)
    store.transact(lambda context: actions.add_note(context, other, "Hubo una persecución policial."), cast.ana)


@pytest.mark.parametrize("data", [{"compartimentos": ["ASILO"]}, {"caso": {"tipo": "MIG-07"}}, {"texto": TOLD[0]}])
def test_a_letter_that_would_tell_of_it_is_not_registered(store: Store, cast: Any, data: dict[str, Any]) -> None:
    guarded = opened(store, cast.ana, "ASILO")

    with pytest.raises(documents.Withheld):
        store.transact(lambda c: documents.register(c, guarded, code="D-01-7", subject="Carta", data=data), cast.ana)
    store.transact(
        lambda c: documents.register(c, guarded, code="D-01-7", subject="Carta", data={"lugar": "Tapachula"}), cast.ana
    )


def test_the_condition_of_a_query_is_the_same_rule(store: Store, cast: Any) -> None:
    guarded, other = opened(store, cast.ana, "ASILO", "NNA"), opened(store, cast.ana, "NNA")
    by_type = opened(store, cast.ana)
    store.transact(lambda c: cases.classify(c, by_type, domain="MIG", type="MIG-07", priority="P2"), cast.ana)

    found = store.read(lambda c: set(c.session.scalars(select(CaseFile.id).where(firewall.guarded()))), SYSTEM)

    assert found == {guarded, by_type}
    assert other not in found


@given(st.integers(0, 4), st.sampled_from(TOLD))
def test_a_row_of_a_group_is_named_by_its_number(before: int, told: str) -> None:
    case = CaseFile(id=uuid4(), compartments=["ASILO"], type=None)
    rows = [{"nota": "Visita hecha."}] * before + [{"nota": told}]
    with pytest.raises(Invalid) as refused:
        firewall.refuse(case, dict(firewall.said({"grupo": {"filas": rows}, "varias": ["a", "b"]})))
    assert set(refused.value.fields) == {f"grupo.filas.{before}.nota"}
