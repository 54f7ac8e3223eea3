"""One file on its way in: measured, recognised, looked at for malware, and made ready to be kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from engine.errors import Text
from engine.files import naming, pictures
from engine.files.media import recognise
from engine.files.refusing import Refused
from engine.files.scanning import INFECTED, Scanner

BLOCK = 256 * 1024
IN_MEMORY = 512 * 1024
EMPTY = Text("El archivo está vacío.", "The file is empty.")


@dataclass(frozen=True, slots=True)
class Received:
    """A file that may be kept. ``name`` is safe to show; ``file`` is as it will be kept."""

    file: BinaryIO
    name: str
    media_type: str
    kind: str
    size: int
    digest: str
    thumbnail: bytes | None
    scan: str
    threat: str
    with_metadata: bool

    def close(self) -> None:
        """Give its place in memory or on disk back."""
        self.file.close()


def receive(
    stream: BinaryIO, given_name: str, scanner: Scanner, limit: int, *, keep_metadata: bool = False
) -> Received:
    """Take in a file of at most ``limit`` bytes. Raises ``Refused``.

    An infected one is taken in as it came, so that it can be kept in quarantine; its ``scan`` says so.
    """
    file = _spooled(stream, limit)
    try:
        medium = recognise(file)
        verdict = scanner.scan(file)
        thumbnail, kept = None, file
        if medium.kind == "photo" and verdict.state != INFECTED:
            picture = pictures.prepare(file, medium, keep_metadata=keep_metadata)
            thumbnail, kept, medium = picture.thumbnail, picture.file, picture.medium
        size, digest = _measured(kept)
    except BaseException:
        file.close()
        raise
    if kept is not file:
        file.close()
    return Received(
        kept,
        naming.cleaned(given_name, medium.suffix),
        medium.type,
        medium.kind,
        size,
        digest,
        thumbnail,
        verdict.state,
        verdict.threat,
        with_metadata=keep_metadata and medium.kind == "photo",
    )


def _spooled(stream: BinaryIO, limit: int) -> BinaryIO:
    file = cast("BinaryIO", SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - whoever receives it closes it
    size = 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > limit:
            file.close()
            raise Refused(too_large(limit))
        file.write(block)
    if not size:
        file.close()
        raise Refused(EMPTY)
    return file


def _measured(file: BinaryIO) -> tuple[int, str]:
    file.seek(0)
    total, size = hashlib.sha256(), 0
    while block := file.read(BLOCK):
        total.update(block)
        size += len(block)
    return size, total.hexdigest()


def too_large(limit: int) -> Text:
    """What is said of a file beyond the limit."""
    return Text(
        "El archivo es demasiado grande: caben {limit} MB.",
        "The file is too large: {limit} MB fit.",
        {"limit": limit // (1024 * 1024)},
    )
