"""Scenario files: what is read, and how mistakes are named."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.actions.scenarios.reading import Decisions, Scenario, ScenarioError, parse

FILE = Path("procesos/scenarios/uno.yaml")
GOOD = """
escenario: Se queda sin respuesta
procedimiento: penal
pasos:
  - completa: ut_aviso
    por: agente
    con: {maltrato: no, edad: 31, nacido: 1994-05-02, privada: true}
  - pasa: PT48H
  - comprueba:
      esperan: [ut_uno]
"""


def test_no_is_a_word_and_numbers_are_exact() -> None:
    scenario = parse(GOOD.encode(), FILE)

    assert isinstance(scenario, Scenario)
    assert scenario.steps[0].beside["con"] == {
        "maltrato": "no", "edad": Decimal(31), "nacido": "1994-05-02", "privada": True,
    }  # fmt: skip
    assert [step.line for step in scenario.steps] == [5, 8, 9]


def test_decisions_are_read_with_their_rows() -> None:
    read = parse(b"decisiones:\n  dmn_x:\n    - {fila: 1, con: '{a: 1}', da: {b: 2}}\n", FILE)

    assert isinstance(read, Decisions)
    assert read.situations["dmn_x"][0].row == 1


@pytest.mark.parametrize(
    ("change", "line", "part"),
    [
        (("pasos:", "paso:"), 4, "«paso»"),
        (("pasa: PT48H", "pasa: dos días"), 8, "dos días"),
        (("por: agente", "quien: agente"), 6, "«quien»"),
        (("pasa: PT48H", "espera: PT48H"), 8, "Cada paso"),
        (("esperan", "espera"), 10, "«espera»"),
        (("escenario: Se queda", "escenario: [Se queda"), 3, "YAML"),
        (("con: {maltrato: no, edad: 31,", "con: &a {maltrato: no, b: *a,"), None, "anclas"),
        (("procedimiento: penal", "procedimiento: 3"), 2, "«procedimiento»"),
    ],
)
def test_a_mistake_is_named_with_its_line(change: tuple[str, str], line: int | None, part: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(GOOD.replace(*change).encode(), FILE)

    assert part in str(caught.value.text)
    assert caught.value.line == line


@given(
    st.one_of(
        st.binary(max_size=200), st.text(alphabet="{}[]:-,&*!|>'\"\n aescnriopdm#%@`?\t", max_size=120).map(str.encode)
    )
)
def test_any_text_is_read_or_refused(content: bytes) -> None:
    with suppress(ScenarioError):
        parse(content, FILE)
