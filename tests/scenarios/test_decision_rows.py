"""Every row of every decision table has a situation among the scenarios; ``test_scenarios`` tries them."""

from __future__ import annotations

from engine.actions.scenarios import Decisions, read
from engine.dmn import parse_dmn
from engine.dmn.tables import Table
from tests.scenarios.diagrams import ROOT

# Terms and ceilings that only one procedure reads: its own scenarios pass every row of them, which ``test_scenarios`` measures.
LISTS = ("plazos_", "topes", "prioridad_tarea", "proceso_por_dominio")


def tables() -> dict[str, Table]:
    """The decision tables, by decision."""
    files = [file for file in sorted((ROOT / "processes").rglob("*.dmn")) if not file.stem.startswith(LISTS)]
    return {
        decision.id: decision.logic
        for file in files
        for decision in parse_dmn(file.read_bytes(), file.name).decisions.values()
        if isinstance(decision.logic, Table)
    }


def test_no_row_is_without_a_situation() -> None:
    files = [read(file) for file in (ROOT / "processes").rglob("scenarios/*.yaml")]
    tried = {
        (name, item.row)
        for file in files
        if isinstance(file, Decisions)
        for name, items in file.situations.items()
        for item in items
    }
    rows = {(name, row) for name, table in tables().items() for row in range(1, len(table.rules) + 1)}

    assert rows - tried == set()


def test_the_handbook_is_complete() -> None:
    """DMN-00 to DMN-20 are all there."""
    numbers = {name[4:6] for name in tables() if name.startswith("dmn_")}

    assert {f"{number:02}" for number in range(21)} <= numbers
