"""The vault: content is sealed with a key of its own on its way into the storage; its row keeps that key, sealed too.

So a content whose row has forgotten its key can be opened by nobody, and a change of master or data keys touches no object.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from engine.files.storage import Storage, Stored
from engine.store.sealing.masters import derived
from engine.store.sealing.streams import SealedFile, seal_stream, sealed_size
from engine.store.tables.base import new_id

LABEL = "stored_content.object"
KEY = 32
BLOCK = 64 * 1024
WINDOW = 1024 * 1024  # what is fetched from the storage at a time


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """Content in the vault: its object, its size, and the key that opens it."""

    object: str
    size: int
    key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class _ContentKey:
    """Seals one content and nothing else."""

    secret: bytes
    current: int = 0

    def derive(self, version: int, info: str) -> bytes:
        """The key of its stream."""
        return derived(self.secret, info.encode())


class _Object(io.RawIOBase):
    """A sealed object in a storage, to be read from anywhere."""

    def __init__(self, storage: Storage, name: str, size: int) -> None:
        super().__init__()
        self.storage, self.name, self.size = storage, name, size
        self.at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where it reads next."""
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read next from there."""
        self.at = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence] + offset
        return self.at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fetch as much as fits and is there."""
        length = min(len(buffer), self.size - self.at)
        if length <= 0:
            return 0
        piece = self.storage.read(self.name, self.at, length)
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)


class Vault:
    """Sealed contents in one storage."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def keep(self, file: BinaryIO) -> Kept:
        """Seal a file (from its beginning) into a fresh object."""
        identity = new_id().hex
        name = f"{identity[-2:]}/{identity}"
        key = os.urandom(KEY)
        file.seek(0)
        self.storage.put(name, seal_stream(_ContentKey(key), file, LABEL, name.encode()))
        return Kept(name, file.tell(), key)

    def stream(self, kept: Kept, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A content, or a part of it, in pieces. Raises ``FileNotFoundError``, ``SealBroken``."""
        end = kept.size if length is None else min(kept.size, start + length)
        with self.open(kept) as content:
            content.seek(start)
            while content.tell() < end and (piece := content.read(min(BLOCK, end - content.tell()))):
                yield piece

    def open(self, kept: Kept) -> SealedFile:
        """A content as a file that is read from anywhere. Raises ``FileNotFoundError``, ``SealBroken``."""
        fetched = io.BufferedReader(
            cast("io.RawIOBase", _Object(self.storage, kept.object, sealed_size(kept.size))), WINDOW
        )
        return SealedFile(_ContentKey(kept.key), cast("BinaryIO", fetched), LABEL, kept.object.encode())

    def digest(self, kept: Kept) -> str:
        """SHA-256 of a content, read whole. Raises ``FileNotFoundError``, ``SealBroken``."""
        total = hashlib.sha256()
        for piece in self.stream(kept):
            total.update(piece)
        return total.hexdigest()

    def discard(self, name: str) -> None:
        """Forget an object."""
        self.storage.delete(name)

    def all(self) -> Iterator[Stored]:
        """Every object."""
        return self.storage.all()
