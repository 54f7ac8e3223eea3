"""What is done with files of cases: add, look, remove; and what a form's values may name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

from engine.access import audit
from engine.access.matrix import NEEDS, Level
from engine.access.policy import case_level, may, require, require_case, supervises
from engine.actions import keys
from engine.casework import attachments, cases, timeline
from engine.casework.attachments import Content, ContentGone, Place
from engine.errors import Conflict, Forbidden, NotFound, Text, Unavailable
from engine.files.media import MEDIA
from engine.files.receiving import Received, receive
from engine.files.refusing import Refused
from engine.files.room import FileRoom
from engine.files.scanning import INFECTED, PENDING
from engine.files.vault import Kept
from engine.store import Context, Store
from engine.store.sealing import SealBroken, SealedFile
from engine.store.tables.files import Attachment

ATTEMPTS = 3
LEVELS = {"photo": "N2", "signature": "N2", "audio": "N2", "document": "N1"}

QUARANTINED = Text(
    "El archivo contiene un programa dañino ({threat}). Quedó apartado y nadie puede abrirlo.",
    "The file contains malware ({threat}). It was set apart and nobody can open it.",
)
STILL_LOOKING = Text(
    "El archivo todavía se está revisando en busca de programas dañinos. Inténtelo en un momento.",
    "The file is still being looked at for malware. Try again in a moment.",
)
UNREADABLE = Text(
    "El archivo no se puede leer en este momento. Inténtelo de nuevo, y avise si sigue así.",
    "The file cannot be read at this moment. Try again, and tell the administrator if it stays so.",
)
KINDS = {
    "photo": Text("Agregó una foto.", "Added a photo."),
    "document": Text("Agregó un documento.", "Added a document."),
    "signature": Text("Agregó una firma.", "Added a signature."),
    "audio": Text("Agregó un audio.", "Added a recording."),
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes: its content, the name that it was given, and whether a photo keeps its place and time."""

    stream: BinaryIO
    name: str
    keep_metadata: bool = False


@dataclass(frozen=True, slots=True)
class Readable:
    """A content that may be given out."""

    name: str
    media_type: str
    size: int
    inline: bool
    kept: Kept


def place_in_case(context: Context, case_id: UUID) -> Place:
    """The place of a file that is added on the page of a case. Raises ``NotFound``, ``Forbidden``."""
    require(context.actor, "case:annotate", case_id=case_id)
    require_case(context, case_id, NEEDS["case:annotate"])
    return Place(case_id, "")


def bring_in(
    store: Store, room: FileRoom, actor: Any, place: Place, upload: Upload, request_id: UUID, key: str | None = None
) -> Attachment:
    """Add a file to a case. The content is sealed and kept first, and the row committed then: nothing half is seen.

    ``place`` was given to this actor before. Raises ``Refused`` for what is not taken in; an infected file is kept in
    quarantine, and refused. With a ``key``, bringing the same again adds nothing and gives the same; something else with
    it raises ``Conflict``.
    """
    store.read(lambda context: attachments.require_room(context, place.case_id, 0, room.quota), actor, request_id)
    received = receive(upload.stream, upload.name, room.scanner, room.limit, keep_metadata=upload.keep_metadata)
    try:
        row = _keep(store, room, actor, place, received, request_id, key)
    finally:
        received.close()
    if row.scan == INFECTED:
        raise Refused(Text(QUARANTINED.es, QUARANTINED.en, {"threat": row.threat or "?"}))
    return row


def _keep(
    store: Store, room: FileRoom, actor: Any, place: Place, received: Received, request_id: UUID, key: str | None
) -> Attachment:
    files: list[BinaryIO] = [received.file]
    digests = [received.digest]
    if received.thumbnail is not None:
        files.append(BytesIO(received.thumbnail))
        digests.append(hashlib.sha256(received.thumbnail).hexdigest())
    here = store.read(lambda context: attachments.known(context, digests), actor, request_id)
    for _ in range(ATTEMPTS):
        kept = [None if known in here else _sealed(room, file) for known, file in zip(digests, files, strict=True)]
        contents = [Content(digest, item) for digest, item in zip(digests, kept, strict=True)]
        try:
            row, used = store.transact(
                lambda context, given=contents: _once(context, key, room, place, received, given),  # type: ignore[misc]
                actor,
                request_id,
            )
        except ContentGone:
            used, here = frozenset(), frozenset()
            _discard(room, kept, used)
            continue
        _discard(room, kept, used)
        return row
    raise Conflict


def _sealed(room: FileRoom, file: BinaryIO) -> Kept:
    try:
        return room.vault.keep(file)
    except OSError as error:
        raise Unavailable from error


def _discard(room: FileRoom, kept: Sequence[Kept | None], used: frozenset[str]) -> None:
    """Objects that were written in vain, because another was quicker; where this is not reached, the sweep finds them."""
    for item in kept:
        if item is not None and item.object not in used:
            room.vault.discard(item.object)


def _once(
    context: Context, key: str | None, room: FileRoom, place: Place, received: Received, contents: Sequence[Content]
) -> tuple[Attachment, frozenset[str]]:
    """The same as the first time, for a key that was used for this before."""
    what = f"{place.case_id} {received.digest}"
    answer = keys.earlier_answer(context, key, "file", "of")
    if answer is not None:
        if answer["of"] != what:
            raise Conflict(keys.USED)
        return context.session.get_one(Attachment, UUID(answer["file"])), frozenset()
    row, used = _attach(context, room, place, received, contents)
    keys.remember(context, key, {"file": str(row.id), "of": what})
    return row, used


def _attach(
    context: Context, room: FileRoom, place: Place, received: Received, contents: Sequence[Content]
) -> tuple[Attachment, frozenset[str]]:
    cases.load(context, place.case_id)
    attachments.require_room(context, place.case_id, received.size, room.quota)
    kind = place.kind if place.kind == "signature" else received.kind
    placed = Place(place.case_id, place.level or LEVELS[kind], place.kind, place.task_id, place.field)
    row = attachments.attach(context, placed, received, contents[0], contents[1] if len(contents) > 1 else None)
    if row.scan != INFECTED:
        timeline.append(
            context, place.case_id, "file.added", KINDS[row.kind], level=row.level, attachment_id=str(row.id)
        )
    audit.record(
        context, "file:add", object_id=row.id, case_id=place.case_id, kind=row.kind, level=row.level, scan=row.scan
    )
    ids = [found for found in (row.content_id, row.thumbnail_id) if found is not None]
    return row, frozenset(attachments.kept(context, content_id).object for content_id in ids)


def of_case(context: Context, case_id: UUID) -> Sequence[Attachment]:
    """The files of a case that the actor may see; the newest first. Raises ``NotFound``."""
    level = case_level(context, case_id)
    return [row for row in attachments.of_case(context, case_id) if level.reaches(Level(row.level))]


def read_file(context: Context, attachment_id: UUID, *, thumbnail: bool = False) -> Readable:
    """A file that the actor may open. Raises ``NotFound``, and ``Conflict`` while it is being looked at."""
    row = _visible(context, attachment_id)
    content_id = row.thumbnail_id if thumbnail else row.content_id
    if content_id is None or not attachments.is_open(row):
        raise NotFound
    if row.scan == PENDING:
        raise Conflict(STILL_LOOKING)
    kept = attachments.kept(context, content_id)
    if thumbnail:
        return Readable("miniatura.webp", "image/webp", kept.size, inline=True, kept=kept)
    return Readable(row.name, row.media_type, kept.size, MEDIA[row.media_type].inline, kept)


def open_content(room: FileRoom, kept: Kept) -> SealedFile:
    """A content, to be read from anywhere. Raises ``Unavailable`` where the storage cannot be had, or what is there is damaged."""
    try:
        return room.vault.open(kept)
    except (OSError, SealBroken) as error:
        raise Unavailable(UNREADABLE) from error


def note_read(context: Context, attachment_id: UUID, *, thumbnail: bool = False) -> None:
    """Write down that the actor looked at a file, or at its small picture."""
    row = _visible(context, attachment_id)
    audit.record(
        context, "file:preview" if thumbnail else "file:read", object_id=row.id, case_id=row.case_id, level=row.level
    )


def remove(context: Context, attachment_id: UUID) -> UUID:
    """Take a file out of its case: its adder may, and who supervises the office. Gives the case.

    Raises ``NotFound``, ``Forbidden``, ``Conflict``.
    """
    row = _visible(context, attachment_id)
    require(context.actor, "case:annotate", object_id=row.id, case_id=row.case_id)
    if not may_remove(context.actor, row, attachments.case_of(context, row).office_code):
        raise Forbidden(permission="file:remove", object_id=row.id, case_id=row.case_id)
    attachments.remove(context, row)
    timeline.append(
        context,
        row.case_id,
        "file.removed",
        Text("Retiró un archivo.", "Removed a file."),
        level=row.level,
        attachment_id=str(row.id),
    )
    audit.record(context, "file:remove", object_id=row.id, case_id=row.case_id)
    return row.case_id


def may_remove(actor: Any, row: Attachment, office_code: str) -> bool:
    """Whether the actor may take this file out of its case."""
    return may(actor, "case:annotate") and (row.actor_id == actor.id or supervises(actor, office_code))


def refused_references(context: Context, case_id: UUID | None, answers: Mapping[str, Any]) -> dict[str, Text]:
    """What is wrong with the files that a form's answers name: each has to be an open file of this very case."""
    asked = {name: ids for name, value in answers.items() if (ids := list(_ids(value)))}
    found = attachments.named(context, [item for ids in asked.values() for item in ids if item is not None])
    return {
        name: NOT_HERE
        for name, ids in asked.items()
        if not all(
            item is not None and item in found and found[item].case_id == case_id and attachments.is_open(found[item])
            for item in ids
        )
    }


NOT_HERE = Text(
    "Ese archivo no está en el expediente. Adjúntelo de nuevo.",
    "That file is not in the case file. Attach it again.",
)


def _ids(value: Any) -> Iterator[UUID | None]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item.startswith(attachments.PREFIX):
            yield attachments.referred(item)


def _visible(context: Context, attachment_id: UUID) -> Attachment:
    row = attachments.named(context, [attachment_id]).get(attachment_id)
    if row is None:
        raise NotFound
    if not case_level(context, row.case_id).reaches(Level(row.level)):
        raise NotFound
    return row
