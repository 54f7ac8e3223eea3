"""Persons are found by name, alias and document although all of it is sealed, and nobody else with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.actions import case_pages, searching, tasks
from engine.actions import cases as actions
from engine.casework import cases, finding, people
from engine.definitions import deploy
from engine.runtime import instances
from engine.store import Context, Store
from engine.store.tables.casework import PersonToken
from tests.conformance.diagram import bpmn

PEOPLE = {
    "Martina Lagos": {"nombres": "Martina", "apellido1": "Lagos", "dni": "0801199012345"},
    "Martín Lago": {"nombres": "Martín", "apellido1": "Lago", "dni": "0801199054321", "alias": "El Zarco"},
    "Ana María Paz de la O": {"nombres": "Ana María", "apellido1": "Paz", "apellido2": "de la O"},
}


@st.composite
def slips(draw: st.DrawFn) -> str:
    """A full name with two letters that change places, or one missing or wrong."""
    name = "Ana María Paz"
    place = draw(st.sampled_from([at for at in range(1, len(name) - 2) if name[at : at + 2].isalpha()]))
    kept = draw(st.sampled_from((name[place + 1] + name[place], name[place + 1], "o" + name[place + 1])))
    return name[:place] + kept + name[place + 2 :]


@pytest.fixture
def known(store: Store, cast: Any) -> dict[UUID, str]:
    """Three people with a case each."""

    def work(context: Context) -> dict[UUID, str]:
        found = {}
        for name, values in PEOPLE.items():
            case = cases.open_case(context, "MX-TAP")
            cases.set_person(context, case.id, people.register(context, values), name)
            found[case.id] = name
        return found

    return store.transact(work, cast.ana)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("martina", ["Martina Lagos"]),
        ("mart", ["Martina Lagos", "Martín Lago"]),
        ("lago mart", ["Martina Lagos", "Martín Lago"]),
        ("LAGOS, Martín", ["Martina Lagos"]),
        ("Maria Pas", ["Ana María Paz de la O"]),
        ("Ana", ["Ana María Paz de la O"]),
        ("Paz de la O", ["Ana María Paz de la O"]),
        ("zarco", ["Martín Lago"]),
        ("2345", ["Martina Lagos"]),
        ("0801-1990-54321", ["Martín Lago"]),
        ("9999", []),
        ("234", []),
        ("nadie", []),
        ("de la", []),
        ("%", []),
        ("TMP-MX-TAP-2026-000002", ["Martín Lago"]),
        ("000003", ["Ana María Paz de la O"]),
        ("", sorted(PEOPLE)),
    ],
)
def test_a_search_finds_who_is_meant(
    store: Store, cast: Any, known: dict[UUID, str], text: str, names: list[str]
) -> None:
    found, more = store.read(lambda context: actions.search_cases(context, text), cast.ana)

    assert sorted(known[case.id] for case, _ in found) == names
    assert [name for _, name in found] == [known[case.id] for case, _ in found]
    assert not more


@pytest.mark.parametrize("few", [0, 500])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lago mart", ["Martina Lagos", "Martín Lago"]),
        ("Ana Maria Pas", ["Ana María Paz de la O"]),
        ("zarco", ["Martín Lago"]),
        ("Martina Paz", []),
        ("2345", ["Martina Lagos"]),
    ],
)
def test_of_names_that_very_many_bear_the_same_are_found(
    store: Store,
    cast: Any,
    known: dict[UUID, str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    names: list[str],
    few: int,
) -> None:
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 1)
    monkeypatch.setattr(finding, "FEW", few)

    found, _ = store.read(lambda context: actions.search_cases(context, text), cast.ana)

    assert sorted(known[case.id] for case, _ in found) == names


@pytest.mark.parametrize(
    ("ranked", "order"),
    [
        (300, ["Karla Rosa Bonilla Paz", "Karla Bonilla", "Rosa Paz (Karla Bonilla)", "Rosa Karla Paz Bonilla"]),
        (0, ["Rosa Karla Paz Bonilla", "Karla Rosa Bonilla Paz", "Karla Bonilla", "Rosa Paz (Karla Bonilla)"]),
    ],
)
def test_who_is_called_so_every_day_comes_before_who_only_bears_the_names(
    store: Store, cast: Any, monkeypatch: pytest.MonkeyPatch, ranked: int, order: list[str]
) -> None:
    registered = {
        "Rosa Paz (Karla Bonilla)": {"nombres": "Rosa", "apellido1": "Paz", "alias": "Karla Bonilla"},
        "Karla Bonilla": {"afectada_nombre": "Karla Bonilla"},
        "Karla Rosa Bonilla Paz": {"nombres": "Karla Rosa", "apellido1": "Bonilla", "apellido2": "Paz"},
        "Rosa Karla Paz Bonilla": {"nombres": "Rosa Karla", "apellido1": "Paz", "apellido2": "Bonilla"},
    }

    def work(context: Context) -> dict[UUID, str]:
        names = {}
        for name, values in registered.items():
            case = cases.open_case(context, "MX-TAP")
            cases.set_person(context, case.id, people.register(context, values), name)
            names[case.id] = name
        return names

    names = store.transact(work, cast.ana)
    monkeypatch.setattr(searching, "RANKED", ranked)

    found, _ = store.read(lambda context: actions.search_cases(context, "karla bonilla"), cast.ana)
    assert [names[case.id] for case, _ in found] == order

    monkeypatch.setattr(actions, "PAGE", 3)
    second, more = store.read(lambda context: actions.search_cases(context, "karla bonilla", page=2), cast.ana)
    assert [names[case.id] for case, _ in second] == order[3:]
    assert not more


def test_a_search_goes_on_where_it_stopped(
    store: Store, cast: Any, known: dict[UUID, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "CHUNK", 1)
    monkeypatch.setattr(case_pages, "PAGE", 1)

    for text in ("mart", "lago mart", "TMP-MX", ""):
        whole, _ = store.read(lambda context, text=text: actions.search_cases(context, text), cast.ana)
        pages, after = [], ""
        while after is not None:
            part, after = store.read(
                lambda context, text=text, after=after: case_pages.search(context, text, after=after), cast.ana
            )
            pages += part
        assert pages == list(whole)
        assert len(pages) >= 2


def test_a_search_opens_nothing_of_whoever_does_not_fit_but_what_tells(
    store: Store, cast: Any, known: dict[UUID, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def noted(keyring: Any, column: Any, value: bytes) -> Any:
        opened.append(column.name)
        return original(keyring, column, value)

    original = searching.opened
    monkeypatch.setattr(searching, "opened", noted)

    store.read(lambda context: actions.search_cases(context, "martina"), cast.ana)
    assert sorted(opened) == ["alias", "first_surname", "given_names", "name", "search_key", "search_key", "title"]

    opened.clear()
    store.read(lambda context: actions.search_cases(context, "martina"), cast.diego)
    assert opened == []


def test_a_long_list_has_pages(store: Store, cast: Any) -> None:
    def work(context: Context) -> None:
        for number in range(actions.PAGE * 2 + 3):
            case = cases.open_case(context, "MX-TAP")
            values = {"nombres": "Rosa" if number % 2 else "Rosalinda", "apellido1": "Pineda"}
            cases.set_person(context, case.id, people.register(context, values), "—")

    store.transact(work, cast.ana)

    def page(text: str, number: int) -> tuple[int, bool]:
        found, more = store.read(lambda context: actions.search_cases(context, text, page=number), cast.ana)
        return len(found), more

    assert [page("rosa pineda", number) for number in (1, 2, 3)] == [(25, True), (25, True), (3, False)]
    assert [page("rosalinda", number) for number in (1, 2)] == [(25, True), (2, False)]


def test_who_is_renamed_is_no_longer_found_by_the_old_name(store: Store, cast: Any) -> None:
    person = store.transact(lambda context: people.register(context, PEOPLE["Martina Lagos"]), cast.ana)
    before = store.read(lambda context: set(context.session.scalars(select(PersonToken.token))), cast.ana)

    store.transact(lambda context: people.register(context, {"apellido1": "Sierra"}, person), cast.ana)

    after = store.read(lambda context: set(context.session.scalars(select(PersonToken.token))), cast.ana)
    [old] = store.read(lambda context: finding.tokens(context, ["n lago"]), cast.ana)
    [new] = store.read(lambda context: finding.tokens(context, ["n sier"]), cast.ana)
    assert (old in before, old in after, new in before, new in after) == (True, False, False, True)


def test_officers_see_by_search_what_they_see_without(store: Store, cast: Any, known: dict[UUID, str]) -> None:
    for text in ("martina", "0801199012345", "TMP-MX"):
        found, _ = store.read(lambda context, text=text: actions.search_cases(context, text), cast.diego)
        assert list(found) == []


def test_the_inbox_is_searched_by_person(store: Store, cast: Any, known: dict[UUID, str]) -> None:
    def work(context: Context) -> None:
        deploy.deploy(context, {"p.bpmn": bpmn("start s\nuser a ; candidateGroups agente\ns -> a", process="p")})
        for case_id in known:
            instances.start(context, "p", case_id=case_id, office_code="MX-TAP", variables={})

    store.transact(work, cast.ana)

    def names(text: str) -> list[str]:
        found, _ = store.read(lambda context: tasks.list_tasks(context, "office", text=text), cast.ana)
        return sorted(known[row.case_id] for row in found.rows if row.case_id is not None)

    assert names("") == sorted(PEOPLE)
    assert names("lago mart") == ["Martina Lagos", "Martín Lago"]
    assert names("martina") == ["Martina Lagos"]
    assert names("54321") == ["Martín Lago"]
    assert names("000001") == ["Martina Lagos"]
    assert names("nadie") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Martnia Lagos", ["Martina Lagos"]),
        ("Lagso Martin", ["Martín Lago", "Martina Lagos"]),
        ("Anita Pas", ["Ana María Paz de la O"]),
        ("Ana Mraía Paz", ["Ana María Paz de la O"]),
        ("Lagos", ["Martín Lago"]),  # whoever begins so is found already
        ("Zoila Martínez", []),
        ("2345", []),
        ("", []),
    ],
)
def test_a_misspelt_name_finds_who_is_called_alike(
    store: Store, cast: Any, known: dict[UUID, str], text: str, names: list[str]
) -> None:
    found = store.read(lambda context: actions.similar_cases(context, text), cast.ana)

    assert [known[case.id] for case, _ in found] == names
    assert [name for _, name in found] == names


def test_names_that_are_out_of_reach_are_not_found_by_others_like_them(
    store: Store, cast: Any, known: dict[UUID, str]
) -> None:
    assert store.read(lambda context: actions.similar_cases(context, "Martnia Lagos"), cast.diego) == []
    assert store.read(lambda context: actions.similar_cases(context, "Martnia Lagos", mine=True), cast.ana) == []


def test_names_within_reach_are_found_behind_many_that_are_not(
    store: Store, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "CANDIDATES", 2)

    def work(context: Context) -> UUID:
        opened = [cases.open_case(context, office) for office in ("US-HOU", *["MX-TAP"] * 5)]
        for case in opened:
            cases.set_person(context, case.id, people.register(context, PEOPLE["Martina Lagos"]), "Martina Lagos")
        return opened[0].id

    own = store.transact(work, cast.ana)

    found = store.read(lambda context: actions.similar_cases(context, "Martnia Lagos"), cast.diego)

    assert [case.id for case, _ in found] == [own]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slips())
def test_one_slip_in_a_full_name_never_hides_a_person(
    store: Store, cast: Any, known: dict[UUID, str], text: str
) -> None:
    def work(context: Context) -> set[UUID]:
        found, _ = actions.search_cases(context, text)
        return {case.id for case, _ in (*found, *actions.similar_cases(context, text))}

    assert "Ana María Paz de la O" in {known[case_id] for case_id in store.read(work, cast.ana)}
