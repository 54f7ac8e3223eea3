"""Thousands of random nets, played by the engine and by the token game: every trace of the one is a trace of the other.

``SIPROC_NETS=20`` draws twenty times as many nets for each seed (once keeps the whole within a minute); ``SIPROC_SEEDS`` is
a list of other seeds. Whatever this finds becomes a small test of its family beside this folder.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.conformance.oracle.agree import compare
from tests.conformance.oracle.net import Level
from tests.conformance.oracle.nets import arbitrary, blocks

TIMES = int(os.environ.get("SIPROC_NETS", "1"))
NETS = {"blocks": 460 * TIMES, "arbitrary": 50 * TIMES}
SEEDS = [int(text) for text in os.environ.get("SIPROC_SEEDS", "1 2 3 4").split()]
CHECKS = list(HealthCheck)
KINDS = {"blocks": blocks(), "arbitrary": arbitrary()}


@pytest.mark.timeout(0)
@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_engine_and_token_game_agree(kind: str, number: int) -> None:
    agreed = 0

    # Shrinking a net of thirty elements takes hours; what is printed is small enough to be read.
    @seed(number)
    @settings(
        max_examples=NETS[kind], database=None, deadline=None, phases=[Phase.generate], suppress_health_check=CHECKS
    )
    @given(KINDS[kind], st.integers(0, 9_999))
    def play(net: Level, path: int) -> None:
        nonlocal agreed
        agreed += compare(net, seed=path)

    play()
    assert agreed > 10 * NETS[kind]  # most nets have choices, and most paths were followed
