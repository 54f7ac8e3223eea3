"""The pages in docs/semantics: every claim names a test or a model that exists, and every page is in their list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conformance.suite.models import MODELS

HERE = Path(__file__).parent
PAGES = sorted((HERE.parent.parent / "docs" / "semantics").glob("*.md"))
TESTS = {
    name for path in HERE.rglob("test_*.py") for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.M)
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_claim_names_what_shows_it(page: Path) -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", page.read_text("utf-8")))
    models = {model.name for model in MODELS}
    assert named, "a page without a test"
    assert {name for name in named if name not in TESTS and name not in models} == set()


def test_every_page_is_in_the_list() -> None:
    text = (PAGES[0].parent / "README.md").read_text("utf-8")
    assert set(re.findall(r"\]\(([a-z-]+\.md)\)", text)) == {page.name for page in PAGES} - {"README.md"}
