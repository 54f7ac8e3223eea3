"""The media that are taken in, and what each file is by its content; what it is called or said to be does not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import puremagic

from engine.errors import Text
from engine.files.office import office_type
from engine.files.refusing import Refused

HEAD = 8 * 1024
TEXT_LIMIT = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Medium:
    """One kind of content. ``inline``: a browser may show it on a page of its own."""

    type: str
    suffix: str
    kind: str
    inline: bool = False


JPEG = Medium("image/jpeg", ".jpg", "photo", inline=True)
PNG = Medium("image/png", ".png", "photo", inline=True)
WEBP = Medium("image/webp", ".webp", "photo", inline=True)
HEIC = Medium("image/heic", ".heic", "photo")
PDF = Medium("application/pdf", ".pdf", "document", inline=True)
DOCX = Medium("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx", "document")
XLSX = Medium("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", "document")
ODT = Medium("application/vnd.oasis.opendocument.text", ".odt", "document")
TEXT = Medium("text/plain", ".txt", "document", inline=True)
MP3 = Medium("audio/mpeg", ".mp3", "audio", inline=True)
M4A = Medium("audio/mp4", ".m4a", "audio", inline=True)
OGG = Medium("audio/ogg", ".ogg", "audio", inline=True)

MEDIA = {medium.type: medium for medium in (JPEG, PNG, WEBP, HEIC, PDF, DOCX, XLSX, ODT, TEXT, MP3, M4A, OGG)}
OFFICE = {medium.suffix: medium for medium in (DOCX, XLSX, ODT)}

# By the endings that the table of signatures gives; the first that fits, for a HEIC also looks like an MP4.
SIGNATURES: tuple[tuple[frozenset[str], Medium], ...] = (
    (frozenset({".jpg", ".jpeg", ".jfif"}), JPEG),
    (frozenset({".png"}), PNG),
    (frozenset({".webp"}), WEBP),
    (frozenset({".heic", ".heif"}), HEIC),
    (frozenset({".pdf"}), PDF),
    (frozenset({".m4a", ".f4a"}), M4A),
    (frozenset({".ogg", ".oga"}), OGG),
    (frozenset({".mp3", ".mpga"}), MP3),
)
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})

UNKNOWN = Text(
    "No se reconoce este tipo de archivo. Se aceptan fotos (JPEG, PNG, WebP, HEIC), PDF, Word, Excel, ODT, texto, y "
    "audio MP3, M4A u OGG.",
    "This type of file is not known. Photos (JPEG, PNG, WebP, HEIC), PDF, Word, Excel, ODT, text, and audio as MP3, M4A "
    "or OGG are accepted.",
)


def recognise(file: BinaryIO) -> Medium:
    """What a file is. Raises ``Refused`` for everything that is not on the list."""
    file.seek(0)
    head = file.read(HEAD)
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return HEIC
    if head.startswith(b"PK\x03\x04"):
        return OFFICE[office_type(file)]
    endings = _endings(head)
    for known, medium in SIGNATURES:
        if known & endings:
            return medium
    if not endings & {".html", ".htm", ".svg", ".xml"} and _is_text(file, head):
        return TEXT
    raise Refused(UNKNOWN)


def _endings(head: bytes) -> set[str]:
    try:
        return {found.extension for found in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def _is_text(file: BinaryIO, head: bytes) -> bool:
    """Whether it is plain text in UTF-8, and no markup."""
    file.seek(0)
    content = file.read(TEXT_LIMIT + 1)
    if not content or len(content) > TEXT_LIMIT or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return False
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(letter < " " and letter not in "\t\r\n\f" for letter in text)
