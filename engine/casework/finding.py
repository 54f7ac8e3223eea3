"""How persons are found although their names are sealed: blind tokens of what they are called and of their document.

A token is a keyed digest: of the head of each part of a name as it sounds, of each two heads (the home town's among them), of a
head with the year of birth, of a document, and of the last digits of a document or telephone. What a token finds is compared after it was opened, so that heads find what begins alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    select,
)

from engine.casework.sounding import sound
from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.sealing import as_sealed, keyring_of
from engine.store.tables.casework import CaseFile, Person, PersonToken

LABEL = "person_token.token"
HEAD = 4  # letters of a part by which it is found
TAIL = 4  # last digits of a document or telephone by which it is found
MOST = 8  # parts of a name that are looked at
PARTICLES = frozenset({"de", "del", "la", "las", "los", "y", "e"})
BATCH = 500
WIDER = 2_000  # of those who share the most, among whom the ones within somebody's reach are looked for
FEW = 500  # persons who have all of some tokens that very many have, and are still listed one by one
LOOKED_THROUGH = 4_000  # rows of tokens that are counted together to find who shares the most
TOKEN = BigInteger()
_limit = bindparam("most", type_=Integer)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody typed to find a person: parts of a name as they sound, or digits of a document or telephone."""

    parts: tuple[str, ...] = ()
    digits: str = ""

    def words(self) -> list[str]:
        """The tokens that whoever is wanted has, all of them; none: nobody can be found by this."""
        if self.digits:
            return [f"d {self.digits}" if len(self.digits) > 12 else f"t {self.digits[-TAIL:]}"]
        heads = _heads(self.parts)
        return [_pair(*two) for two in pairwise(heads)] or [f"n {head}" for head in heads]

    def fits(
        self, heard: str, alias: str, dni: str | None = None, phone: str | None = None, town: str | None = None
    ) -> bool:
        """Whether a person that the tokens found is really wanted: by how the name and town sound, alias, document, phone."""
        if self.digits:
            return any(number is not None and number.endswith(self.digits) for number in (dni, phone))
        names = heard.split() + [part for other in (alias, town) if other for part in sound(other).split()]
        return bool(self.parts) and not self.without(names)

    def without(self, names: Sequence[str]) -> tuple[str, ...]:
        """The parts that none of ``names`` begins with."""
        return tuple(part for part in self.parts if not any(name.startswith(part) for name in names))


def wanted(text: str) -> Wanted:
    """Read what was typed: four digits and more are a document or telephone, letters a name. What is both is neither."""
    digits = "".join(c for c in text if c.isdecimal() and c.isascii())
    letters = any(c.isalpha() for c in text)
    if digits:
        return Wanted(digits=digits) if len(digits) >= TAIL and not letters else Wanted()
    return Wanted(parts=tuple(part for part in sound(text).split() if part not in PARTICLES)[:MOST])


def likely(heard: str, dni: str, year: int | None = None) -> list[str]:
    """The tokens of which somebody described like this has some; the document's first, if it is known."""
    heads = _heads(heard.split())[:MOST]
    words = [_pair(*two) for two in combinations(heads, 2)]
    if year is not None:
        words += [_year(head, year) for head in heads]
    if len(heads) <= 2:
        words += [f"n {head}" for head in heads]
    return [*([f"d {dni}"] if dni else []), *words]


def rarest_first(context: Context, tokens: Sequence[int]) -> tuple[list[int], int | None]:
    """``tokens`` from the rarest on, and how many persons have them all at most; None: very many. No token: nobody has.

    What is asked of persons who have all is asked in this order: what very many have only of whoever has the others.
    """
    counted = _rarest(context, tokens)
    if not counted[0][0]:
        return [], 0
    ordered = [token for _, token in counted]
    if counted[0][0] < LOOKED_THROUGH:
        return ordered, counted[0][0]
    some = len(_found(context, _persons(len(ordered)), ordered, FEW + 1)) if len(ordered) > 1 else FEW + 1
    return ordered, some if some <= FEW else None


def having_all(count: int) -> Select[Any]:
    """The persons who have all of so many tokens, which are bound as ``token0`` and so on, the rarest first."""
    first = table_of(PersonToken).alias()
    query = select(first.c.person_id).where(first.c.token == _token(0))
    for place in range(1, count):
        other = table_of(PersonToken).alias()
        query = query.join(other, (other.c.person_id == first.c.person_id) & (other.c.token == _token(place)))
    return query


@lru_cache(maxsize=4 * MOST)
def _persons(count: int) -> Prepared:
    query = having_all(count)
    return Prepared(query.order_by(*(column.desc() for column in query.selected_columns)).limit(_limit))


def _found(context: Context, statement: Prepared, tokens: Sequence[int], limit: int, **more: Any) -> list[UUID]:
    return [row[0] for row in statement.all(context.session, {**bound(tokens), "most": limit, **more})]


def bound(tokens: Sequence[int]) -> dict[str, int]:
    """``tokens`` as the values of a statement."""
    return {f"token{place}": token for place, token in enumerate(tokens)}


def _token(place: int) -> BindParameter[int]:
    return bindparam(f"token{place}", type_=TOKEN)


def sharing(context: Context, tokens: Sequence[int], limit: int, *, weigh_first: int = 1) -> list[UUID]:
    """Up to ``limit`` persons who have some of ``tokens``, those who share the most first, then the last registered.

    The first token counts ``weigh_first`` times.
    """
    chosen, _ = _telling(context, tokens)
    if not chosen:
        return []
    if len(chosen) == 1:
        return _found(context, _persons(1), chosen, limit)
    return _found(context, _by_weight(len(chosen)), chosen, limit, heaviest=tokens[0], weight=weigh_first)


def _telling(context: Context, tokens: Sequence[int]) -> tuple[list[int], int]:
    """Those of ``tokens`` by which persons who share some are looked for, and how many rows they have together.

    What very many have tells little and costs much: the rarest are taken first, and no more of them than have
    ``LOOKED_THROUGH`` rows together, but always one that somebody has.
    """
    chosen: list[int] = []
    through = 0
    for count, token in _rarest(context, tokens):
        if count and (not chosen or through + count <= LOOKED_THROUGH):
            chosen.append(token)
            through += count
    return chosen, through


def sharing_within(
    context: Context, tokens: Sequence[int], statement: Callable[[int], Prepared], limit: int
) -> list[list[Any]]:
    """As ``sharing``, of those who are within somebody's reach; search key and alias come with each, both sealed.

    ``statement`` gives what ``within`` makes for a number of tokens. They are looked for among the first ``WIDER`` of all.
    """
    chosen, through = _telling(context, tokens)
    rows: list[list[Any]] = []
    for among in (limit + limit // 4, WIDER) if chosen else ():
        # Mostly the first are enough; whether all of them are within reach is known afterwards.
        values = {**bound(chosen), "among": among, "most": limit}
        rows = statement(len(chosen)).all(context.session, values)
        if len(rows) == limit or through <= among:
            break
    return rows


def within(count: int, reach: ColumnElement[bool]) -> Prepared:
    """Up to ``most`` persons who share the most of ``count`` tokens, of the first ``among``, and are of a case in ``reach``.

    ``reach`` is a condition on ``CaseFile``.
    """
    table, known = table_of(PersonToken), table_of(Person)
    shared = func.count().label("shared")
    first = (
        select(table.c.person_id, shared)
        .where(table.c.token.in_([_token(place) for place in range(count)]))
        .group_by(table.c.person_id)
        .order_by(shared.desc(), table.c.person_id.desc())
        .limit(bindparam("among", type_=Integer))
        .cte("first")
        .prefix_with("MATERIALIZED")
    )
    place = first.c.shared.desc(), first.c.person_id.desc()
    theirs = (
        select(first)
        .where(exists(select(CaseFile.id).where(CaseFile.person_id == first.c.person_id, reach)))
        .order_by(*place)
        .limit(_limit)
        .cte("theirs")
        .prefix_with("MATERIALIZED")
    )
    return Prepared(
        select(theirs.c.person_id, *(as_sealed(known.c[name]) for name in ("search_key", "alias"))).join(
            known, known.c.id == theirs.c.person_id
        )
    )


def _rarest(context: Context, tokens: Sequence[int]) -> list[tuple[int, int]]:
    """How many have each token, and the token, the rarest first; more than ``LOOKED_THROUGH`` are not counted."""
    [counts] = _counts(len(tokens)).all(context.session, bound(tokens))
    return sorted(zip(counts, tokens, strict=True))


@lru_cache(maxsize=100)
def _counts(count: int) -> Prepared:
    table = table_of(PersonToken)
    each = (
        select(func.count())
        .select_from(select(table.c.token).where(table.c.token == _token(place)).limit(LOOKED_THROUGH).subquery())
        .scalar_subquery()
        for place in range(count)
    )
    return Prepared(select(*(number.label(f"n{place}") for place, number in enumerate(each))))


@lru_cache(maxsize=100)
def _by_weight(count: int) -> Prepared:
    table = table_of(PersonToken)
    heavy = bindparam("weight", type_=BigInteger)
    weight = func.sum(case((table.c.token == bindparam("heaviest", type_=BigInteger), heavy), else_=1))
    return Prepared(
        select(table.c.person_id)
        .where(table.c.token.in_([_token(place) for place in range(count)]))
        .group_by(table.c.person_id)
        .order_by(weight.desc(), table.c.person_id.desc())
        .limit(_limit)
    )


def having(person_id: Any, tokens: Iterable[Any]) -> ColumnElement[bool]:
    """Whether the person in the column ``person_id`` has all ``tokens`` (numbers, or parameters for them).

    Asked row by row, so that rows in an order of their own are walked until there are enough.
    """
    return and_(*(exists().where(PersonToken.token == token, PersonToken.person_id == person_id) for token in tokens))


def tokens(context: Context, words: Iterable[str]) -> list[int]:
    """The blind tokens of ``words``."""
    keyring = keyring_of(context)
    return [keyring.blind_number(word, LABEL) for word in words]


def index(context: Context, person: Person) -> None:
    """Let a person be found by what is known of them now, and by nothing else."""
    wanted = tokens_of(context, person)
    have = set(context.session.scalars(select(PersonToken.token).where(PersonToken.person_id == person.id)))
    if have - wanted:
        mine = PersonToken.person_id == person.id
        context.session.execute(delete(PersonToken).where(mine, PersonToken.token.in_(have - wanted)))
    if wanted - have:
        rows = [{"token": token, "person_id": person.id} for token in sorted(wanted - have)]
        context.session.execute(insert(PersonToken), rows)


def tokens_of(context: Context, person: Person) -> set[int]:
    """What a person is found by."""
    return set(tokens(context, words_of(person)))


def index_missing(context: Context, after: UUID | None = None) -> UUID | None:
    """Index persons who have no token yet, some at a time; gives the last one looked at, None at the end."""
    query = select(Person).where(~exists().where(PersonToken.person_id == Person.id)).order_by(Person.id).limit(BATCH)
    found = context.session.scalars(query.where(Person.id > after) if after is not None else query).all()
    for person in found:
        index(context, person)
    return found[-1].id if found else None


def words_of(person: Person) -> set[str]:
    """What a person is found by, before it is made blind."""
    parts, called, town = (
        [part for part in heard.split() if part not in PARTICLES][:MOST]
        for heard in (person.search_key, sound(person.alias), sound(person.municipality or ""))
    )
    words = {f"n {part[:HEAD]}" for part in (*parts, *called)}
    words |= {_pair(*two) for two in combinations(_heads([*parts, *called, *town]), 2)}
    if person.birth_date is not None:
        words |= {_year(head, person.birth_date.year) for head in _heads(parts)}
    if person.dni:
        words |= {f"d {person.dni}", f"t {person.dni[-TAIL:]}"}
    if person.phone:
        words.add(f"t {person.phone[-TAIL:]}")
    return words


def _heads(parts: Iterable[str]) -> list[str]:
    return sorted({part[:HEAD] for part in parts if part not in PARTICLES})[: 2 * MOST]


def _pair(first: str, second: str) -> str:
    return f"p {first} {second}"


def _year(head: str, year: int) -> str:
    return f"y {head} {year}"
