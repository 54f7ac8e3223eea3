"""The page of related cases in the browser: one is related, shown at both, and removed; nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select, update

from engine.access.actors import SYSTEM
from engine.store import Store
from engine.store.tables.casework import CaseFile
from tests.webui.conftest import Browser
from tests.webui.test_persons import ONE, TWO, registered
from tests.webui.test_two_worlds import NEW

Window = Callable[[], Browser]
WHY = "Lo dijo la abuela"


def test_a_case_is_related_shown_at_both_and_removed(window: Window, working: Store) -> None:
    first, second = registered(working, ONE, TWO)
    folio = working.read(lambda context: context.session.scalar(select(CaseFile.folio).where(CaseFile.id == second)), SYSTEM)  # fmt: skip
    ana, carla = window().sign_in("ana.discua"), window().sign_in("carla.funes")
    where = f"/casos/{first}/relacionados"
    assert where in ana.get(f"/casos/{first}")

    wrong = ana.post(where, folio="NADA", kind="familia", kinship="", reason=WHY)
    page = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert 'id="folio-error"' in page
    assert 'id="kinship-error"' in page
    assert 'value="NADA"' in page
    assert WHY in page

    assert ana.post(where, folio=folio, kind="familia", kinship="madre", reason=WHY).status_code == 302
    assert re.search(rf"Madre</span>.*{folio}.*{WHY}", ana.get(f"/casos/{first}"))
    other = carla.get(f"/casos/{second}/relacionados")
    assert re.search(rf"Hijo o hija</span>.*{WHY}", other)

    gone = re.search(rf'action="(/casos/{second}/relacionados/[^"]+/quitar)"', other)
    assert gone is not None
    assert carla.post(gone[1]).status_code == 302
    assert WHY not in ana.get(where)


def test_a_case_that_one_may_not_know_of_leaves_the_page_as_it_was(window: Window, working: Store) -> None:
    here, hidden = registered(working, ONE, TWO)
    rows = working.read(lambda context: context.session.scalars(select(CaseFile)).all(), SYSTEM)
    folios = {row.id: row.folio for row in rows}
    ana, carla = window().sign_in("ana.discua"), window().sign_in("carla.funes")
    elsewhere = update(CaseFile).where(CaseFile.id == hidden)

    def pages() -> list[str]:
        return [NEW.sub("", ana.get(address)) for address in (f"/casos/{here}", f"/casos/{here}/relacionados")]

    before = pages()
    sent = carla.post(f"/casos/{hidden}/relacionados", folio=folios[here], kind="otra", reason=WHY)
    assert sent.status_code == 302
    assert folios[hidden] in pages()[0]
    working.transact(lambda context: context.session.execute(elsewhere.values(office_code="US-HOU")) and None, SYSTEM)

    assert pages() == before
    answers = [
        NEW.sub("", ana.post(f"/casos/{here}/relacionados", folio=folio, kind="otra", reason=WHY).get_data(as_text=True)).replace(folio, "")
        for folio in (folios[hidden], "NADA")
    ]  # fmt: skip
    assert answers[0] == answers[1]
