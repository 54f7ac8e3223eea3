"""How attachments are drawn: in the fields of a form that take files, and in lists of a case's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.casework.attachments import is_open, reference, referred
from engine.files.media import MEDIA
from engine.store.tables.files import Attachment

ACCEPT = ",".join(sorted({*MEDIA, *(medium.suffix for medium in MEDIA.values())}))
KILO = 1024
PICTURES = "image/jpeg,image/png,image/webp,image/heic"


@dataclass(frozen=True, slots=True)
class FileItem:
    """One attachment as a form lists it."""

    id: UUID
    reference: str
    name: str
    size: str
    ending: str
    has_thumbnail: bool
    scan: str


@dataclass(frozen=True, slots=True)
class Attached:
    """The attachments that a page's answers name, and the address that takes files for its form."""

    address: str
    rows: Mapping[UUID, Attachment]

    def of(self, answers: Sequence[Any]) -> list[FileItem]:
        """Those that these answers name, as far as they are there."""
        ids = [found for answer in answers if (found := referred(answer)) is not None]
        return [item(self.rows[found]) for found in ids if found in self.rows and is_open(self.rows[found])]


def item(row: Attachment) -> FileItem:
    """An attachment, ready to be drawn."""
    thumbnail = row.thumbnail_id is not None
    return FileItem(
        row.id, reference(row.id), row.name, human_size(row.size), ending(row.media_type), thumbnail, row.scan
    )


def ending(media_type: str) -> str:
    """What a medium is called in three or four letters."""
    return MEDIA[media_type].suffix.removeprefix(".").upper() if media_type in MEDIA else ""


def listed(value: Any) -> list[Any]:
    """An answer as a list of answers."""
    return list(value) if isinstance(value, list | tuple) else [value] if value else []


def human_size(size: int) -> str:
    """A size in the unit that reads best."""
    if size < KILO:
        return f"{size} B"
    return f"{size / KILO:.0f} kB" if size < KILO**2 else f"{size / KILO**2:.1f} MB".replace(".0 ", " ")
