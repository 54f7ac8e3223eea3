"""Finding one person among very many: the search, and the check whether somebody who is described is here already.

Names are as frequent as in Honduras, with a long tail. Those who are asked for again are written as people are: with a slip of
the pen, surnames in the other order, a nickname, as it sounds, without the second surname. What it is held against is the very
SQL that our question sends, by the driver alone: nothing is opened, compared or checked there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random
from time import perf_counter, thread_time
from typing import Any
from uuid import UUID

from sqlalchemy import event

from engine.access.actors import SYSTEM, Actor
from engine.actions import cases
from engine.casework import finding, people
from engine.casework.sounding import sound
from engine.cli.bench import Options
from engine.store import Context, Store
from engine.store.sealing import Keyring, keyring_of
from engine.store.tables.base import new_id
from engine.store.tables.casework import Person
from tests.benchmarks import _stage

PERSONS, QUICK = 1_000_000, 20_000
BATCH = 50_000
PLANTED = 60  # persons who are asked for again, in each way
FIRST = 10  # among how many of the answers whoever is meant has to be
GIVEN = """
María José Juan Carlos Luis Ana Rosa Carmen Karla Marvin Jorge Wilmer Suyapa Dilcia Oscar Reina Norma Elmer Yolanda Francisco
Gladys Fredy Nelson Iris Digna Osman Selvin Lesly Bessy Edwin Denis Glenda Waleska Franklin Melvin Ramón Teodoro Antonio Manuel
Jesús Guadalupe Enrique Santos Mirna Sandra Wendy Kevin Cristian Darwin Josué Ángel Miguel Pedro Rafael Roberto Mario Héctor
Daniel David Alejandra Fernando Gabriela Daniela Alba Blanca Claudia Dunia Elsa Fátima Heidy Ingrid Jessica Keyla Lilian Martha
Nolvia Olga Paola Rigoberto Sonia Telma Vilma Xiomara Zoila Isidro Lorenzo Vicente Gregorio Ernesto Eduardo Gustavo Guillermo
"""
SURNAMES = """
Hernández López Martínez Rodríguez Mejía García Flores Reyes Cruz Rivera Castillo Pineda Aguilar Paz Santos Ramos Zelaya
Sánchez Ordóñez Funes Maldonado Turcios Izaguirre Villanueva Bonilla Murillo Carranza Padilla Orellana Euceda Lagos Banegas
Portillo Chávez Galeas Lara Medina Núñez Ochoa Quiroz Sierra Tábora Umanzor Valladares Yanes Gómez González Pérez Ramírez Díaz
Vásquez Álvarez Romero Torres Alvarado Mendoza Gutiérrez Ortiz Molina Castro Perdomo Rosales Pavón Madrid Interiano Cáceres
Discua Erazo Ferrera Guevara Hércules Irías Juárez Laínez Membreño Nolasco Oliva Palma Raudales Sabillón Tejeda Urbina Varela
"""
NICKNAMES = {
    "José": "Chepe", "Francisco": "Pancho", "Antonio": "Toño", "Manuel": "Meme", "Jesús": "Chuy", "Guadalupe": "Lupe",
    "Enrique": "Quique", "Ramón": "Moncho", "Lorenzo": "Lencho", "Vicente": "Chente", "Gregorio": "Goyo", "Ernesto": "Neto",
    "Eduardo": "Lalo", "Gustavo": "Tavo", "Guillermo": "Memo", "Roberto": "Beto", "Fernando": "Nando", "Rafael": "Rafa",
}  # fmt: skip
TOWNS = "Tegucigalpa Choluteca Juticalpa Danlí Comayagua Yoro Gracias Olanchito Tela Trujillo"
SYLLABLES = (
    "ba be bo ca co cha da de do fa fe ga go ja la le lo ma me mo na ni pa pe qui ra re ri ro sa so ta te ti to va"
)
ALIASES = "Chele Negra Nena Zarco Colocho Flaco Gordo Chino Catracho Tigre Mono Pelón"
TAIL_GIVEN, TAIL_SURNAMES = 900, 3_000


@dataclass(frozen=True, slots=True)
class Known:
    """A person as registered."""

    id: UUID
    given: tuple[str, str]
    surnames: tuple[str, str]
    born: date
    dni: str
    town: str
    alias: str

    @property
    def described(self) -> dict[str, Any]:
        """As an officer would type it who knows it all but the document."""
        return {
            "nombres": " ".join(self.given), "apellido1": self.surnames[0], "apellido2": self.surnames[1],
            "fecha_nac": self.born, "nac_muni": self.town,
        }  # fmt: skip


def measure(options: Options) -> dict[str, Any]:
    """Milliseconds of search and check, their ratio to the SQL alone, and how many of those who were meant are found."""
    count = options.persons or (QUICK if options.quick else PERSONS)
    found: dict[str, Any] = {"persons": count}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = _on(url, count)
    return found


def _on(url: str, count: int) -> dict[str, Any]:
    store = Store(url)
    [actor] = _stage.people(store, 1)
    begun = perf_counter()
    planted = _write(store, count)
    _stage.analyze(store)
    written = round(perf_counter() - begun, 1)
    random = Random(11)
    asked = [
        (kind, known, work(random, known))
        for known in planted
        for kind, work in KINDS.items()
        if (known.dni or kind != "the_document") and (known.alias or kind != "alias_and_surname")
    ]
    random.shuffle(asked)
    checks = [question for question in asked if question[0] != "alias_and_surname"]  # that is only searched for
    searches = [(kind, known, _typed(values)) for kind, known, values in asked]
    result = {
        "check": _ask(
            store,
            actor,
            checks,
            lambda context, values: [like.person_id for like in people.alike(context, values, FIRST)],
        ),
        "search": _ask(store, actor, searches, _persons_found),
        "seconds_to_write": written,
    }
    store.close()
    return result


def _persons_found(context: Context, text: str) -> list[UUID]:
    """As the page searches: names that are much like what was typed stand below, where the others leave room."""
    found, more = cases.search_cases(context, text)
    return [case.id for case, _ in (*found, *(() if more else cases.similar_cases(context, text)))]


def _typed(values: dict[str, Any]) -> str:
    """What is typed into the search for the same person."""
    return values.get("dni") or f"{values['nombres']} {values['apellido1']} {values.get('apellido2', '')}"


def _ask(store: Store, actor: Actor, asked: list[Any], work: Callable[[Context, Any], list[UUID]]) -> dict[str, Any]:
    times, busy = [], []
    sent: list[tuple[str, Any]] = []
    meant: dict[str, list[bool]] = {}
    for kind, known, question in asked:
        begun, before = perf_counter(), thread_time()
        found = store.read(lambda context, question=question: work(context, question), actor)
        times.append(perf_counter() - begun)
        busy.append(thread_time() - before)
        meant.setdefault(kind, []).append(known.id in found)
    with _listening(store, sent):
        for _, _, question in asked:
            sent.append(("", ()))
            store.read(lambda context, question=question: work(context, question), actor)
    floor = _alone(store, sent)
    p50, p95 = (_stage.percentile(times, share) * 1000 for share in (0.5, 0.95))
    floor50, floor95 = (_stage.percentile(floor, share) * 1000 for share in (0.5, 0.95))
    hits = [hit for each in meant.values() for hit in each]
    return {
        "ratio_p50": round(p50 / floor50, 2),
        "ratio_p95": round(p95 / floor95, 2),
        "p50_ms": round(p50, 2),
        "p95_ms": round(p95, 2),
        "sql_p50_ms": round(floor50, 2),
        "sql_p95_ms": round(floor95, 2),
        "our_processor_p95_ms": round(_stage.percentile(busy, 0.95) * 1000, 2),
        "questions": len(asked),
        "found": round(sum(hits) / len(hits), 3),
        "found_of": {kind: round(sum(each) / len(each), 3) for kind, each in sorted(meant.items())},
    }


@contextmanager
def _listening(store: Store, sent: list[tuple[str, Any]]) -> Iterator[None]:
    def heard(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", heard)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", heard)


def _alone(store: Store, sent: list[tuple[str, Any]]) -> list[float]:
    """Seconds of each question's statements by the driver alone; an empty statement begins a question."""
    connection = store.engine.raw_connection()
    cursor = connection.cursor()
    times: list[float] = []
    for statement, parameters in sent:
        if not statement:
            times.append(0.0)
            continue
        begun = perf_counter()
        cursor.execute(statement, parameters)
        cursor.fetchall()
        times[-1] += perf_counter() - begun
    connection.rollback()
    connection.close()
    return times


# How somebody is described the second time


def _slip(random: Random, known: Known) -> dict[str, Any]:
    """Two letters change places, one is missing or one is another, in one part of the name."""
    values = known.described
    key = random.choice(("nombres", "apellido1", "apellido2"))
    text, place = values[key], random.randrange(len(values[key]) - 1)
    values[key] = random.choice(
        (
            text[:place] + text[place + 1] + text[place] + text[place + 2 :],
            text[:place] + text[place + 1 :],
            text[:place] + random.choice("aeiours") + text[place + 1 :],
        )
    )
    return values


def _swapped(_: Random, known: Known) -> dict[str, Any]:
    return known.described | {"apellido1": known.surnames[1], "apellido2": known.surnames[0]}


def _nickname(_: Random, known: Known) -> dict[str, Any]:
    first = NICKNAMES.get(known.given[0]) or known.given[0]
    second = "" if first != known.given[0] else NICKNAMES.get(known.given[1], known.given[1])
    return known.described | {"nombres": f"{first} {second}".strip()}


def _heard(_: Random, known: Known) -> dict[str, Any]:
    """As it sounds: without accents, s for z, v for b, no h."""
    change = str.maketrans("áéíóúÁÉÍÓÚzZbBvV", "aeiouAEIOUsSvVbB")
    values = known.described
    return values | {
        key: values[key].translate(change).replace("H", "") for key in ("nombres", "apellido1", "apellido2")
    }


def _one_surname(_: Random, known: Known) -> dict[str, Any]:
    return known.described | {"nombres": known.given[0], "apellido2": ""}


def _alias(_: Random, known: Known) -> dict[str, Any]:
    return {"nombres": known.alias, "apellido1": known.surnames[0]}


def _document(_: Random, known: Known) -> dict[str, Any]:
    return {"nombres": known.given[0], "apellido1": known.surnames[1], "dni": known.dni}


def _whole(_: Random, known: Known) -> dict[str, Any]:
    return known.described


KINDS: dict[str, Callable[[Random, Known], dict[str, Any]]] = {
    "as_written": _whole,
    "a_slip": _slip,
    "surnames_swapped": _swapped,
    "a_nickname": _nickname,
    "as_it_sounds": _heard,
    "one_name_one_surname": _one_surname,
    "alias_and_surname": _alias,
    "the_document": _document,
}


# Writing them


class Names:
    """Names as frequent as they are: the first of each list are borne by many, thousands in the tail by few."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.towns = TOWNS.split()
        self.aliases = ALIASES.split()
        self.given = self._ranked(GIVEN.split(), TAIL_GIVEN)
        self.surnames = self._ranked(SURNAMES.split(), TAIL_SURNAMES)

    def _ranked(self, names: list[str], tail: int) -> tuple[list[str], list[float]]:
        made = [
            "".join(self.random.choices(SYLLABLES.split(), k=self.random.choice((3, 4)))).capitalize()
            for _ in range(tail)
        ]
        every = names + made
        return every, list(accumulate(1 / (rank + 6) for rank in range(1, len(every) + 1)))

    def people(self, count: int) -> Iterator[Known]:
        """That many of them."""
        choices, random = self.random.choices, self.random
        given = choices(self.given[0], cum_weights=self.given[1], k=2 * count)
        surnames = choices(self.surnames[0], cum_weights=self.surnames[1], k=2 * count)
        for place in range(0, 2 * count, 2):
            born = date(1950, 1, 1) + timedelta(days=int(random.random() * 365.25 * 60))
            yield Known(
                new_id(), (given[place], given[place + 1]), (surnames[place], surnames[place + 1]), born,
                f"{random.randrange(10**13):013}" if random.random() < 0.6 else "", random.choice(self.towns),
                random.choice(self.aliases) if random.random() < 0.2 else "",
            )  # fmt: skip


def _write(store: Store, count: int) -> list[Known]:
    """Write ``count`` persons with a case each, in bulk; gives those who will be asked for again."""
    names, planted = Names(Random(7)), []
    keyring = store.read(keyring_of, SYSTEM)
    every = max(10, count // PLANTED)
    numbers: dict[str, int] = {}
    number = 0
    with _bulk(store) as insert:
        while number < count:
            batch = list(names.people(min(BATCH, count - number)))
            planted += [known for place, known in enumerate(batch, number) if place % every == every // 2]
            number += len(batch)
            _insert(insert, keyring, batch, numbers)
    return planted


def _insert(insert: Callable[..., None], keyring: Keyring, batch: list[Known], numbers: dict[str, int]) -> None:
    now = datetime.now(UTC)
    persons, opened, tokens = [], [], []

    def seal(column: str, value: str) -> bytes:
        return keyring.seal(value.encode(), f"person.{column}")

    for known in batch:
        name = " ".join((*known.given, *known.surnames))
        heard = sound(name)
        dni = known.dni or None
        persons.append(
            (known.id, seal("given_names", " ".join(known.given)), seal("first_surname", known.surnames[0]),
             seal("second_surname", known.surnames[1]), seal("name", name), seal("search_key", heard), seal("alias", known.alias),
             None if dni is None else seal("dni", dni), seal("birth_date", known.born.isoformat()), True,
             seal("municipality", known.town), now)
        )  # fmt: skip
        # The case has its person's id: what the search finds can be compared without asking again.
        opened.append(
            (known.id, f"X-{known.id.hex}", _stage.OFFICE, "en_atencion", keyring.seal(name.encode(), "case_file.title"),
             known.id, "", now, 1, False)
        )  # fmt: skip
        for word in finding.words_of(
            Person(search_key=heard, alias=known.alias, dni=dni, birth_date=known.born, municipality=known.town)
        ):
            token = numbers.get(word)
            if token is None:
                token = keyring.blind_number(word, finding.LABEL)
                if word[0] != "d":
                    numbers[word] = token
            tokens.append((token, known.id))
    tokens.sort()
    insert(
        "person",
        "id given_names first_surname second_surname name search_key alias dni birth_date birth_exact municipality created_at",
        persons,
    )
    insert(
        "case_file", "id folio office_code status title person_id compartments opened_at version provisional", opened
    )
    insert("person_token", "token person_id", tokens)


@contextmanager
def _bulk(store: Store) -> Iterator[Callable[..., None]]:
    """``insert(table, columns, rows)`` as fast as each database takes rows; what they are checked by is put back at the end."""
    connection = store.engine.raw_connection()
    cursor = connection.cursor()
    if store.engine.dialect.name == "sqlite":

        def insert(table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
            marks = ", ".join("?" * len(columns.split()))
            values = [tuple(map(_plain, row)) for row in rows]
            cursor.executemany(f"INSERT INTO {table} ({', '.join(columns.split())}) VALUES ({marks})", values)
            cursor.execute("COMMIT")
            cursor.execute("BEGIN")

        cursor.execute("PRAGMA query_only = 0")
        cursor.execute("PRAGMA foreign_keys = 0")
        cursor.execute("PRAGMA synchronous = 0")
        cursor.execute("BEGIN")
        before: list[str] = ["DROP INDEX ix_person_token_person"]
        after = ["CREATE INDEX ix_person_token_person ON person_token (person_id)"]
    else:

        def insert(table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
            with cursor.copy(f"COPY {table} ({', '.join(columns.split())}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.commit()  # the server ends whoever is idle in a transaction, and the next rows take a while

        foreign = "fk_person_token_person_id_person"
        before = [
            f"ALTER TABLE person_token DROP CONSTRAINT {foreign}, DROP CONSTRAINT pk_person_token",
            "DROP INDEX ix_person_token_person",
        ]
        after = [
            "ALTER TABLE person_token ADD CONSTRAINT pk_person_token PRIMARY KEY (token, person_id)",
            "CREATE INDEX ix_person_token_person ON person_token (person_id)",
            f"ALTER TABLE person_token ADD CONSTRAINT {foreign} FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE CASCADE",
        ]
    for statement in before:
        cursor.execute(statement)
    if store.engine.dialect.name != "sqlite":
        connection.commit()
    yield insert
    for statement in after:
        cursor.execute(statement)
    connection.commit()
    connection.invalidate()  # what was set for writing goes with it
    connection.close()


def _plain(value: Any) -> Any:
    """As SQLite keeps it."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def describe(result: dict[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
