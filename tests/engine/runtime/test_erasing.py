"""After a case was erased nothing of its person is anywhere in the database or among the files; its figures are unchanged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from engine.access import audit, chain
from engine.access.actors import SYSTEM
from engine.actions import files
from engine.actions.filekeeping import delete_dropped
from engine.casework import (
    cases,
    contacts,
    documents,
    figures,
    merging,
    notes,
    notifications,
    offices,
    people,
    timeline,
)
from engine.casework.attachments import Place
from engine.clock import MovableClock
from engine.errors import Conflict, Text
from engine.files.room import FileRoom, file_room
from engine.runtime import erasing, instances, mining
from engine.runtime.checking import check
from engine.runtime.mining import Wanted
from engine.settings import load
from engine.store import Context, Store
from engine.store.sealing.classes import BLIND, CLASSES, SEALED
from engine.store.sealing.types import SealedColumn
from engine.store.tables import Base
from engine.store.tables.access import SavedView, User
from engine.store.tables.base import new_id
from engine.store.tables.casework import (
    CaseFigure,
    CaseFile,
    CaseOpening,
    CaseRelation,
    Document,
    LegalHold,
    Person,
    PersonToken,
    TimelineEntry,
)
from engine.store.tables.files import StoredContent
from engine.store.tables.runtime import Incident, Job, Message, ProcessInstance, ScopeRow, TaskComment, UserTask
from tests import specimens
from tests.engine.runtime.conftest import Engine
from tests.engine.store.sealing.dump import dump

TEXT = "start s\nuser a\nend e\ns -> a -> e"
PLANTED = "Xochiquetzalli"  # in everything that is written about the person
DNI = "0801199900077"
PHONE = "+50499880077"
BORN = date(1999, 1, 17)


@pytest.fixture(autouse=True)
def _offices(store: Store) -> None:
    store.transact(lambda context: offices.load(context) and None, SYSTEM)


@pytest.fixture
def someone(store: Store) -> UUID:
    """An official."""
    row = User(email="o@siproc.test", name="Olga", office_code="MX-TAP", password_hash="-")
    return store.transact(lambda context: _added(context, row), SYSTEM)


def _added(context: Context, row: User) -> UUID:
    row.created_at = context.now
    context.session.add(row)
    context.session.flush()
    return row.id


@pytest.fixture
def room(tmp_path: Path) -> FileRoom:
    """Where the test's files are kept."""
    return file_room(load({"SIPROC_DATA_DIR": str(tmp_path)}))


def open_for(engine: Engine, **values: Any) -> tuple[UUID, UUID]:
    """A case of a registered person with a procedure that has run; gives the case and the instance."""

    def work(context: Context) -> tuple[UUID, UUID]:
        case = cases.open_case(context, "MX-TAP")
        described = {
            "nombres": PLANTED,
            "apellido1": f"{PLANTED}ez",
            "apellido2": PLANTED,
            "dni": DNI,
            "fecha_nac": BORN,
            "sexo": "mujer",
        }
        described |= {"rep_telefono": PHONE}
        described |= {"alias": f"la {PLANTED}", "nac_muni": f"{PLANTED}tlán"}
        person_id = people.register(context, described)
        cases.set_person(context, case.id, person_id, PLANTED)
        cases.classify(context, case.id, domain="MIG", type="MIG-01", priority="P2")
        variables = {"relato": f"Dijo {PLANTED}", "pueblo": "lenca", "origen_depto": "HN-CP", "etapa": PLANTED}
        found = instances.start(context, "p", case_id=case.id, office_code="MX-TAP", variables=variables | values)
        return case.id, found.instance_id

    case_id, instance_id = engine.store.transact(work, SYSTEM)
    engine.complete("a", instance_id, respuesta=f"{PLANTED} contestó", nivel_vuln="alta")
    return case_id, instance_id


def fill(engine: Engine, room: FileRoom, case_id: UUID, instance_id: UUID) -> None:
    """Write of the person everywhere where something of a case is written."""
    words = Text(f"De {PLANTED}", f"Of {PLANTED}")

    def work(context: Context) -> None:
        session = context.session
        notes.add(context, case_id, f"Nota sobre {PLANTED}")
        contacts.add(context, case_id, dict.fromkeys([*contacts.SAID, "kind"], PLANTED) | {"level": "N1"})
        session.add(
            CaseRelation(
                case_id=case_id, other_id=case_id, kind="familia", kinship=PLANTED, reason=PLANTED, created_at=context.now
            )
        )  # fmt: skip
        timeline.append(context, case_id, "note", words, level="N3", quien=PLANTED)
        letter = documents.register(
            context, case_id, code="D-01", subject=PLANTED, addressee=PLANTED, data={"cuerpo": PLANTED}
        )
        letter.content, letter.void_reason, letter.state = f"%PDF {PLANTED}".encode(), PLANTED, "anulado"
        notifications.notify(context, "case", words, role="consul", office_code="MX-TAP", case_id=case_id)
        task = session.scalars(select(UserTask).where(UserTask.instance_id == instance_id)).one()
        notifications.notify(context, "task", words, role="consul", office_code="MX-TAP", task_id=task.id)
        task.draft = {"borrador": PLANTED}
        said = {"at": context.now, "author_name": "Ana", "level": "N2", "text": PLANTED}
        session.add_all([TaskComment(task_id=task.id, case_id=given, **said) for given in (case_id, None)])
        ids = {"case_id": case_id, "instance_id": instance_id}
        told = {"text_es": PLANTED, "text_en": PLANTED, "created_at": context.now}
        session.add(Incident(element_id="a", code="x", resolved_at=context.now, **ids, **told))
        job = {
            "kind": "service",
            "type": "x",
            "state": "kept",
            "due_at": context.now,
            "retries": 0,
            "data": {"a": PLANTED},
        }
        session.add(Job(created_at=context.now, error=PLANTED, case_id=case_id, **job))
        until = {"published_at": context.now, "expires_at": context.now + timedelta(days=9_000)}
        session.add(Message(name="m", key=str(case_id), variables={"texto": PLANTED}, **until))
        session.add(
            LegalHold(
                case_id=case_id, reason=PLANTED, held_at=context.now, lifted_at=context.now, lifted_reason=PLANTED
            )
        )
        person_id = session.get_one(CaseFile, case_id).person_id
        assert person_id is not None
        merging.merge(context, person_id, people.register(context, {"nombres": PLANTED, "dni": DNI}), {"dni"})
        session.execute(
            update(ProcessInstance).where(ProcessInstance.id == instance_id).values(start_key=f"m {PLANTED}")
        )

    engine.store.transact(work, SYSTEM)
    upload = files.Upload(BytesIO(specimens.pdf()), f"{PLANTED}.pdf")
    files.bring_in(engine.store, room, SYSTEM, Place(case_id, "N2"), upload, new_id())


def opened(store: Store, case_id: UUID, user_id: UUID) -> None:
    """An opening with a reason, and its review."""
    row = {"case_id": case_id, "user_id": user_id, "cleared": False, "reason": PLANTED, "remark": PLANTED}
    store.transact(lambda context: context.session.add(CaseOpening(at=context.now, until=context.now, **row)), SYSTEM)


def keep_searches(store: Store, user_id: UUID) -> None:
    """Lists that an official keeps: two that search for the person, and one for somebody of the same name in part."""
    views = {f"{PLANTED}": f"q={PLANTED}ez+{PLANTED}", "Documento de Xochi": f"q={DNI}", "Otros": "q=rosario"}

    def work(context: Context) -> None:
        rows = [SavedView(user_id=user_id, name=name, query=query) for name, query in views.items()]
        for row in rows:
            row.created_at = context.now
        context.session.add_all(rows)

    store.transact(work, SYSTEM)


def close(engine: Engine, *case_ids: UUID) -> None:
    for case_id in case_ids:
        engine.do(lambda context, id=case_id: cases.close(context, id, "deportado", f"Adiós, {PLANTED}"))  # type: ignore[misc]


def erase(engine: Engine, *case_ids: UUID) -> None:
    engine.do(lambda context: erasing.erase(context, case_ids))


def readable(store: Store) -> str:
    """Every value of every row, unsealed: what whoever has the database and its keys can read."""

    def work(context: Context) -> str:
        tables = Base.metadata.sorted_tables
        rows = [repr(tuple(row)) for table in tables for row in context.session.execute(select(table))]
        return "\n".join(rows)

    return store.read(work, SYSTEM)


def stored(store: Store) -> dict[str, int]:
    """How many rows there are of each table."""

    def work(context: Context) -> dict[str, int]:
        count = func.count()
        tables = Base.metadata.sorted_tables
        return {table.name: context.session.scalar(select(count).select_from(table)) or 0 for table in tables}

    return store.read(work, SYSTEM)


def counted(store: Store) -> dict[str, Any]:
    """What the monthly tables count, and the event log."""

    def work(context: Context) -> dict[str, Any]:
        row = CaseFile
        heads = context.session.execute(
            select(
                row.folio, row.office_code, row.domain, row.type, row.priority, row.status, row.resolution, row.opened_at,
                row.closed_at,
            ).order_by(row.id)
        )  # fmt: skip
        ids = context.session.scalars(select(row.id)).all()
        acts = context.session.execute(
            select(TimelineEntry.kind, func.count()).group_by(TimelineEntry.kind).order_by(TimelineEntry.kind)
        )
        return {
            "cases": [tuple(item) for item in heads],
            "figures": figures.of_cases(context, ids),
            "acts": [tuple(item) for item in acts],
            "events": list(mining.events(context, Wanted())),
            "documents": context.session.scalars(select(Document.number)).all(),
        }

    return store.read(work, SYSTEM)


def test_nothing_of_the_person_is_left_and_the_figures_are_unchanged(
    engine: Engine, room: FileRoom, clock: MovableClock, tmp_path: Path, someone: UUID
) -> None:
    def objects() -> list[Path]:
        return [file for file in (tmp_path / "files").rglob("*") if file.is_file()]

    engine.publish(TEXT)
    case_id, instance_id = open_for(engine)
    fill(engine, room, case_id, instance_id)
    opened(engine.store, case_id, someone)
    keep_searches(engine.store, someone)
    close(engine, case_id)
    engine.do(lambda context: audit.record(context, "case:read", object_id=case_id, case_id=case_id))
    sealing = chain.sealing(tmp_path)
    engine.store.transact(sealing, SYSTEM)
    before, rows = counted(engine.store), stored(engine.store)
    assert objects() != []
    written = readable(engine.store)
    assert written.count(PLANTED) > 25
    assert DNI in written
    assert repr(BORN) in written

    clock.advance(timedelta(days=4_000))
    erase(engine, case_id)
    delete_dropped(engine.store, room)

    for text_ in (readable(engine.store), dump(engine.store).decode("latin-1")):
        for planted in (PLANTED, PLANTED.lower(), DNI, PHONE[1:], repr(BORN)):
            assert planted not in text_
    left = stored(engine.store)
    assert {name for name, count in rows.items() if left[name] < count} == {
        "case_contact", "case_relation", "job", "message", "note", "notification", "person", "person_token", "saved_view", "scope", "stored_content",
        "task_comment",
    }  # fmt: skip
    assert counted(engine.store) == before
    assert before["figures"][case_id] == figures.Figures("mujer", "26-40", "HN-CP", "lenca", "no_consta", "alta")
    assert objects() == []
    assert engine.look(lambda context: check(context)) == []
    engine.store.transact(sealing, SYSTEM)
    assert engine.look(lambda context: chain.verify(context, tmp_path)).faults == []


def test_every_column_that_may_hold_personal_data_is_handled() -> None:
    """Whoever adds a sealed or blind column says in ``engine.runtime.erasing`` what becomes of it."""
    personal = {f"{row.table}.{name}" for row in CLASSES if row.kind in (SEALED, BLIND) for name in row.columns}

    assert sorted(personal - erasing.HANDLED) == []
    assert sorted((erasing.APART | erasing.ELSEWHERE.keys()) - personal) == []


def test_every_reference_to_a_person_is_handled() -> None:
    """A new table that names persons would keep them from being erased."""
    named = {
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "person"
    }
    assert named == {"case_file.person_id", "person_token.person_id"}


def test_what_was_planted_was_planted_in_every_sealed_column_of_a_case(
    engine: Engine, room: FileRoom, someone: UUID
) -> None:
    """The test above would prove little if it forgot a column: the sealed columns that it leaves empty are named here."""
    engine.publish(TEXT)
    case_id, instance_id = open_for(engine)
    fill(engine, room, case_id, instance_id)
    opened(engine.store, case_id, someone)
    keep_searches(engine.store, someone)
    empty = set()

    def work(context: Context) -> None:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, SealedColumn):
                    values = context.session.scalars(select(column)).all()
                    if not any(PLANTED.lower() in repr(value).lower() for value in values):
                        empty.add(f"{table.name}.{column.name}")

    engine.look(work)
    assert empty - erasing.ELSEWHERE.keys() == {
        "token.data", "subscription.data", "scope.data",  # of what is over there are none
        "person.dni", "person.birth_date", "person.sex", "person.search_key", "person.phone",  # planted, but in other words
        "attachment.digest", "stored_content.key",  # no words
    }  # fmt: skip


def test_a_person_stays_while_another_case_names_them(engine: Engine) -> None:
    engine.publish(TEXT)
    first, _ = open_for(engine)
    second, _ = open_for(engine)

    def same(context: Context) -> UUID:
        person_id = context.session.get_one(CaseFile, first).person_id
        other = context.session.get_one(CaseFile, second)
        gone, other.person_id = other.person_id, person_id
        context.session.flush()
        context.session.delete(context.session.get_one(Person, gone))
        assert person_id is not None
        return person_id

    person_id = engine.do(same)
    close(engine, first)
    erase(engine, first)
    assert engine.look(lambda context: context.session.get_one(Person, person_id).dni) == DNI
    assert engine.look(lambda context: people.likely_same(context, {"dni": DNI}))["caso_id"] == str(second)  # type: ignore[index]

    close(engine, second)
    erase(engine, second)
    assert engine.look(lambda context: context.session.get(Person, person_id)) is None
    assert engine.look(lambda context: context.session.scalars(select(PersonToken)).all()) == []
    assert engine.look(lambda context: people.likely_same(context, {"dni": DNI})) is None


def test_another_case_keeps_everything_of_its_own(engine: Engine, room: FileRoom) -> None:
    engine.publish(TEXT)
    gone, _ = open_for(engine)
    other, instance_id = open_for(engine)
    fill(engine, room, other, instance_id)
    close(engine, gone)

    def scopes(context: Context) -> int:
        return context.session.scalar(select(func.count()).select_from(ScopeRow)) or 0

    before = readable(engine.store).count(PLANTED)
    erase(engine, gone)
    assert engine.look(scopes) == 1
    assert before > readable(engine.store).count(PLANTED) > 25
    assert engine.look(lambda context: len(context.session.scalars(select(StoredContent)).all())) > 0


def test_an_erased_case_takes_nothing_new(engine: Engine, room: FileRoom) -> None:
    engine.publish(TEXT)
    case_id, _ = open_for(engine)
    close(engine, case_id)
    erase(engine, case_id)
    refused: list[Callable[[Context], object]] = [
        lambda context: cases.classify(context, case_id, domain="PEN"),
        lambda context: documents.register(context, case_id, code="D-01", subject=PLANTED),
        lambda context: cases.reopen(context, case_id),
    ]
    for work in refused:
        with pytest.raises(Conflict, match="were erased"):
            engine.do(work)
    upload = files.Upload(BytesIO(specimens.pdf()), f"{PLANTED}.pdf")
    with pytest.raises(Conflict, match="were erased"):
        files.bring_in(engine.store, room, SYSTEM, Place(case_id, "N2"), upload, new_id())


@pytest.mark.parametrize(
    ("age", "group"),
    [(0, "0-6"), (6, "0-6"), (7, "7-12"), (12, "7-12"), (13, "13-17"), (17, "13-17"), (18, "18-25"), (25, "18-25"),
     (26, "26-40"), (40, "26-40"), (41, "41-59"), (59, "41-59"), (60, "60+"), (110, "60+"), (None, "no_consta"),
     ("x", "no_consta"), (-1, "no_consta"), (True, "no_consta")],
)  # fmt: skip
def test_ages_are_counted_in_the_groups_of_the_handbook(age: object, group: str) -> None:
    assert figures.group_of(age) == group


def test_only_codes_of_the_lists_are_kept_as_figures(engine: Engine) -> None:
    engine.publish(TEXT)
    case_id, _ = open_for(engine, pueblo=f"pueblo de {PLANTED}", nivel_vuln=PLANTED, origen_depto="HN-ZZ")
    close(engine, case_id)
    erase(engine, case_id)
    row = engine.look(lambda context: context.session.get_one(CaseFigure, case_id))
    assert (row.people, row.department, row.stage, row.vulnerability) == ("no_consta", "no_consta", "no_consta", "alta")
