"""A short torment in every run of the tests; ``siproc torture`` does the same at length."""

from __future__ import annotations

import pytest

from tests.faults import torment

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_that_was_acknowledged_is_lost_and_nothing_is_done_twice(kind: str) -> None:
    result = torment.run(kind, 8, seed=7)

    assert result["wrong"] == []
    assert result["killed"] > 3
    assert result["completions"] > 0
