"""Letters that officers write by hand: offered by domain, drafted once, refused with nothing lost, kept behind the firewall."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.casework import cases
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry, User
from engine.store.tables.casework import Document
from tests.webui.conftest import Browser

Window = Callable[[], Browser]


def opened(store: Store, *compartments: str) -> UUID:
    """A migratory case of Ana's in Tapachula."""

    def work(context: Context) -> UUID:
        ana = context.session.scalars(select(User).where(User.email == "ana.discua@demo.siproc.hn")).one()
        case = cases.open_case(context, "MX-TAP")
        cases.classify(context, case.id, domain="MIG", type="MIG-01", priority="P2", compartments=compartments)
        cases.assign_owner(context, case.id, ana.id, ana.name)
        return case.id

    return store.transact(work, SYSTEM)


def letters(store: Store, case_id: UUID) -> list[Document]:
    """The documents of a case."""
    return store.read(
        lambda context: list(context.session.scalars(select(Document).where(Document.case_id == case_id))), SYSTEM
    )


def test_an_officer_drafts_a_letter_that_no_procedure_issues(window: Window, working: Store) -> None:
    case_id = opened(working)
    ana = window().sign_in("ana.discua")

    listing = ana.get(f"/casos/{case_id}/cartas/nueva")
    assert "Carta a la familia" in listing
    assert "Acta de visita penal" not in listing
    assert "Dónde está" in ana.get(f"/casos/{case_id}/cartas/nueva?carta=D-01-7")
    sent = {
        "carta": "D-01-7",
        "destinatario": "Familia Mejía Núñez",
        "lugar": "Tapachula",
        "salud": "Bien",
        "key": "k1",
    }
    for _ in range(2):  # the second time is the same press of the button
        assert ana.post(f"/casos/{case_id}/cartas/nueva", **sent).status_code == 302

    [letter] = letters(working, case_id)
    assert (letter.code, letter.state, letter.addressee) == ("D-01-7", "borrador", "Familia Mejía Núñez")
    assert letter.data == {"lugar": "Tapachula", "salud": "Bien"}
    answer = ana.client.get(f"/documentos/{letter.id}.pdf")
    assert answer.data.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"destinatario": "La familia"}, "Escriba lo que la carta dice."),
        ({"destinatario": "La familia", "salud": "x" * 4_001}, "Hasta 4000 letras."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    window: Window, working: Store, sent: dict[str, str], told: str
) -> None:
    case_id = opened(working)
    ana = window().sign_in("ana.discua")

    answer = ana.post(f"/casos/{case_id}/cartas/nueva", carta="D-01-7", **sent)

    assert answer.status_code == 422
    assert told in answer.text
    assert all(value in answer.text for value in sent.values())
    assert letters(working, case_id) == []


def test_a_letter_of_another_domain_and_one_that_tells_of_asylum_are_not_made(window: Window, working: Store) -> None:
    plain, guarded = opened(working), opened(working, "ASILO")
    ana = window().sign_in("ana.discua")

    assert ana.post(f"/casos/{plain}/cartas/nueva", carta="D-04-2", centro="X").status_code == 404
    refused = ana.post(f"/casos/{guarded}/cartas/nueva", carta="D-01-7", mensaje="Tiene miedo de volver a Honduras")

    assert refused.status_code == 422
    assert "protección internacional" in refused.text
    assert letters(working, guarded) == []


def test_nobody_of_another_office_writes_letters(window: Window, working: Store) -> None:
    case_id = opened(working)
    nora = window().sign_in("nora.valle")

    assert nora.client.get(f"/casos/{case_id}/cartas/nueva").status_code == 404
    assert nora.post(f"/casos/{case_id}/cartas/nueva", carta="D-01-7", lugar="X").status_code == 404


def test_what_the_firewall_keeps_out_leaves_a_row_that_does_not_say_it(window: Window, working: Store) -> None:
    guarded = opened(working, "ASILO")
    ana = window().sign_in("ana.discua")

    answer = ana.post(f"/casos/{guarded}/notas", nota="Tiene miedo de volver a Honduras")

    assert answer.status_code == 422
    rows = working.read(
        lambda context: list(context.session.scalars(select(AuditEntry).where(AuditEntry.action == "case:keep-out"))),
        SYSTEM,
    )
    [row] = [item for item in rows if item.case_id == guarded]
    assert not row.allowed
    assert row.data == {"fields": ["nota"]}
