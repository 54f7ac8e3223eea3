"""What is kept in the vault: whole, sealed, read in any part, and refused once it was touched."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from engine.store.sealing import SealBroken
from engine.store.sealing.streams import CHUNK, sealed_size
from tests.engine.files.conftest import OpenRoom

CONTENT = hashlib.shake_256(b"contenido").digest(5 * CHUNK + 1234)


def test_any_part_of_what_is_kept_comes_back(open_room: OpenRoom, storage_address: str) -> None:
    vault = open_room(files=storage_address).vault

    kept = vault.keep(BytesIO(CONTENT))

    assert b"".join(vault.stream(kept)) == CONTENT
    for start, length in ((0, 1), (CHUNK - 1, 2), (3, 4 * CHUNK), (len(CONTENT) - 1, 1), (0, len(CONTENT))):
        assert b"".join(vault.stream(kept, start, length)) == CONTENT[start : start + length]
    (item,) = vault.all()
    assert (item.name, item.size) == (kept.object, sealed_size(len(CONTENT)))
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


def test_what_was_altered_cut_or_exchanged_does_not_open(open_room: OpenRoom, tmp_path: Path) -> None:
    vault = open_room().vault
    kept, other = vault.keep(BytesIO(CONTENT)), vault.keep(BytesIO(CONTENT[::-1]))
    file, strange = tmp_path / "files" / kept.object, tmp_path / "files" / other.object
    sealed = file.read_bytes()

    for spoiled in (sealed[:-1] + b"x", sealed[: len(sealed) // 2], strange.read_bytes()):
        file.write_bytes(spoiled)
        with pytest.raises(SealBroken):
            vault.digest(kept)
    file.write_bytes(sealed)
    with pytest.raises(SealBroken):
        list(vault.stream(replace(kept, key=other.key)))
    assert vault.digest(kept) == hashlib.sha256(CONTENT).hexdigest()


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
