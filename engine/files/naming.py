"""The names that files come with: cleaned to be shown, and put into a header to be given out."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

LONGEST = 120
NAMELESS = "archivo"
# What a name cannot hold on one system or another.
FORBIDDEN = frozenset('<>:"/\\|?*')
ATTRIBUTE = "!#$&+-.^_`|~"  # what RFC 5987 leaves as it is, beside letters and digits


def cleaned(given: str, suffix: str) -> str:
    """``given`` as a name that is safe to show and to save: no path, no control or direction marks, with ``suffix``.

    The suffix is that of what the file was found to be, whatever it was called.
    """
    composed = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode())
    last = composed.replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if letter.isspace() else letter for letter in last if _shown(letter))
    stem, dot, end = " ".join(kept.split()).rpartition(".")
    if not dot or not stem.strip(". ") or len(end) > 4:
        stem = f"{stem}{dot}{end}" if dot else end
    stem = stem.strip(". ")[: LONGEST - len(suffix)].strip(". ")
    return f"{stem or NAMELESS}{suffix}"


def _shown(letter: str) -> bool:
    # Cf turns the direction of writing, joins or hides; Co, Cn and Cs have no shape.
    return letter not in FORBIDDEN and (letter.isspace() or unicodedata.category(letter)[0] != "C")


def disposition(name: str, *, inline: bool) -> str:
    """The value of ``Content-Disposition`` (RFC 6266): a plain name for old readers, the true one for all others."""
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"\\%;' else "_" for letter in _ascii(name))
    true = quote(name, safe=ATTRIBUTE)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{true}"


def _ascii(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))
