"""Every model of the suite runs as expected, and everything that the dialect has is shown by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.clock import MovableClock
from engine.store import Store
from tests.conformance.play import Forgetful, trace
from tests.conformance.suite.features import NOT_RUN, dialect
from tests.conformance.suite.models import MODELS, Model
from tests.conformance.suite.table import NOT_EXPRESSIBLE, PATTERNS, covered, page
from tests.conformance.test_refusals import REFUSED

PAGE = Path(__file__).parent.parent.parent.parent / "docs" / "conformance.md"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_model_runs_as_drawn(model: Model, sqlite_store: Store, clock: MovableClock) -> None:
    run = Forgetful(sqlite_store, clock).run(
        model.all_files(), variables=model.variables, steps=model.steps, process_id=model.process
    )
    assert trace(run) == model.expected
    assert {name: run.variables.get(name) for name in model.gives} == model.gives


def test_models_have_names_of_their_own() -> None:
    assert len({model.name for model in MODELS}) == len(MODELS)


def test_every_element_and_attribute_of_the_dialect_has_a_model() -> None:
    assert set(dialect()) - set(covered()) == set()


def test_nothing_is_shown_that_is_not_listed() -> None:
    assert set(covered()) - set(dialect()) == set()


def test_every_pattern_that_bpmn_can_express_has_a_model() -> None:
    shown = {number for model in MODELS for number in model.patterns}
    assert shown == set(PATTERNS)
    assert shown | set(NOT_EXPRESSIBLE) == set(range(1, 44))


def test_what_is_said_to_be_refused_has_its_refusal() -> None:
    tested = {rule for rule, _, _ in REFUSED} | {"dialect.foreign", "extension.must-understand"}
    assert set(NOT_RUN.values()) - tested == set()


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.conformance.suite.table > docs/conformance.md"
