"""Whoever has the database and not the master key reads no name, document, address or testimony in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.actions import cases, tasks
from engine.actions.installation import install
from engine.casework import documents
from engine.clock import MovableClock
from engine.handlers import HANDLERS
from engine.runtime import state
from engine.runtime.worker import Worker
from engine.store import Store
from engine.store.tables.casework import Person
from tests.conftest import Cast
from tests.engine.store.sealing.dump import dump
from tests.scenarios.conftest import Consulate
from tests.scenarios.diagrams import ROOT
from tests.scenarios.test_criminal_justice import CALL, CALM, PERSON

CALLED = {
    "rep_nombre": "Hortensia Zaldumbide", "rep_telefono": "+50499887766",
    "lugar_texto": "Callejon del Tamarindo 4417", "relato_breve": "la golpearon Quetzalcoatlan tres noches",
    "afectada_nombre": "Eufrasia Zaldumbide",
    "contacto_instruccion": "preguntar por Xiomaraquil",
}  # fmt: skip
NAMED = {
    "nombres": "Eufrasia", "apellido1": "Zaldumbide", "apellido2": "Urquijola", "alias": "La Pitahaya",
    "dni": "0801-1977-04242", "fecha_nac": "1977-03-09", "pasaporte_num": "F778899X",
    "aldea": "Aldea Guachipilincito", "sexo": "mujer",
}  # fmt: skip
# Long enough that ids and seals do not hold them by chance.
PLANTED = (
    "Hortensia", "Zaldumbide", "Eufrasia", "Urquijola", "Pitahaya", "urkijola", "saldumbide", "99887766", "Tamarindo",
    "Tamarindo 4417", "golpearon", "Quetzalcoatlan", "Xiomaraquil", "080119770", "0801-1977", "1977-04242", "197704242", "1977-03-09", "F778899X",
    "Guachipilincito", "Chirimoyal", "Papaturro",
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> Iterator[Store]:
    """Everything is published, on both databases."""
    state.forget_all()
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(request.getfixturevalue('_published_file'), tmp_path / 'siproc.sqlite')}"
        opened = Store(url, clock=clock)
    else:
        opened = Store(request.getfixturevalue("_another_schema"), clock=clock)
        opened.transact(lambda context: install(context, ROOT / "processes", ROOT / "forms"), SYSTEM)
    yield opened
    opened.close()


@pytest.fixture
def _another_schema(postgresql: str) -> Iterator[str]:
    from engine.store.throwaway import throwaway_schema

    with throwaway_schema(postgresql) as url:
        made = Store(url)
        made.migrate()
        made.close()
        yield url


def test_nothing_that_was_said_can_be_read_without_the_key(store: Store, clock: MovableClock, cast: Cast) -> None:
    consulate = Consulate(store, clock, Worker(store, HANDLERS))
    consulate.opens_a_case(cast.ana)
    consulate.does(cast.ana, "ut_primer_contacto", **CALL | CALLED)
    consulate.does(cast.ana, "ut_identidad", **PERSON | NAMED)
    consulate.does(cast.ana, "ut_informar", comprension="true")
    consulate.does(cast.ana, "ut_consentimiento", comprension="true", base="consentimiento")
    task = consulate.task("ut_tamizaje")
    draft = {"protectores": [], "f_vsex": "no", "t_obs": "vive en Papaturro"}
    store.transact(lambda context: tasks.claim_task(context, task.id), cast.ana)
    store.transact(lambda context: tasks.save_draft(context, task.id, draft), cast.ana)
    case_id = consulate.case_id
    assert case_id is not None
    store.transact(lambda context: cases.add_note(context, case_id, "Vio a su hija en Chirimoyal."), cast.ana)
    consulate.does(cast.ana, "ut_tamizaje", **CALM)
    consulate.does(cast.ana, "ut_plan_seguridad", confirma="si")
    consulate.does(cast.ana, "ut_clasificar", dominio_principal="PEN", tipo_caso="PEN-01", conexos=[])
    consulate.does(cast.carla, "ut_asignar", agente_id=str(cast.ana.id))
    consulate.does(cast.ana, "ut_plan")

    # With the key everything is there, and found.
    person = store.read(lambda context: context.session.scalars(select(Person)).one(), SYSTEM)
    assert (person.name, person.dni) == ("Eufrasia Zaldumbide Urquijola", "0801197704242")
    for text in ("Urquijola", "zald", "0801-1977-04242", "04242", "pitahaya"):
        found, _ = store.read(lambda context, text=text: cases.search_cases(context, text), cast.ana)
        assert [case.id for case, _ in found] == [case_id], text
    letters = store.read(lambda context: documents.of_case(context, case_id), SYSTEM)
    assert [letter.code for letter in letters] == ["D-00-1"]

    kept = dump(store)
    folio = consulate.case().folio
    assert folio.encode() in kept
    assert [word for word in PLANTED if word.lower().encode() in kept.lower()] == []
