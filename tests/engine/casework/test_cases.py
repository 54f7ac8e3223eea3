"""Case files: folios, classification, transfer, closing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from engine.casework import cases, people, timeline
from engine.clock import MovableClock
from engine.errors import Conflict, Invalid, NotFound
from engine.store import Context, Store
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, TimelineEntry
from engine.store.tables.definitions import Deployment, ProcessDefinition, Resource
from engine.store.tables.runtime import ProcessInstance, UserTask, UserTaskCandidate

T = TypeVar("T")


@pytest.fixture
def do(store: Store, cast: Any) -> Callable[[Callable[[Context], T]], T]:
    """Runs work as Ana."""
    return lambda work: store.transact(work, cast.ana)


def open_in(office: str) -> Callable[[Context], UUID]:
    return lambda context: cases.open_case(context, office).id


def kinds(context: Context, case_id: UUID) -> list[str]:
    return [entry.kind for entry in reversed(timeline.page(context, case_id))]


def test_a_case_opens_with_a_provisional_folio_by_whoever_opens_it(do: Any, cast: Any, clock: MovableClock) -> None:
    case = do(lambda context: cases.open_case(context, "MX-TAP", title="Persona detenida"))

    assert (case.folio, case.provisional, case.status) == ("TMP-MX-TAP-2026-000001", True, "borrador")
    assert (case.opened_by, case.opened_at) == (cast.ana.id, clock.now())
    assert do(lambda context: kinds(context, case.id)) == ["case.opened"]


def test_a_case_is_called_by_the_name_that_was_heard_until_its_person_is_registered(do: Any) -> None:
    case_id = do(open_in("MX-TAP"))

    def called(name: str) -> tuple[str, str]:
        do(lambda context: cases.call_by(context, case_id, name))
        return do(lambda context: (cases.load(context, case_id).title, cases.load(context, case_id).status))

    assert called("El Chele, de Danlí") == ("El Chele, de Danlí", "borrador")
    for nothing in ("", "Señora que pide asilo"):
        assert called(nothing) == ("El Chele, de Danlí", "borrador")
    person = {"nombres": "Olvin", "apellido1": "Zúniga"}
    do(lambda context: cases.set_person(context, case_id, people.register(context, person, None), "Olvin Zúniga"))
    assert called("El Chele, de Danlí") == ("Olvin Zúniga", "registrado")


@pytest.mark.parametrize("office", ["XX-YY", "MX-TEN"])
def test_it_does_not_open_at_an_office_that_does_not_work(do: Any, office: str) -> None:
    with pytest.raises(NotFound, match=office):
        do(open_in(office))


def test_classification_gives_the_folio_and_the_old_one_still_finds_it(do: Any) -> None:
    case_id = do(open_in("MX-TAP"))

    def classify(context: Context) -> CaseFile:
        return cases.classify(context, case_id, domain="PEN", type="PEN-01", priority="P2", compartments=["NNA"])

    case = do(classify)

    assert (case.folio, case.provisional) == ("HN-MX-TAP-2026-PEN-000001", False)
    assert (case.domain, case.type, case.priority, case.compartments) == ("PEN", "PEN-01", "P2", ["NNA"])
    for folio in ("HN-MX-TAP-2026-PEN-000001", "tmp-mx-tap-2026-000001 "):
        assert do(lambda context, folio=folio: cases.by_folio(context, folio).id) == case_id
    assert do(lambda context: cases.by_folio(context, "HN-MX-TAP-2026-PEN-000002")) is None


def test_classifying_again_keeps_the_folio_and_what_is_not_named(do: Any) -> None:
    case_id = do(open_in("MX-TAP"))
    do(
        lambda context: cases.classify(
            context, case_id, domain="PEN", type="PEN-01", priority="P2", compartments=["NNA"]
        )
    )

    case = do(lambda context: cases.classify(context, case_id, domain="MIG", compartments=["ASILO"]))

    assert case.folio == "HN-MX-TAP-2026-PEN-000001"
    assert (case.domain, case.type, case.priority) == ("MIG", "PEN-01", "P2")
    assert case.compartments == ["ASILO", "NNA"]


@pytest.mark.parametrize("wrong", [{"domain": "XXX"}, {"domain": None, "priority": "P9"}])
def test_it_refuses_a_classification_that_does_not_exist(do: Any, wrong: dict[str, Any]) -> None:
    case_id = do(open_in("MX-TAP"))

    with pytest.raises(Invalid) as refused:
        do(lambda context: cases.classify(context, case_id, **wrong))

    assert set(refused.value.fields) == {name for name, value in wrong.items() if value}


def test_folios_count_without_gaps_for_each_office_year_and_domain(do: Any, store: Store, cast: Any) -> None:
    def classified(context: Context, office: str, domain: str) -> str:
        return cases.classify(context, cases.open_case(context, office).id, domain=domain).folio

    def undone(context: Context) -> None:
        classified(context, "MX-TAP", "PEN")
        raise Conflict

    do(lambda context: classified(context, "MX-TAP", "PEN"))
    with pytest.raises(Conflict):
        do(undone)
    found = [
        do(lambda context, office=office, domain=domain: classified(context, office, domain))
        for office, domain in (("MX-TAP", "PEN"), ("MX-TAP", "MIG"), ("US-HOU", "PEN"))
    ]

    assert found == ["HN-MX-TAP-2026-PEN-000002", "HN-MX-TAP-2026-MIG-000001", "HN-US-HOU-2026-PEN-000001"]


def test_folios_that_are_given_at_once_differ(store: Store, cast: Any) -> None:
    def classified(_: int) -> str:
        def work(context: Context) -> str:
            return cases.classify(context, cases.open_case(context, "MX-TAP").id, domain="PEN").folio

        return store.transact(work, cast.ana)

    with ThreadPoolExecutor(4) as pool:
        folios = set(pool.map(classified, range(12)))

    assert folios == {f"HN-MX-TAP-2026-PEN-{number:06}" for number in range(1, 13)}


def test_the_year_of_a_folio_is_the_one_on_the_wall_of_the_office(do: Any, clock: MovableClock) -> None:
    clock.set(datetime(2027, 1, 1, 3, 0, tzinfo=UTC))  # still New Year's Eve in Tapachula

    assert do(lambda context: cases.open_case(context, "MX-TAP").folio) == "TMP-MX-TAP-2026-000001"
    assert do(lambda context: cases.open_case(context, "ES-MAD").folio) == "TMP-ES-MAD-2027-000001"


def test_a_status_changes_once_and_a_closed_case_keeps_its_own(do: Any) -> None:
    case_id = do(open_in("MX-TAP"))

    do(lambda context: cases.set_status(context, case_id, "en_atencion"))
    do(lambda context: cases.set_status(context, case_id, "en_atencion"))
    do(lambda context: cases.close(context, case_id, "orientacion_concluida"))
    do(lambda context: cases.set_status(context, case_id, "en_atencion"))

    case = do(lambda context: cases.load(context, case_id))
    assert (case.status, case.resolution) == ("cerrado", "orientacion_concluida")
    assert do(lambda context: kinds(context, case_id)) == ["case.opened", "case.status", "case.closed"]
    with pytest.raises(Invalid):
        do(lambda context: cases.set_status(context, case_id, "perdido"))


def test_a_case_closes_once_and_can_be_reopened(do: Any, clock: MovableClock) -> None:
    case_id = do(open_in("MX-TAP"))
    with pytest.raises(Conflict):
        do(lambda context: cases.reopen(context, case_id))
    do(lambda context: cases.close(context, case_id, "liberado_con_permanencia"))

    with pytest.raises(Conflict):
        do(lambda context: cases.close(context, case_id, "desistimiento"))
    clock.advance(timedelta(days=1))
    do(lambda context: cases.reopen(context, case_id))

    case = do(lambda context: cases.load(context, case_id))
    assert (case.status, case.closed_at, case.resolution) == ("reabierto", None, None)


def test_a_case_that_was_closed_long_ago_is_not_reopened(do: Any, clock: MovableClock) -> None:
    case_id = do(open_in("MX-TAP"))
    do(lambda context: cases.close(context, case_id, "resuelto_favorable"))
    clock.advance(timedelta(days=cases.REOPEN_DAYS + 1))

    with pytest.raises(Conflict):
        do(lambda context: cases.reopen(context, case_id))


def test_the_search_for_a_missing_person_is_not_closed_for_lack_of_contact(do: Any) -> None:
    case_id = do(open_in("HN-TGU"))
    do(lambda context: cases.classify(context, case_id, domain="DES"))

    with pytest.raises(Invalid):
        do(lambda context: cases.close(context, case_id, "sin_contacto"))

    do(lambda context: cases.close(context, case_id, "localizado_vivo"))


def test_a_transfer_takes_the_open_tasks_of_the_office_along(do: Any, cast: Any) -> None:
    case_id = do(open_in("MX-TAP"))
    do(lambda context: cases.assign_owner(context, case_id, cast.ana.id, cast.ana.name))
    going, staying, done = new_id(), new_id(), new_id()
    do(
        lambda context: _tasks(
            context, case_id, {going: "MX-TAP", staying: "HN-TGU", done: "MX-TAP"}, cast.ana.id, done
        )
    )

    do(lambda context: cases.transfer(context, case_id, "US-HOU"))

    tasks = {task.id: task for task in do(lambda context: context.session.scalars(select(UserTask)).all())}
    offers = do(lambda context: context.session.scalars(select(UserTaskCandidate)).all())
    case = do(lambda context: cases.load(context, case_id))
    assert (case.office_code, case.owner_id) == ("US-HOU", None)
    assert [(tasks[id].office_code, tasks[id].assignee_id) for id in (going, staying, done)] == [
        ("US-HOU", None),
        ("HN-TGU", cast.ana.id),
        ("MX-TAP", cast.ana.id),
    ]
    assert {offer.task_id: offer.office_code for offer in offers} == {
        going: "US-HOU",
        staying: "HN-TGU",
        done: "MX-TAP",
    }
    assert do(lambda context: context.session.scalar(select(ProcessInstance.office_code))) == "US-HOU"
    assert do(lambda context: timeline.page(context, case_id)[0].data) == {
        "from_office": "MX-TAP",
        "to_office": "US-HOU",
    }


def test_a_transfer_to_the_same_office_or_to_none_changes_nothing(do: Any) -> None:
    case_id = do(open_in("MX-TAP"))

    do(lambda context: cases.transfer(context, case_id, "MX-TAP"))
    with pytest.raises(NotFound):
        do(lambda context: cases.transfer(context, case_id, "MX-TEN"))

    assert do(lambda context: kinds(context, case_id)) == ["case.opened"]


def test_linking_twice_is_one_link_that_both_cases_show(do: Any) -> None:
    one, other = do(open_in("MX-TAP")), do(open_in("MX-TAP"))

    for _ in range(2):
        do(lambda context: cases.link(context, one, other, "mismo_hecho"))

    found = [do(lambda context, id=id: cases.links(context, id)) for id in (one, other)]
    assert [[(link.from_case_id, link.to_case_id) for link in links] for links in found] == [[(one, other)]] * 2
    with pytest.raises(Invalid):
        do(lambda context: cases.link(context, one, other, "primo"))


def test_the_timeline_pages_from_the_newest_and_says_by_whom(
    do: Any, store: Store, cast: Any, clock: MovableClock
) -> None:
    case_id = do(open_in("MX-TAP"))
    for status in ("registrado", "en_triaje", "asignado", "en_atencion"):
        clock.advance(timedelta(minutes=1))
        store.transact(lambda context, status=status: cases.set_status(context, case_id, status), cast.beto)

    def pages(context: Context) -> list[list[TimelineEntry]]:
        found: list[list[TimelineEntry]] = []
        before = None
        while page := timeline.page(context, case_id, limit=2, before=before):
            found.append(page)
            before = (page[-1].at, page[-1].id)
        return found

    found = store.read(pages, cast.ana)

    assert [[entry.text_es for entry in page] for page in found] == [
        ["Estado: En atención.", "Estado: Asignado."],
        ["Estado: En triaje.", "Estado: Registrado."],
        ["Se abrió el expediente."],
    ]
    assert [found[0][0].actor_name, found[2][0].actor_name] == ["Beto", "Ana"]


def _tasks(context: Context, case_id: UUID, offices: dict[UUID, str], assignee: UUID, done: UUID) -> None:
    """An instance of the case with one task at each office, one of them completed."""
    resource = Resource(id=new_id(), digest="d", name="p.bpmn", content=b"")
    deployment = Deployment(id=new_id(), at=context.now)
    context.session.add_all([resource, deployment])
    context.session.flush()
    definition = ProcessDefinition(
        id=new_id(), process_id="p", version=1, name="p", resource_id=resource.id, deployment_id=deployment.id
    )
    context.session.add(definition)
    context.session.flush()
    instance = ProcessInstance(
        id=new_id(),
        definition_id=definition.id,
        process_id="p",
        case_id=case_id,
        office_code="MX-TAP",
        state="active",
        version=1,
        stamp=new_id(),
        started_at=context.now,
    )
    context.session.add(instance)
    context.session.flush()
    rows = [
        {
            "id": id,
            "instance_id": instance.id,
            "case_id": case_id,
            "office_code": office,
            "process_id": "p",
            "definition_id": definition.id,
            "element_id": "ut",
            "name": "Tarea",
            "assignee_id": assignee,
            "priority": 50,
            "created_at": context.now,
            "state": "completed" if id == done else "open",
        }
        for id, office in offices.items()
    ]
    context.session.execute(insert(UserTask), rows)
    offers = [
        {"task_id": id, "kind": "group", "value": "agente", "office_code": office} for id, office in offices.items()
    ]
    context.session.execute(insert(UserTaskCandidate), offers)
