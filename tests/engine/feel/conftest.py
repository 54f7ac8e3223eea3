"""What the tests of FEEL share: an expression's value as text, by the short road and by the long one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.feel import compile_expression
from engine.feel.expression import ROAD_AFTER
from engine.feel.textual import text_of

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def feel() -> Callable[..., str]:
    """The text of an expression's value, and a check that both roads give the same."""

    def evaluate(text: str, scope: dict[str, Any] | None = None) -> str:
        expression = compile_expression(text, frozenset(scope or {}))
        long = expression.explain(scope or {}, now=NOW).value
        for _ in range(ROAD_AFTER):
            short = expression.evaluate(scope or {}, now=NOW)
        assert text_of(long) == text_of(short)
        return text_of(long)

    return evaluate
