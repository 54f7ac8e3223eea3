"""Calls that officers make and take about a case: written down in one step, from the case or from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select

from engine.access import audit
from engine.access.matrix import NEEDS, Level
from engine.access.policy import level_seen, require, require_case, sees
from engine.actions import keys
from engine.actions.cases import LONGEST_NOTE, keep_out
from engine.actions.seen import CaseHead, head
from engine.casework import offices, timeline
from engine.errors import Invalid, NotFound, Text
from engine.forms.kinds.identity import phone_number
from engine.forms.messages import Problem
from engine.store import Context
from engine.store.tables.casework import CaseFile, Person
from engine.store.tables.runtime import UserTask

OWN = 30  # cases that one is offered to write about
LONGEST_NAME = 120
LONGEST_PHONE = 40
MOST_MINUTES = 600
OLDEST = timedelta(days=366)
AHEAD = timedelta(minutes=5)  # that a clock may be fast

DIRECTIONS: Mapping[str, Text] = {
    "entrante": Text("Llamada recibida de", "Call received from"),
    "saliente": Text("Llamada hecha a", "Call made to"),
}
PARTIES: Mapping[str, Text] = {
    "persona": Text("La persona protegida", "The protected person"),
    "familiar": Text("Un familiar", "A relative"),
    "institucion": Text("Una institución", "An institution"),
    "otro": Text("Otra persona", "Somebody else"),
}
RESULTS: Mapping[str, Text] = {
    "contesto": Text("Contestó", "Answered"),
    "no_contesto": Text("No contestó", "No answer"),
    "ocupado": Text("Ocupado", "Busy"),
    "buzon": Text("Se dejó mensaje", "A message was left"),
    "equivocado": Text("Número equivocado", "Wrong number"),
    "cortada": Text("Se cortó", "Cut off"),
}
LEVELS = (Level.N1, Level.N2, Level.N3)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is typed: ``at`` by the clock of the actor's office, empty for now; ``minutes`` empty where unknown."""

    direction: str = ""
    party: str = ""
    who: str = ""
    phone: str = ""
    at: str = ""
    minutes: str = ""
    result: str = ""
    said: str = ""
    level: str = "N2"


def log(context: Context, case_id: UUID, call: Call, idempotency_key: str | None = None) -> None:
    """Write a call into the timeline of a case.

    Raises ``Invalid`` for each field of ``Call`` that is wrong, ``KeptOut`` for what the asylum firewall keeps out,
    ``NotFound``, ``Forbidden``, and ``Conflict`` where the case's data were erased.
    """
    require(context.actor, "case:annotate")
    keys.done_once(context, idempotency_key, lambda: _log(context, case_id, call))


def _log(context: Context, case_id: UUID, call: Call) -> None:
    require_case(context, case_id, NEEDS["case:annotate"])
    read = _read(context, call)
    keep_out(context, case_id, {"who": read["who"], "said": read["said"]})
    timeline.append(context, case_id, "call", _told(read, context.actor.office_code), level=call.level, **_kept(read))
    audit.record(context, "case:call", object_id=case_id, case_id=case_id, direction=call.direction)


def _read(context: Context, call: Call) -> dict[str, Any]:
    wrong: dict[str, Text] = {}
    choose = Text("Elija una opción.", "Choose one.")
    chosen = (("direction", DIRECTIONS), ("party", PARTIES), ("result", RESULTS), ("level", LEVELS))
    wrong.update({name: choose for name, known in chosen if getattr(call, name) not in known})
    who, said = call.who.strip(), call.said.strip()
    if len(who) > LONGEST_NAME:
        wrong["who"] = _too_long(LONGEST_NAME)
    if len(said) > LONGEST_NOTE:
        wrong["said"] = _too_long(LONGEST_NOTE)
    if call.party in ("familiar", "institucion", "otro") and not who:
        wrong["who"] = Text("Escriba con quién habló.", "Write with whom you spoke.")
    office = offices.facts(context, context.actor.office_code)
    phone, at, minutes = call.phone.strip(), context.now, None
    try:
        phone = phone_number(phone[: LONGEST_PHONE + 1], office.country) if phone else ""
    except Problem as problem:
        wrong["phone"] = problem.text
    try:
        at = _instant(context, call.at.strip(), ZoneInfo(office.timezone))
    except ValueError:
        wrong["at"] = Text(
            "Escriba un día y una hora que ya pasaron, del último año.",
            "Write a day and an hour that have passed, of the last year.",
        )
    try:
        minutes = minutes_of(call.minutes)
    except ValueError:
        wrong["minutes"] = Text(
            "Escriba minutos enteros, de 0 a {n}.", "Write whole minutes, from 0 to {n}.", {"n": MOST_MINUTES}
        )
    if wrong:
        raise Invalid(fields=wrong)
    return {
        "direction": call.direction, "party": call.party, "who": who, "phone": phone, "at": at, "minutes": minutes,
        "result": call.result, "said": said,
    }  # fmt: skip


def _instant(context: Context, typed: str, zone: ZoneInfo) -> datetime:
    """The instant that a clock in ``zone`` shows as ``typed``; a moment of its own. Raises ``ValueError``."""
    if not typed:
        return context.now
    at = datetime.fromisoformat(typed)
    at = at if at.tzinfo is not None else at.replace(tzinfo=zone)
    if not context.now - OLDEST <= at <= context.now + AHEAD:
        raise ValueError(typed)
    return at


def minutes_of(typed: str) -> int | None:
    """Whole minutes, at most ``MOST_MINUTES``; None where nothing is typed. Raises ``ValueError``."""
    typed = typed.strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 4 and int(typed) <= MOST_MINUTES):
        raise ValueError(typed)
    return int(typed)


def _too_long(most: int) -> Text:
    return Text("Escriba hasta {n} letras.", "Write up to {n} letters.", {"n": most})


def _kept(read: Mapping[str, Any]) -> dict[str, Any]:
    return {**read, "at": read["at"].isoformat(timespec="seconds")}


def _told(read: Mapping[str, Any], office_code: str) -> Text:
    """A call in a sentence, with the hour by the clock of the office that wrote it down."""
    office = offices.packaged()[office_code]
    local = read["at"].astimezone(ZoneInfo(office.timezone))
    sentence = {}
    for language in ("es", "en"):
        direction, party, result = (
            known[read[name]].in_language(language)
            for name, known in (("direction", DIRECTIONS), ("party", PARTIES), ("result", RESULTS))
        )
        whom = f"{read['who']} ({party.lower()})" if read["who"] else party.lower()
        facts = [
            f"{direction} {whom}", read["phone"], f"{local:%d/%m/%Y %H:%M} ({office.city})",
            f"{read['minutes']} min" if read["minutes"] is not None else "",
        ]  # fmt: skip
        sentence[language] = f"{', '.join(fact for fact in facts if fact)}. {result}. {read['said']}".strip()
    # What was said may hold braces, which are not places.
    return Text("{es}", "{en}", sentence)


def own(context: Context) -> Sequence[tuple[CaseHead, str | None]]:
    """Open cases of the actor to write about, with their person's name: those that they answer for or have tasks of."""
    require(context.actor, "case:annotate")
    held = exists().where(
        UserTask.case_id == CaseFile.id, UserTask.assignee_id == context.actor.id, UserTask.state == "open"
    )
    rows = context.session.execute(
        select(CaseFile, Person, level_seen(context.actor))
        .outerjoin(Person, Person.id == CaseFile.person_id)
        .where(
            or_(CaseFile.owner_id == context.actor.id, held),
            CaseFile.closed_at.is_(None),
            CaseFile.erased_at.is_(None),
            sees(context.actor, NEEDS["case:annotate"]),
        )
        .order_by(CaseFile.opened_at.desc(), CaseFile.id.desc())
        .limit(OWN)
    )
    return [(head(case, list(Level)[rank]), person.name if person is not None else None) for case, person, rank in rows]


def chosen(context: Context, case_id: str, folio: str) -> UUID:
    """The case that was meant: by its folio where one was written, else as picked.

    Raises ``Invalid`` with ``folio`` or ``case``, which never tells whether a case exists that is out of reach.
    """
    if folio.strip():
        written = folio.strip().upper()[:40]
        query = select(CaseFile.id).where(
            or_(CaseFile.folio == written, CaseFile.previous_folio == written),
            sees(context.actor, NEEDS["case:annotate"]),
        )
        found = context.session.scalars(query.order_by(CaseFile.opened_at.desc()).limit(1)).first()
        if found is None:
            raise Invalid(
                fields={"folio": Text("No hay un caso suyo con ese folio.", "No case of yours has that folio.")}
            )
        return found
    try:
        return require_case(context, UUID(case_id), NEEDS["case:annotate"]).id
    except (ValueError, NotFound) as error:
        raise Invalid(fields={"case": Text("Elija un caso.", "Choose a case.")}) from error
