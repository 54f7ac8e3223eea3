"""Finding a person whose name is sealed, with ever more persons in the database: by name, by document, and who is likely the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import insert

from engine.access.actors import Actor
from engine.actions import cases
from engine.casework import cases as files
from engine.casework import finding, people
from engine.casework.sounding import sound
from engine.cli.bench import Options
from engine.store import Context, Store
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Person, PersonToken
from tests.benchmarks import _stage

SIZES = (10_000, 100_000, 1_000_000)
GIVEN = """
María José Juan Carlos Luis Ana Rosa Carmen Karla Marvin Jorge Wilmer Suyapa Dilcia Oscar Reina Norma Elmer Yolanda
Gladys Fredy Nelson Iris Digna Osman Selvin Lesly Bessy Edwin Denis Glenda Waleska Franklin Melvin Ramón Teodoro
"""
SURNAMES = """
Hernández López Martínez Rodríguez Mejía Zelaya Flores Reyes Cruz Rivera Castillo Pineda Aguilar Paz Santos Ramos
Sánchez García Ordóñez Funes Maldonado Turcios Izaguirre Villanueva Bonilla Murillo Carranza Padilla Orellana Euceda
Lagos Banegas Portillo Chávez Galeas Lara Medina Núñez Ochoa Quiroz Sierra Tábora Umanzor Valladares Yanes
"""
RARE = {"nombres": "Wenceslao Eufrasio", "apellido1": "Urquijola", "apellido2": "Tinoco", "dni": "0801196612345"}


def measure(options: Options) -> dict[str, Any]:
    """Milliseconds of each question at each size."""
    sizes = SIZES[:2] if options.quick else SIZES
    found: dict[str, Any] = {}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = _grow(url, sizes)
    return found


def _grow(url: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    store = Store(url)
    [actor] = _stage.people(store, 1)
    random, there, figures = Random(7), 0, {}
    for size in sizes:
        while there < size:
            count = min(2_000, size - there)
            store.transact(lambda context, count=count: _fill(context, random, count), actor)  # type: ignore[misc]
            there += count
        if there == sizes[0]:
            store.transact(lambda context: _one(context, RARE), actor)
        _stage.analyze(store)
        figures[str(size)] = {name: _time(store, actor, work) for name, work in QUESTIONS.items()}
    store.close()
    return figures


def _fill(context: Context, random: Random, count: int) -> None:
    """Persons with names as frequent as they are, each with a case at some office."""
    persons, opened, tokens = [], [], []
    for _ in range(count):
        name = " ".join(_pick(random, kind.split()) for kind in (GIVEN, GIVEN, SURNAMES, SURNAMES))
        person = Person(
            id=new_id(), name=name, search_key=sound(name), alias="",
            dni=f"{random.randrange(10**13):013}" if random.random() < 0.6 else None,
        )  # fmt: skip
        persons.append(
            {
                "id": person.id,
                "name": name,
                "search_key": person.search_key,
                "dni": person.dni,
                "created_at": context.now,
            }
        )
        number = new_id()
        opened.append(
            {"id": number, "folio": f"X-{number}", "office_code": _stage.OFFICE, "status": "en_atencion", "title": name,
             "person_id": person.id, "compartments": [], "opened_at": context.now}
        )  # fmt: skip
        tokens += [{"token": token, "person_id": person.id} for token in finding.tokens_of(context, person)]
    context.session.execute(insert(Person), persons)
    context.session.execute(insert(CaseFile), opened)
    context.session.execute(insert(PersonToken), tokens)


def _pick(random: Random, names: list[str]) -> str:
    """The first of the names are borne by many, the last by few."""
    return names[int(random.random() ** 2 * len(names))]


def _one(context: Context, values: Mapping[str, Any]) -> None:
    case = files.open_case(context, _stage.OFFICE)
    files.set_person(context, case.id, people.register(context, values), "—")


def _search(text: str) -> Callable[[Context], Any]:
    return lambda context: cases.search_cases(context, text)[0]


QUESTIONS: dict[str, Callable[[Context], Any]] = {
    "one_common_name": _search("maría"),
    "two_common_names": _search("lópez maría"),
    "four_common_names": _search("María José Hernández López"),
    "a_rare_name": _search("urkijola"),
    "a_document": _search("0801-1966-12345"),
    "last_digits": _search("12345"),
    "nobody": _search("inexistente"),
    "likely_same_common": lambda context: people.likely_same(
        context, {"nombres": "María José", "apellido1": "López", "apellido2": "Cruz"}
    ),
    "likely_same_rare": lambda context: people.likely_same(context, RARE),
}


def _time(store: Store, actor: Actor, work: Callable[[Context], Any]) -> float:
    times = []
    for _ in range(7):
        begun = perf_counter()
        store.read(work, actor)
        times.append(perf_counter() - begun)
    return round(median(times) * 1000, 2)


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
