"""Persons, and who is likely the same one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from engine.casework import cases, people
from engine.casework.sounding import sound
from engine.errors import NotFound
from engine.store import Context, Store

JOSE = {
    "nombres": "José Ángel",
    "apellido1": "Núñez",
    "apellido2": "Ávila",
    "dni": "0801-1990-01234",
    "fecha_nac": date(1990, 5, 17),
    "origen_muni": "Choluteca",
}


@pytest.fixture
def known(store: Store, cast: Any) -> UUID:
    """José's case."""

    def work(context: Context) -> UUID:
        case = cases.open_case(context, "MX-TAP")
        cases.set_person(context, case.id, people.register(context, JOSE), "José Ángel Núñez Ávila")
        return case.id

    return store.transact(work, cast.ana)


def likely(store: Store, cast: Any, values: dict[str, Any], not_case: UUID | None = None) -> dict[str, Any] | None:
    return store.read(lambda context: people.likely_same(context, values, not_case), cast.ana)


def test_a_person_is_registered_as_far_as_known_and_completed_later(store: Store, cast: Any) -> None:
    person_id = store.transact(lambda context: people.register(context, {"afectada_nombre": "El Chele"}), cast.ana)
    assert store.read(lambda context: people.get(context, person_id).name, cast.ana) == "El Chele"

    again = store.transact(lambda context: people.register(context, JOSE, person_id), cast.ana)

    person = store.read(lambda context: people.get(context, person_id), cast.ana)
    assert again == person_id
    assert (person.name, person.dni) == ("José Ángel Núñez Ávila", "0801199001234")
    assert (person.birth_date, person.birth_exact, person.municipality) == (date(1990, 5, 17), True, "Choluteca")


def test_answers_that_are_too_long_or_no_document_do_not_break_the_register(store: Store, cast: Any) -> None:
    values = {"nombres": "A" * 500, "apellido1": "B" * 500, "apellido2": "C" * 500, "dni": "no tiene", "sexo": "x" * 50}
    values |= {"fecha_nac": datetime(1990, 5, 17, tzinfo=UTC), "fecha_nac_exacta": False, "origen_muni": "m" * 300}

    person_id = store.transact(lambda context: people.register(context, values), cast.ana)

    person = store.read(lambda context: people.get(context, person_id), cast.ana)
    assert (len(person.name), person.dni, person.birth_date, person.birth_exact) == (
        400,
        None,
        date(1990, 5, 17),
        False,
    )


def test_somebody_who_does_not_exist_is_not_found(store: Store, cast: Any) -> None:
    with pytest.raises(NotFound):
        store.read(lambda context: people.get(context, UUID(int=1)), cast.ana)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José Núñez", "jose nunez"),
        ("Velásquez", "Belasques"),
        ("Hernández", "ernandes"),
        ("Cecilia Quiroz", "Quiros Sesilia"),
        ("Yolanda Castillo", "Llolanda Castiyo"),
    ],
)
def test_names_that_sound_alike_are_written_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_the_same_document_is_the_same_person_under_any_name(store: Store, cast: Any, known: UUID) -> None:
    found = likely(store, cast, {"nombres": "Otro", "apellido1": "Nombre", "dni": "0801199001234"})

    assert found is not None
    assert (found["puntaje"], found["caso_id"]) == (1.0, str(known))


def test_a_name_alone_is_never_certain(store: Store, cast: Any, known: UUID) -> None:
    found = likely(store, cast, {"nombres": "Jose Angel", "apellido1": "Nunez", "apellido2": "Avila"})

    assert found is not None
    assert people.ALIKE <= found["puntaje"] < people.CERTAIN


def test_name_and_day_of_birth_are_certain(store: Store, cast: Any, known: UUID) -> None:
    without_document = {name: value for name, value in JOSE.items() if name != "dni"}

    found = likely(store, cast, without_document)

    assert found is not None
    assert found["puntaje"] >= people.CERTAIN


@pytest.mark.parametrize(
    "against",
    [{"dni": "0801199009999"}, {"fecha_nac": date(1970, 5, 17)}, {"origen_muni": "La Ceiba"}],
)
def test_what_differs_speaks_against_it(store: Store, cast: Any, known: UUID, against: dict[str, Any]) -> None:
    described = {name: value for name, value in JOSE.items() if name != "dni"} | against

    found = likely(store, cast, described)

    assert found is not None
    assert found["puntaje"] < people.CERTAIN


@pytest.mark.parametrize("values", [{}, {"nombres": "Zoila", "apellido1": "Pineda"}, {"nombres": "Angel"}])
def test_somebody_else_is_not_taken_for_them(store: Store, cast: Any, known: UUID, values: dict[str, Any]) -> None:
    assert likely(store, cast, values) is None


def test_the_case_that_asks_is_not_its_own_duplicate(store: Store, cast: Any, known: UUID) -> None:
    assert likely(store, cast, JOSE, not_case=known) is None


@pytest.mark.parametrize(
    ("values", "same"),
    [
        ({"nombres": "Chepe Angel", "apellido1": "Abila", "apellido2": "Nunes"}, ("name",)),
        ({"nombres": "José", "apellido1": "Núñez", "fecha_nac": date(1990, 5, 17)}, ("birth",)),
        ({"nombres": "José Ángel", "apellido1": "Núñes", "fecha_nac": date(1990, 1, 1)}, ("year",)),
        ({"afectada_nombre": "jose angel nuñez avila", "nac_muni": "choluteca"}, ("name", "town")),
        ({"nombres": "Otra", "apellido1": "Cosa", "dni": "0801 1990 01234"}, ("document",)),
    ],
)
def test_whoever_may_be_the_same_is_told_with_what_is_the_same(
    store: Store, cast: Any, known: UUID, values: dict[str, Any], same: tuple[str, ...]
) -> None:
    [like] = store.read(lambda context: people.alike(context, values, 10), cast.ana)

    assert like.same == same
    assert like.score >= people.ALIKE


def test_a_part_of_the_name_and_the_day_of_birth_are_looked_at_by_somebody(
    store: Store, cast: Any, known: UUID
) -> None:
    found = likely(store, cast, {"nombres": "José", "apellido1": "Núñez", "fecha_nac": date(1990, 5, 17)})

    assert found is not None
    assert people.ALIKE <= found["puntaje"] < people.CERTAIN


def test_of_many_namesakes_those_come_first_who_share_the_most(store: Store, cast: Any, known: UUID) -> None:
    def work(context: Context) -> None:
        for year in range(1950, 1970):
            people.register(context, JOSE | {"dni": "", "fecha_nac": date(year, 1, 1), "origen_muni": "Yoro"})

    store.transact(work, cast.ana)

    found = store.read(lambda context: people.alike(context, JOSE | {"dni": ""}, 3), cast.ana)

    assert len(found) == 3
    assert found[0].same == ("name", "birth", "town")
    assert sorted((like.score for like in found), reverse=True) == [like.score for like in found]


def test_a_slip_in_a_first_letter_still_is_the_same_name(store: Store, cast: Any) -> None:
    yadira = store.transact(lambda c: people.register(c, {"nombres": "Yadira", "apellido1": "Tábora"}), cast.ana)

    found = store.read(lambda c: people.alike(c, {"nombres": "Sadira", "apellido1": "Tábora"}, 10), cast.ana)

    assert [like.person_id for like in found] == [yadira]


def test_whoever_was_registered_by_a_nickname_is_found_by_it(store: Store, cast: Any) -> None:
    chepe = store.transact(lambda c: people.register(c, {"nombres": "Chepe", "apellido1": "López"}), cast.ana)

    asked = {"nombres": "Chepe", "apellido1": "López", "apellido2": "Mejía"}
    found = store.read(lambda context: people.alike(context, asked, 10), cast.ana)

    assert [like.person_id for like in found] == [chepe]
