"""Finding persons as they are really asked for, misspelt, turned round or by a nickname: how long it takes, and how many are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert

from engine.actions import cases
from engine.casework import finding, people
from engine.casework.sounding import sound
from engine.cli.bench import Options
from engine.store import Context, Store
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, Person, PersonToken
from tests.benchmarks import _stage
from tests.benchmarks.search import GIVEN, SURNAMES

PERSONS = 1_000_000
QUICK = 10_000
BATCH = 2_000
ASKED = 40  # persons who are asked for, each in every way
NICKNAMES = ["Chepe", "Chele", "Moncho", "Lupe", "Tencha", "Nando", "Beto", "Chayo", "Toño", "Pancho", "Nena", "Meme"]
FIRST_BIRTH = date(1950, 1, 1)


@dataclass(frozen=True, slots=True)
class Planted:
    """Somebody registered who will be asked for."""

    case_id: UUID
    given: str
    first: str
    second: str
    alias: str
    born: date
    dni: str


def measure(options: Options) -> dict[str, Any]:
    """For each database and way to ask: p50 and p95 in milliseconds, p95 as a multiple of its bare SQL, and recall."""
    count = QUICK if options.quick else PERSONS
    found: dict[str, Any] = {"persons": count}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = _measure(url, count)
    return found


def _measure(url: str, count: int) -> dict[str, Any]:
    store = Store(url)
    [actor] = _stage.people(store, 1)
    random, planted = Random(11), list[Planted]()
    for begun in range(0, count, BATCH):
        size = min(BATCH, count - begun)
        planted += store.transact(lambda context, size=size: _fill(context, random, size), actor)  # type: ignore[misc]
    _stage.analyze(store)
    times, bare, hits = (
        defaultdict[str, list[float]](list),
        defaultdict[str, list[float]](list),
        defaultdict[str, int](int),
    )
    asked = random.sample(planted, ASKED)
    for person in asked:
        for way, question in _questions(person, random).items():
            took, floor, answer = store.read(lambda context, question=question: _ask(context, question), actor)  # type: ignore[misc]
            times[way].append(took)
            bare[way].append(floor)
            hits[way] += person.case_id in answer
    store.close()
    return {way: _figures(times[way], bare[way], hits[way] / ASKED) for way in times}


def _figures(times: list[float], bare: list[float], recall: float) -> dict[str, float]:
    slow = _stage.percentile(times, 0.95)
    return {
        "p95_to_bare_sql": round(slow / _stage.percentile(bare, 0.95), 2),
        "p95_ms": round(slow * 1000, 2),
        "p50_ms": round(_stage.percentile(times, 0.5) * 1000, 2),
        "recall": round(recall, 3),
    }


def _ask(context: Context, question: Callable[[Context], list[UUID]]) -> tuple[float, float, list[UUID]]:
    """Seconds of the question, seconds of its statements alone on the driver's cursor, and whose cases it found."""
    with _statements(context) as said:
        begun = perf_counter()
        answer = question(context)
        took = perf_counter() - begun
    cursor = context.session.connection().connection.cursor()
    begun = perf_counter()
    for statement, parameters in said:
        cursor.execute(statement, parameters)
        cursor.fetchall()
    floor = perf_counter() - begun
    cursor.close()
    return took, floor, answer


@contextmanager
def _statements(context: Context) -> Iterator[list[tuple[str, Any]]]:
    connection, said = context.session.connection(), list[tuple[str, Any]]()

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        said.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(connection, "before_cursor_execute", hear)


def _fill(context: Context, random: Random, count: int) -> list[Planted]:
    """Persons with names as frequent as they are, one in ten without a second surname, four in ten without a document."""
    planted, persons, opened, tokens = list[Planted](), [], [], []
    for _ in range(count):
        given = f"{_pick(random, GIVEN.split())} {_pick(random, GIVEN.split())}"
        first, second = _pick(random, SURNAMES.split()), _pick(random, SURNAMES.split())
        second = second if random.random() < 0.9 else ""
        name = f"{given} {first} {second}".strip()
        person = Person(
            id=new_id(), name=name, given_names=given, first_surname=first, second_surname=second,
            search_key=sound(name), alias=random.choice(NICKNAMES) if random.random() < 0.2 else "",
            dni=f"{random.randrange(10**13):013}" if random.random() < 0.6 else None,
            birth_date=FIRST_BIRTH + timedelta(days=random.randrange(20_000)),
        )  # fmt: skip
        columns = "id", "name", "given_names", "first_surname", "second_surname", "search_key", "alias", "dni"
        row = {column: getattr(person, column) for column in columns}
        persons.append({**row, "birth_date": person.birth_date, "created_at": context.now})
        number = new_id()
        opened.append(
            {"id": number, "folio": f"X-{number}", "office_code": _stage.OFFICE, "status": "en_atencion", "title": name,
             "person_id": person.id, "compartments": [], "opened_at": context.now}
        )  # fmt: skip
        tokens += [{"token": token, "person_id": person.id} for token in finding.tokens_of(context, person)]
        if person.alias and person.dni and person.birth_date and second:
            planted.append(Planted(number, given, first, second, person.alias, person.birth_date, person.dni))
    context.session.execute(insert(Person), persons)
    context.session.execute(insert(CaseFile), opened)
    context.session.execute(insert(PersonToken), tokens)
    return planted


def _pick(random: Random, names: list[str]) -> str:
    """The first of the names are borne by many, the last by few."""
    return names[int(random.random() ** 2 * len(names))]


def _questions(person: Planted, random: Random) -> dict[str, Callable[[Context], list[UUID]]]:
    """Every way to ask for somebody. A search has found them if they are on its first page."""
    whole = f"{person.given} {person.first} {person.second}"
    told = {"nombres": person.given, "apellido1": person.first, "apellido2": person.second, "fecha_nac": person.born}
    return {
        "search_as_written": _search(whole),
        "search_misspelt": _search(f"{person.given} {_misspell(random, person.first)} {person.second}"),
        "search_surnames_turned": _search(f"{person.second} {person.first} {person.given}"),
        "search_nickname_and_surname": _search(f"{person.alias} {person.first}"),
        "search_document": _search(person.dni),
        "duplicate_as_written": _same(told),
        "duplicate_misspelt": _same({**told, "apellido1": _misspell(random, person.first)}),
        "duplicate_surnames_turned": _same({**told, "apellido1": person.second, "apellido2": person.first}),
        "duplicate_one_surname": _same({**told, "apellido2": ""}),
        "duplicate_document": _same({"dni": person.dni}),
    }


def _search(text: str) -> Callable[[Context], list[UUID]]:
    return lambda context: [case.id for case, *_ in cases.search_cases(context, text)[0]]


def _same(values: Mapping[str, Any]) -> Callable[[Context], list[UUID]]:
    def ask(context: Context) -> list[UUID]:
        best = people.likely_same(context, values)
        return [UUID(best["caso_id"])] if best is not None else []

    return ask


def _misspell(random: Random, name: str) -> str:
    """Two letters next to each other change places."""
    place = random.randrange(len(name) - 1)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
