"""A copy of a case file: all of it, and no more than its reader sees; a tagged PDF/A that leaves a row in the audit."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from engine.access.actors import SYSTEM, Actor
from engine.actions import copying, related
from engine.casework import cases, documents, offices, people, timeline
from engine.clock import MovableClock
from engine.errors import Conflict, EngineError, Forbidden, NotFound, Text
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.casework import CaseFile
from tests.conftest import Cast

ROOT = Path(__file__).parents[3] / "processes"


def filed(store: Store, cast: Cast, *compartments: str) -> UUID:
    """A case of Ana's with a person, a letter, and a note of each level."""

    def work(context: Context) -> UUID:
        case = cases.open_case(context, "MX-TAP")
        person = people.register(context, {"nombres": "Lucía", "apellido1": "Ñúñez", "dni": "0801199012345"})
        cases.set_person(context, case.id, person, "Lucía Ñúñez")
        cases.classify(context, case.id, domain="MIG", type="MIG-01", priority="P1", compartments=compartments)
        cases.assign_owner(context, case.id, cast.ana.id, cast.ana.name)
        documents.register(context, case.id, code="D-00", subject="Carta al juez", level="N2")
        for level in ("N1", "N2", "N3"):
            timeline.append(context, case.id, "note", Text(f"Nota {level}.", ""), level=level)
        return case.id

    return store.transact(work, cast.ana)


def copied(store: Store, actor: Actor, case_id: UUID) -> PdfReader:
    """The copy that somebody makes."""
    made = store.read(lambda context: copying.make(context, case_id, ROOT), actor)
    return PdfReader(BytesIO(made.content))


def said(pdf: PdfReader) -> str:
    """Its text, in one line."""
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_a_copy_holds_the_case_as_its_reader_sees_it(store: Store, cast: Cast) -> None:
    case_id = filed(store, cast)

    text = said(copied(store, cast.ana, case_id))

    for words in (
        "Lucía Ñúñez", "0801199012345", "Vida en riesgo (P1)", "Carta al juez", "Nota N1.", "Nota N2.", "Nota N3.",
        "Copia para uso interno", "Copia que hizo Ana (Consulado de Honduras en Tapachula) el 2 de marzo de 2026, 09:00",
        "Página 1 de ", "Migratorio · MIG-01",
    ):  # fmt: skip
        assert words in text, words
    assert text.index("Se abrió el expediente.") < text.index("Nota N1.")


def test_related_cases_are_in_the_copy_of_who_may_know_of_them(store: Store, cast: Cast) -> None:
    here, other = filed(store, cast), filed(store, cast, "VSEX")
    rows = store.read(lambda context: context.session.scalars(select(CaseFile)).all(), SYSTEM)
    folios = {row.id: row.folio for row in rows}
    typed = related.Relation(folio=folios[other], kind="familia", kinship="hermano", reason="Lo dijo")
    store.transact(lambda context: related.relate(context, here, typed), cast.ana)

    mine = said(copied(store, cast.ana, here))
    assert folios[other] in mine
    assert "Hermano o hermana" in mine
    theirs = said(copied(store, cast.beto, here))
    assert folios[other] not in theirs
    assert "Hermano o hermana" not in theirs


def test_who_sees_less_gets_less(store: Store, cast: Cast) -> None:
    plain, sealed = filed(store, cast), filed(store, cast, "VSEX")

    for actor, hidden in ((cast.beto, ("Nota N2.", "Nota N3.", "Carta al juez", "0801199012345")), (cast.carla, ("Nota N3.",))):  # fmt: skip
        text = said(copied(store, actor, plain))
        assert "Nota N1." in text
        assert [words for words in hidden if words in text] == []
    assert "Reservado: Violencia sexual" in said(copied(store, cast.ana, sealed))
    with pytest.raises(Forbidden):  # she knows that there is one, and no more
        copied(store, cast.carla, sealed)
    for actor in (cast.beto, cast.diego):
        with pytest.raises(NotFound):
            copied(store, actor, sealed)
    with pytest.raises(Forbidden):
        copied(store, cast.irma, plain)


def test_a_copy_is_tagged_pdf_a_and_leaves_a_row(store: Store, cast: Cast) -> None:
    case_id = filed(store, cast)

    pdf = copied(store, cast.ana, case_id)
    store.transact(lambda context: copying.note_made(context, case_id), cast.ana)

    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    metadata = pdf.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    query = select(AuditEntry.actor_id, AuditEntry.case_id).where(AuditEntry.action == "case:export")
    rows = store.read(lambda context: list(context.session.execute(query)), SYSTEM)
    assert [tuple(row) for row in rows] == [(cast.ana.id, case_id)]


def test_a_long_history_is_cut_and_the_copy_says_so(
    sqlite_store: Store, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "LONGEST", 7)
    monkeypatch.setattr(copying, "BATCH", 3)

    def begun(context: Context) -> UUID:
        offices.load(context)
        return cases.open_case(context, "MX-TAP").id

    case_id = sqlite_store.transact(begun, SYSTEM)
    for number in range(8):
        clock.advance(timedelta(minutes=1))
        sqlite_store.transact(
            lambda context, number=number: timeline.append(context, case_id, "note", Text(f"Hecho {number}.", "")),  # type: ignore[misc]
            SYSTEM,
        )
    robot = Actor(None, "SIPROC", "HN-TGU", frozenset({"sistema", "supervisor"}), kind="system")

    text = said(copied(sqlite_store, robot, case_id))

    assert "Solo las últimas 7 anotaciones, desde el 2 de marzo de 2026, 09:02" in text
    assert [f"Hecho {number}." in text for number in range(8)] == [False, *[True] * 7]
    assert text.index("Hecho 1.") < text.index("Hecho 7.")


def test_an_erased_case_has_no_copy(store: Store, cast: Cast) -> None:
    case_id = filed(store, cast)

    def erased(context: Context) -> None:
        cases.load(context, case_id).erased_at = context.now

    store.transact(erased, SYSTEM)

    with pytest.raises(EngineError) as refusal:
        copied(store, cast.ana, case_id)
    assert isinstance(refusal.value, Conflict)
