"""The register of documents."""

from __future__ import annotations

from typing import Any

from engine.casework import cases, documents, timeline
from engine.store import Store


def test_numbers_are_of_the_office_and_the_year_and_never_used_twice(store: Store, cast: Any) -> None:
    case_id = store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.ana)

    def register(subject: str) -> str:
        def work(context: Any) -> str:
            row = documents.register(
                context, case_id, code="D-04-1", subject=subject, addressee="Juez", data={"plazo": "PT24H"}
            )
            return row.number

        return store.transact(work, cast.ana)

    assert [register("Acceso"), register("Recordatorio")] == ["MX-TAP-2026-000001", "MX-TAP-2026-000002"]

    found = store.read(lambda context: documents.of_case(context, case_id), cast.ana)
    assert [(row.subject, row.addressee, row.data, row.created_by) for row in found] == [
        ("Recordatorio", "Juez", {"plazo": "PT24H"}, cast.ana.id),
        ("Acceso", "Juez", {"plazo": "PT24H"}, cast.ana.id),
    ]
    newest = store.read(lambda context: timeline.page(context, case_id)[0], cast.ana)
    assert (newest.kind, newest.text_en) == ("document.registered", "Document MX-TAP-2026-000002: Recordatorio.")
