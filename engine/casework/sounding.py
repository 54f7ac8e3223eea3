"""How names sound in Honduran Spanish, so that they are found however they were written."""

from __future__ import annotations

import unicodedata

# Letters that sound alike in Honduran Spanish, in the order in which they are replaced.
SOUNDS = (
    ("qu", "k"), ("ll", "y"), ("ce", "se"), ("ci", "si"), ("ge", "je"), ("gi", "ji"), ("ph", "f"), ("h", ""),
    ("v", "b"), ("z", "s"), ("c", "k"), ("ñ", "n"),
)  # fmt: skip

# What people are called every day in Honduras, and what stands in their papers instead.
NICKNAMES = """
Chepe José, Chepito José, Pepe José, Pancho Francisco, Paco Francisco, Chico Francisco, Toño Antonio, Tono Antonio, Meme Manuel,
Chuy Jesús, Chus Jesús, Lupe Guadalupe, Lupita Guadalupe, Quique Enrique, Moncho Ramón, Lencho Lorenzo, Chente Vicente,
Goyo Gregorio, Neto Ernesto, Lalo Eduardo, Tavo Gustavo, Memo Guillermo, Beto Roberto, Nando Fernando, Rafa Rafael,
Nacho Ignacio, Concha Concepción, Conchita Concepción, Chayo Rosario, Lola Dolores, Meches Mercedes, Tencha Hortensia,
Juancho Juan, Juanito Juan, Carlitos Carlos, Luisito Luis, Miguelito Miguel, Pedrito Pedro, Chinda Gumercinda
"""


def sound(name: str) -> str:
    """How a name sounds, its parts in alphabetical order: accents, h, b/v and s/z/c do not tell persons apart."""
    plain = "".join(
        c for c in unicodedata.normalize("NFD", name.lower()) if c == "\u0303" or not unicodedata.combining(c)
    )
    plain = unicodedata.normalize("NFC", plain)
    for letters, heard in SOUNDS:
        plain = plain.replace(letters, heard)
    return " ".join(sorted("".join(c if c.isalnum() else " " for c in plain).split()))[:400]


def formal(heard: str) -> str:
    """A name that sounds like ``heard`` with the formal name in place of each nickname, in alphabetical order."""
    return " ".join(sorted(_FORMAL.get(part, part) for part in heard.split()))


_FORMAL = {sound(short): sound(full) for short, full in (pair.split() for pair in NICKNAMES.split(","))}
