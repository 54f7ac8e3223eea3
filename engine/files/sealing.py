"""Sealing in chunks: content of any length is sealed as it streams by, and any part of it opened without the rest.

Each content has a key of its own, so a chunk's nonce may simply be its number. The nonce also tells whether it is the
last one, and the associated data names the object: chunks that were dropped, moved, or put into another object do not
open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK = 64 * 1024
TAG = 16
WINDOW = 16  # chunks that are fetched at a time


class Damaged(Exception):
    """Sealed content that does not open: it was altered, cut, or is not what its row says."""


def new_key() -> bytes:
    """A key for one content."""
    return AESGCM.generate_key(256)


def seal(key: bytes, name: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Sealed chunks of what ``blocks`` hold together."""
    cipher, label = AESGCM(key), name.encode()
    number, waiting = 0, bytearray()
    for block in blocks:
        waiting += block
        while len(waiting) > CHUNK:  # not >=: what is left must be the last chunk, and say so
            yield cipher.encrypt(_nonce(number, last=False), bytes(waiting[:CHUNK]), label)
            del waiting[:CHUNK]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(waiting), label)


def opened(
    key: bytes, name: str, size: int, read: Callable[[int, int], bytes], start: int = 0, length: int | None = None
) -> Iterator[bytes]:
    """The content of ``size`` bytes (or a part of it) in pieces; ``read(start, length)`` gives sealed bytes.

    Raises ``Damaged``.
    """
    cipher, label = AESGCM(key), name.encode()
    end = size if length is None else min(size, start + length)
    last = max(0, (size - 1) // CHUNK)
    if end <= start and size:
        return
    first, final = start // CHUNK, max(0, (end - 1) // CHUNK)
    for window in range(first, final + 1, WINDOW):
        until = min(window + WINDOW - 1, final)
        sealed = read(window * (CHUNK + TAG), (until - window + 1) * (CHUNK + TAG))
        for number in range(window, until + 1):
            at = (number - window) * (CHUNK + TAG)
            try:
                plain = cipher.decrypt(_nonce(number, last=number == last), sealed[at : at + CHUNK + TAG], label)
            except (InvalidTag, ValueError) as error:
                raise Damaged(name) from error
            yield plain[max(0, start - number * CHUNK) : end - number * CHUNK]


def sealed_size(size: int) -> int:
    """How long content of ``size`` bytes is once it is sealed."""
    return size + TAG * (max(0, (size - 1) // CHUNK) + 1)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")
