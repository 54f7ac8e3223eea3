"""Boxed filters and iterators."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from engine.dmn import DecisionModel, DmnFinding
from engine.feel import FeelLimitError

Value = Callable[..., Any]


def loop(write: SimpleNamespace, kind: str, source: str, part: str, body: str) -> str:
    """An iterator over ``source``; the variable has a name of two words."""
    return write.decision(
        "d",
        f"""<{kind} iteratorVariable="el caso"><in>{write.literal(source)}</in>
        <{part}>{write.literal(body)}</{part}></{kind}>""",
    )


def test_for_gives_a_result_for_every_item(value: Value, write: SimpleNamespace) -> None:
    assert value(loop(write, "for", "[1, 2, 3]", "return", "el caso * 2"), "d") == [2, 4, 6]


def test_for_knows_the_results_so_far(value: Value, write: SimpleNamespace) -> None:
    assert value(loop(write, "for", "[1..4]", "return", "count(partial)"), "d") == [0, 1, 2, 3]


def test_for_goes_over_a_single_value(value: Value, write: SimpleNamespace) -> None:
    assert value(loop(write, "for", "7", "return", "el caso"), "d") == [7]


def test_for_over_nothing_is_null(value: Value, write: SimpleNamespace) -> None:
    assert value(loop(write, "for", "null", "return", "el caso"), "d") is None


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        ("some", "[1, 5]", True), ("some", "[1, 2]", False), ("some", "[]", False), ("some", '["x", 5]', True),
        ("some", '["x", 1]', None), ("every", "[4, 5]", True), ("every", "[1, 5]", False), ("every", "[]", True),
        ("every", '["x", 5]', None), ("every", "null", None),
    ],
)  # fmt: skip
def test_some_and_every(value: Value, write: SimpleNamespace, kind: str, source: str, expected: bool | None) -> None:
    assert value(loop(write, kind, source, "satisfies", "el caso > 3"), "d") is expected


def test_a_loop_may_lie_in_a_loop(value: Value, write: SimpleNamespace) -> None:
    inner = f"""<for iteratorVariable="y"><in>{write.literal("[1, 2]")}</in>
        <return>{write.literal("x * 10 + y")}</return></for>"""
    body = write.decision(
        "d", f'<for iteratorVariable="x"><in>{write.literal("[1, 2]")}</in><return>{inner}</return></for>'
    )

    assert value(body, "d") == [[11, 12], [21, 22]]


def filtered(write: SimpleNamespace, source: str, match: str) -> str:
    """A boxed filter."""
    return write.decision(
        "d", f"<filter><in>{write.literal(source)}</in><match>{write.literal(match)}</match></filter>"
    )


def test_a_filter_keeps_what_matches(value: Value, write: SimpleNamespace) -> None:
    assert value(filtered(write, "[1, 5, 9]", "item > 3"), "d") == [5, 9]
    assert value(filtered(write, "[{a: 1}, {a: 2}]", "a = 2"), "d") == [{"a": 2}]
    assert value(filtered(write, "5", "item > 3"), "d") == [5]
    assert value(filtered(write, "null", "item > 3"), "d") is None


def test_a_filter_whose_condition_is_no_boolean_is_null(value: Value, write: SimpleNamespace) -> None:
    assert value(filtered(write, "[1, 2]", "item"), "d") is None


def test_loops_are_bounded(model: Callable[..., DecisionModel], write: SimpleNamespace) -> None:
    with pytest.raises(FeelLimitError):
        model(loop(write, "for", "[1..1000000000]", "return", "1")).evaluate("d", {})


def test_an_incomplete_loop_is_refused(findings: Callable[[str], list[DmnFinding]]) -> None:
    found = findings('<decision id="d" name="d"><for iteratorVariable="x"/></decision>')

    assert [item.rule for item in found] == ["boxed.incomplete", "boxed.incomplete"]
