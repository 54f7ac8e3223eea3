"""Case files that a search finds: by folio, by the sound of a name or by document, the newest first.

The database narrows the search by the folio and by blind tokens; what that finds is opened and compared here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, or_, select, tuple_

from engine.access.actors import Actor
from engine.access.matrix import Level
from engine.access.policy import level_seen, one_of, sees, visible_cases
from engine.actions.seen import CaseHead, CaseRow, head
from engine.casework import finding, people
from engine.casework.sounding import sound
from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.sealing import Keyring, as_sealed, is_empty, keyring_of, opened
from engine.store.tables.casework import CaseFile, Person

LONGEST = 100  # characters of a search
DOCUMENT = 13  # digits of an identity document, of which no folio has that many in a row
CHUNK, LARGEST = 30, 500  # case files that are compared at once: a page and a few, then more each time
FARTHEST = 2_000  # and how many in all: whoever is not among the newest of these has to be described better
RANKED = 300  # persons who may be meant: so many are compared by what they are called every day
KNOWN = ("name", "given_names", "first_surname", "search_key", "alias", "dni", "phone", "municipality")
_case, _person = table_of(CaseFile).c, table_of(Person).c
_PLAIN = [_case[name] for name in CaseRow._fields if name != "title"]
_SEALED = [_case.title, *(_person[name] for name in KNOWN)]
_LEVELS = list(Level)
_NEWEST = CaseFile.opened_at.desc(), CaseFile.id.desc()


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of case files: its statement is built once for each actor, for that takes longer than asking.

    ``tokens``: how many a person has to have. ``few``: those who have are looked up, else the newest cases are walked.
    """

    tokens: int
    few: bool
    folio: bool
    mine: bool
    after: bool


class _Row:
    """A case file that was found, and its person; what is sealed is opened when it is asked for."""

    __slots__ = ("_keyring", "_sealed", "case", "level")

    def __init__(self, keyring: Keyring, values: Sequence[Any]) -> None:
        self._keyring = keyring
        self.level = _LEVELS[values[0]]
        self.case = CaseRow(*values[1 : 1 + len(_PLAIN)])
        self._sealed = values[1 + len(_PLAIN) :]

    def open(self, column: Any) -> str:
        """The value of a sealed column; empty where there is none, or no person."""
        value = self._sealed[_PLACES[column.name]]
        return "" if value is None or is_empty(value) else str(opened(self._keyring, column, value))

    def fits(self, text: str, wanted: finding.Wanted) -> bool:
        """Tokens find what begins alike; here it is compared, as far as the actor sees it."""
        folios = (self.case.folio, self.case.previous_folio or "")
        return self._is(wanted) or any(text.upper() in folio for folio in folios)

    def _is(self, wanted: finding.Wanted) -> bool:
        personal = self.level.reaches(Level.N1)
        if wanted.digits:
            return personal and wanted.fits("", "", self.open(_person.dni), self.open(_person.phone))
        if not wanted.parts or not self.level.reaches(Level.NAME):
            return False
        names = self.open(_person.search_key).split()
        for column in (_person.alias, _person.municipality) if personal else (_person.alias,):
            if not wanted.without(names):
                return True
            names += sound(self.open(column)).split()
        return not wanted.without(names)

    def shown(self) -> tuple[CaseHead, str | None]:
        """As the actor sees it, with the name of the person."""
        named = self.level.reaches(Level.NAME)
        case = self.case._replace(title=self.open(_case.title)) if named else self.case
        return head(case, self.level), self.open(_person.name) or None if named else None


_PLACES = {column.name: place for place, column in enumerate(_SEALED)}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is looked for: what somebody typed, and what it means for the statement."""

    text: str
    wanted: finding.Wanted
    tokens: Sequence[int]
    at_most: int | None  # persons who have all tokens; None: very many
    folio: bool
    mine: bool

    @property
    def nobody(self) -> bool:
        """Whether it is certain that nothing is found."""
        return bool(self.text) and not self.tokens and not self.folio


def found(
    context: Context, text: str, *, mine: bool, after: tuple[datetime, UUID] | None = None
) -> Iterator[tuple[CaseHead, str | None]]:
    """Case files within reach with their person's name, the newest first, from behind the key ``after``.

    A name finds nothing of whoever may not see it, nor a number of theirs or their town.
    """
    return (row.shown() for row in _fitting(context, _asked(context, text, mine=mine), after))


def page(
    context: Context, text: str, *, mine: bool, first: int, size: int
) -> tuple[list[tuple[CaseHead, str | None]], bool]:
    """``size`` of them from the place ``first``, and whether there are more.

    Of up to ``RANKED`` who may be meant those come first who are called every day as was typed: by the first of their names
    and of their surnames, or by their alias.
    """
    asked = _asked(context, text, mine=mine)
    if asked.wanted.parts and not asked.folio and asked.at_most is not None and asked.at_most <= RANKED:
        every = _fitting(context, asked, size=RANKED + 1)
        calls: Iterable[_Row] = sorted(every, key=partial(_called, asked.wanted, cache(sound)), reverse=True)
    else:
        calls = _fitting(context, asked)
    rows = list(islice(calls, first, first + size + 1))
    return [row.shown() for row in rows[:size]], len(rows) > size


def _asked(context: Context, text: str, *, mine: bool) -> _Asked:
    text = text.strip()[:LONGEST]
    wanted = finding.wanted(text)
    tokens, at_most = finding.tokens(context, wanted.words()), None
    digits = len(wanted.digits) < DOCUMENT and any(c.isdecimal() or c == "-" for c in text)
    folio = bool(text) and (not tokens or digits)
    if tokens:
        tokens, at_most = finding.rarest_first(context, tokens)
    return _Asked(text, wanted, tokens, at_most, folio, mine)


def _fitting(
    context: Context, asked: _Asked, after: tuple[datetime, UUID] | None = None, size: int = CHUNK
) -> Iterator[_Row]:
    """Those that fit, the newest first; ``size`` are looked at first."""
    bound: dict[str, Any] = {
        **finding.bound(asked.tokens), "folio": _escaped(asked.text), "owner": context.actor.id,
    }  # fmt: skip
    looked = 0
    few = asked.at_most is not None
    while not asked.nobody and (looked < FARTHEST or not asked.text):
        question = _Question(len(asked.tokens), few, asked.folio, asked.mine, after is not None)
        at, id = after if after is not None else (None, None)
        rows = _statement(context.actor, question).all(context.session, {**bound, "most": size, "at": at, "last": id})
        for row in map(partial(_Row, keyring_of(context)), rows):
            if not asked.text or row.fits(asked.text, asked.wanted):
                yield row
        if len(rows) < size:
            return
        looked += len(rows)
        size = min(4 * size, LARGEST)
        after = row.case.opened_at, row.case.id


def _called(wanted: finding.Wanted, heard_as: Callable[[str], str], row: _Row) -> int:
    """How many of the parts that were typed are what somebody is called every day."""
    if not row.level.reaches(Level.NAME):
        return 0
    given, surname = row.open(_person.given_names).split()[:1], row.open(_person.first_surname)
    called = [*given, surname, row.open(_person.alias)] if given or surname else [row.open(_person.name)]
    names = [name for words in called if words for name in heard_as(words).split()]
    return len(wanted.parts) - len(wanted.without(names))


def similar(context: Context, text: str, *, mine: bool, size: int) -> list[tuple[CaseHead, str | None]]:
    """Up to ``size`` case files of persons whose name is not what was typed but much like it, the most alike first.

    Only those whose name the actor may see are looked for.
    """
    wanted = finding.wanted(text.strip()[:LONGEST])
    scores = people.sounding_like(context, wanted, partial(_within, context.actor, mine), size)
    if not scores:
        return []
    ids = list(scores) + [next(iter(scores))] * (size - len(scores))
    values = {f"person{place}": person_id for place, person_id in enumerate(ids)}
    rows = _theirs(context.actor, mine, size).all(context.session, values)
    alike = [(scores[values[0]], _Row(keyring_of(context), values[1:])) for values in rows]
    alike.sort(key=lambda found: (found[0], found[1].case.opened_at, found[1].case.id), reverse=True)
    return [row.shown() for _, row in alike[:size]]


def _escaped(text: str) -> str:
    """For a LIKE that escapes by a slash."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


@lru_cache(maxsize=200)
def _statement(actor: Actor, question: _Question) -> Prepared:
    """The newest case files that may fit; who they are of and what is sealed comes with ``most`` of them alone."""
    named = sees(actor, Level.NAME)
    query = select(CaseFile.id, CaseFile.opened_at)
    conditions: list[ColumnElement[bool]] = []
    tokens = [bindparam(name, type_=finding.TOKEN) for name in finding.bound(range(question.tokens))]
    if question.tokens:
        theirs = finding.having_all(question.tokens)
        if question.few and not question.folio:
            # They are listed first, so that no planner walks all cases for the few of them.
            persons = theirs.cte("persons").prefix_with("MATERIALIZED")
            query = query.join(persons, persons.c.person_id == CaseFile.person_id)
            conditions.append(named)
        else:
            are = CaseFile.person_id.in_(theirs) if question.few else finding.having(CaseFile.person_id, tokens)
            conditions.append(and_(are, named))
    if question.folio:
        part = bindparam("folio", type_=String())
        conditions += [column.icontains(part, escape="/") for column in (CaseFile.folio, CaseFile.previous_folio)]
    # Whose name is seen is seen to exist.
    query = query.where(or_(*conditions)) if conditions else query
    if question.folio or not question.tokens:
        query = query.where(visible_cases(actor))
    if question.mine:
        query = query.where(CaseFile.owner_id == bindparam("owner", type_=_case.owner_id.type))
    if question.after:
        place = bindparam("at", type_=_case.opened_at.type), bindparam("last", type_=_case.id.type)
        query = query.where(tuple_(CaseFile.opened_at, CaseFile.id) < tuple_(*place))
    if question.few and question.tokens and not question.folio:
        every = query.cte("every").prefix_with("MATERIALIZED")
        ordered = select(every.c.id).order_by(every.c.opened_at.desc(), every.c.id.desc())
    else:
        ordered = query.with_only_columns(CaseFile.id).order_by(*_NEWEST)
    chosen = ordered.limit(bindparam("most", type_=Integer)).subquery()
    whole = _whole(actor).join(chosen, chosen.c.id == CaseFile.id)
    return Prepared(whole.order_by(*_NEWEST))


@lru_cache(maxsize=200)
def _within(actor: Actor, mine: bool, tokens: int) -> Prepared:
    return finding.within(tokens, _named(actor, mine))


@lru_cache(maxsize=100)
def _theirs(actor: Actor, mine: bool, size: int) -> Prepared:
    """The cases of up to ``size`` persons, each behind its person's id."""
    one = one_of(CaseFile.person_id, [bindparam(f"person{place}", type_=_person.id.type) for place in range(size)])
    query = _whole(actor, _case.person_id).where(one, _named(actor, mine))
    return Prepared(query)


def _named(actor: Actor, mine: bool) -> ColumnElement[bool]:
    """Of which cases the actor sees whose they are."""
    named = sees(actor, Level.NAME)
    return and_(named, CaseFile.owner_id == actor.id) if mine else named


def _whole(actor: Actor, *before: Any) -> Select[Any]:
    columns = [*before, level_seen(actor), *_PLAIN, *map(as_sealed, _SEALED)]
    source = table_of(CaseFile).outerjoin(table_of(Person), _person.id == _case.person_id)
    return select(*columns).select_from(source)
