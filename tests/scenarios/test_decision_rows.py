"""Every row of every decision table of the handbook has a situation of its own, and answers it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.dmn import DecisionModel, parse_dmn
from engine.dmn.tables import Table
from engine.feel import compile_expression, to_json
from tests.scenarios.diagrams import ROOT

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
# Terms and ceilings that only one procedure reads; its own scenarios try them.
LISTS = ("plazos_", "topes", "prioridad_tarea", "proceso_por_dominio")


class Situation(NamedTuple):
    """A decision, the row that is meant, what is known, and the answer."""

    decision: str
    row: int
    known: str
    answer: Any


def read() -> list[Situation]:
    """The situations of ``decision_rows.txt``."""
    found, decision = [], ""
    for line in Path(__file__).with_name("decision_rows.txt").read_text("utf-8").splitlines()[1:]:
        if line.startswith("# "):
            decision = line[2:]
        elif line:
            row, known, answer = line.split(" | ")
            found.append(Situation(decision, int(row), known, json.loads(answer)))
    return found


SITUATIONS = read()


@cache
def models() -> dict[str, DecisionModel]:
    """The model that has each decision with a table."""
    files = sorted((ROOT / "processes").rglob("*.dmn"))
    read = [parse_dmn(file.read_bytes(), file.name) for file in files if not file.stem.startswith(LISTS)]
    return {
        decision.id: model
        for model in read
        for decision in model.decisions.values()
        if isinstance(decision.logic, Table)
    }


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda it: f"{it.decision}-{it.row}")
def test_a_row_answers_its_situation(situation: Situation) -> None:
    known = compile_expression(situation.known).evaluate({})

    result = models()[situation.decision].evaluate(situation.decision, known, now=NOW)

    assert to_json(result.value) == situation.answer
    matched = [rule.index for rule in result.trace[-1].matched]
    assert situation.row in matched if situation.row else matched == []


def test_no_row_is_without_a_situation() -> None:
    tried = {(it.decision, it.row) for it in SITUATIONS}
    rows = {
        (name, row)
        for name, model in models().items()
        if isinstance(table := model.decisions[name].logic, Table)
        for row in range(1, len(table.rules) + 1)
    }

    assert rows - tried == set()


def test_the_handbook_is_complete() -> None:
    """DMN-00 to DMN-20 are all there."""
    numbers = {name[4:6] for name in models() if name.startswith("dmn_")}

    assert {f"{number:02}" for number in range(21)} <= numbers
