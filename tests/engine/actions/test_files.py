"""Files of cases through the doors of the actions: on both databases, in a folder and in a bucket."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from engine.access.actors import SYSTEM, Actor
from engine.actions import filekeeping, files
from engine.casework import attachments, cases, offices
from engine.cli import main
from engine.errors import Conflict, Forbidden, NotFound, Unavailable
from engine.files.refusing import Refused
from engine.files.room import FileRoom, file_room
from engine.settings import load
from engine.store import Store
from engine.store.sealing.streams import CHUNK
from engine.store.tables.access import AuditEntry
from engine.store.tables.base import new_id
from engine.store.tables.files import Attachment, StoredContent
from tests import specimens

LATER = datetime(2100, 1, 1, tzinfo=UTC)  # objects carry the machine's time, which no test moves


@pytest.fixture
def room(tmp_path: Path) -> FileRoom:
    return file_room(load({"SIPROC_DATA_DIR": str(tmp_path)}))


@pytest.fixture
def case_id(store: Store, cast: Any) -> UUID:
    return store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.ana)


def add(
    store: Store, room: FileRoom, actor: Actor, case_id: UUID, content: bytes, name: str = "cosa.pdf"
) -> Attachment:
    """Add a file to a case."""
    place = store.read(lambda context: files.place_in_case(context, case_id), actor)
    return files.bring_in(store, room, actor, place, files.Upload(BytesIO(content), name), new_id())


def opened(store: Store, room: FileRoom, actor: Actor, attachment_id: UUID) -> bytes:
    """The content of a file."""
    found = store.read(lambda context: files.read_file(context, attachment_id), actor)
    return b"".join(room.vault.stream(found.kept))


def acts(store: Store, actor: Actor) -> list[str]:
    """What the audit tells of an actor."""
    query = select(AuditEntry.action).where(AuditEntry.actor_id == actor.id).order_by(AuditEntry.id)
    return store.read(lambda context: list(context.session.scalars(query)), actor)


def test_a_file_is_added_seen_and_removed(store: Store, room: FileRoom, cast: Any, case_id: UUID) -> None:
    row = add(store, room, cast.ana, case_id, specimens.pdf(), "../Acta de Ñ.exe")

    assert (row.name, row.kind, row.level, row.scan) == ("Acta de Ñ.pdf", "document", "N1", "unscanned")
    assert opened(store, room, cast.beto, row.id) == specimens.pdf()
    store.transact(lambda context: files.note_read(context, row.id), cast.beto)
    assert "file:add" in acts(store, cast.ana)
    assert acts(store, cast.beto) == ["file:read"]
    with pytest.raises(Forbidden):  # it is not his
        store.transact(lambda context: files.remove(context, row.id), cast.beto)
    store.transact(lambda context: files.remove(context, row.id), cast.carla)  # she supervises
    with pytest.raises(NotFound):
        opened(store, room, cast.ana, row.id)
    with pytest.raises(Conflict):
        store.transact(lambda context: files.remove(context, row.id), cast.carla)


def test_nobody_sees_files_of_a_case_out_of_reach(store: Store, room: FileRoom, cast: Any, case_id: UUID) -> None:
    row = add(store, room, cast.ana, case_id, specimens.pdf())

    for act in (files.read_file, files.remove, files.note_read):
        with pytest.raises(NotFound):
            store.transact(lambda context, act=act: act(context, row.id), cast.diego)  # type: ignore[misc]
    with pytest.raises(NotFound):
        add(store, room, cast.diego, case_id, specimens.pdf())
    with pytest.raises(Forbidden):
        add(store, room, cast.irma, case_id, specimens.pdf())


def test_equal_contents_lie_in_the_vault_once(store: Store, room: FileRoom, cast: Any, case_id: UUID) -> None:
    other = store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.beto)
    first = add(store, room, cast.ana, case_id, specimens.photo())
    second = add(store, room, cast.beto, other, specimens.photo(), "la misma.jpg")

    assert first.content_id == second.content_id
    assert first.thumbnail_id == second.thumbnail_id
    assert len(list(room.vault.all())) == 2
    assert opened(store, room, cast.beto, second.id) == opened(store, room, cast.ana, first.id)


def test_erasing_a_case_leaves_what_another_has(store: Store, room: FileRoom, cast: Any, case_id: UUID) -> None:
    other = store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.beto)
    shared = add(store, room, cast.ana, case_id, specimens.pdf())
    lonely = add(store, room, cast.ana, case_id, specimens.photo())
    kept = add(store, room, cast.beto, other, specimens.pdf())

    assert store.transact(lambda context: attachments.erase(context, case_id), cast.sofia) == 2

    assert filekeeping.delete_dropped(store, room) == 2  # the photo and its small picture
    assert len(list(room.vault.all())) == 1
    assert opened(store, room, cast.beto, kept.id) == specimens.pdf()
    for row in (shared, lonely):
        with pytest.raises(NotFound):
            opened(store, room, cast.ana, row.id)
    left = store.read(lambda context: context.session.get_one(Attachment, lonely.id), cast.ana)
    assert (left.name, left.digest, left.actor_name) == ("", "", "Ana")
    # The same photo may come again.
    again = add(store, room, cast.beto, other, specimens.photo())
    assert opened(store, room, cast.beto, again.id)
    assert filekeeping.verify(store, room).whole


def test_what_was_never_committed_is_swept_and_nothing_else(
    store: Store, room: FileRoom, cast: Any, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add(store, room, cast.ana, case_id, specimens.pdf())

    def lost(*_: Any, **__: Any) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(files.audit, "record", lost)
        with pytest.raises(OSError, match="power cut"):
            add(store, room, cast.ana, case_id, specimens.photo())
    assert len(list(room.vault.all())) == 3

    assert filekeeping.sweep(store, room).total == 0  # it may still be under way
    swept = filekeeping.sweep(store, room, LATER)

    assert (swept.orphans, swept.dropped) == (2, 0)
    assert len(list(room.vault.all())) == 1
    assert opened(store, room, cast.ana, row.id) == specimens.pdf()


def test_a_removed_file_is_erased_after_its_term(store: Store, room: FileRoom, cast: Any, case_id: UUID) -> None:
    row = add(store, room, cast.ana, case_id, specimens.pdf())
    store.transact(lambda context: files.remove(context, row.id), cast.ana)

    assert filekeeping.sweep(store, room, store.clock.now() + timedelta(days=29)).total == 0
    swept = filekeeping.sweep(store, room, store.clock.now() + timedelta(days=31))

    assert (swept.erased, swept.dropped) == (1, 1)
    assert list(room.vault.all()) == []


def test_a_content_that_goes_while_it_comes_again_is_sealed_anew(
    store: Store, room: FileRoom, cast: Any, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, room, cast.ana, case_id, specimens.pdf())
    look = attachments.known

    def then_erased(context: Any, prints: Any) -> Any:
        found = look(context, prints)
        store.transact(lambda other: attachments.erase(other, case_id), cast.sofia)
        filekeeping.delete_dropped(store, room)
        return found

    with monkeypatch.context() as racing:
        racing.setattr(attachments, "known", then_erased)
        row = add(store, room, cast.ana, case_id, specimens.pdf())

    assert opened(store, room, cast.ana, row.id) == specimens.pdf()
    assert len(list(room.vault.all())) == 1


def test_two_who_bring_the_same_at_once_share_it(
    store: Store, room: FileRoom, cast: Any, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = attachments.known

    def then_another(context: Any, prints: Any) -> Any:
        found = look(context, prints)
        monkeypatch.setattr(attachments, "known", look)
        add(store, room, cast.beto, case_id, specimens.pdf())
        return found

    monkeypatch.setattr(attachments, "known", then_another)
    row = add(store, room, cast.ana, case_id, specimens.pdf())

    assert opened(store, room, cast.ana, row.id) == specimens.pdf()
    assert len(list(room.vault.all())) == 1


def test_verifying_names_what_is_missing_and_what_is_damaged(
    store: Store, room: FileRoom, cast: Any, case_id: UUID, tmp_path: Path
) -> None:
    names = []
    for number in range(3):
        row = add(store, room, cast.ana, case_id, specimens.pdf(str(number)) + bytes(CHUNK))
        query = select(StoredContent.object).where(StoredContent.id == row.content_id)
        names.append(store.read(lambda context, q=query: context.session.scalar(q), cast.ana))  # type: ignore[misc]
    assert filekeeping.verify(store, room).whole

    (tmp_path / "files" / names[0]).unlink()
    damaged = tmp_path / "files" / names[1]
    damaged.write_bytes(damaged.read_bytes()[:-3] + b"abc")

    found = filekeeping.verify(store, room)
    assert (found.contents, found.missing, found.damaged) == (3, [names[0]], [names[1]])


def test_limits_are_told(store: Store, room: FileRoom, cast: Any, case_id: UUID) -> None:
    content = specimens.pdf() + bytes(2_000)

    with pytest.raises(Refused, match="too large"):
        add(store, replace(room, limit=1_000), cast.ana, case_id, content)
    add(store, replace(room, quota=4_000), cast.ana, case_id, content)
    with pytest.raises(Refused, match="does not fit"):
        add(store, replace(room, quota=4_000), cast.ana, case_id, content + b"\n")


def test_files_of_a_form_are_of_its_case_and_open(store: Store, room: FileRoom, cast: Any, case_id: UUID) -> None:
    row = add(store, room, cast.ana, case_id, specimens.pdf())
    other = store.transact(lambda context: cases.open_case(context, "US-HOU").id, cast.diego)
    strange = add(store, room, cast.diego, other, specimens.pdf())
    answers = {
        "bien": attachments.reference(row.id),
        "papel": "Archivador 3",
        "varios": [attachments.reference(row.id), "Archivador 4"],
        "ajeno": attachments.reference(strange.id),
        "mezcla": [attachments.reference(row.id), attachments.reference(strange.id)],
        "inventado": attachments.reference(new_id()),
        "roto": "adjunto:no",
    }

    wrong = store.read(lambda context: files.refused_references(context, case_id, answers), cast.ana)

    assert set(wrong) == {"ajeno", "mezcla", "inventado", "roto"}


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[str]:
    """A server that speaks as clamd does: it reads INSTREAM, and knows one malware, EICAR's harmless test file."""
    path = tmp_path / "clamd.sock"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as sent:
                assert sent.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack("!L", sent.read(4))[0]:
                    content += sent.read(length)
                found = specimens.EICAR in content
                connection.sendall(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"unix://{path}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def test_malware_is_set_apart_and_never_given_out(
    store: Store, cast: Any, case_id: UUID, tmp_path: Path, clamd: str
) -> None:
    room = file_room(load({"SIPROC_DATA_DIR": str(tmp_path), "SIPROC_CLAMD": clamd}))
    clean = add(store, room, cast.ana, case_id, specimens.pdf())

    with pytest.raises(Refused, match="Eicar-Test-Signature"):
        add(store, room, cast.ana, case_id, specimens.EICAR, "factura.txt")

    apart = store.read(lambda context: attachments.of_case(context, case_id), cast.ana)[0]
    assert (clean.scan, apart.scan, apart.threat) == ("clean", "infected", "Eicar-Test-Signature")
    for thumbnail in (False, True):
        with pytest.raises(NotFound):
            store.read(lambda context, t=thumbnail: files.read_file(context, apart.id, thumbnail=t), cast.ana)  # type: ignore[misc]
    answers = {"prueba": attachments.reference(apart.id)}
    assert store.read(lambda context: files.refused_references(context, case_id, answers), cast.ana)
    assert filekeeping.verify(store, room).whole  # it lies there, sealed


def test_while_the_scanner_is_away_files_wait_for_it(
    store: Store, cast: Any, case_id: UUID, tmp_path: Path, clamd: str
) -> None:
    settings = load({"SIPROC_DATA_DIR": str(tmp_path), "SIPROC_CLAMD": f"unix://{tmp_path}/nobody"})
    away = file_room(settings)
    good = add(store, away, cast.ana, case_id, specimens.pdf())
    bad = add(store, away, cast.ana, case_id, specimens.EICAR, "factura.txt")
    with pytest.raises(Conflict, match="looked at"):
        opened(store, away, cast.ana, good.id)
    assert filekeeping.scan_pending(store, away) == 0

    back = file_room(replace(settings, clamd=clamd))
    assert filekeeping.Housekeeping(store, back)() == 2

    assert opened(store, back, cast.ana, good.id) == specimens.pdf()
    with pytest.raises(NotFound):
        opened(store, back, cast.ana, bad.id)


def test_a_storage_out_of_reach_loses_nothing(store: Store, cast: Any, case_id: UUID, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"s3://a:b@archivos?endpoint=http://127.0.0.1:{probe.getsockname()[1]}"
    room = file_room(load({"SIPROC_DATA_DIR": str(tmp_path), "SIPROC_FILES": nobody}))

    with pytest.raises(Unavailable):
        add(store, room, cast.ana, case_id, specimens.pdf())

    assert store.read(lambda context: attachments.of_case(context, case_id), cast.ana) == []


def test_letters_name_the_files_of_their_case(store: Store, room: FileRoom, cast: Any, case_id: UUID) -> None:
    row = add(store, room, cast.ana, case_id, specimens.pdf(), "Acta.pdf")
    other = store.transact(lambda context: cases.open_case(context, "MX-TAP").id, cast.ana)
    data = {"acta": attachments.reference(row.id), "dos": [attachments.reference(row.id), "papel"], "n": 3}

    assert store.read(lambda context: attachments.in_words(context, case_id, data), cast.ana) == {
        "acta": "Acta.pdf",
        "dos": ["Acta.pdf", "papel"],
        "n": 3,
    }
    assert (
        store.read(lambda context: attachments.in_words(context, other, data["acta"]), cast.ana) == "(archivo retirado)"
    )


def test_the_command_verifies_and_sweeps(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIPROC_DATA_DIR", str(tmp_path))
    runner, url = CliRunner(), ["--database", sqlite_store.url]
    sqlite_store.transact(offices.load, SYSTEM)
    case = sqlite_store.transact(lambda context: cases.open_case(context, "MX-TAP").id, SYSTEM)
    room = file_room(load())
    row = files.bring_in(
        sqlite_store,
        room,
        SYSTEM,
        attachments.Place(case, ""),
        files.Upload(BytesIO(specimens.pdf()), "a.pdf"),
        new_id(),
    )

    whole = runner.invoke(main, ["files", "verify", *url])
    swept = runner.invoke(main, ["files", "sweep", *url])
    sqlite_store.transact(lambda context: attachments.erase(context, case), SYSTEM)
    again = runner.invoke(main, ["files", "sweep", *url])
    told = runner.invoke(main, ["files", "verify", "--json", *url])

    assert (whole.exit_code, swept.output[:9], again.output[:9]) == (0, "0 + 0 + 0", "0 + 1 + 0")
    assert json.loads(told.output) == {"whole": True, "contents": 0, "orphans": 0, "missing": [], "damaged": []}
    assert row.content_id is not None
