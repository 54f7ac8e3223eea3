"""Case files that a search finds: by folio, by the sound of a name or by document, the newest first.

The database narrows the search by the folio and by blind tokens; what that finds is opened and compared here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, tuple_
from sqlalchemy.orm import load_only

from engine.access.matrix import Level
from engine.access.policy import level_seen, sees, visible_cases
from engine.actions.seen import CaseHead, head
from engine.casework import finding, people
from engine.store import Context
from engine.store.tables.casework import CaseFile, Person

LONGEST = 100  # characters of a search
DOCUMENT = 13  # digits of an identity document, of which no folio has that many in a row
LISTED = 500  # persons that are named to the database one by one
CHUNK = 50  # case files that are opened and compared at once
# Of persons: every sealed column that is opened takes its time.
COMPARED = load_only(Person.name, Person.search_key, Person.alias, Person.dni, Person.phone, Person.municipality)
FARTHEST = 2_000  # and how many in all: whoever is not among the newest of these has to be described better


def found(
    context: Context, text: str, *, mine: bool, after: tuple[datetime, UUID] | None = None
) -> Iterator[tuple[CaseHead, str | None]]:
    """Case files within reach with their person's name, the newest first, from behind the key ``after``.

    A name finds nothing of whoever may not see it, nor a number of theirs or their town.
    """
    text = text.strip()[:LONGEST]
    wanted = finding.wanted(text)
    newest = CaseFile.opened_at.desc(), CaseFile.id.desc()
    query = select(CaseFile.id).where(visible_cases(context.actor)).order_by(*newest).limit(CHUNK)
    if text:
        query = query.where(or_(*_matches(context, text, wanted)))
    if mine:
        query = query.where(CaseFile.owner_id == context.actor.id)
    # The ids are put in order first: what is sealed is long, and only what is looked at is carried along.
    whole = (
        select(CaseFile, Person, level_seen(context.actor))
        .outerjoin(Person, Person.id == CaseFile.person_id)
        .options(COMPARED)
        .order_by(*newest)
    )
    looked = 0
    while looked < FARTHEST or not text:
        narrowed = query.where(tuple_(CaseFile.opened_at, CaseFile.id) < after) if after is not None else query
        rows = context.session.execute(whole.where(CaseFile.id.in_(narrowed))).all()
        for case, person, rank in rows:
            seen = head(case, list(Level)[rank])
            if not text or _fits(text, wanted, seen, person):
                yield seen, person.name if person is not None and seen.named else None
        if len(rows) < CHUNK:
            return
        looked += len(rows)
        after = rows[-1][0].opened_at, rows[-1][0].id


def page(
    context: Context, text: str, *, mine: bool, first: int, size: int
) -> tuple[list[tuple[CaseHead, str | None]], bool]:
    """``size`` of them from the place ``first``, and whether there are more."""
    rows = list(islice(found(context, text, mine=mine), first, first + size + 1))
    return rows[:size], len(rows) > size


def similar(context: Context, text: str, *, mine: bool, size: int) -> list[tuple[CaseHead, str | None]]:
    """Up to ``size`` case files of persons whose name is not what was typed but much like it, the most alike first.

    Only those whose name the actor may see are looked for.
    """
    wanted = finding.wanted(text.strip()[:LONGEST])
    reach = [sees(context.actor, Level.NAME)]
    if mine:
        reach.append(CaseFile.owner_id == context.actor.id)
    named = select(CaseFile.person_id).where(*reach)
    scores = people.sounding_like(context, wanted, named, size)
    rows = context.session.execute(
        select(CaseFile, Person, level_seen(context.actor))
        .join(Person, Person.id == CaseFile.person_id)
        .options(load_only(Person.name))
        .where(CaseFile.person_id.in_(scores), *reach)
    )
    alike = [
        (scores[person.id], head(case, list(Level)[rank]), person.name)
        for case, person, rank in (rows if scores else ())
    ]
    alike.sort(key=lambda row: (row[0], row[1].opened_at, row[1].id), reverse=True)
    return [(case, name) for _, case, name in alike[:size]]


def _matches(context: Context, text: str, wanted: finding.Wanted) -> list[ColumnElement[bool]]:
    matches: list[ColumnElement[bool]] = []
    tokens = finding.tokens(context, wanted.words())
    if tokens:
        # Few are looked up one by one. Of many the newest cases soon have enough.
        few = finding.persons(context, tokens, LISTED + 1)
        theirs: ColumnElement[bool] = CaseFile.person_id.in_(few) if few else false()
        if len(few) > LISTED:
            theirs = finding.having(CaseFile.person_id, tokens)
        matches.append(and_(theirs, sees(context.actor, Level.NAME)))
    if not tokens or (len(wanted.digits) < DOCUMENT and any(c.isdecimal() or c == "-" for c in text)):
        matches += [
            CaseFile.folio.icontains(text, autoescape=True),
            CaseFile.previous_folio.icontains(text, autoescape=True),
        ]
    return matches


def _fits(text: str, wanted: finding.Wanted, case: CaseHead, person: Person | None) -> bool:
    """Tokens find what begins alike; here it is compared."""
    named = person if case.named else None
    personal = (named.dni, named.phone, named.municipality) if named is not None and case.sees(Level.N1) else ()
    known = named is not None and wanted.fits(named.search_key, named.alias, *personal)
    return known or any(text.upper() in folio for folio in (case.folio, case.previous_folio or ""))
