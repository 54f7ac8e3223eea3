"""What a task was completed with can be read afterwards, in words, by whoever sees so much of its case."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import func, select

from engine.access.actors import SYSTEM
from engine.casework import cases, people
from engine.definitions import deploy
from engine.runtime import erasing, instances
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.runtime import UserTask
from tests.faults.test_kill import FIELDS
from tests.webui.conftest import Browser

Window = Callable[[], Browser]


def completed(window: Window) -> tuple[Browser, str, str]:
    """Ana has written down a first contact: her window, the task's address and the case's."""
    ana = window().sign_in("ana.discua")
    task = ana.post("/casos", key="a").headers["Location"]
    page = ana.get(task)
    case = re.search(r"/casos/[0-9a-f-]{36}", page)
    assert case is not None
    assert ana.post(task, **FIELDS, key="b").status_code == 302
    return ana, task, case[0]


def test_the_history_leads_to_the_answers(window: Window, working: Store) -> None:
    ana, task, case = completed(window)

    assert f'href="{task}/respuestas"' in ana.get(case)
    assert f'href="{task}/respuestas"' in ana.get(f"{case}/historia")
    page = ana.get(f"{task}/respuestas")

    assert "La completó Ana Discua" in page
    assert FIELDS["rep_nombre"] in page
    assert "Suyapa" in page
    # The words of an option, not its code, and a number that one tap calls.
    assert "Familiar" in page
    assert 'href="tel:+504' in page
    look = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "case:answers")
    assert working.read(lambda context: context.session.scalar(look), SYSTEM) == 1


def test_nobody_reads_them_who_does_not_see_the_case(window: Window) -> None:
    _, task, _ = completed(window)
    elsewhere = window().sign_in("elvira.castro")

    assert elsewhere.client.get(f"{task}/respuestas").status_code in (403, 404)
    assert window().client.get(f"{task}/respuestas").status_code == 302


def test_an_open_task_and_one_that_is_not_there_have_none(window: Window) -> None:
    ana = window().sign_in("ana.discua")
    task = ana.post("/casos", key="a").headers["Location"]

    assert ana.client.get(f"{task}/respuestas").status_code == 404


def test_what_is_erased_is_read_by_nobody(window: Window, working: Store) -> None:
    ana, task, _ = completed(window)

    def erase(context) -> None:  # type: ignore[no-untyped-def]
        row = context.session.get(UserTask, UUID(task.rpartition("/")[2]))
        erasing.erase(context, [row.case_id])

    working.transact(erase, SYSTEM)

    page = ana.client.get(f"{task}/respuestas")
    assert "Suyapa" not in page.text


def test_the_case_tells_when_its_procedures_go_on_and_what_is_known_of_the_person(
    window: Window, working: Store
) -> None:
    def make(context: Context) -> UUID:
        known = {"nombres": "Suyapa", "apellido1": "Oliva", "alias": "Yapa", "rep_telefono": "+50499887766"}
        case = cases.open_case(context, "MX-TAP")
        cases.set_person(context, case.id, people.register(context, known), "Suyapa Oliva")
        process = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
        <process id="espera" name="Esperar la respuesta" isExecutable="true"><startEvent id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="b"/>
        <intermediateCatchEvent id="b" name="Preguntar otra vez"><timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <sequenceFlow id="g" sourceRef="b" targetRef="c"/><endEvent id="c"/></process></definitions>"""
        deploy.deploy(context, {"espera.bpmn": process}, frozenset())
        instances.start(context, "espera", case_id=case.id, office_code="MX-TAP", variables={})
        return case.id

    case_id = working.transact(make, SYSTEM)
    page = window().sign_in("carla.funes").get(f"/casos/{case_id}")

    assert "Fechas que vienen" in page
    assert "Preguntar otra vez" in page
    assert "Esperar la respuesta" in page
    assert "Yapa" in page
    assert 'href="tel:+50499887766"' in page
    assert "Sexo" not in page
