"""docs/security.md holds every requirement of ASVS 5.0 up to level 2 once, and names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
LINE = re.compile(r"^\| (\d+\.\d+\.\d+) \|([^|]+)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
# The sections of the standard and which of their requirements are of level 1 or 2.
SECTIONS = """
1.1 1-2; 1.2 1-9; 1.3 1-11; 1.4 1-3; 1.5 1-2; 2.1 1-3; 2.2 1-3; 2.3 1-4; 2.4 1; 3.2 1-2; 3.3 1-4; 3.4 1-6; 3.5 1-5; 3.7 1-2;
4.1 1-3; 4.2 1; 4.3 1-2; 4.4 1-4; 5.1 1; 5.2 1-3; 5.3 1-2; 5.4 1-3; 6.1 1-3; 6.2 1-12; 6.3 1-4; 6.4 1-4; 6.5 1-5; 6.6 1-3; 6.8 1-4;
7.1 1-3; 7.2 1-4; 7.3 1-2; 7.4 1-5; 7.5 1-2; 7.6 1-2; 8.1 1-2; 8.2 1-3; 8.3 1; 8.4 1; 9.1 1-3; 9.2 1-4;
10.1 1-2; 10.2 1-2; 10.3 1-4; 10.4 1-11; 10.5 1-5; 10.6 1-2; 10.7 1-3; 11.1 1-2; 11.2 1-3; 11.3 1-3; 11.4 1-4; 11.5 1; 11.6 1;
12.1 1-3; 12.2 1-2; 12.3 1-4; 13.1 1; 13.2 1-5; 13.3 1-2; 13.4 1-5; 14.1 1-2; 14.2 1-4; 14.3 1-3; 15.1 1-3; 15.2 1-3; 15.3 1-7;
16.1 1; 16.2 1-5; 16.3 1-4; 16.4 1-3; 16.5 1-3; 17.1 1; 17.2 1-4; 17.3 1-2
"""  # fmt: skip


def test_every_requirement_has_its_line() -> None:
    wanted = []
    for section in SECTIONS.replace("\n", " ").split(";"):
        name, _, span = section.strip().partition(" ")
        first, _, last = span.partition("-")
        wanted += [f"{name}.{number}" for number in range(int(first), int(last or first) + 1)]

    assert [line[0] for line in LINE.findall(PAGE)] == wanted


def test_every_line_is_honest() -> None:
    for number, asks, state, how, shown in LINE.findall(PAGE):
        assert asks.strip(), number
        assert state.strip() in {"yes", "partly", "no", "n/a"}, number
        if state.strip() in {"partly", "no"}:
            assert len(how.strip()) > 5, number
        if state.strip() == "yes":
            assert how.strip() or shown.strip(), number


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", PAGE))

    assert len(named) > 35
    assert sorted(path for path in named if not (ROOT / path).is_file()) == []
