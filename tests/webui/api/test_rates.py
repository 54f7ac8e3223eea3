"""So many requests in any minute, of each caller for themselves."""

from __future__ import annotations

import pytest

from webui.api import rates
from webui.api.rates import Rates


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(rates, "monotonic", lambda: now[0])
    return now


def test_it_lets_through_so_many_in_any_minute(clock: list[float]) -> None:
    counted = Rates(3)

    assert [counted.within("ana") for _ in range(4)] == [True, True, True, False]
    clock[0] += 59
    assert not counted.within("ana")
    clock[0] += 1
    assert [counted.within("ana") for _ in range(4)] == [True, True, True, False]


def test_the_window_moves(clock: list[float]) -> None:
    counted, let_in = Rates(2), []

    for _ in range(4):
        let_in.append(counted.within("ana"))
        clock[0] += 25

    assert let_in == [True, True, False, True]


def test_each_caller_is_counted_alone(clock: list[float]) -> None:
    counted = Rates(1)

    assert [counted.within(who) for who in ("ana", "beto", "ana")] == [True, True, False]


def test_who_has_not_asked_for_a_while_is_forgotten(clock: list[float]) -> None:
    counted = Rates(5)
    for number in range(100):
        counted.within(f"address:{number}")

    clock[0] += 61
    counted.within("ana")

    assert list(counted._asked) == ["ana"]


def test_none_is_none(clock: list[float]) -> None:
    counted = Rates(0)

    assert not counted.within("ana")
    clock[0] += 61
    assert not counted.within("ana")
