"""Kinship said from one side is kinship from the other as well."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.casework.kinship import KINSHIPS, includes, inverse

CODES = st.sampled_from(sorted(KINSHIPS))


@given(code=CODES)
def test_who_is_seen_from_there_and_back_is_who_it_was(code: str) -> None:
    assert inverse(code) in KINSHIPS
    assert includes(inverse(inverse(code)), code)
    assert KINSHIPS[code].covers <= KINSHIPS.keys()


@given(wide=CODES, narrow=CODES)
def test_what_is_covered_is_the_same_from_the_other_side(wide: str, narrow: str) -> None:
    if includes(wide, narrow):
        assert includes(inverse(wide), inverse(narrow))


def test_words_of_one_person_are_their_others() -> None:
    assert (inverse("madre"), inverse("tio"), inverse("pareja")) == ("hijo", "sobrino", "pareja")
    assert includes(inverse("hijo"), "madre")
    assert not includes("madre", "padre")
