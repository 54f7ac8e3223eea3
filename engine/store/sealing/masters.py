"""Master keys: where they come from, what they are called, and how they wrap data keys.

Written as base64 (32 bytes), one a line or with commas; the first is in use, the others still open what they wrapped.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine import make_url

from engine.settings import Settings, load

FILE = "master-key"
SIZE = 32
NONCE = 12


class MasterKeyError(RuntimeError):
    """A master key is missing or wrong; the message says which, and what to do."""


@dataclass(frozen=True, slots=True, repr=False)
class Master:
    """One master key; ``id`` is its public short name."""

    id: str
    secret: bytes

    def wrap(self, key: bytes, label: bytes) -> bytes:
        """``key``, sealed with this one and bound to ``label``."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher().encrypt(nonce, key, label)

    def unwrap(self, wrapped: bytes, label: bytes) -> bytes:
        """The key in ``wrapped``. Raises ``MasterKeyError``."""
        try:
            return self._cipher().decrypt(wrapped[:NONCE], wrapped[NONCE:], label)
        except InvalidTag as error:
            raise MasterKeyError(
                f"A data key does not open with its master key {self.id}: it was altered. Restore the table data_key."
            ) from error

    def _cipher(self) -> AESGCM:
        return AESGCM(derived(self.secret, b"siproc wrap"))


def derived(secret: bytes, info: bytes) -> bytes:
    """A key of its own for one use, from a secret of 32 random bytes."""
    return HKDF(SHA256(), SIZE, None, info).derive(secret)


def new_text() -> str:
    """A fresh master key, as it is written down."""
    return base64.b64encode(secrets.token_bytes(SIZE)).decode()


def read_keys(text: str, where: str) -> list[Master]:
    """The master keys in ``text``; lines with # are remarks. Raises ``MasterKeyError`` that names ``where``."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [_read(word, where) for line in lines for word in line.replace(",", " ").split()]


def _read(word: str, where: str) -> Master:
    try:
        secret = base64.b64decode(word.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != SIZE:
        raise MasterKeyError(f"{where}: expected base64 of {SIZE} bytes (`siproc keys make` prints such a key).")
    return Master(hashlib.sha256(b"siproc master key\0" + secret).hexdigest()[:12], secret)


class Masters:
    """The master keys of an installation. ``file`` is where one may be made if there is none."""

    def __init__(self, keys: Sequence[Master], file: Path | None = None) -> None:
        self.keys = list(keys)
        self.file = file

    def get(self, id: str) -> Master | None:
        """The key with this short name, if it is there."""
        return next((key for key in self.keys if key.id == id), None)

    def must_get(self, id: str) -> Master:
        """The key with this short name. Raises ``MasterKeyError`` that says what to do."""
        found = self.get(id)
        if found is None:
            have = ", ".join(key.id for key in self.keys) or "none"
            raise MasterKeyError(
                f"This database is sealed with the master key {id}, and there is {have} here. "
                "Set SIPROC_MASTER_KEY or SIPROC_MASTER_KEY_FILE to the key that belongs to it."
            )
        return found

    def in_use(self) -> Master:
        """The key that wraps, made in ``file`` if there is none. Raises ``MasterKeyError`` where none may be made."""
        if not self.keys and self.file is not None:
            make_file(self.file)
            self.keys = read_keys(self.file.read_text(), str(self.file))
        if not self.keys:
            raise MasterKeyError(
                "There is no master key. Make one with `siproc keys make`, keep a copy apart from the database, and set "
                "SIPROC_MASTER_KEY or SIPROC_MASTER_KEY_FILE."
            )
        return self.keys[0]


def make_file(path: Path) -> None:
    """Write a fresh key into ``path``, readable by its owner only; an existing file stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process was quicker
    with os.fdopen(descriptor, "w") as file:
        file.write(new_text() + "\n")
        file.flush()
        os.fsync(file.fileno())


def masters_for(url: str, settings: Settings | None = None) -> Masters:
    """The master keys that the settings give for the database at ``url``.

    Without settings a SQLite database has a file beside it; any other database has none, for its key must not lie on one
    machine by chance.
    """
    settings = settings or load()
    if settings.master_key:
        return Masters(read_keys(settings.master_key, "SIPROC_MASTER_KEY"))
    if settings.master_key_file:
        path = Path(settings.master_key_file)
        try:
            return Masters(read_keys(path.read_text(), str(path)))
        except OSError as error:
            raise MasterKeyError(f"SIPROC_MASTER_KEY_FILE: {path} cannot be read ({error.strerror}).") from error
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        return Masters([])
    path = Path(address.database).with_name(FILE)
    return Masters(read_keys(path.read_text(), str(path)) if path.exists() else [], path)


def use_for_trial() -> None:
    """Give this process, and those that it starts, a key for databases that are thrown away, where none is set."""
    if not os.environ.get("SIPROC_MASTER_KEY") and not os.environ.get("SIPROC_MASTER_KEY_FILE"):
        os.environ["SIPROC_MASTER_KEY"] = new_text()
