"""The data keys of one database, opened with its master key: seals, opens, and makes blind indexes.

A sealed value: format byte, key version (2 bytes), nonce (12 bytes), ciphertext with its tag. Each label ("table.column")
has a key of its own, derived from the data key, and is authenticated along with what else the value is bound to.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from threading import Lock
from time import monotonic

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, insert, select

from engine.store.sealing.engines import SealBroken
from engine.store.sealing.masters import NONCE, SIZE, Masters, derived
from engine.store.tables.keys import DataKey

FORMAT = 1
HEADER = 3  # format byte and key version
OVERHEAD = HEADER + NONCE + 16
DATA, INDEX = "data", "index"
FRESH = 60.0  # seconds after which a new data key of another process is looked for


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    version: int
    purpose: str
    secret: bytes
    retired: bool


def wrap_label(version: int, purpose: str) -> bytes:
    """What a wrapped data key is bound to."""
    return f"data_key {purpose} {version}".encode()


def is_empty(sealed: bytes) -> bool:
    """Whether there is nothing in a sealed value: its length tells, without opening it."""
    return len(sealed) <= OVERHEAD


class Keyring:
    """What seals and opens the values of one store. Several threads may use it at once."""

    def __init__(self, masters: Masters, connect: Callable[[], Connection]) -> None:
        """``connect`` gives a connection for reading keys, at any time, even within a transaction of another one."""
        self.masters = masters
        self._connect = connect
        self._lock = Lock()
        self._keys: dict[int, _Key] = {}
        self._ciphers: dict[tuple[int, str], AESGCM] = {}
        self._indexes: dict[str, hmac.HMAC] = {}
        self._current: int | None = None
        self._read_at = float("-inf")

    @property
    def current(self) -> int:
        """The version of the data key that seals now."""
        if self._current is None:
            self.reload()
        if self._current is None:
            raise SealBroken("There is no data key yet: migrate the database first.")
        return self._current

    def seal(self, plain: bytes, label: str, bound: bytes = b"") -> bytes:
        """``plain``, sealed for the column ``label``; opens only with the same label and the same ``bound``."""
        version = self._current if self._current is not None else self.current
        head = b"\x01" + version.to_bytes(2)
        nonce = os.urandom(NONCE)
        return head + nonce + self.cipher(version, label).encrypt(nonce, plain, _bound(head, label, bound))

    def open(self, sealed: bytes, label: str, bound: bytes = b"") -> bytes:
        """What ``seal`` was given. Raises ``SealBroken``."""
        if len(sealed) < OVERHEAD or sealed[0] != FORMAT:
            raise SealBroken(f"{label}: this is no sealed value.")
        head, nonce = sealed[:HEADER], sealed[HEADER : HEADER + NONCE]
        cipher = self.cipher(int.from_bytes(head[1:]), label)
        try:
            return cipher.decrypt(nonce, sealed[HEADER + NONCE :], _bound(head, label, bound))
        except InvalidTag as error:
            raise SealBroken(f"{label}: the value was altered, or it belongs somewhere else.") from error

    def cipher(self, version: int, label: str) -> AESGCM:
        """The cipher of one label under one data key. Raises ``SealBroken`` where there is no such key."""
        found = self._ciphers.get((version, label))
        if found is None:
            found = self._ciphers[version, label] = AESGCM(self.derive(version, f"siproc seal {label}"))
        return found

    def derive(self, version: int, info: str) -> bytes:
        """A key of its own from a data key."""
        if version not in self._keys:
            self.reload()
        key = self._keys.get(version)
        if key is None or key.purpose != DATA:
            raise SealBroken(f"There is no data key {version}.")
        return derived(key.secret, info.encode())

    def blind(self, text: str, label: str) -> bytes:
        """A keyed digest of ``text`` (32 bytes), to find equal values of ``label`` by."""
        started = self._indexes.get(label)
        if started is None:
            started = self._indexes[label] = hmac.new(self._index_key(label), digestmod=sha256)
        digest = started.copy()
        digest.update(text.encode())
        return digest.digest()

    def blind_number(self, text: str, label: str) -> int:
        """The same, shortened to a number of 64 bits with a sign, for a narrow index."""
        return int.from_bytes(self.blind(text, label)[:8], signed=True)

    def _index_key(self, label: str) -> bytes:
        if not any(key.purpose == INDEX for key in self._keys.values()):
            self.reload()
        for key in self._keys.values():
            if key.purpose == INDEX:
                return derived(key.secret, f"siproc index {label}".encode())
        raise SealBroken("There is no index key yet: migrate the database first.")

    def ready(self, connection: Connection) -> None:
        """Have the keys at hand; looks at most once a minute for new ones. Raises ``MasterKeyError``."""
        if monotonic() - self._read_at > FRESH:
            self.read(connection)

    def reload(self) -> None:
        """Read the keys on a connection of its own."""
        with self._connect() as connection:
            self.read(connection)

    def read(self, connection: Connection) -> None:
        """Read the keys. Those that are known are not unwrapped again, so that a master key can be taken away."""
        rows = connection.execute(select(DataKey.__table__)).all()
        with self._lock:
            known = self._keys
            keys = {}
            for row in rows:
                have = known.get(row.version)
                secret = (
                    have.secret
                    if have is not None
                    else self.masters.must_get(row.master_id).unwrap(row.wrapped, wrap_label(row.version, row.purpose))
                )
                keys[row.version] = _Key(row.version, row.purpose, secret, row.retired_at is not None)
            self._keys = keys
            self._ciphers = {place: item for place, item in self._ciphers.items() if place[0] in keys}
            usable = [key.version for key in keys.values() if key.purpose == DATA and not key.retired]
            self._current = max(usable, default=None)
            if rows:
                self._read_at = monotonic()

    def add(self, connection: Connection, purpose: str, now: datetime) -> int:
        """Make one more key and write it down, wrapped; gives its version. Raises ``MasterKeyError``."""
        master = self.masters.in_use()
        version = max(connection.scalars(select(DataKey.version)), default=0) + 1
        values = {
            "version": version,
            "purpose": purpose,
            "wrapped": master.wrap(os.urandom(SIZE), wrap_label(version, purpose)),
            "master_id": master.id,
            "created_at": now,
        }
        connection.execute(insert(DataKey), values)
        return version

    def begin(self, connection: Connection, now: datetime) -> None:
        """Make the first keys, where there are none, and have them at hand."""
        purposes = set(connection.scalars(select(DataKey.purpose)))
        for purpose in (INDEX, DATA):
            if purpose not in purposes:
                self.add(connection, purpose, now)
        self.read(connection)


def _bound(head: bytes, label: str, bound: bytes) -> bytes:
    return head + label.encode() + b"\0" + bound
