"""The installation's key for files, kept beside its data: it seals the key of every content."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NAME = "files.key"
LENGTH = 32
NONCE = 12


class KeyFile:
    """A random secret in a file that only its owner reads; made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def wrap(self, key: bytes, label: str) -> bytes:
        """A content's key, sealed."""
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self._derived(b"content keys")).encrypt(nonce, key, label.encode())

    def unwrap(self, wrapped: bytes, label: str) -> bytes:
        """The same key again."""
        return AESGCM(self._derived(b"content keys")).decrypt(wrapped[:NONCE], wrapped[NONCE:], label.encode())

    def fingerprint_key(self) -> bytes:
        """What fingerprints are keyed with."""
        return self._derived(b"fingerprints")

    @cached_property
    def _secret(self) -> bytes:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Of two that make it at the same moment one wins, and both read hers.
        with suppress(FileExistsError):
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(os.urandom(LENGTH))
                file.flush()
                os.fsync(file.fileno())
        return self.path.read_bytes()

    def _derived(self, purpose: bytes) -> bytes:
        return HKDF(SHA256(), LENGTH, None, b"siproc files: " + purpose).derive(self._secret)
