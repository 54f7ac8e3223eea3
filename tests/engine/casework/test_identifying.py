"""Who was registered as unknown is called by their name once it is found, and nothing of the makeshift stays beside it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.casework import identifying, people
from engine.store import Context, Store
from tests.conftest import Cast

WORDS = st.text("abcdeñáéíóúü", min_size=5, max_size=12).map(str.title)


def test_no_part_of_the_makeshift_name_stays(store: Store, cast: Cast) -> None:
    def work(context: Context) -> tuple[tuple[str, str], str]:
        person_id = people.register(
            context, {"nombres": "Desconocido", "apellido1": "Desconocido", "apellido2": "Pima"}
        )
        names = identifying.identify(context, person_id, {"nombres": "Wilmer", "apellido1": "Oliva"})
        return names, people.get(context, person_id).second_surname

    assert store.transact(work, cast.ana) == (("Desconocido Desconocido Pima", "Wilmer Oliva"), "")


def test_without_a_name_nothing_changes(store: Store, cast: Cast) -> None:
    def work(context: Context) -> tuple[str, str]:
        person_id = people.register(context, {"nombres": "Reina", "apellido1": "Oliva"})
        return identifying.identify(context, person_id, {"nombres": " ", "apellido1": None})

    assert store.transact(work, cast.ana) == ("Reina Oliva", "Reina Oliva")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS, WORDS)
def test_they_are_found_by_the_new_name(store: Store, cast: Cast, given_name: str, surname: str) -> None:
    values = {"nombres": given_name, "apellido1": surname}

    def work(context: Context) -> bool:
        person_id = people.register(context, {"nombres": "Desconocido", "apellido1": "Desconocido"})
        identifying.identify(context, person_id, values)
        return person_id in {like.person_id for like in people.alike(context, values, 50)}

    assert store.transact(work, cast.ana)
