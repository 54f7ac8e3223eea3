"""Values open only where they were sealed, with the keys that they were sealed with."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from engine.access.actors import SYSTEM
from engine.clock import MovableClock
from engine.settings import load
from engine.store import Store
from engine.store.sealing import MasterKeyError, Masters, SealBroken
from engine.store.sealing.masters import masters_for, new_text, read_keys
from engine.store.tables.keys import DataKey
from tests.conftest import NOW

LABEL, OTHER = "note.text", "person.alias"
quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def masters(*texts: str) -> Masters:
    return Masters([key for text in texts for key in read_keys(text, "here")])


@quick
@given(plain=st.binary(max_size=2_000), bound=st.binary(max_size=30))
def test_what_is_sealed_opens_again(sqlite_store: Store, plain: bytes, bound: bytes) -> None:
    keyring = sqlite_store.keyring

    sealed = keyring.seal(plain, LABEL, bound)

    assert keyring.open(sealed, LABEL, bound) == plain
    assert keyring.seal(plain, LABEL, bound) != sealed
    assert len(plain) < 8 or plain not in sealed


@quick
@given(plain=st.binary(max_size=60), place=st.integers(min_value=0), flip=st.integers(1, 255))
def test_it_does_not_open_when_a_byte_was_altered(sqlite_store: Store, plain: bytes, place: int, flip: int) -> None:
    sealed = bytearray(sqlite_store.keyring.seal(plain, LABEL))
    sealed[place % len(sealed)] ^= flip

    with pytest.raises(SealBroken):
        sqlite_store.keyring.open(bytes(sealed), LABEL)


def test_it_does_not_open_in_another_column_or_for_another_row(sqlite_store: Store) -> None:
    sealed = sqlite_store.keyring.seal(b"testimony", LABEL, b"row 1")

    for label, bound in ((OTHER, b"row 1"), (LABEL, b"row 2"), (LABEL, b"")):
        with pytest.raises(SealBroken):
            sqlite_store.keyring.open(sealed, label, bound)
    for other in (b"", b"testimony", sealed[:20]):
        with pytest.raises(SealBroken):
            sqlite_store.keyring.open(other, LABEL)


def test_equal_texts_have_equal_digests_in_one_column_only(sqlite_store: Store) -> None:
    keyring = sqlite_store.keyring

    assert keyring.blind("0801199012345", LABEL) == keyring.blind("0801199012345", LABEL)
    assert keyring.blind("0801199012345", LABEL) != keyring.blind("0801199012345", OTHER)
    assert keyring.blind("0801199012345", LABEL) != keyring.blind("0801199012346", LABEL)
    assert -(2**63) <= keyring.blind_number("a", LABEL) < 2**63


def test_another_master_key_is_refused_and_named(store: Store) -> None:
    [used] = masters_for(store.url).keys
    stranger = masters(new_text())

    with pytest.raises(MasterKeyError) as caught:
        Store(store.url, masters=stranger).read(lambda context: None, SYSTEM)

    assert used.id in str(caught.value)
    assert stranger.keys[0].id in str(caught.value)


def test_a_data_key_that_was_altered_is_refused(sqlite_store: Store) -> None:
    def swap(context):  # type: ignore[no-untyped-def]
        first, second = context.session.scalars(select(DataKey)).all()
        first.wrapped, second.wrapped = second.wrapped, first.wrapped

    sqlite_store.transact(swap, SYSTEM)

    with pytest.raises(MasterKeyError):
        Store(sqlite_store.url).read(lambda context: None, SYSTEM)


def test_a_sqlite_database_gets_a_key_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    made = Store(url, clock=MovableClock(NOW), masters=masters_for(url, load({})))
    made.migrate()
    sealed = made.keyring.seal(b"x", LABEL)
    made.close()

    file = tmp_path / "master-key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(base64.b64decode(file.read_text())) == 32
    again = Store(url, masters=masters_for(url, load({})))
    assert again.read(lambda context: again.keyring.open(sealed, LABEL), SYSTEM) == b"x"
    again.close()

    file.unlink()
    with pytest.raises(MasterKeyError):
        Store(url, masters=masters_for(url, load({}))).read(lambda context: None, SYSTEM)
    assert not file.exists()


def test_another_database_is_not_migrated_without_a_master_key(empty_database_url: str) -> None:
    without = Store(empty_database_url, masters=Masters([]))

    with pytest.raises(MasterKeyError, match="siproc keys make"):
        without.migrate()

    without.close()
    given = Store(empty_database_url)
    given.migrate()
    given.close()


def test_the_settings_say_where_master_keys_are(tmp_path: Path) -> None:
    first, second = new_text(), new_text()
    file = tmp_path / "keys"
    file.write_text(f"# of November\n{first}\n\n{second}\n")
    url = "postgresql+psycopg://nowhere/none"

    by_text = masters_for(url, load({"SIPROC_MASTER_KEY": f"{first},{second}"}))
    by_file = masters_for(url, load({"SIPROC_MASTER_KEY_FILE": str(file)}))

    assert [key.id for key in by_text.keys] == [key.id for key in by_file.keys]
    assert masters_for(url, load({})).keys == []
    for wrong in ("short", "ñ" * 44, first[:-4], first + "AAAA"):
        with pytest.raises(MasterKeyError, match="SIPROC_MASTER_KEY"):
            masters_for(url, load({"SIPROC_MASTER_KEY": wrong}))
    with pytest.raises(MasterKeyError, match="cannot be read"):
        masters_for(url, load({"SIPROC_MASTER_KEY_FILE": str(tmp_path / "none")}))


def test_a_key_that_another_process_made_is_found(sqlite_store: Store) -> None:
    other = Store(sqlite_store.url, clock=MovableClock(NOW))
    sqlite_store.read(lambda context: None, SYSTEM)

    version = other.transact(lambda context: other.keyring.add(context.session.connection(), "data", NOW), SYSTEM)
    other.keyring.reload()
    sealed = other.keyring.seal(b"new", LABEL)
    other.close()

    assert int.from_bytes(sealed[1:3]) == version
    assert sqlite_store.keyring.open(sealed, LABEL) == b"new"
    assert sqlite_store.keyring.current == version


def test_without_its_data_key_nothing_opens(sqlite_store: Store) -> None:
    sealed = sqlite_store.keyring.seal(b"gone", LABEL)
    sqlite_store.transact(lambda context: context.session.execute(delete(DataKey)), SYSTEM)

    later = Store(sqlite_store.url)
    with pytest.raises(SealBroken, match="no data key"):
        later.keyring.open(sealed, LABEL)
    later.close()
