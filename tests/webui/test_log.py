"""Notes and calls that are written down in one step, from anywhere; and the whole of what happened, narrowed to a kind."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.actions import calls
from engine.casework import cases
from engine.store import Store
from engine.store.tables.access import AuditEntry
from engine.store.tables.casework import CaseFile, TimelineEntry
from tests.webui.conftest import Browser
from tests.webui.test_letters import opened

Window = Callable[[], Browser]
CALL = {
    "what": "call", "direction": "saliente", "party": "institucion", "who": "Centro de detención {Port Isabel}",
    "phone": "+1 956 547 1700", "minutes": "12", "result": "contesto", "said": "Sigue detenido; visita el jueves.",
    "level": "N2",
}  # fmt: skip


@pytest.fixture
def mine(working: Store) -> UUID:
    """A case of Ana's."""
    return opened(working)


def entries(store: Store, case_id: UUID) -> list[TimelineEntry]:
    """The calls in a case's timeline."""
    query = select(TimelineEntry).where(TimelineEntry.case_id == case_id, TimelineEntry.kind == "call")
    return store.read(lambda context: list(context.session.scalars(query)), SYSTEM)


def test_a_call_is_logged_from_anywhere_and_stands_in_the_timeline(window: Window, working: Store, mine: UUID) -> None:
    ana = window().sign_in("ana.discua")
    assert str(mine) in ana.get("/anotar")

    answer = ana.post("/anotar", case=str(mine), key="una", **CALL)
    again = ana.post("/anotar", case=str(mine), key="una", **CALL)

    assert answer.status_code == again.status_code == 302
    (entry,) = entries(working, mine)
    assert entry.level == "N2"
    assert entry.data["phone"] == "+19565471700"
    assert entry.data["minutes"] == 12
    for page in (f"/casos/{mine}", f"/casos/{mine}/historia", f"/casos/{mine}/historia?que=calls"):
        assert "Llamada hecha a Centro de detención {Port Isabel} (una institución)" in ana.get(page)
    assert "Port Isabel" not in ana.get(f"/casos/{mine}/historia?que=notes")
    rows = select(AuditEntry).where(AuditEntry.action == "case:call")
    assert len(working.read(lambda context: context.session.scalars(rows).all(), SYSTEM)) == 1


def test_a_note_is_written_by_folio_and_a_strange_folio_loses_nothing(
    window: Window, working: Store, mine: UUID
) -> None:
    ana = window().sign_in("ana.discua")
    folio = working.read(lambda context: context.session.get_one(CaseFile, mine).folio, SYSTEM)

    wrong = ana.post("/anotar", what="note", folio="HN-NADA", said="Vino la madre.", level="N1")
    right = ana.post("/anotar", what="note", folio=folio.lower(), said="Vino la madre.", level="N1")

    assert wrong.status_code == 422
    assert "No hay un caso suyo con ese folio." in wrong.text
    assert "Vino la madre." in wrong.text
    assert right.status_code == 302
    assert "Vino la madre." in ana.get(f"/casos/{mine}/historia?que=notes")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"phone": "12"}, "phone-error"),
        ({"at": "2999-01-01T10:00"}, "at-error"),
        ({"at": "ayer"}, "at-error"),
        ({"minutes": "-3"}, "minutes-error"),
        ({"who": " "}, "who-error"),
        ({"direction": "x"}, "direction-error"),
        ({"level": "N9"}, "level-error"),
        ({"case": "nada"}, "case-error"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_at_its_field(
    window: Window, working: Store, mine: UUID, changed: dict[str, str], said: str
) -> None:
    answer = window().sign_in("ana.discua").post("/anotar", **{"case": str(mine), **CALL, **changed})

    assert answer.status_code == 422
    assert f'id="{said}"' in answer.text
    assert "Sigue detenido; visita el jueves." in answer.text
    assert not entries(working, mine)


def test_the_asylum_firewall_reads_calls_too(window: Window, working: Store, mine: UUID) -> None:
    working.transact(lambda context: cases.classify(context, mine, domain="MIG", type="MIG-07", priority="P2"), SYSTEM)
    ana = window().sign_in("ana.discua")

    for changed in ({"said": "Ya pidió asilo."}, {"who": "Entrevista de asilo"}):
        answer = ana.post("/anotar", case=str(mine), **{**CALL, **changed})
        assert answer.status_code == 422
        assert "país de origen" in answer.text
    assert not entries(working, mine)


def test_a_case_out_of_reach_is_not_written_about(window: Window, working: Store, mine: UUID) -> None:
    diego = window().sign_in("diego.mairena")

    answer = diego.post("/anotar", case=str(mine), **CALL)

    assert answer.status_code == 422
    assert 'id="case-error"' in answer.text
    assert f'<option value="{mine}"' not in diego.get(f"/anotar?caso={mine}")
    assert not entries(working, mine)


@given(st.text(max_size=12))
def test_minutes_are_whole_ones_or_nothing(typed: str) -> None:
    plain = typed.strip()
    accepted = not plain or (plain.isascii() and plain.isdigit() and len(plain) < 4 and int(plain) <= 600)
    try:
        calls.minutes_of(typed)
    except ValueError:
        assert not accepted
    else:
        assert accepted
