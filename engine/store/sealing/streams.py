"""Large content, sealed in chunks: written as it comes, and any part of it read without the rest.

A stream has a key of its own (data key, label and a random salt), so that the chunks can simply be counted. Each chunk is
bound to its place and to whether it is the last: none can be altered, exchanged, left out or cut off unnoticed.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.store.sealing.engines import SealBroken
from engine.store.sealing.keyring import HEADER

FORMAT = 2
CHUNK = 64 * 1024  # plain bytes of a chunk
TAG = 16
SALT = 16
START = HEADER + SALT  # where the first chunk is


class Deriving(Protocol):
    """What a stream asks of a keyring; a content may also have a key that is its own."""

    @property
    def current(self) -> int:
        """The version of the key that seals now."""
        ...

    def derive(self, version: int, info: str) -> bytes:
        """A key of its own from the key of that version."""
        ...


def seal_stream(
    keyring: Deriving, source: BinaryIO | Iterable[bytes], label: str, bound: bytes = b""
) -> Iterator[bytes]:
    """``source`` sealed, piece by piece. What is empty has one empty chunk."""
    version = keyring.current
    head = bytes([FORMAT]) + version.to_bytes(2) + os.urandom(SALT)
    cipher, bound = _cipher(keyring, head, label), head + label.encode() + b"\0" + bound
    yield head
    number, held = 0, b""
    for piece in _chunks(source):
        if held:
            yield cipher.encrypt(_nonce(number, last=False), held, bound)
            number += 1
        held = piece
    yield cipher.encrypt(_nonce(number, last=True), held, bound)


def sealed_size(plain: int) -> int:
    """How long ``plain`` bytes are when they are sealed."""
    return START + plain + TAG * max(1, -(-plain // CHUNK))


def plain_size(sealed: int) -> int:
    """How long the content of a sealed stream is. Raises ``SealBroken`` for a length that none has."""
    inside = sealed - START
    whole, rest = divmod(inside, CHUNK + TAG)
    if inside < TAG or 0 < rest < TAG or (rest == TAG and whole):
        raise SealBroken("This is no whole sealed stream.")
    return inside - TAG * (whole + (rest > 0))


def version_of(head: bytes) -> int:
    """The data key of a stream that begins with ``head``. Raises ``SealBroken``."""
    if len(head) < HEADER or head[0] != FORMAT:
        raise SealBroken("This is no sealed stream.")
    return int.from_bytes(head[1:HEADER])


class SealedFile(io.RawIOBase):
    """The content of a sealed stream in ``file``, to be read from anywhere. Raises ``SealBroken`` where it was altered."""

    def __init__(self, keyring: Deriving, file: BinaryIO, label: str, bound: bytes = b"") -> None:
        super().__init__()
        self._file = file
        self.size = plain_size(file.seek(0, io.SEEK_END))
        self._last = max(0, -(-self.size // CHUNK) - 1)
        file.seek(0)
        head = file.read(START)
        version_of(head)
        self._cipher, self._bound = _cipher(keyring, head, label), head + label.encode() + b"\0" + bound
        self._at = 0
        self._number, self._chunk = -1, b""
        self._open(self._last)  # a stream that was cut off shows at once

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where it reads next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read next from there."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill ``buffer`` with what is left of the chunk that it stands in; 0 at the end."""
        if self._at >= self.size:
            return 0
        number, inside = divmod(self._at, CHUNK)
        piece = self._open(number)[inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def check(self) -> None:
        """Open every chunk once. Raises ``SealBroken``."""
        for number in range(self._last + 1):
            self._open(number)

    def _open(self, number: int) -> bytes:
        if number != self._number:
            self._file.seek(START + number * (CHUNK + TAG))
            sealed = self._file.read(CHUNK + TAG)
            try:
                self._chunk = self._cipher.decrypt(_nonce(number, last=number == self._last), sealed, self._bound)
            except InvalidTag as error:
                raise SealBroken("A part of the content was altered or is missing.") from error
            self._number = number
        return self._chunk


def _cipher(keyring: Deriving, head: bytes, label: str) -> AESGCM:
    salt = head[HEADER:].hex()
    return AESGCM(keyring.derive(version_of(head), f"siproc stream {label} {salt}"))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _chunks(source: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """The content in pieces of ``CHUNK`` bytes, the last one shorter."""
    pieces = iter(lambda: source.read(CHUNK), b"") if hasattr(source, "read") else source
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)
