"""Everybody whom the access matrix tells apart walks over every address, and sees of every kind of case what it says.

What is expected is read from the matrix's data alone. The product of roles, relations to the case, domains, compartments
and levels is whole wherever a list shows all cases at once, and in what the policy puts into queries. At the addresses of one
case it goes by classes: accounts with the same permissions, the same level of the case and the same part in its tasks are one,
and one of each class walks, by turns over the cases. A role that may make no key has no programs, and meets the API as a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.access import policy
from engine.access.actors import SYSTEM
from engine.access.matrix import (
    CLEARANCES,
    FIELD_LEVELS,
    FORM_LEVELS,
    NEEDS,
    PERMISSIONS,
    SCOPES,
    SUPERVISORS,
    Level,
    Reach,
)
from engine.casework import offices
from engine.clock import MovableClock
from engine.runtime.mining import Wanted, write_ocel, write_xes
from engine.settings import load
from engine.store import Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.programs import WebhookDelivery
from tests.conftest import NOW
from tests.webui.planted import HOME, LETTERED, RELATIONS, WALKING, Planted, Relation, World, level_for, words_in
from tests.webui.walking import rules
from webui.api.operations import OPERATIONS
from webui.app import create_app
from webui.permissions import ASKED, OPEN

PROGRAM = "/api/v1"


@dataclass(frozen=True)
class Walker:
    """An account in one role, and one case."""

    role: str
    relation: Relation
    case: Planted
    program: bool = False  # whether it comes with a key, whose scopes hold nothing of supervising

    def may(self, permission: str) -> bool:
        """Whether the role has a permission over anything."""
        return self.role in PERMISSIONS[permission]

    @property
    def level(self) -> Level | None:
        """How much of the case the matrix gives; nothing to who may read no case."""
        return level_for(self.role, self.relation, self.case) if self.may("case:read") else None

    def sees(self, wanted: Level) -> bool:
        """Whether that is at least so much."""
        return self.level is not None and self.level.reaches(wanted)

    @property
    def fits(self) -> bool:
        """Whether the case's tasks may be offered: cleared, or on the case."""
        strange = self.case.compartments - CLEARANCES.get(self.role, frozenset())
        on_it = self.relation.reaches & {Reach.NAMED, Reach.TASK, Reach.BEGUN}
        if Reach.OPENED in self.relation.reaches and "QUEJA" not in self.case.compartments:
            return True
        return self.relation.cleared or bool(on_it) or not strange

    @property
    def holds(self) -> bool:
        """Whether the account has the case's first task in hand."""
        return Reach.TASK in self.relation.reaches

    @property
    def is_offered(self) -> bool:
        """Whether the other one is offered to it; to roles that serve from headquarters wherever it is."""
        everywhere = self.relation.office == offices.HEADQUARTERS and self.role in policy.EVERYWHERE
        return self.fits and (self.relation.offered or everywhere)

    def supervises(self, office: str) -> bool:
        """Whether it looks after the open tasks of an office."""
        everywhere = self.relation.office == offices.HEADQUARTERS and self.role in SUPERVISORS
        return everywhere or (self.relation.office == office and self.may("supervision:read") and not self.program)

    def reads_task(self, which: str) -> bool:
        """Whether it may see a task of the case."""
        mine = self.holds if which == "hand" else self.is_offered
        return self.may("task:read") and (mine or self.supervises(HOME if which == "hand" else "ES-MAD"))

    @property
    def alike(self) -> tuple[object, ...]:
        """What tells accounts apart at the addresses of a case."""
        allowed = frozenset(name for name, roles in PERMISSIONS.items() if self.role in roles)
        near = self.relation.office in (HOME, offices.HEADQUARTERS)
        return allowed, self.level, self.holds, self.is_offered, self.supervises(HOME), self.supervises("ES-MAD"), near

    def words(self, *what: str) -> set[str]:
        """Values of the case."""
        return {self.case.word(item) for item in what}

    def upto(self, what: str, levels: tuple[Level, ...] = FIELD_LEVELS) -> set[str]:
        """The values of each level that is seen."""
        return self.words(*(f"{what}{level}" for level in levels if self.sees(level)))

    def head(self, *, kind: bool = False) -> set[str]:
        """What a list shows of the case."""
        if self.level is None:
            return set()
        named = self.words("nombre") if self.sees(Level.NAME) else set()
        return {self.case.folio} | named | (self.words("tipo") if kind and self.sees(Level.N0) else set())

    def task_line(self, which: str) -> set[str]:
        """What a list shows of a task."""
        name = self.words("tarea" if which == "hand" else "oferta") if self.sees(Level.N0) else set()
        return {self.case.folio} | name | (self.words("nombre") if self.sees(Level.NAME) else set())


@dataclass(frozen=True)
class Answer:
    """What the matrix lets an address answer: its status (several: not told apart), and the values in it."""

    status: tuple[int, ...]
    words: frozenset[str] = frozenset()


def given(words: set[str], *status: int) -> Answer:
    return Answer(status or (200,), frozenset(words))


def refused(*status: int) -> Answer:
    return Answer(status or (403,))


def of_case(walker: Walker, needed: Level, answer: Callable[[], Answer]) -> Answer:
    """Not there for who sees nothing; refused to who sees too little."""
    if walker.level is None:
        return refused(404)
    return answer() if walker.sees(needed) else refused(403)


def case_page(walker: Walker) -> Answer:
    def page() -> Answer:
        found = walker.head(kind=True) | walker.upto("nota") | walker.upto("carta", LETTERED) | walker.upto("archivo")
        found |= walker.words("tarea", "oferta") if walker.sees(Level.N0) else set()
        found |= walker.upto("contacto", LETTERED)
        found |= walker.words("alias") | {walker.case.dni} if walker.sees(Level.N2) else set()
        return given(found | (walker.words("foto") if walker.sees(Level.N2) else set()))

    return of_case(walker, Level.META, page)


def starting_page(walker: Walker) -> Answer:
    """What can be started is no secret of the case: to who sees too little of it nothing is offered."""
    return of_case(walker, Level.META, lambda: given({walker.case.folio}))


def copy_of_case(walker: Walker) -> Answer:
    """The same on paper."""
    return of_case(walker, NEEDS["case:export"], lambda: given(set(case_page(walker).words)))


def case_data(walker: Walker) -> Answer:
    tasks = walker.words("tarea", "oferta") if walker.sees(Level.N0) else set()
    return of_case(walker, Level.META, lambda: given(walker.head(kind=True) | tasks))


def happened(walker: Walker) -> Answer:
    def page() -> Answer:
        # That a case was classified is of level N0, and tells its folio.
        folio = {walker.case.folio} if walker.sees(Level.N0) else set()
        return given(folio | walker.upto("nota") | walker.upto("carta", LETTERED))

    return of_case(walker, Level.META, page)


def history_page(walker: Walker) -> Answer:
    """The folio is the case's own here, and stands at the top for whoever may know of it."""
    found = {walker.case.folio} | walker.upto("nota") | walker.upto("carta", LETTERED)
    return of_case(walker, Level.META, lambda: given(found))


def contacts_page(walker: Walker) -> Answer:
    found = {walker.case.folio} | walker.upto("contacto", LETTERED)
    return of_case(walker, Level.META, lambda: given(found))


def contact_form(*status: int) -> Callable[[Walker], Answer]:
    return lambda walker: of_case(walker, NEEDS["case:contact"], lambda: given({walker.case.folio}, *status))


def contact_page(level: Level, walker: Walker) -> Answer:
    """A contact of the case: above the reader's level it is not there."""

    def page() -> Answer:
        return given({walker.case.folio} | walker.words(f"contacto{level}")) if walker.sees(level) else refused(404)

    return of_case(walker, NEEDS["case:contact"], page)


def contact_act(level: Level, status: int, walker: Walker) -> Answer:
    def answer() -> Answer:
        shown = {walker.case.folio} if status == 422 else set()
        return given(shown, status) if walker.sees(level) else refused(404)

    return of_case(walker, NEEDS["case:contact"], answer)


def contact_data(walker: Walker) -> Answer:
    return of_case(walker, Level.META, lambda: given(walker.upto("contacto", LETTERED)))


def contact_data_act(level: Level, status: int, walker: Walker) -> Answer:
    needed = NEEDS["case:contact"]
    return of_case(walker, needed, lambda: given(set(), status) if walker.sees(level) else refused(404))


def related_data(walker: Walker) -> Answer:
    return of_case(walker, Level.META, lambda: given(set()))


def related_page(walker: Walker) -> Answer:
    return of_case(walker, Level.META, lambda: given({walker.case.folio}))


def related_act(status: int, walker: Walker) -> Answer:
    shown = {walker.case.folio} if status == 422 else set()
    return of_case(walker, NEEDS["case:relate"], lambda: given(shown, status) if status != 404 else refused(404))


def papers(walker: Walker) -> Answer:
    return of_case(walker, Level.META, lambda: given(walker.upto("carta", LETTERED)))


def letter(level: Level, walker: Walker) -> Answer:
    if not walker.may("document:read"):
        return refused(403)
    return of_case(walker, level, lambda: given(walker.words(f"dentro{level}")))


def letter_act(level: Level, status: int, walker: Walker) -> Answer:
    return of_case(walker, level, lambda: given(set(), status))


def stored(level: Level, word: str, walker: Walker) -> Answer:
    return given(walker.words(word) if word else set()) if walker.sees(level) else refused(404)


def stored_list(walker: Walker) -> Answer:
    photo = walker.words("foto") if walker.sees(Level.N2) else set()
    return of_case(walker, Level.META, lambda: given(walker.upto("archivo") | photo))


def act(needed: Level, status: int, walker: Walker) -> Answer:
    return of_case(walker, needed, lambda: given(set(), status))


def note_act(walker: Walker) -> Answer:
    """A note that is refused is shown its page again."""
    return of_case(walker, NEEDS["case:annotate"], lambda: replace(case_page(walker), status=(422,)))


def event_act(walker: Walker) -> Answer:
    return of_case(walker, NEEDS["case:event"], lambda: replace(case_page(walker), status=(422,)))


def reopen_act(walker: Walker) -> Answer:
    return of_case(walker, Level.META, lambda: replace(case_page(walker), status=(422,)))


def access_page(*status: int) -> Callable[[Walker], Answer]:
    return lambda walker: of_case(walker, Level.META, lambda: given({walker.case.folio}, *status))


def merging_page(walker: Walker) -> Answer:
    return of_case(walker, NEEDS["person:merge"], lambda: given({walker.case.folio} | walker.words("nombre")))


def merging_act(status: int, walker: Walker) -> Answer:
    if status == 422 and walker.sees(NEEDS["person:merge"]):
        return replace(merging_page(walker), status=(422,))
    return act(NEEDS["person:merge"], status, walker)


def nothing_there(walker: Walker) -> Answer:
    return refused(404)


def removing(walker: Walker) -> Answer:
    """Whoever may remove the photo is not let do it here: the others walk on it."""
    if not walker.sees(Level.N2):
        return refused(404)
    return refused(403) if not walker.supervises(HOME) else Answer(())


def task_page(which: str, walker: Walker) -> Answer:
    if not walker.reads_task(which):
        return refused(404)
    line = walker.task_line(which) - (walker.words("nombre") if walker.program else set())
    return given(line | _answers(which, walker))


def _answers(which: str, walker: Walker) -> set[str]:
    """Who has it in hand sees its form's answers up to their role's level; who is offered it has to take it first."""
    most = FORM_LEVELS.get(walker.role, Level.META)
    held = which == "hand" and walker.holds and walker.may("task:complete")
    return walker.words(*(f"resp{level}" for level in FIELD_LEVELS if most.reaches(level))) if held else set()


def given_answers(walker: Walker) -> Answer:
    """What a task was completed with: each answer up to the reader's level of the case."""
    return of_case(walker, NEEDS["case:answers"], lambda: given({walker.case.folio} | walker.upto("dicho")))


def answers_data(walker: Walker) -> Answer:
    return of_case(walker, NEEDS["case:answers"], lambda: given(walker.upto("dicho")))


def task_act(which: str, walker: Walker) -> Answer:
    """Nothing is done, for a version is named that there is not; but who may not see the task is told nothing of it."""
    return Answer((200, 403, 404, 409, 412, 422)) if walker.reads_task(which) else refused(404)


def desk_act(endpoint: str, which: str, walker: Walker) -> Answer:
    """What a holder does it changes; who may not see the task, or does not hold what is arranged, finds none."""
    if endpoint == "arrange":
        return Answer(()) if which == "hand" and walker.holds else refused(404)
    return Answer(()) if walker.reads_task(which) else refused(404)


def instance_page(walker: Walker) -> Answer:
    return of_case(walker, NEEDS["process:repair"], lambda: given({walker.case.folio}))


def instance_act(walker: Walker) -> Answer:
    return of_case(walker, NEEDS["process:repair"], lambda: given({walker.case.folio}, 422))


def retrying(walker: Walker) -> Answer:
    if walker.may("incident:keep") or walker.level is not None:
        return Answer(())  # it would be done
    return refused(404)


def telling(walker: Walker) -> Answer:
    reached = walker.relation.office in (HOME, offices.HEADQUARTERS)
    return Answer((422,)) if reached else refused(404)


Where = Callable[[Planted], str]


@dataclass(frozen=True)
class Door:
    """One request that names a thing of a case, and what it should answer; ``sent`` changes nothing where it is let in."""

    endpoint: str
    where: Where
    answer: Callable[[Walker], Answer]
    sent: dict[str, Any] | Callable[[Planted], dict[str, Any]] | None = None
    method: str = ""

    @property
    def verb(self) -> str:
        """The method of the request."""
        return self.method or ("GET" if self.sent is None else "POST")


def same_draft(case: Planted) -> dict[str, Any]:
    """What is in the draft of a task already."""
    return {"values": {f"resp{level}": case.word(f"resp{level}") for level in FIELD_LEVELS}}


STRANGER = "0190a000-0000-7000-8000-000000000000"


def _doors() -> Iterator[Door]:
    def of(pattern: str) -> Where:
        return lambda case: pattern.format(**vars(case), c=case.id)

    yield Door("officer.case", of("/casos/{c}"), case_page)
    yield Door("officer.add_note", of("/casos/{c}/notas"), note_act, {"nota": ""})
    yield Door("officer.report_event", of("/casos/{c}/hechos"), event_act, {"mensaje": "nada"})
    yield Door("officer.reopen", of("/casos/{c}/reabrir"), reopen_act, {"motivo": ""})
    yield Door("log.history", of("/casos/{c}/historia"), history_page)
    yield Door("officer.answered", of("/tareas/{done}/respuestas"), given_answers)
    yield Door("api.task_answers", of(PROGRAM + "/tasks/{done}/answers"), answers_data)
    yield Door("contacts.listing", of("/casos/{c}/contactos"), contacts_page)
    yield Door("contacts.new", of("/casos/{c}/contactos/nuevo"), contact_form(200))
    yield Door("contacts.add", of("/casos/{c}/contactos"), contact_form(422), {"name": ""})
    for level in LETTERED:
        contact = f"/casos/{{c}}/contactos/{{contacts[{level}]}}"
        yield Door("contacts.edit", of(contact), partial(contact_page, level))
        yield Door("contacts.change", of(contact), partial(contact_act, level, 422), {"name": ""})
        yield Door("contacts.put", of(contact + "/devolver"), partial(contact_act, level, 302), {})
    yield Door("related.listing", of("/casos/{c}/relacionados"), related_page)
    yield Door("related.add", of("/casos/{c}/relacionados"), partial(related_act, 422), {"folio": ""})
    gone = of(f"/casos/{{c}}/relacionados/{STRANGER}/quitar")
    yield Door("related.remove", gone, partial(related_act, 404), {})
    yield Door("access.show", of("/casos/{c}/acceso"), access_page(200))
    yield Door("access.name", of("/casos/{c}/acceso/personas"), access_page(422), {"persona": "nadie"})
    yield Door("access.unname", of(f"/casos/{{c}}/acceso/personas/{STRANGER}/retirar"), nothing_there, {})
    yield Door("access.guard", of("/casos/{c}/acceso/oficinas"), access_page(422), {"oficina": "XX"})
    yield Door("access.unguard", of("/casos/{c}/acceso/oficinas/XX/retirar"), nothing_there, {})
    yield Door("retention.show", of("/casos/{c}/conservacion"), access_page(200))
    yield Door("retention.change", of("/casos/{c}/conservacion/retener"), access_page(422), {"motivo": ""})
    yield Door("persons.show", of("/casos/{c}/persona"), merging_page)
    yield Door("persons.choose", of("/casos/{c}/persona"), partial(merging_act, 422), {"folio": "NADA"})
    yield Door("persons.compare", of("/casos/{c}/persona/unir/{c}"), partial(merging_act, 404))
    yield Door("persons.merge", of("/casos/{c}/persona/unir/{c}"), partial(merging_act, 404), {})
    yield Door("persons.part", of(f"/casos/{{c}}/persona/separar/{STRANGER}"), partial(merging_act, 404), {})
    yield Door("files.add", of("/casos/{c}/archivos"), partial(act, NEEDS["case:annotate"], 302), {})
    yield Door("files.remove", of("/archivos/{photo}/retirar"), removing, {})
    yield Door("files.content", of("/archivos/{photo}"), partial(stored, Level.N2, ""))
    yield Door("files.thumbnail", of("/archivos/{photo}/miniatura"), partial(stored, Level.N2, ""))
    for level in FIELD_LEVELS:
        yield Door("files.content", of(f"/archivos/{{files[{level}]}}"), partial(stored, level, f"dentro{level}"))
        yield Door("api.file_read", of(f"{PROGRAM}/files/{{files[{level}]}}"), partial(stored, level, f"dentro{level}"))
    yield Door("starting.choose", of("/casos/{c}/procedimientos/nuevo"), starting_page)
    yield Door("starting.start", of("/casos/{c}/procedimientos/nuevo"), partial(act, NEEDS["case:start"], 404), {"proceso": "nada"})  # fmt: skip
    yield Door("starting.standing", of("/casos/{c}/procedimientos/preguntas"), partial(act, NEEDS["case:start"], 404), {"proceso": "nada"})  # fmt: skip
    yield Door("letters.copy", of("/casos/{c}/copia.pdf"), copy_of_case)
    yield Door("letters.writable", of("/casos/{c}/cartas/nueva"), partial(act, NEEDS["document:write"], 200))
    yield Door(
        "letters.write", of("/casos/{c}/cartas/nueva"), partial(act, NEEDS["document:write"], 404), {"carta": "nada"}
    )
    for level in LETTERED:
        paper = f"/documentos/{{letters[{level}]}}"
        yield Door("letters.pdf", of(paper + ".pdf"), partial(letter, level))
        yield Door("letters.sign", of(paper + "/firmar"), partial(letter_act, level, 409), {})
        yield Door("letters.void", of(paper + "/anular"), partial(letter_act, level, 422), {})
        yield Door("api.document_read", of(f"{PROGRAM}/documents/{{letters[{level}]}}"), partial(letter, level))
    for which in ("hand", "offer"):
        yield Door("officer.task", of(f"/tareas/{{{which}}}"), partial(task_page, which))
        for endpoint, end in (("complete", ""), ("claim", "/tomar"), ("release", "/soltar"), ("standing", "/preguntas"), ("add_file", "/archivos"), ("alike", "/parecidas")):  # fmt: skip
            yield Door(
                f"officer.{endpoint}", of(f"/tareas/{{{which}}}{end}"), partial(task_act, which), {"version": "99"}
            )
        for endpoint, end in (("give", "pasar"), ("arrange", "seguimiento"), ("comment", "comentarios"), ("draft", "borrador")):  # fmt: skip
            yield Door(f"desk.{endpoint}", of(f"/tareas/{{{which}}}/{end}"), partial(desk_act, endpoint, which), {})
        yield Door("api.task_read", of(f"{PROGRAM}/tasks/{{{which}}}"), partial(task_page, which))
        for end in ("claim", "release", "complete"):
            body = {"values": {}} if end == "complete" else {}
            yield Door(f"api.task_{end}", of(f"{PROGRAM}/tasks/{{{which}}}/{end}"), partial(task_act, which), body)
        yield Door("api.task_draft", of(f"{PROGRAM}/tasks/{{{which}}}/draft"), partial(task_act, which), same_draft, "PUT")  # fmt: skip
    yield Door("api.case_read", of(PROGRAM + "/cases/{c}"), case_data)
    yield Door("api.case_timeline", of(PROGRAM + "/cases/{c}/timeline"), happened)
    yield Door("api.case_documents", of(PROGRAM + "/cases/{c}/documents"), papers)
    yield Door("api.case_files", of(PROGRAM + "/cases/{c}/files"), stored_list)
    yield Door("api.file_read", of(PROGRAM + "/files/{photo}"), partial(stored, Level.N2, ""))
    yield Door("api.case_note", of(PROGRAM + "/cases/{c}/notes"), partial(act, NEEDS["case:annotate"], 422), {"text": " "})  # fmt: skip
    yield Door("api.case_call", of(PROGRAM + "/cases/{c}/calls"), partial(act, NEEDS["case:annotate"], 422), {"direction": "entrante", "party": "persona", "result": "contesto", "phone": "12"})  # fmt: skip
    yield Door("api.case_event", of(PROGRAM + "/cases/{c}/events"), partial(act, NEEDS["case:event"], 422), {"message": "nada"})  # fmt: skip
    yield Door("api.case_start", of(PROGRAM + "/cases/{c}/procedures"), partial(act, NEEDS["case:start"], 404), {"process": "nada", "reason": ""})  # fmt: skip
    new = {"kind": "nada", "name": "x"}
    sent = of(PROGRAM + "/cases/{c}/files?name=x.txt")
    yield Door("api.case_file_add", sent, partial(act, NEEDS["case:annotate"], 415), {})
    yield Door("api.case_contacts", of(PROGRAM + "/cases/{c}/contacts"), contact_data)
    yield Door(
        "api.case_contact_add", of(PROGRAM + "/cases/{c}/contacts"), partial(act, NEEDS["case:contact"], 422), new
    )
    for level in LETTERED:
        contact = f"{PROGRAM}/cases/{{c}}/contacts/{{contacts[{level}]}}"
        yield Door("api.case_contact_change", of(contact), partial(contact_data_act, level, 422), new, "PUT")
        yield Door("api.case_contact_restore", of(contact + "/restore"), partial(contact_data_act, level, 200), {})
    gone = of(f"{PROGRAM}/cases/{{c}}/contacts/{STRANGER}")
    yield Door("api.case_contact_remove", gone, partial(act, NEEDS["case:contact"], 404), None, "DELETE")
    yield Door("api.case_related", of(PROGRAM + "/cases/{c}/related"), related_data)
    relation = {"folio": "NADA", "kind": "otra", "reason": "x"}
    yield Door("api.case_relate", of(PROGRAM + "/cases/{c}/related"), partial(act, NEEDS["case:relate"], 422), relation)
    gone = of(f"{PROGRAM}/cases/{{c}}/related/{STRANGER}")
    yield Door("api.case_unrelate", gone, partial(act, NEEDS["case:relate"], 404), None, "DELETE")
    yield Door("supervisor.instance", of("/supervision/procesos/{instance}"), instance_page)
    yield Door("supervisor.repair", of("/supervision/procesos/{instance}/suspender"), instance_act, {"reason": ""})
    yield Door("supervisor.retry", of("/supervision/incidentes/{incident}"), retrying, {})


DOORS = tuple(_doors())


@dataclass(frozen=True)
class Listing:
    """A page that shows many cases, and what of each."""

    endpoint: str
    where: str
    line: Callable[[Walker], set[str]]


def _if(holds: bool, words: set[str]) -> set[str]:
    return words if holds else set()


LISTINGS = (
    Listing("officer.listing", "/casos", Walker.head),
    Listing("api.case_list", PROGRAM + "/cases", lambda w: w.head(kind=True)),
    Listing("officer.inbox", "/tareas?view=mine", lambda w: _if(w.holds, w.task_line("hand"))),
    Listing("officer.inbox", "/tareas?view=unclaimed", lambda w: _if(w.is_offered, w.task_line("offer"))),
    Listing("desk.news", "/tareas/novedades?view=mine", lambda w: _if(w.holds, w.task_line("hand"))),
    Listing("api.task_list", PROGRAM + "/tasks?view=mine", lambda w: _if(w.holds, w.task_line("hand"))),
    Listing("api.task_list", PROGRAM + "/tasks?view=office", lambda w: _if(w.reads_task("hand"), w.task_line("hand")) | _if(w.reads_task("offer"), w.task_line("offer"))),
    Listing("api.task_list", PROGRAM + "/tasks?view=overdue", lambda w: _if(w.reads_task("hand"), w.task_line("hand")) | _if(w.reads_task("offer"), w.task_line("offer"))),
    Listing("supervisor.overview", "/supervision/", Walker.head),
    Listing("supervisor.incidents", "/supervision/incidentes", lambda w: _if(w.level is not None, {w.case.folio}) | _if(w.sees(Level.N2), w.words("incidente"))),
    Listing("supervisor.procedure", "/supervision/procedimientos/{definition}", lambda w: _if(w.sees(Level.N0), {w.case.folio})),
    Listing("account.notices", "/avisos", lambda w: _if(w.sees(Level.N0), w.words("aviso"))),
    Listing("retention.listing", "/conservacion", lambda w: set()),  # of closed cases, and these are open
    Listing("auditor.openings", "/auditoria/aperturas", lambda w: {w.case.folio} | w.words("motivo")),
)  # fmt: skip
# Rows of the audit name cases by folio, and hold nothing else of them; the newest are shown, whichever they are.
ONLY_FOLIOS = {"auditor.listing": "/auditoria"}
# What is typed into a search or a box, and comes back as it was typed; what they answer is looked at by tests of their own.
TYPED = {"access.unseal": "test_a_case_is_opened_with_a_reason_only_by_who_may_and_nobody_learns_of_one_by_trying", "api.message_publish": "test_a_connected_system_reaches_its_cases", "log.write": "test_a_case_is_offered_for_a_note_to_who_may_name_it", "log.add": "test_a_case_is_offered_for_a_note_to_who_may_name_it"}  # fmt: skip
# These show nothing of any case.
BARE = frozenset(
    {
        "access.rules", "account.notices_read", "account.sign_out", "admin.answer_recovery", "help.show",
        "admin.ask_recovery", "admin.clear", "admin.end_sessions", "admin.invite", "admin.invite_again", "admin.listing",
        "admin.place", "admin.set_active", "admin.show", "api.case_open", "api.definition_list", "api.me", "api.office_list",
        "api.openapi", "auditor.review", "catalogue.guide", "catalogue.listing", "catalogue.picture", "catalogue.sheet",
        "connections.listing", "connections.new", "connections.remove", "connections.send_again", "connections.set_active",
        "connections.show", "contacts.directory", "contacts.unshare", "desk.announce", "desk.away", "desk.call_off", "desk.drop", "desk.keep", "desk.search", "desk.several", "designer.check", "designer.decision_trial", "designer.edit", "designer.listing",
        "designer.publish", "designer.save", "designer.source", "designer.trial", "designer.version", "designer.versions",
        "officer.diagram_source", "officer.home", "officer.new_case", "officer.open_case", "officer.search", "own.confirm", "own.end_others",
        "own.end_session", "own.factor", "own.new_codes", "own.new_passkey", "own.new_totp", "own.notices", "own.password",
        "own.remove_passkey", "own.remove_totp", "own.show", "own.totp_page", "program_keys.end", "program_keys.new",
        "retention.erase", "scenarios.accept", "scenarios.discard", "scenarios.edit", "scenarios.listing", "scenarios.new", "scenarios.one",
        "scenarios.play", "scenarios.play_all", "scenarios.procedure", "supervisor.procedures", "supervisor.workload",
    }
)  # fmt: skip


def test_every_address_is_walked_or_shows_nothing(world: World) -> None:
    walked = {item.endpoint for item in (*DOORS, *LISTINGS)} | ONLY_FOLIOS.keys() | TYPED.keys()

    assert {rule.endpoint for rule, _ in rules(world.app)} - OPEN == walked | BARE
    assert not walked & BARE
    for name in TYPED.values():
        assert name in globals()


@pytest.fixture(scope="module")
def world(_migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The planted store, one for all walks: none of them changes anything but the audit."""
    yield from planted_world(_migrated_file, tmp_path_factory.mktemp("walk"))


def planted_world(migrated: Path, folder: Path, without: frozenset[int] = frozenset()) -> Iterator[World]:
    """A planted store of its own."""
    file = folder / "siproc.sqlite"
    file.write_bytes(migrated.read_bytes())
    store, app = opened(file)
    yield World(store, app, app.extensions["siproc"]["room"], without)
    store.close()


def opened(file: Path) -> tuple[Store, Flask]:
    """A store and its application; its files are beside it."""
    store = Store(f"sqlite:///{file}", clock=MovableClock(NOW))
    settings = load({"SIPROC_DATA_DIR": str(file.parent), "SIPROC_SECURE_COOKIES": "0", "SIPROC_API_RATE": "1000000"})
    app = create_app(store, replace(settings, public_url="http://localhost", second_factor="none"))
    app.config["WTF_CSRF_ENABLED"] = False
    return store, app


class Session:
    """An account that asks, by its session or by its key, and the audit rows that it left."""

    def __init__(self, world: World, relation: Relation) -> None:
        self.world, self.user_id = world, world.users[relation.name]
        self.browser = world.app.test_client()
        self.browser.set_cookie("siproc", world.secrets[relation.name])
        key = world.keys[relation.name]
        self.program = world.app.test_client(use_cookies=False) if key else None
        self.headers = {"Authorization": f"Bearer {key}"}

    def ask(self, method: str, where: str, sent: Any) -> TestResponse:
        """One request."""
        if where.startswith(PROGRAM):
            assert self.program is not None
            return self.program.open(where, method=method, json=sent, headers={**self.headers, "If-Match": '"99"'})
        return self.browser.open(where, method=method, data=sent)

    def traces(self, since: UUID) -> list[tuple[bool, UUID | None]]:
        """The audit rows that it left since: allowed or not, of which case."""
        row = AuditEntry
        query = select(row.allowed, row.case_id).where(row.actor_id == self.user_id, row.id > since)
        with self.world.store.engine.connect() as connection:
            return [(bool(allowed), case_id) for allowed, case_id in connection.execute(query)]


def in_scope(role: str, endpoint: str) -> bool:
    """Whether a key of the role may have the scope of an operation, and whether it reaches so far."""
    found = next((item for item in OPERATIONS if f"api.{item.name}" == endpoint), None)
    return found is None or found.scope is None or any(role in PERMISSIONS[name] for name in SCOPES[found.scope])


# What a key's scope holds beside what the operation needs; for the others the scope says it all.
NEEDED = {
    "api.case_call": "case:annotate",
    "api.task_answers": "case:answers",
    "api.case_file_add": "case:annotate",
    "api.case_contact_add": "case:contact",
    "api.case_contact_change": "case:contact",
    "api.case_contact_remove": "case:contact",
    "api.case_contact_restore": "case:contact",
    "api.case_note": "case:annotate",
    "api.case_event": "case:event",
    "api.case_relate": "case:relate",
    "api.case_start": "case:start",
    "api.case_unrelate": "case:relate",
    "api.document_read": "document:read",
}


def let_in(role: str, endpoint: str) -> bool:
    """Whether the role passes the door, whatever is behind it."""
    if endpoint.startswith("api."):
        needed = NEEDED.get(endpoint)
        return in_scope(role, endpoint) and (needed is None or role in PERMISSIONS[needed])
    return endpoint not in ASKED or any(role in PERMISSIONS[name] for name in ASKED[endpoint])


@pytest.mark.parametrize("role", WALKING)
def test_everybody_sees_of_every_case_what_the_matrix_says(world: World, role: str) -> None:
    world.become(role)
    wrong: list[object] = []
    for relation in RELATIONS:
        session = Session(world, relation)
        walkers = [Walker(role, relation, case) for case in world.planted]
        wrong += _policy_differs(world, walkers)
        for item in LISTINGS:
            wrong += _look(world, session, item, walkers)
        for where in ONLY_FOLIOS.values():
            shown = words_in(session.ask("GET", where, None).get_data(as_text=True), world.planted)
            wrong += [(relation.name, where, word) for word in shown - {case.folio for case in world.planted}]
        for walker in _new_classes(world, walkers):
            for door in DOORS:
                wrong += _knock(world, session, door, walker)
    assert wrong == [], "\n".join(map(str, wrong))


def _new_classes(world: World, walkers: list[Walker]) -> Iterator[Walker]:
    """One walker of each class that nobody has walked for yet, by turns over the cases."""
    alike: dict[tuple[object, ...], list[Walker]] = {}
    for walker in walkers:
        alike.setdefault(walker.alike, []).append(walker)
    for key in alike.keys() - world.walked:
        yield alike[key][len(world.walked) % len(alike[key])]
        world.walked.add(key)


def _refused_before(world: World, role: str, what: str, enters: bool) -> bool:
    """Whether the role was turned away here already: that is done before anything is looked at."""
    before = (role, what) in world.walked
    if not enters:
        world.walked.add((role, what))
    return before


def _policy_differs(world: World, walkers: list[Walker]) -> Iterator[object]:
    """Where what the policy puts into queries is not what the matrix says, of every case."""
    actor = world.actor(walkers[0].relation.name)
    query = select(CaseFile.id, policy.level_seen(actor))
    ranks = world.store.read(lambda context: {row.id: row[1] for row in context.session.execute(query)}, SYSTEM)
    for walker in walkers:
        expected = -1 if walker.level is None else walker.level.rank
        if ranks[walker.case.id] != expected:
            yield walker.relation.name, walker.case.domain, walker.case.compartments, ranks[walker.case.id], expected


def _look(world: World, session: Session, item: Listing, walkers: list[Walker]) -> Iterator[object]:
    role, relation = walkers[0].role, walkers[0].relation
    program, enters = item.where.startswith(PROGRAM), let_in(role, item.endpoint)
    if (program and session.program is None) or _refused_before(world, role, item.where, enters):
        return
    where = item.where.format(definition=world.definition)
    since = new_id()
    answer = session.ask("GET", where, None)
    if answer.status_code != (200 if enters else 403):
        yield relation.name, item.where, answer.status_code
        return
    body = answer.get_data(as_text=True)
    while enters and program and (after := answer.json["next"]) is not None:
        answer = session.ask("GET", f"{where}{'&' if '?' in where else '?'}after={quote(after)}", None)
        body += answer.get_data(as_text=True)
    asking = [replace(walker, program=program) for walker in walkers]
    expected = set().union(*map(item.line, asking)) if enters else set()
    shown = words_in(body, world.planted)
    if shown != expected:
        yield relation.name, item.where, "shows", sorted(shown - expected), "hides", sorted(expected - shown)
    traced = item.endpoint == "account.notices" or not (expected or not enters)
    if not traced and not any(allowed is enters for allowed, _ in session.traces(since)):
        yield relation.name, item.where, "no trace"


def _knock(world: World, session: Session, door: Door, walker: Walker) -> Iterator[object]:
    if door.where(walker.case).startswith(PROGRAM) and session.program is None:
        return
    enters = let_in(walker.role, door.endpoint)
    if _refused_before(world, walker.role, door.where(world.planted[0]), enters):
        return
    walker = replace(walker, program=door.endpoint.startswith("api."))
    expected = door.answer(walker) if enters else refused(403)
    if not expected.status:
        return
    since = new_id()
    sent = door.sent(walker.case) if callable(door.sent) else door.sent
    answer = session.ask(door.verb, door.where(walker.case), sent)
    status, shown = answer.status_code, words_in(printed(answer), world.planted)
    told = (walker.relation.name, str(walker.level), walker.case.number, door.endpoint, door.where(walker.case)[-12:])
    if status not in expected.status:
        yield *told, status, expected.status
    elif shown != expected.words:
        yield *told, "shows", sorted(shown - expected.words), "hides", sorted(expected.words - shown)
    elif status in (403, 404) or (status == 200 and door.verb == "GET"):
        if (status == 200, walker.case.id) not in session.traces(since):
            yield *told, status, "no trace"


def printed(answer: TestResponse) -> str:
    """What an answer says; a PDF that was set, as far as its text goes."""
    if not answer.data.startswith(b"%PDF-1.7"):
        return answer.data.decode("utf-8", "replace")
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)


@pytest.mark.parametrize(
    "role", ["agente", "agente_nna", "operador_linea", "consul", "supervisor", "enlace_busqueda", "auditor"]
)
def test_searching_finds_what_may_be_seen(world: World, role: str) -> None:
    """By folio from META on, by name from NAME on, by document from N1 on; the others find nothing, in the same words."""
    world.become(role)
    wrong: list[object] = []
    for relation in RELATIONS:
        session = Session(world, relation)
        nothing = _plain(session.ask("GET", "/casos?q=Nadie", None), "Nadie")
        alike: dict[Level | None, Walker] = {}
        for walker in (Walker(role, relation, case) for case in world.planted):
            alike.setdefault(walker.level, walker)
        for walker in alike.values():
            asked = (
                (walker.case.folio, Level.META),
                (walker.case.word("nombre"), Level.NAME),
                (walker.case.dni, Level.N1),
            )
            for text, needed in asked:
                wrong += _search(session, walker, text, needed, nothing)
    assert wrong == [], "\n".join(map(str, wrong))


def _search(session: Session, walker: Walker, text: str, needed: Level, nothing: str) -> Iterator[object]:
    page = session.ask("GET", f"/casos?q={text}", None)
    link, told = str(walker.case.id), (walker.relation.name, walker.level, text)
    if (link in page.text) is not walker.sees(needed):
        yield told
    if not walker.sees(needed) and _plain(page, text) != nothing:
        yield *told, "is told apart from what does not exist"
    if walker.may("task:read") and not walker.sees(needed):
        inbox = session.ask("GET", f"/tareas?view=office&text={text}", None)
        if words_in(inbox.text.replace(text, ""), [walker.case]):
            yield *told, "inbox"
    if session.program is not None:
        answer = session.ask("GET", f"{PROGRAM}/cases?q={text}", None)
        if (link in answer.text) is not walker.sees(needed):
            yield *told, "api"


def _plain(answer: TestResponse, *typed: str) -> str:
    """A page without what is new each time, and what was typed."""
    page = re.sub(r'(nonce|value)="[^"]*"', "", answer.text)
    for text in typed:
        page = page.replace(text, "")
    return page


def test_a_case_is_opened_with_a_reason_only_by_who_may_and_nobody_learns_of_one_by_trying(world: World) -> None:
    for role in ("agente", "guardia", "consul", "supervisor"):
        world.become(role)
        for relation in RELATIONS:
            session = Session(world, relation)
            answers = {
                _plain(session.ask("POST", "/abrir-con-motivo", {"folio": folio, "motivo": "poco"}), folio)
                for folio in ("HN-MX-TAP-2026-DES-999999", *(case.folio for case in world.planted[::5]))
            }
            assert len(answers) == 1, (role, relation.name)


def test_a_case_is_offered_for_a_note_to_who_may_name_it(world: World) -> None:
    for role in ("agente", "operador_linea", "consul", "supervisor"):
        world.become(role)
        for relation in RELATIONS:
            session = Session(world, relation)
            for walker in (Walker(role, relation, case) for case in world.planted[::5]):
                told = (role, relation.name, walker.level)
                page = session.ask("GET", f"/anotar?caso={walker.case.id}", None)
                assert (walker.case.folio in page.text) is walker.sees(Level.NAME), told
                for named in ({"case": str(walker.case.id)}, {"folio": walker.case.folio}):
                    answer = session.ask("POST", "/anotar", {**named, "what": "note", "said": ""})
                    refused_at = "said" if walker.sees(Level.NAME) else next(iter(named))
                    if "case" in named and walker.level is not None and not walker.sees(Level.NAME):
                        assert answer.status_code == 403, told
                    else:
                        assert f'id="{refused_at}-error"' in answer.text, told


def test_a_connected_system_reaches_its_cases(world: World) -> None:
    world.become("integracion")
    case = world.planted[0]
    for relation in RELATIONS:
        session = Session(world, relation)
        reached = relation.office in (HOME, offices.HEADQUARTERS)
        for named in (case.folio, str(case.id)):
            since = new_id()
            answer = session.ask("POST", f"{PROGRAM}/messages", {"case": named, "message": "nada"})
            assert answer.status_code == (422 if reached else 404), relation.name
            assert words_in(answer.text, world.planted) == set()
            assert reached or [allowed for allowed, _ in session.traces(since)] == [False]


def test_what_is_of_no_case_shows_nothing_of_any(world: World) -> None:
    for role in WALKING:
        world.become(role)
        for name in ("propia", "cancilleria", "mano"):
            session = Session(world, next(relation for relation in RELATIONS if relation.name == name))
            for rule, method in rules(world.app):
                program = rule.endpoint.startswith("api.")
                if (
                    rule.endpoint not in BARE
                    or rule.arguments
                    or method != "GET"
                    or (program and session.program is None)
                ):
                    continue
                if let_in(role, rule.endpoint):
                    answer = session.ask("GET", rule.rule, None)
                    assert words_in(answer.text, world.planted) == set(), (role, name, rule.rule)


def test_what_leaves_the_system_holds_no_planted_value(world: World) -> None:
    """Event logs hold folios at most; webhooks and the audit hold ids and codes."""
    everything = Wanted(None, None, None, None)
    xes, ocel = BytesIO(), StringIO()
    world.store.read(lambda context: write_xes(context, everything, xes), SYSTEM)
    world.store.read(lambda context: write_ocel(context, everything, ocel), SYSTEM)
    with world.store.engine.connect() as connection:
        told = [str(row) for row in connection.execute(select(AuditEntry.data, AuditEntry.action))]
        sent = list(connection.execute(select(WebhookDelivery.body)).scalars())
    assert len(sent) > len(world.planted)
    folios = {case.folio for case in world.planted}
    tasks = {case.word(name) for case in world.planted for name in ("tarea", "oferta")}  # of level N0
    assert words_in(xes.getvalue().decode() + ocel.getvalue(), world.planted) <= folios | tasks
    assert words_in("\n".join([*told, *sent]), world.planted) == set()
