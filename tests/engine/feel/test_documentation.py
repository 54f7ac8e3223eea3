"""The documentation of FEEL: its examples are run, and no function is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.feel.signatures import BUILTINS

PAGE = (Path(__file__).parents[3] / "docs" / "feel.md").read_text("utf-8")
EXAMPLES = re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", PAGE, re.MULTILINE)


def test_there_are_examples():
    assert len(EXAMPLES) > 100


@pytest.mark.parametrize(("text", "value"), EXAMPLES)
def test_an_example_gives_what_the_page_says(feel, text, value):
    assert feel(text) == value


@pytest.mark.parametrize("name", sorted(set(BUILTINS) - {"and", "or"}))
def test_a_function_is_in_the_page(name):
    assert any(f"{name}(" in text for text, _ in EXAMPLES)
