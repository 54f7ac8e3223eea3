"""Procedures that are started by hand on a case: only those that say so, by whom they say, on the cases that they are for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.access.actors import SYSTEM, Actor
from engine.access.firewall import KeptOut
from engine.actions import case_pages, starting, tasks
from engine.casework import cases, notifications
from engine.definitions import deploy
from engine.definitions.check import check
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.handlers import HANDLERS
from engine.runtime import instances
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.casework import Notification
from engine.store.tables.runtime import ProcessInstance, UserTask
from tests.conformance.diagram import bpmn
from tests.conftest import NOW, ROOT, Cast

PROCESS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="x">
<bpmn:process id="{id}" name="{id}" isExecutable="true">
<bpmn:startEvent id="s"><bpmn:extensionElements><zeebe:properties>{start}</zeebe:properties></bpmn:extensionElements><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="u"/>
<bpmn:userTask id="u" name="Hacer"><bpmn:extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="agente"/><zeebe:properties>{task}</zeebe:properties></bpmn:extensionElements><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:userTask>
<bpmn:sequenceFlow id="f2" sourceRef="u" targetRef="e"/>
<bpmn:endEvent id="e"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
</bpmn:process></bpmn:definitions>"""
AD_HOC = "tarea_libre"


def drawn(id: str, task: str = "", **start: str) -> bytes:
    """A process of one task, with properties on its start event and on its task."""
    said = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in start.items())
    return PROCESS.format(id=id, start=said, task=task).encode()


@pytest.fixture
def case(store: Store, cast: Cast) -> UUID:
    """A migratory case of Ana's, and procedures: her own, the consul's, one of another domain, one that is only called, and a free task."""
    files = {
        "mia.bpmn": drawn("mia", iniciadores="agente, consul", ambitos="MIG"),
        "del_consul.bpmn": drawn("del_consul", iniciadores="consul"),
        "penal.bpmn": drawn("penal", iniciadores="agente", ambitos="PEN"),
        "llamada.bpmn": drawn("llamada"),
    }
    shared = ROOT / "processes" / "compartidos"
    for file in (shared / "tarea_libre.bpmn", shared / "prioridad_tarea.dmn", *(ROOT / "forms").rglob("F-SP-19*")):
        files[file.name] = file.read_bytes()
    store.transact(lambda context: deploy.deploy(context, files), SYSTEM)
    return opened(store, cast)


def opened(store: Store, cast: Cast, *compartments: str) -> UUID:
    """A case of Ana's."""

    def work(context: Context) -> UUID:
        row = cases.open_case(context, "MX-TAP")
        cases.classify(context, row.id, domain="MIG", type="MIG-01", priority="P2", compartments=compartments)
        cases.assign_owner(context, row.id, cast.ana.id, cast.ana.name)
        return row.id

    return store.transact(work, cast.ana)


def starts(store: Store, actor: Actor, case_id: UUID, process_id: str, why: str = "Hace falta", key: str | None = None, **said: Any) -> None:  # fmt: skip
    """Somebody starts a procedure, and what it leaves behind is done."""
    store.transact(lambda context: starting.start(context, case_id, process_id, why, said, key), actor)


def running(store: Store, case_id: UUID) -> list[str]:
    """What runs on a case."""
    query = select(ProcessInstance.process_id).where(ProcessInstance.case_id == case_id)
    return store.read(lambda context: list(context.session.scalars(query.order_by(ProcessInstance.id))), SYSTEM)


def test_what_is_offered_is_what_the_diagram_says(store: Store, cast: Cast, case: UUID) -> None:
    def offered(actor: Actor) -> list[str]:
        found = store.read(lambda context: starting.offered(context, case), actor)
        return [item.process_id for item in found]

    assert offered(cast.ana) == [AD_HOC, "mia"]
    assert offered(cast.carla) == [AD_HOC, "del_consul", "mia"]
    assert offered(cast.irma) == []  # she audits
    with pytest.raises(NotFound):
        offered(cast.diego)
    for actor, process_id in ((cast.ana, "del_consul"), (cast.ana, "penal"), (cast.carla, "llamada"), (cast.diego, "mia")):  # fmt: skip
        with pytest.raises(NotFound):
            starts(store, actor, case, process_id)
    with pytest.raises(Forbidden):
        starts(store, cast.irma, case, "mia")
    assert running(store, case) == []


def test_it_starts_once_with_a_reason_that_stands_in_the_case(store: Store, cast: Cast, case: UUID) -> None:
    for why in ("  ", "x" * 501):
        with pytest.raises(Invalid) as refusal:
            starts(store, cast.ana, case, "mia", why, key="k")
        assert refusal.value.fields.keys() == {"porque"}
    for _ in range(2):
        starts(store, cast.ana, case, "mia", "Lo pidió {la} familia", key="k")

    assert running(store, case) == ["mia"]
    rows, _ = store.read(lambda context: case_pages.happened(context, case, only="events"), cast.ana)
    assert [(row.kind, row.level, row.text_es) for row in rows] == [
        ("process.started", "N2", "Inició «mia»: Lo pidió {la} familia")
    ]
    query = select(AuditEntry.data).where(AuditEntry.action == "case:start")
    assert store.read(lambda context: list(context.session.scalars(query)), SYSTEM) == [{"process": "mia"}]


def test_nothing_starts_on_a_closed_case_and_the_firewall_holds(store: Store, cast: Cast, case: UUID) -> None:
    guarded = opened(store, cast, "ASILO")
    with pytest.raises(KeptOut):
        starts(store, cast.ana, guarded, "mia", "Tiene miedo de volver a Honduras")
    starts(store, cast.ana, guarded, "mia")
    query = select(AuditEntry.data).where(AuditEntry.action == "case:start")
    assert store.read(lambda context: list(context.session.scalars(query)), SYSTEM) == [{"process": None}]

    def closed(context: Context) -> None:
        cases.load(context, case).status = "cerrado"

    store.transact(closed, SYSTEM)
    assert store.read(lambda context: starting.offered(context, case), cast.ana) == ()
    with pytest.raises(Conflict):
        starts(store, cast.ana, case, "mia")


def asked(**said: Any) -> dict[str, Any]:
    """What is asked for with a free task, as a form sends it."""
    limit = (NOW + timedelta(days=2)).astimezone().isoformat(timespec="minutes")
    return {"titulo": "Traer la partida", "indicaciones": "En el registro civil", "limite": limit, **said}


def test_a_task_is_asked_of_somebody_and_its_result_comes_back(store: Store, cast: Cast, case: UUID) -> None:
    with pytest.raises(Invalid) as refusal:
        starts(store, cast.carla, case, AD_HOC, encargada_a="persona", titulo="")
    assert refusal.value.fields.keys() == {"titulo", "para", "limite"}

    starts(store, cast.carla, case, AD_HOC, **asked(encargada_a="persona", para=str(cast.beto.id)))
    Worker(store, HANDLERS).run_due()
    [task] = open_tasks(store, case)
    assert task.name == "Tarea encargada: Traer la partida"
    assert task.due_at == NOW + timedelta(days=2)
    for_beto = select(Notification.text_es).where(Notification.user_id == cast.beto.id)
    [told] = store.read(lambda context: list(context.session.scalars(for_beto)), SYSTEM)
    assert told.startswith("Tarea para usted: «Tarea encargada: Traer la partida» (")
    with pytest.raises(NotFound):  # it is offered to Beto alone
        store.transact(lambda context: tasks.claim_task(context, task.id), cast.ana)
    store.transact(lambda context: tasks.claim_task(context, task.id), cast.beto)
    view = store.read(lambda context: tasks.read_task(context, task.id), cast.beto)
    assert view.form is not None
    assert view.situation["indicaciones"] == "En el registro civil"
    done = {"hecho": "true", "resultado": "Está en el expediente"}
    store.transact(lambda context: tasks.complete_task(context, task.id, done), cast.beto)
    Worker(store, HANDLERS).run_due()

    rows, _ = store.read(lambda context: case_pages.happened(context, case, only="events"), cast.ana)
    assert ("N2", "Se hizo «Traer la partida»: Está en el expediente") in {(row.level, row.text_es) for row in rows}
    query = select(Notification.text_es).where(Notification.user_id == cast.carla.id)
    heard = store.read(lambda context: list(context.session.scalars(query)), SYSTEM)
    assert [text for text in heard if text.startswith("Se hizo lo que encargó")] != []


def test_a_task_may_be_asked_of_a_role(store: Store, cast: Cast, case: UUID) -> None:
    starts(store, cast.ana, case, AD_HOC, **asked(encargada_a="funcion", funcion="consul"))
    [task] = open_tasks(store, case)

    store.transact(lambda context: tasks.claim_task(context, task.id), cast.carla)


def test_a_task_of_a_reserved_case_is_not_offered_to_who_is_not_cleared(store: Store, cast: Cast, case: UUID) -> None:
    sealed = opened(store, cast, "VSEX")
    starts(store, cast.ana, sealed, AD_HOC, **asked(encargada_a="persona", para=str(cast.beto.id)))
    [task] = open_tasks(store, sealed)

    with pytest.raises(NotFound):
        store.transact(lambda context: tasks.claim_task(context, task.id), cast.beto)


CLOSES = "start s\nservice t ; job cerrar-caso\nuser despues ; candidateGroups agente\nend e\ns -> t -> despues -> e"


def test_what_was_asked_for_by_hand_ends_with_its_case_and_not_without_a_word(
    store: Store, cast: Cast, case: UUID
) -> None:
    store.transact(lambda context: deploy.deploy(context, {"cierra.bpmn": bpmn(CLOSES, process="cierra")}), SYSTEM)
    starts(store, cast.ana, case, AD_HOC, **asked(encargada_a="persona", para=str(cast.beto.id)))
    starts(store, cast.carla, case, AD_HOC, **asked(encargada_a="funcion", funcion="agente", titulo="Llamar"))
    starts(store, cast.carla, case, AD_HOC, **asked(encargada_a="persona", para=str(cast.ana.id), titulo="Hecha"))
    [_, taken, done] = open_tasks(store, case)
    store.transact(lambda context: tasks.claim_task(context, taken.id), cast.beto)
    result = {"hecho": "true", "resultado": "Listo"}
    store.transact(
        lambda context: tasks.complete_task(context, done.id, result), cast.ana
    )  # its result is not noted yet

    store.transact(lambda context: instances.start(context, "cierra", case_id=case, office_code="MX-TAP", variables={}), SYSTEM)  # fmt: skip
    Worker(store, HANDLERS).run_due()

    assert [task.element_id for task in open_tasks(store, case)] == ["despues"]
    rows, _ = store.read(lambda context: case_pages.happened(context, case, only="tasks"), cast.beto)
    undone = {row.text_es for row in rows if row.kind == "task.undone"}
    assert undone == {
        "Quedó sin hacer, porque se cerró el caso: «Tarea encargada: Traer la partida».",
        "Quedó sin hacer, porque se cerró el caso: «Tarea encargada: Llamar».",
    }

    def told(who: Actor) -> int:
        found = store.read(lambda context: notifications.unread(context, who), who)
        return [notice.kind for notice in found].count("task.undone")

    assert [told(who) for who in (cast.ana, cast.beto, cast.carla, cast.diego)] == [1, 2, 1, 0]
    rows, _ = store.read(lambda context: case_pages.happened(context, case, only="events"), cast.ana)
    assert "Se hizo «Hecha»: Listo" in {row.text_es for row in rows}
    query = select(ProcessInstance.process_id).where(ProcessInstance.state == "active")
    assert store.read(lambda context: list(context.session.scalars(query)), SYSTEM) == ["cierra"]


def open_tasks(store: Store, case_id: UUID) -> list[UserTask]:
    query = select(UserTask).where(UserTask.case_id == case_id, UserTask.state == "open").order_by(UserTask.id)
    return store.read(lambda context: list(context.session.scalars(query)), SYSTEM)


@pytest.mark.parametrize(
    ("start", "task", "rule", "element"),
    [
        ({"iniciadores": "agente"}, '<zeebe:property name="iniciadores" value="agente"/>', "starters.place", "u"),
        ({"iniciadores": "agente, cocinero"}, "", "starters.unknown", "s"),
        ({"iniciadores": "sistema"}, "", "starters.unknown", "s"),
        ({"iniciadores": "agente", "ambitos": "Migratorio"}, "", "starters.unknown", "s"),
        ({"ambitos": "MIG"}, "", "starters.unknown", "s"),
        ({"iniciadores": "agente", "formulario": "F-99-99"}, "", "reference.form", "s"),
    ],
)
def test_the_check_says_what_would_not_hold(start: dict[str, str], task: str, rule: str, element: str) -> None:
    found = check({"p.bpmn": drawn("p", task, **start)}).findings

    assert [(item.rule, item.element_id) for item in found if item.severity == "error"] == [(rule, element)]
