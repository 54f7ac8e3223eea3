"""How names sound in Honduran Spanish, so that they are found however they were written."""

from __future__ import annotations

import unicodedata

# Letters that sound alike in Honduran Spanish, in the order in which they are replaced.
SOUNDS = (
    ("qu", "k"), ("ll", "y"), ("ce", "se"), ("ci", "si"), ("ge", "je"), ("gi", "ji"), ("ph", "f"), ("h", ""),
    ("v", "b"), ("z", "s"), ("c", "k"), ("ñ", "n"),
)  # fmt: skip


def sound(name: str) -> str:
    """How a name sounds, its parts in alphabetical order: accents, h, b/v and s/z/c do not tell persons apart."""
    plain = "".join(
        c for c in unicodedata.normalize("NFD", name.lower()) if c == "\u0303" or not unicodedata.combining(c)
    )
    plain = unicodedata.normalize("NFC", plain)
    for letters, heard in SOUNDS:
        plain = plain.replace(letters, heard)
    return " ".join(sorted("".join(c if c.isalnum() else " " for c in plain).split()))[:400]
