"""Two registrations of one person are merged, and undoing it gives back exactly what there was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.casework import cases, merging, people
from engine.clock import MovableClock
from engine.errors import Conflict, NotFound
from engine.runtime import erasing
from engine.store import Context, Store
from engine.store.tables.casework import CaseFile, Person, PersonMerge, PersonToken

NAMES = st.sampled_from(["", "Luz", "José Ángel", "Zelaya", "Núñez", "Ávila"])
DESCRIBED = st.fixed_dictionaries(
    {
        "nombres": NAMES,
        "apellido1": NAMES,
        "apellido2": NAMES,
        "alias": NAMES,
        "dni": st.sampled_from(["", "0801199012345", "0801199054321"]),
        "fecha_nac": st.none() | st.dates(date(1950, 1, 1), date(2010, 1, 1)),
        "fecha_nac_exacta": st.booleans(),
        "sexo": st.sampled_from(["", "mujer", "hombre"]),
        "nac_muni": st.sampled_from(["", "Yoro", "San Pedro Sula"]),
        "rep_telefono": st.sampled_from(["", "+50499887766"]),
    }
)
CHOSEN = st.sets(st.sampled_from(sorted(merging.VALUES)))
LUZ = {"nombres": "Luz", "apellido1": "Zelaya"}
LUCHA = {"nombres": "Lucha", "apellido1": "Selaya", "dni": "0801199012345", "rep_telefono": "+504 9988-7766"}


def planted(store: Store, cast: Any, values: Mapping[str, Any], count: int = 1, title: str = "") -> tuple[UUID, list[UUID]]:  # fmt: skip
    """A person with cases."""

    def work(context: Context) -> tuple[UUID, list[UUID]]:
        person_id = people.register(context, values)
        name = title or people.get(context, person_id).name
        ids = [cases.open_case(context, "MX-TAP").id for _ in range(count)]
        for case_id in ids:
            cases.set_person(context, case_id, person_id, name)
        return person_id, ids

    return store.transact(work, cast.ana)


def whole(store: Store, cast: Any) -> Any:
    """Everything about persons: their rows, what they are found by, and whose each case is."""

    def work(context: Context) -> Any:
        session = context.session
        persons = {
            row.id: [getattr(row, column) for column in (*merging.COLUMNS, "search_key", "created_at")]
            for row in session.scalars(select(Person))
        }
        tokens = {(row.token, row.person_id) for row in session.scalars(select(PersonToken))}
        owned = {row.id: (row.person_id, row.title) for row in session.scalars(select(CaseFile))}
        return persons, tokens, owned

    return store.read(work, cast.ana)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DESCRIBED, DESCRIBED, CHOSEN, st.sampled_from(["", "Otro título"]))
def test_a_merge_that_is_undone_changes_nothing(
    store: Store, cast: Any, one: Any, other: Any, chosen: set[str], title: str
) -> None:
    kept, _ = planted(store, cast, one, 2)
    gone, moved = planted(store, cast, other, 2, title)
    before = whole(store, cast)

    merge_id = store.transact(lambda context: merging.merge(context, kept, gone, chosen).id, cast.ana)
    persons, _, owned = whole(store, cast)
    assert gone not in persons
    assert all(owned[case_id][0] == kept for case_id in moved)
    store.transact(lambda context: merging.undo(context, merge_id), cast.ana)

    assert whole(store, cast) == before


def test_the_kept_person_has_the_values_that_were_chosen_and_is_found_by_them(store: Store, cast: Any) -> None:
    kept, _ = planted(store, cast, LUZ)
    gone, [moved] = planted(store, cast, LUCHA)

    store.transact(lambda context: merging.merge(context, kept, gone, {"dni", "telefono"}), cast.ana)

    person = store.read(lambda context: people.get(context, kept), cast.ana)
    assert (person.name, person.dni, person.phone) == ("Luz Zelaya", "0801199012345", "50499887766")
    _, _, owned = whole(store, cast)
    assert owned[moved] == (kept, "Luz Zelaya")
    [like] = store.read(lambda context: people.alike(context, {"dni": "0801199012345"}, 5), cast.ana)
    assert like.person_id == kept


def test_what_was_corrected_and_opened_since_stays(store: Store, cast: Any) -> None:
    kept, _ = planted(store, cast, LUZ)
    gone, [moved] = planted(store, cast, LUCHA)
    merge_id = store.transact(lambda context: merging.merge(context, kept, gone, {"dni", "nombre"}).id, cast.ana)
    store.transact(lambda context: people.register(context, {"nombres": "Luz María"}, kept), cast.ana)

    def later(context: Context) -> UUID:
        case = cases.open_case(context, "MX-TAP")
        cases.set_person(context, case.id, kept, "—")
        return case.id

    new = store.transact(later, cast.ana)
    store.transact(lambda context: merging.undo(context, merge_id), cast.ana)

    person = store.read(lambda context: people.get(context, kept), cast.ana)
    assert (person.given_names, person.dni) == ("Luz María", None)
    _, _, owned = whole(store, cast)
    assert (owned[new][0], owned[moved][0]) == (kept, gone)


def test_merges_are_undone_from_the_last_on_once_and_within_their_term(
    store: Store, cast: Any, clock: MovableClock
) -> None:
    first, second, third = (planted(store, cast, LUZ)[0] for _ in range(3))
    before = whole(store, cast)
    one = store.transact(lambda context: merging.merge(context, second, third, ()).id, cast.ana)
    two = store.transact(lambda context: merging.merge(context, first, second, ()).id, cast.ana)

    with pytest.raises(Conflict):
        store.transact(lambda context: merging.undo(context, one), cast.ana)
    store.transact(lambda context: merging.undo(context, two), cast.ana)
    with pytest.raises(Conflict):
        store.transact(lambda context: merging.undo(context, two), cast.ana)
    store.transact(lambda context: merging.undo(context, one), cast.ana)
    assert whole(store, cast) == before

    late = store.transact(lambda context: merging.merge(context, first, second, ()).id, cast.ana)
    clock.advance(merging.UNDO_WITHIN + timedelta(seconds=1))
    with pytest.raises(Conflict):
        store.transact(lambda context: merging.undo(context, late), cast.ana)
    assert store.transact(merging.forget_old, cast.ana) == 1
    assert kept_back(store, cast) == []


def kept_back(store: Store, cast: Any) -> list[Any]:
    """What is kept to undo merges."""
    query = select(PersonMerge.before)
    return [
        row for row in store.read(lambda context: context.session.scalars(query).all(), cast.ana) if row is not None
    ]


def test_nobody_is_merged_with_themselves_or_with_nobody(store: Store, cast: Any) -> None:
    one, _ = planted(store, cast, LUZ)
    for other in (one, UUID(int=1)):
        with pytest.raises(NotFound):
            store.transact(lambda context, other=other: merging.merge(context, one, other, ()), cast.ana)
    with pytest.raises(NotFound):
        store.transact(lambda context: merging.undo(context, UUID(int=1)), cast.ana)


def test_erasing_a_case_drops_what_undoing_its_persons_merges_would_take(store: Store, cast: Any) -> None:
    first, [case_id] = planted(store, cast, LUZ)
    second, third = (planted(store, cast, LUCHA)[0] for _ in range(2))
    store.transact(lambda context: merging.merge(context, second, third, ()), cast.ana)
    store.transact(lambda context: merging.merge(context, first, second, ()), cast.ana)
    assert len(kept_back(store, cast)) == 2

    store.transact(lambda context: erasing.erase(context, [case_id]), cast.ana)

    assert kept_back(store, cast) == []
