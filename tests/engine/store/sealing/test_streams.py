"""Large content in chunks: any part of it can be read, and nothing of it altered, exchanged or cut off."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import Store
from engine.store.sealing import SealBroken, SealedFile, seal_stream
from engine.store.sealing.streams import CHUNK, START, TAG, plain_size, sealed_size

LABEL = "attachment.content"
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17)
quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


def content(size: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(size))


def sealed(store: Store, plain: bytes, bound: bytes = b"") -> bytes:
    return b"".join(seal_stream(store.keyring, io.BytesIO(plain), LABEL, bound))


def opened(store: Store, stream: bytes, bound: bytes = b"") -> SealedFile:
    return SealedFile(store.keyring, io.BytesIO(stream), LABEL, bound)


@pytest.mark.parametrize("size", SIZES)
def test_a_stream_opens_again_and_tells_its_size(sqlite_store: Store, size: int) -> None:
    plain = content(size)
    stream = sealed(sqlite_store, plain)

    assert opened(sqlite_store, stream).readall() == plain
    assert opened(sqlite_store, stream).size == size
    assert (sealed_size(size), plain_size(len(stream))) == (len(stream), size)


@quick
@given(size=st.sampled_from(SIZES), start=st.integers(0, 4 * CHUNK), length=st.integers(0, 2 * CHUNK))
def test_any_part_can_be_read_alone(sqlite_store: Store, size: int, start: int, length: int) -> None:
    plain = content(size)
    file = io.BufferedReader(opened(sqlite_store, sealed(sqlite_store, plain)))

    file.seek(start)

    assert file.read(length) == plain[start : start + length]


@quick
@given(pieces=st.lists(st.integers(0, CHUNK + 5), max_size=6))
def test_how_the_source_is_cut_makes_no_difference(sqlite_store: Store, pieces: list[int]) -> None:
    parts = [content(size) for size in pieces]
    stream = b"".join(seal_stream(sqlite_store.keyring, parts, LABEL))

    assert opened(sqlite_store, stream).readall() == b"".join(parts)


@pytest.mark.parametrize("kept", [0, 10, START, START + TAG, START + CHUNK + TAG, -1, -TAG - 17])
def test_a_stream_that_was_cut_off_does_not_open(sqlite_store: Store, kept: int) -> None:
    stream = sealed(sqlite_store, content(3 * CHUNK + 17))

    with pytest.raises(SealBroken):
        opened(sqlite_store, stream[:kept])


def test_chunks_cannot_be_exchanged_or_altered(sqlite_store: Store) -> None:
    stream = sealed(sqlite_store, content(3 * CHUNK))
    size = CHUNK + TAG
    first, second, third = (stream[START + number * size :][:size] for number in range(3))

    for wrong in (
        second + first + third,
        first + first + third,
        first + bytes([second[0] ^ 1]) + second[1:] + third,
    ):
        with pytest.raises(SealBroken):
            opened(sqlite_store, stream[:START] + wrong).check()


def test_a_stream_opens_only_for_what_it_was_sealed_for(sqlite_store: Store) -> None:
    stream = sealed(sqlite_store, b"a photograph", b"row 1")

    with pytest.raises(SealBroken):
        opened(sqlite_store, stream, b"row 2")
    with pytest.raises(SealBroken):
        SealedFile(sqlite_store.keyring, io.BytesIO(stream), "note.text", b"row 1")
