"""Merging two registrations: only who sees enough of every case of both, with rows in audit and timeline."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from engine.access.actors import Actor
from engine.actions import persons
from engine.casework import cases, people
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.casework import CaseFile, Person, TimelineEntry


def plant(store: Store, actor: Actor, office: str = "MX-TAP", **values: Any) -> UUID:
    """A person with a case; gives the case."""

    def work(context: Context) -> UUID:
        case = cases.open_case(context, office)
        described = {"nombres": "Luz Marina", "apellido1": "Zelaya"} | values
        cases.set_person(context, case.id, people.register(context, described), "Luz Marina Zelaya")
        case.status = "en_atencion"
        return case.id

    return store.transact(work, actor)


def owner(store: Store, cast: Any, case_id: UUID) -> Person:
    """Whose case it is."""

    def work(context: Context) -> Person:
        return context.session.get_one(Person, context.session.get_one(CaseFile, case_id).person_id)

    return store.read(work, cast.sofia)


def test_a_consul_merges_and_undoes_and_both_are_written_down(store: Store, cast: Any) -> None:
    first, second = plant(store, cast.ana), plant(store, cast.ana, dni="0801199012345")
    folio = store.read(lambda context: context.session.get_one(CaseFile, second).folio, cast.carla)
    view = store.read(lambda context: persons.view(context, first), cast.carla)
    assert [item.case_id for item in view.likely] == [second]
    assert store.read(lambda context: persons.other(context, first, f" {folio.lower()} "), cast.carla) == second

    store.transact(lambda context: persons.merge(context, first, second, ["dni", "otra-cosa"]), cast.carla)

    assert owner(store, cast, first).id == owner(store, cast, second).id
    assert owner(store, cast, second).dni == "0801199012345"
    [merge] = store.read(lambda context: persons.view(context, second), cast.carla).merges
    assert merge.by == "Carla"
    store.transact(lambda context: persons.undo(context, second, merge.id), cast.carla)
    assert owner(store, cast, first).dni is None
    assert owner(store, cast, second).dni == "0801199012345"

    def written(context: Context) -> tuple[list[str], list[tuple[UUID, str]]]:
        acts = context.session.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.id)).all()
        told = context.session.execute(select(TimelineEntry.case_id, TimelineEntry.text_en).where(TimelineEntry.kind == "person"))  # fmt: skip
        return [act for act in acts if act.startswith("person:")], [tuple(row) for row in told]

    acts, told = store.read(written, cast.sofia)
    assert acts == ["person:merge", "person:part"]
    assert sorted(told) == sorted(
        (case_id, said) for case_id in (first, second) for said in (persons.MERGED.en, persons.PARTED.en)
    )


def test_whoever_lacks_the_right_or_sees_too_little_merges_nothing(store: Store, cast: Any) -> None:
    mine, theirs = plant(store, cast.ana), plant(store, cast.diego, "US-HOU")
    for actor, wrong in ((cast.ana, Forbidden), (cast.diego, NotFound), (cast.carla, NotFound)):
        with pytest.raises(wrong):
            store.transact(lambda context: persons.merge(context, mine, theirs, ()), actor)
    with pytest.raises(Invalid):
        store.read(lambda context: persons.other(context, mine, "NADA"), cast.carla)
    with pytest.raises(NotFound):
        store.transact(lambda context: persons.undo(context, mine, uuid4()), cast.carla)
    store.transact(lambda context: persons.merge(context, mine, theirs, ()), cast.sofia)
    # Now one person has a case in Houston: the consul of Tapachula sees not all of it, and undoes nothing.
    [merge] = store.read(lambda context: persons.view(context, mine), cast.sofia).merges
    with pytest.raises(Conflict):
        store.transact(lambda context: persons.undo(context, mine, merge.id), cast.carla)


def test_a_reserved_case_of_the_person_needs_somebody_who_sees_it(store: Store, cast: Any) -> None:
    first, second = plant(store, cast.ana), plant(store, cast.ana)

    def reserve(context: Context) -> None:
        case = cases.open_case(context, "MX-TAP")
        cases.set_person(context, case.id, context.session.get_one(CaseFile, second).person_id, "—")  # type: ignore[arg-type]
        case.compartments, case.status = ["TRATA"], "en_atencion"

    store.transact(reserve, cast.ana)
    for actor in (cast.carla, cast.sofia):
        with pytest.raises(Conflict):
            store.read(lambda context: persons.compare(context, first, second), actor)
    with pytest.raises(NotFound):
        store.read(lambda context: persons.compare(context, first, first), cast.carla)
