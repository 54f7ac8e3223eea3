"""Keeps the vault in order: erases what was let go, finds what was never committed, and looks whether all is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from uuid import UUID

from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.casework import attachments
from engine.files.room import FileRoom
from engine.files.scanning import PENDING
from engine.files.vault import Kept
from engine.store import Context, Store
from engine.store.sealing import SealBroken
from engine.store.tables.files import Attachment, StoredContent

GRACE = timedelta(days=1)  # no upload takes that long: an object without a row is nobody's by then
REMOVED = timedelta(days=30)  # so long a removed file can still be had back by who runs the system
EVERY = timedelta(days=1)
BATCH = 100
IN_MEMORY = 512 * 1024


@dataclass(slots=True)
class Swept:
    """What a sweep did: removed files erased, dropped objects deleted, objects deleted that no row knows."""

    erased: int = 0
    dropped: int = 0
    orphans: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.erased + self.dropped + self.orphans


@dataclass(slots=True)
class Verified:
    """What was looked at, and what is wrong: objects that are missing, or do not hold what their rows say."""

    contents: int = 0
    orphans: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is lost."""
        return not self.missing and not self.damaged


def sweep(store: Store, room: FileRoom, now: datetime | None = None) -> Swept:
    """Erase removed files whose term is over, and delete every object that belongs to nobody."""
    now = now or store.clock.now()
    swept = Swept()
    while count := store.transact(lambda context: attachments.erase_removed(context, now - REMOVED, BATCH), SYSTEM):
        swept.erased += count
    while count := delete_dropped(store, room):
        swept.dropped += count
    for item in room.vault.all():
        if item.changed_at < now - GRACE and not store.read(_knows(item.name), SYSTEM):
            room.vault.discard(item.name)
            swept.orphans += 1
    return swept


def delete_dropped(store: Store, room: FileRoom) -> int:
    """Delete objects of dropped contents, and then their rows; up to a batch of them."""
    rows = store.read(
        lambda context: context.session.execute(
            select(StoredContent.id, StoredContent.object).where(StoredContent.dropped_at.is_not(None)).limit(BATCH)
        ).all(),
        SYSTEM,
    )
    for _, name in rows:
        room.vault.discard(name)

    def forget(context: Context) -> None:
        for content_id, _ in rows:
            row = context.session.get(StoredContent, content_id)
            if row is not None:
                context.session.delete(row)

    if rows:
        store.transact(forget, SYSTEM)
    return len(rows)


def _knows(name: str) -> Callable[[Context], bool]:
    query = select(StoredContent.id).where(StoredContent.object == name)
    return lambda context: context.session.scalar(query) is not None


def verify(store: Store, room: FileRoom, now: datetime | None = None) -> Verified:
    """Read every content and compare it with its digest. Changes nothing."""
    now = now or store.clock.now()
    found = Verified()
    after: UUID | None = None
    while rows := store.read(_page(after), SYSTEM):
        for content_id, kept, digest in rows:
            found.contents += 1
            after = content_id
            try:
                if room.vault.digest(kept) != digest and digest:
                    found.damaged.append(kept.object)
            except FileNotFoundError:
                found.missing.append(kept.object)
            except SealBroken:
                found.damaged.append(kept.object)
    for item in room.vault.all():
        if item.changed_at < now - GRACE and not store.read(_knows(item.name), SYSTEM):
            found.orphans += 1
    return found


def _page(after: UUID | None) -> Callable[[Context], list[tuple[UUID, Kept, str]]]:
    """Contents with the digest that a file of theirs has; thumbnails are sealed whole and have none of their own."""

    def work(context: Context) -> list[tuple[UUID, Kept, str]]:
        row = StoredContent
        query = select(row).where(row.dropped_at.is_(None)).order_by(row.id).limit(BATCH)
        rows = context.session.scalars(query if after is None else query.where(row.id > after)).all()
        with_digest = select(Attachment.content_id, Attachment.digest)
        found = context.session.execute(with_digest.where(Attachment.content_id.in_([r.id for r in rows])))
        digests = {content_id: digest for content_id, digest in found if content_id is not None}
        return [(r.id, Kept(r.object, r.size, r.key), digests.get(r.id, "")) for r in rows]

    return work


def scan_pending(store: Store, room: FileRoom) -> int:
    """Look for malware in files that came while the scanner was away. Returns how many have an answer now."""

    def waiting(context: Context) -> list[tuple[UUID, Kept]]:
        row = Attachment
        rows = context.session.scalars(
            select(row).where(row.scan == PENDING, row.content_id.is_not(None)).order_by(row.id).limit(BATCH)
        )
        return [(r.id, attachments.kept(context, r.content_id)) for r in rows if r.content_id is not None]

    done = 0
    for attachment_id, kept in store.read(waiting, SYSTEM):
        with cast("BinaryIO", SpooledTemporaryFile(IN_MEMORY)) as file:
            for piece in room.vault.stream(kept):
                file.write(piece)
            verdict = room.scanner.scan(file)
        if verdict.state == PENDING:
            break  # it is still away; the next round asks again

        def note(
            context: Context,
            attachment_id: UUID = attachment_id,
            state: str = verdict.state,
            threat: str = verdict.threat,
        ) -> None:
            row = context.session.get_one(Attachment, attachment_id)
            row.scan, row.threat = state, threat or None

        store.transact(note, SYSTEM)
        done += 1
    return done


class Housekeeping:
    """The worker's errand: dropped objects and pending scans at every round, everything else once a day."""

    def __init__(self, store: Store, room: FileRoom) -> None:
        self.store = store
        self.room = room
        self.swept_at: datetime | None = None

    def __call__(self) -> int:
        """One round; returns how much was done."""
        done = delete_dropped(self.store, self.room) + scan_pending(self.store, self.room)
        now = self.store.clock.now()
        if self.swept_at is None or now - self.swept_at >= EVERY:
            self.swept_at = now
            done += sweep(self.store, self.room).total
        return done
