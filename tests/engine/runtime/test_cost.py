"""What a completion costs: one commit, few statements, and no more after a long life than at the beginning."""

from __future__ import annotations

from tests.benchmarks import completion
from tests.engine.runtime.conftest import Engine


def test_a_completion_sends_at_most_twelve_statements(engine: Engine) -> None:
    completion.stage(engine.store)
    assert max(completion.statements(engine.store.url)) <= 12
