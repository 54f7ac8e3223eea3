"""What a letter's template asks for, so that officers can write one that no procedure issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import re2

from engine.casework.letters import GENERAL, templates

# Which folder of the procedures a domain's letters lie in; those of the other folders are everybody's.
FOLDERS = {
    "MIG": "migratorio", "DHU": "derechos_humanos", "SAL": "salud", "PEN": "penal", "FAM": "familia", "LAB": "laboral",
    "DES": "desaparecidos",
}  # fmt: skip
COMMON = ("ingreso", "compartidos", "retorno")
MOST_FIELDS = 40
_TITLE = re2.compile(r'titulo: *"([^"]+)"')
_FIELD = re2.compile(r'\("([^"]+)", *"([a-z][a-z0-9_]*)"\)')
_MENTION = re2.compile(r'dato\("([a-z][a-z0-9_]*)"')


@dataclass(frozen=True, slots=True)
class Outline:
    """A letter that can be written: its code, its title, and what is asked for (key and label)."""

    code: str
    title: str
    fields: tuple[tuple[str, str], ...]


def of_domain(root: Path, domain: str | None) -> list[Outline]:
    """The letters that a case of a domain may need, those of the domain first."""
    folders = [*([FOLDERS[domain]] if domain in FOLDERS else []), *COMMON]
    found = [
        (folders.index(path.parent.parent.name), outline(path))
        for code, path in templates(root).items()
        if code not in (GENERAL, "carta") and path.parent.parent.name in folders
    ]
    return [item for _, item in sorted(found, key=lambda pair: (pair[0], pair[1].title, pair[1].code))]


@lru_cache(maxsize=300)
def outline(path: Path) -> Outline:
    """Read a template."""
    text = path.read_text("utf-8")
    title = _TITLE.search(text)
    asked: dict[str, str] = {key: label for label, key in _FIELD.findall(text)}
    for key in _MENTION.findall(text):
        asked.setdefault(key, key.replace("_", " ").capitalize())
    return Outline(path.stem, title[1] if title else path.stem, tuple(list(asked.items())[:MOST_FIELDS]))


def known(outlines: list[Outline]) -> Mapping[str, Outline]:
    """Outlines by code."""
    return {item.code: item for item in outlines}
