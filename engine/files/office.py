"""Office documents are zip archives: which of them it is, that it carries no macros, and that it is no bomb."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from engine.errors import Text
from engine.files.refusing import Refused

MOST_ENTRIES = 3_000
MOST_UNPACKED = 300 * 1024 * 1024
MOST_RATIO = 150  # how many times larger all of it may be, unpacked
SMALL = 8 * 1024 * 1024  # nobody minds what unpacks to so little
ODT_TYPE = b"application/vnd.oasis.opendocument.text"

DAMAGED = Text("El documento está dañado y no se puede abrir.", "The document is damaged and cannot be opened.")
BOMB = Text(
    "El documento se desempaca a un tamaño desmedido y no se acepta.",
    "The document unpacks to an excessive size and is not accepted.",
)
MACROS = Text(
    "El documento contiene macros. Guárdelo sin macros, o como PDF.",
    "The document contains macros. Save it without macros, or as PDF.",
)
OTHER = Text(
    "De los archivos comprimidos solo se aceptan documentos de Word, Excel y ODT. Adjunte los archivos uno por uno.",
    "Of compressed files only Word, Excel and ODT documents are accepted. Attach the files one by one.",
)


def office_type(file: BinaryIO) -> str:
    """The ending that belongs to the document: ``.docx``, ``.xlsx`` or ``.odt``. Raises ``Refused``."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            _no_bomb(archive, file)
            return _type(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise Refused(DAMAGED) from error


def _no_bomb(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    """What the directory declares is enough: a reader that unpacks more than that stops there."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, file.seek(0, 2))
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED:
        raise Refused(BOMB)
    if unpacked > SMALL and unpacked / packed > MOST_RATIO:
        raise Refused(BOMB)


def _type(archive: zipfile.ZipFile) -> str:
    names = {entry.filename for entry in archive.infolist()}
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".dll", ".js")) for name in names):
        raise Refused(MACROS)
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return ".docx"
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return ".xlsx"
    if "mimetype" in names and "content.xml" in names:
        with archive.open("mimetype") as entry:
            if entry.read(100).strip() == ODT_TYPE and not any(
                name.startswith(("Basic/", "Scripts/")) for name in names
            ):
                return ".odt"
    raise Refused(OTHER)
