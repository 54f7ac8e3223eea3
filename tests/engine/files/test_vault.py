"""What is kept in the vault: whole, sealed, read in any part, and refused once it was touched."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.files import sealing
from engine.files.sealing import CHUNK, Damaged
from tests.engine.files.conftest import OpenRoom

CONTENT = hashlib.shake_256(b"contenido").digest(5 * CHUNK + 1234)


def test_any_part_of_what_is_kept_comes_back(open_room: OpenRoom, storage_address: str) -> None:
    vault = open_room(files=storage_address).vault

    kept = vault.keep(BytesIO(CONTENT))

    assert b"".join(vault.stream(kept)) == CONTENT
    for start, length in ((0, 1), (CHUNK - 1, 2), (3, 4 * CHUNK), (len(CONTENT) - 1, 1), (0, len(CONTENT))):
        assert b"".join(vault.stream(kept, start, length)) == CONTENT[start : start + length]
    (item,) = vault.all()
    assert (item.name, item.size) == (kept.object, vault.sealed_size(len(CONTENT)))
    assert CONTENT[:200] not in vault.storage.read(item.name, 0, item.size)
    vault.discard(kept.object)
    vault.discard(kept.object)
    assert list(vault.all()) == []
    with pytest.raises(FileNotFoundError):
        list(vault.stream(kept))


def test_a_large_content_goes_in_parts(open_room: OpenRoom, storage_address: str) -> None:
    vault = open_room(files=storage_address).vault
    content = CONTENT * 40

    kept = vault.keep(BytesIO(content))

    assert vault.digest(kept) == hashlib.sha256(content).hexdigest()


@given(
    st.integers(0, 3 * CHUNK + 5), st.integers(0, 3 * CHUNK + 9), st.integers(0, 3 * CHUNK + 9), st.integers(1, 90_000)
)
def test_sealing_opens_to_the_same_in_every_part(size: int, start: int, length: int, block: int) -> None:
    content, key = CONTENT[:size], sealing.new_key()
    pieces = [content[at : at + block] for at in range(0, size, block)]

    sealed = b"".join(sealing.seal(key, "x", pieces))

    assert len(sealed) == sealing.sealed_size(size)
    opened = sealing.opened(key, "x", size, lambda at, count: sealed[at : at + count], start, length)
    assert b"".join(opened) == content[start : start + length]


def test_what_was_altered_cut_or_moved_does_not_open() -> None:
    key = sealing.new_key()
    sealed = b"".join(sealing.seal(key, "x", [CONTENT]))
    piece = CHUNK + sealing.TAG
    spoiled = {
        "altered": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "cut": sealed[: -piece // 2],
        "without its end": sealed[: 5 * piece],
        "swapped": sealed[piece : 2 * piece] + sealed[:piece] + sealed[2 * piece :],
    }

    for content in spoiled.values():
        with pytest.raises(Damaged):
            list(sealing.opened(key, "x", len(CONTENT), lambda at, count, c=content: c[at : at + count]))  # type: ignore[misc]
    with pytest.raises(Damaged):  # a shorter content does not pass as the whole
        list(sealing.opened(key, "x", 5 * CHUNK, lambda at, count: sealed[at : at + count]))
    with pytest.raises(Damaged):  # nor another object's
        list(sealing.opened(key, "y", len(CONTENT), lambda at, count: sealed[at : at + count]))


def test_a_known_file_is_not_told_by_its_fingerprint(tmp_path: Path, open_room: OpenRoom) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    vault = open_room().vault

    first = vault.fingerprint(digest)

    assert first == open_room().vault.fingerprint(digest)
    (tmp_path / "files.key").unlink()
    assert open_room().vault.fingerprint(digest) not in (first, digest)


def test_half_a_file_is_never_seen(open_room: OpenRoom) -> None:
    vault = open_room().vault

    def broken() -> object:
        yield b"principio"
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        vault.storage.put("aa/" + "a" * 32, broken())  # type: ignore[arg-type]

    assert list(vault.all()) == []


@pytest.mark.parametrize("name", ["../x", "aa/../../b", "/etc/passwd", "aa/" + "A" * 32, ""])
def test_a_name_leads_nowhere_else(open_room: OpenRoom, name: str) -> None:
    with pytest.raises(ValueError, match="name of an object"):
        open_room().vault.storage.read(name, 0, 1)
