"""Cases are related by hand: each reader meets what the policy lets them know of both, and of a hidden one nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from engine.access.actors import Actor
from engine.access.firewall import KeptOut
from engine.actions import related
from engine.actions.related import Relation
from engine.casework import cases, merging, people
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.runtime import erasing
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseRelation, TimelineEntry

WHY = "Lo dijo la abuela por teléfono"
MOTHER = Relation(kind="familia", kinship="madre", reason=WHY)
EVENT = Relation(kind="mismo_hecho", reason=WHY)


def opened(store: Store, actor: Actor, office: str = "MX-TAP", **values: Any) -> tuple[UUID, str]:
    """A case of an office, whose folio is known."""

    def work(context: Context) -> tuple[UUID, str]:
        case = cases.open_case(context, office)
        context.session.execute(update(CaseFile).where(CaseFile.id == case.id).values(status="en_triaje", **values))
        return case.id, case.folio

    return store.transact(work, actor)


def relate(store: Store, actor: Actor, case_id: UUID, typed: Relation, folio: str, key: str | None = None) -> None:
    """Relate a case to the one with a folio."""
    store.transact(lambda context: related.relate(context, case_id, replace(typed, folio=folio), key), actor)


def seen(store: Store, actor: Actor, case_id: UUID) -> list[tuple[UUID, str, str]]:
    """What a reader meets at a case: which other one, how, and why."""
    rows, more = store.read(lambda context: related.listed(context, case_id), actor)
    assert not more
    return [(row.other.id, row.how.in_language("es"), row.reason) for row in rows]


def rows_of(store: Store, actor: Actor, table: Any) -> int:
    """How many there are."""
    return store.read(lambda context: context.session.scalar(select(func.count()).select_from(table)) or 0, actor)


def test_kinship_is_said_from_either_side_and_done_once(store: Store, cast: Any) -> None:
    child, _ = opened(store, cast.sofia)
    mother, folio = opened(store, cast.sofia)

    for _ in range(2):
        relate(store, cast.ana, child, MOTHER, f" {folio.lower()} ", "una-clave")

    assert seen(store, cast.beto, child) == [(mother, "Madre", WHY)]
    assert seen(store, cast.beto, mother) == [(child, "Hijo o hija", WHY)]
    assert rows_of(store, cast.ana, CaseRelation) == 1

    def told(context: Context) -> tuple[list[tuple[UUID, str]], list[UUID | None]]:
        entries = context.session.execute(select(TimelineEntry.case_id, TimelineEntry.text_es).where(TimelineEntry.kind == "relation"))  # fmt: skip
        acts = context.session.scalars(select(AuditEntry.case_id).where(AuditEntry.action == "case:relate"))
        return [(id, text) for id, text in entries], list(acts)

    entries, acts = store.read(told, cast.sofia)
    assert entries == [(child, "Se relacionó con otro expediente.")]
    assert set(acts) == {child, mother}


def test_the_same_is_not_said_twice_from_either_side(store: Store, cast: Any) -> None:
    child, first = opened(store, cast.sofia)
    mother, second = opened(store, cast.sofia)
    relate(store, cast.ana, child, MOTHER, second)

    for case_id, typed, folio in (
        (child, MOTHER, second),
        (mother, replace(MOTHER, kinship="hijo"), first),
    ):
        with pytest.raises(Invalid) as refused:
            relate(store, cast.ana, case_id, typed, folio)
        assert refused.value.fields.keys() == {"folio"}
    relate(store, cast.ana, mother, EVENT, first)
    assert {how for _, how, _ in seen(store, cast.ana, mother)} == {"Hijo o hija", "Mismo hecho"}


def test_what_is_wrong_is_said_of_each_field(store: Store, cast: Any) -> None:
    case_id, folio = opened(store, cast.sofia)

    with pytest.raises(Invalid) as refused:
        relate(store, cast.ana, case_id, Relation(kind="familia", kinship="primo", reason=" "), folio)
    assert refused.value.fields.keys() == {"folio", "kinship", "reason"}
    with pytest.raises(Invalid) as refused:
        relate(store, cast.ana, case_id, Relation(kind="nada", reason="x" * 1_001), "NADA")
    assert refused.value.fields.keys() == {"folio", "kind", "reason"}


@pytest.mark.parametrize("hidden", [{"office": "US-HOU"}, {"compartments": ["TRATA"]}])
def test_a_case_out_of_reach_answers_like_a_folio_that_does_not_exist(
    store: Store, cast: Any, hidden: dict[str, Any]
) -> None:
    case_id, _ = opened(store, cast.sofia)
    _, folio = opened(store, cast.sofia, **hidden)

    answers = []
    for typed in (folio, "TMP-NO-0000-000000"):
        with pytest.raises(Invalid) as refused:
            relate(store, cast.ana, case_id, EVENT, typed)
        answers.append({name: text.in_language("es") for name, text in refused.value.fields.items()})
    assert answers[0] == answers[1]
    assert rows_of(store, cast.ana, CaseRelation) == 0


def test_a_hidden_case_leaves_no_trace_at_the_related_one(store: Store, cast: Any) -> None:
    here, folio = opened(store, cast.sofia)
    others = [opened(store, cast.sofia, "US-HOU", owner_id=cast.ana.id)[0] for _ in range(related.SHOWN + 2)]
    plain, plain_folio = opened(store, cast.sofia)
    relate(store, cast.ana, here, EVENT, plain_folio)

    def world() -> Any:
        def look(context: Context) -> Any:
            rows, more = related.listed(context, here)
            told = context.session.scalars(select(TimelineEntry.id).where(TimelineEntry.case_id == here)).all()
            return rows, more, set(told)

        return store.read(look, cast.beto)

    without = world()
    for other in others:
        relate(store, cast.ana, other, EVENT, folio)
    assert world() == without
    assert seen(store, cast.beto, here) == [(plain, "Mismo hecho", WHY)]
    assert seen(store, cast.diego, others[0]) == []
    relation_id = store.read(lambda context: context.session.scalars(select(CaseRelation.id).where(CaseRelation.case_id == others[0])).one(), cast.ana)  # fmt: skip
    for known in (relation_id, new_id()):
        with pytest.raises(NotFound):
            store.transact(lambda context, known=known: related.remove(context, here, known), cast.beto)  # type: ignore[misc]


def test_who_sees_only_that_the_other_exists_learns_neither_how_nor_why(store: Store, cast: Any) -> None:
    here, folio = opened(store, cast.sofia)
    other, _ = opened(store, cast.sofia)
    relate(store, cast.ana, other, MOTHER, folio)
    reserve = update(CaseFile).where(CaseFile.id == other).values(compartments=["TRATA"])
    store.transact(lambda context: context.session.execute(reserve) and None, cast.sofia)

    assert all((how, why) == ("Relacionado", "") for _, how, why in seen(store, cast.beto, here))


def test_a_relation_is_removed_from_either_side(store: Store, cast: Any) -> None:
    one, _ = opened(store, cast.sofia)
    two, folio = opened(store, cast.sofia)
    relate(store, cast.ana, one, EVENT, folio)
    [row], _ = store.read(lambda context: related.listed(context, two), cast.ana)

    assert row.removable
    with pytest.raises(Forbidden):
        store.transact(lambda context: related.remove(context, two, row.id), cast.irma)
    store.transact(lambda context: related.remove(context, two, row.id), cast.beto)

    assert seen(store, cast.ana, one) == seen(store, cast.ana, two) == []
    acts = store.read(lambda context: context.session.scalars(select(AuditEntry.case_id).where(AuditEntry.action == "case:unrelate")).all(), cast.sofia)  # fmt: skip
    assert set(acts) == {one, two}


def test_the_asylum_firewall_keeps_its_words_out_of_either_side(store: Store, cast: Any) -> None:
    plain, plain_folio = opened(store, cast.sofia)
    guarded, folio = opened(store, cast.sofia, type="MIG-07", domain="MIG")
    said = replace(EVENT, reason="Su solicitud de asilo va con la del hermano")

    for case_id, other in ((plain, folio), (guarded, plain_folio)):
        with pytest.raises(KeptOut):
            relate(store, cast.ana, case_id, said, other)
    assert rows_of(store, cast.ana, CaseRelation) == 0
    relate(store, cast.ana, plain, EVENT, folio)
    assert seen(store, cast.ana, guarded) == [(plain, "Mismo hecho", WHY)]


def test_the_same_persons_cases_stand_beside_it_and_a_merge_carries_no_relation(store: Store, cast: Any) -> None:
    (one, _), (two, folio), (far, _), (reserved, _) = (
        opened(store, cast.sofia),
        opened(store, cast.sofia),
        opened(store, cast.sofia, "US-HOU"),
        opened(store, cast.sofia, compartments=["TRATA"]),
    )

    def persons(context: Context) -> list[UUID]:
        kept, gone = (people.register(context, {"nombres": name}) for name in ("Luz", "Lucha"))
        for case_id, person_id in ((one, kept), (far, kept), (reserved, kept), (two, gone)):
            cases.set_person(context, case_id, person_id, "Luz")
        return [kept, gone]

    kept, gone = store.transact(persons, cast.sofia)

    def beside(actor: Actor) -> list[UUID]:
        return [item.id for item in store.read(lambda context: related.of_same_person(context, one), actor)]

    relate(store, cast.ana, one, EVENT, folio)
    before = seen(store, cast.ana, one), seen(store, cast.ana, two)
    assert beside(cast.ana) == []
    store.transact(lambda context: merging.merge(context, kept, gone, set()), cast.carla)
    assert beside(cast.ana) == [two]
    assert (seen(store, cast.ana, one), seen(store, cast.ana, two)) == before


def test_erasing_either_case_takes_the_relation_along(store: Store, cast: Any) -> None:
    one, first = opened(store, cast.sofia)
    two, second = opened(store, cast.sofia)
    relate(store, cast.ana, one, MOTHER, second)

    store.transact(lambda context: erasing.erase(context, [two]), cast.sofia)

    assert seen(store, cast.ana, one) == []
    assert rows_of(store, cast.ana, CaseRelation) == 0
    for case_id, folio in ((one, second), (two, first)):
        with pytest.raises(Conflict):
            relate(store, cast.ana, case_id, EVENT, folio)
