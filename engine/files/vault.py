"""The vault: content is sealed with a key of its own on its way into the storage; that key is kept sealed by its row."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from engine.files.sealing import new_key as new_content_key
from engine.files.sealing import opened, seal, sealed_size
from engine.files.storage import Storage, Stored
from engine.store.tables.base import new_id

BLOCK = 256 * 1024


class Keys(Protocol):
    """What the vault asks of the installation's keys."""

    def wrap(self, key: bytes, label: str) -> bytes:
        """A content's key, sealed for its row."""
        ...

    def unwrap(self, wrapped: bytes, label: str) -> bytes:
        """The same key again."""
        ...

    def fingerprint_key(self) -> bytes:
        """The secret without which nobody can tell whether a known file is here."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """Content in the vault: its object, its size, and its own key, sealed."""

    object: str
    size: int
    key: bytes


class Vault:
    """Sealed content in one storage."""

    def __init__(self, storage: Storage, keys: Keys) -> None:
        self.storage = storage
        self.keys = keys

    def fingerprint(self, digest: str) -> str:
        """What tells equal contents without telling which they are: a keyed digest of their SHA-256."""
        return hmac.new(self.keys.fingerprint_key(), bytes.fromhex(digest), hashlib.sha256).hexdigest()

    def keep(self, file: BinaryIO) -> Kept:
        """Seal a file (from its beginning) into a fresh object."""
        identity = new_id().hex
        name = f"{identity[-2:]}/{identity}"
        key = new_content_key()
        file.seek(0)
        self.storage.put(name, seal(key, name, iter(lambda: file.read(BLOCK), b"")))
        return Kept(name, file.tell(), self.keys.wrap(key, name))

    def stream(self, kept: Kept, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A content, or a part of it. Raises ``FileNotFoundError``, ``Damaged``."""
        key = self.keys.unwrap(kept.key, kept.object)
        return opened(
            key, kept.object, kept.size, lambda at, count: self.storage.read(kept.object, at, count), start, length
        )

    def digest(self, kept: Kept) -> str:
        """SHA-256 of a content, read whole."""
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

    @staticmethod
    def sealed_size(size: int) -> int:
        """How large the object of a content of ``size`` bytes is."""
        return sealed_size(size)
