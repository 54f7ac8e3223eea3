"""Notes about a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from engine.casework import cases, notes, timeline
from engine.clock import MovableClock
from engine.errors import Invalid
from engine.store import Store


@pytest.fixture
def case_id(store: Store, cast: Any) -> UUID:
    return store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.ana)


def test_notes_page_from_the_newest_and_the_timeline_tells_of_them_without_their_text(
    store: Store, cast: Any, clock: MovableClock, case_id: UUID
) -> None:
    for text in ("Llamó la madre.", "  Sin respuesta.  ", "Respondió."):
        store.transact(lambda context, text=text: notes.add(context, case_id, text), cast.beto)
        clock.advance(timedelta(minutes=1))

    first = store.read(lambda context: notes.page(context, case_id, limit=2), cast.ana)
    last = (first[-1].at, first[-1].id)
    second = store.read(lambda context: notes.page(context, case_id, limit=2, before=last), cast.ana)

    assert [note.text for note in (*first, *second)] == ["Respondió.", "Sin respuesta.", "Llamó la madre."]
    assert first[0].author_name == "Beto"
    entry = store.read(lambda context: timeline.page(context, case_id)[0], cast.ana)
    assert (entry.kind, entry.text_es, entry.data) == (
        "note.added",
        "Se agregó una nota.",
        {"note_id": str(first[0].id)},
    )


@pytest.mark.parametrize("text", ["", "   ", "a" * 10_001])
def test_it_refuses_an_empty_note_and_an_endless_one(store: Store, cast: Any, case_id: UUID, text: str) -> None:
    with pytest.raises(Invalid):
        store.transact(lambda context: notes.add(context, case_id, text), cast.ana)
