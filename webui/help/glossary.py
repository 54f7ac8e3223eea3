"""The words of consular protection, read once from ``glossary.csv`` (handbook, section 9)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "glossary.csv"


@dataclass(frozen=True, slots=True)
class Word:
    """A word, what it means in Spanish, and what it is in English."""

    word: str
    meaning: str
    english: str


@cache
def words() -> tuple[Word, ...]:
    """All words, in the order of the alphabet."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(Word(**row) for row in csv.DictReader(file))
