"""What happens outside is told with the answers that the event's form asks for, and with no others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.actions import events
from engine.casework import cases
from engine.definitions import deploy
from engine.definitions.check import check
from engine.errors import Invalid
from engine.feel import load_value
from engine.runtime import instances
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile, TimelineEntry
from engine.store.tables.runtime import ScopeRow
from tests.conftest import Cast

PROCESS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="x">
<bpmn:message id="m" name="msg_decide"><bpmn:extensionElements><zeebe:subscription correlationKey="=case.id"/></bpmn:extensionElements></bpmn:message>
<bpmn:message id="n" name="msg_calla"><bpmn:extensionElements><zeebe:subscription correlationKey="=case.id"/></bpmn:extensionElements></bpmn:message>
<bpmn:process id="espera" isExecutable="true">
<bpmn:startEvent id="s"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="g"/>
<bpmn:eventBasedGateway id="g"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing><bpmn:outgoing>f3</bpmn:outgoing></bpmn:eventBasedGateway>
<bpmn:sequenceFlow id="f2" sourceRef="g" targetRef="a"/>
<bpmn:sequenceFlow id="f3" sourceRef="g" targetRef="b"/>
<bpmn:intermediateCatchEvent id="a" name="Deciden"><bpmn:extensionElements><zeebe:properties><zeebe:property name="formulario" value="F-EV-99"/></zeebe:properties></bpmn:extensionElements><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f4</bpmn:outgoing><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
<bpmn:intermediateCatchEvent id="b" name="Callan"><bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing><bpmn:messageEventDefinition messageRef="n"/></bpmn:intermediateCatchEvent>
<bpmn:sequenceFlow id="f4" sourceRef="a" targetRef="u"/>
<bpmn:sequenceFlow id="f5" sourceRef="b" targetRef="u"/>
<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements><bpmn:incoming>f4</bpmn:incoming><bpmn:incoming>f5</bpmn:incoming><bpmn:outgoing>f6</bpmn:outgoing></bpmn:userTask>
<bpmn:sequenceFlow id="f6" sourceRef="u" targetRef="e"/>
<bpmn:endEvent id="e"><bpmn:incoming>f6</bpmn:incoming></bpmn:endEvent>
</bpmn:process></bpmn:definitions>"""
FORM = """{"type": "default", "id": "F-EV-99", "title": "Deciden", "schemaVersion": 18, "components": [
{"type": "radio", "id": "c1", "key": "que", "label": "Qué decidieron", "values": [{"label": "Que vuelva", "value": "retorno"}, {"label": "Que se quede", "value": "destino"}], "validate": {"required": true}, "properties": {"sensibilidad": "N2"}},
{"type": "radio", "id": "c2", "key": "sabe", "label": "Lo sabe", "values": [{"label": "Sí", "value": true}, {"label": "No", "value": false}], "properties": {"sensibilidad": "N3"}},
{"type": "textfield", "id": "c3", "key": "lugar", "label": "Lugar", "properties": {"sensibilidad": "N1"}}]}"""
FILES = {"espera.bpmn": PROCESS.encode(), "f.form": FORM.encode()}


@pytest.fixture
def case(store: Store, cast: Cast) -> UUID:
    """A case of Tapachula that waits for one of two events, and knows a place already."""
    store.transact(lambda context: deploy.deploy(context, FILES), SYSTEM)

    def work(context: Context) -> UUID:
        row = cases.open_case(context, "MX-TAP")
        cases.assign_owner(context, row.id, cast.ana.id, cast.ana.name)
        values = {"lugar": "Tapachula"}
        instances.start(context, "espera", case_id=row.id, office_code="MX-TAP", variables=values)
        return row.id

    return store.transact(work, cast.ana)


def told(store: Store, cast: Cast, case: UUID, message: str, text: str = "", **values: Any) -> None:
    """Ana reports an event."""
    store.transact(lambda context: events.report(context, case, message, text, values), cast.ana)


def known(store: Store) -> dict[str, Any]:
    """The variables of the one instance."""

    def work(context: Context) -> dict[str, Any]:
        row = context.session.scalars(select(ScopeRow).where(ScopeRow.kind == "process")).one()
        return {name: load_value(value) for name, value in row.variables.items()}

    return store.read(work, SYSTEM)


def test_answers_reach_the_procedure_and_what_is_not_answered_stays(store: Store, cast: Cast, case: UUID) -> None:
    told(store, cast, case, "msg_decide", "Llegó hoy.", que="retorno", sabe="false")

    found = known(store)

    assert (found["que"], found["sabe"], found["texto"], found["lugar"]) == (
        "retorno",
        False,
        "Llegó hoy.",
        "Tapachula",
    )


def test_the_timeline_tells_it_in_words_but_for_what_is_especially_protected(
    store: Store, cast: Cast, case: UUID
) -> None:
    told(store, cast, case, "msg_decide", "Llegó hoy.", que="retorno", sabe="true", lugar="Puebla")

    query = select(TimelineEntry.text_es).where(TimelineEntry.case_id == case, TimelineEntry.kind == "case.event")
    entry = store.read(lambda context: context.session.scalars(query).one(), SYSTEM)
    assert entry == "Deciden. Qué decidieron: Que vuelva. Lugar: Puebla. Llegó hoy."


@pytest.mark.parametrize(
    ("message", "values", "fields"),
    [
        ("msg_decide", {}, {"que"}),
        ("msg_decide", {"que": "otra"}, {"que"}),
        ("msg_decide", {"que": "retorno", "rol": "director"}, {"rol"}),
        ("msg_calla", {"que": "retorno"}, {"que"}),
        ("msg_nada", {}, {"mensaje"}),
    ],
)
def test_what_is_missing_wrong_or_not_asked_is_refused_and_nothing_happens(
    store: Store, cast: Cast, case: UUID, message: str, values: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        told(store, cast, case, message, "", **values)

    assert set(refused.value.fields) == fields
    assert "que" not in known(store)
    assert [item.message for item in store.read(lambda context: events.awaited(context, case), cast.ana)] == [
        "msg_calla",
        "msg_decide",
    ]


def test_an_answer_in_a_case_behind_the_firewall_cannot_tell_the_claim(store: Store, cast: Cast, case: UUID) -> None:
    def guard(context: Context) -> None:
        context.session.get_one(CaseFile, case).compartments = ["ASILO"]

    store.transact(guard, SYSTEM)

    with pytest.raises(Invalid) as refused:
        store.transact(
            lambda context: events.tell(
                context, case, "msg_decide", "", {"que": "retorno", "lugar": "Donde pidió asilo"}
            ),
            SYSTEM,
        )

    assert set(refused.value.fields) == {"lugar"}


def test_a_form_that_is_not_there_is_refused_when_it_is_deployed() -> None:
    found = check({"espera.bpmn": PROCESS.encode()}).findings

    assert [(item.rule, item.element_id) for item in found if item.rule == "reference.form"] == [
        ("reference.form", "a")
    ]
