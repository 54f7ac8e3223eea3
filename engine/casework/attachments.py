"""Files of cases as rows: attached, found, removed, erased; contents are shared and let go with their last file.

What opens, seals and looks into files is ``engine.files``; here nothing but rows is touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from engine.errors import Conflict, Text
from engine.files.receiving import Received
from engine.files.refusing import Refused
from engine.files.scanning import INFECTED
from engine.files.vault import Kept
from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.files import Attachment, StoredContent

PREFIX = "adjunto:"  # a value of a form that names an attachment
MOST_FILES = 500

FULL = Text(
    "El expediente ya tiene {most} archivos. Retire alguno que no haga falta.",
    "The case file has {most} files already. Remove one that is not needed.",
    {"most": MOST_FILES},
)


class ContentGone(Exception):
    """A content that was there a moment ago has been let go: seal it anew and try again."""


@dataclass(frozen=True, slots=True)
class Content:
    """A content that is to be attached: its SHA-256, and where it was kept if it was not here yet."""

    digest: str
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file belongs: a case, and perhaps a field of the form of one of its tasks."""

    case_id: UUID
    level: str
    kind: str | None = None  # None: by its content
    task_id: UUID | None = None
    field: str | None = None


def reference(attachment_id: UUID) -> str:
    """How a form's value names an attachment."""
    return f"{PREFIX}{attachment_id}"


def referred(value: object) -> UUID | None:
    """The attachment that a form's value names; ``None`` if it names none."""
    if not isinstance(value, str) or not value.startswith(PREFIX):
        return None
    try:
        return UUID(value.removeprefix(PREFIX))
    except ValueError:
        return None


def known(context: Context, digests: Sequence[str]) -> frozenset[str]:
    """Which of these contents are here already."""
    row = StoredContent
    return frozenset(
        digest for digest in digests if context.session.scalar(select(row.id).where(row.fingerprint == digest))
    )


def require_room(context: Context, case_id: UUID, size: int, quota: int) -> None:
    """Go on if a file of this size still fits into the case. Raises ``Refused``."""
    row = Attachment
    query = select(func.count(), func.coalesce(func.sum(row.size), 0))
    count, total = context.session.execute(query.where(row.case_id == case_id, row.content_id.is_not(None))).one()
    if count >= MOST_FILES:
        raise Refused(FULL)
    if total + size > quota:
        megabytes = quota // (1024 * 1024)
        raise Refused(
            Text(
                "Los archivos del expediente ya ocupan casi {limit} MB y este no cabe.",
                "The files of the case take almost {limit} MB already and this one does not fit.",
                {"limit": megabytes},
            )
        )


def attach(
    context: Context, place: Place, received: Received, content: Content, thumbnail: Content | None
) -> Attachment:
    """Write down a file of a case. Raises ``ContentGone``."""
    row = Attachment(
        id=new_id(),
        case_id=place.case_id,
        content_id=_content(context, content).id,
        thumbnail_id=_content(context, thumbnail).id if thumbnail is not None else None,
        task_id=place.task_id,
        field=place.field,
        at=context.now,
        actor_id=context.actor.id,
        actor_name=context.actor.name,
        kind=place.kind if place.kind == "signature" and received.kind == "photo" else received.kind,
        name=received.name,
        media_type=received.media_type,
        size=received.size,
        digest=received.digest,
        level=place.level,
        scan=received.scan,
        threat=received.threat or None,
        with_metadata=received.with_metadata,
    )
    context.session.add(row)
    context.session.flush()
    return row


def _content(context: Context, content: Content) -> StoredContent:
    """The row of a content, locked: nobody lets it go before this transaction ends."""
    row = _locked(context, StoredContent.fingerprint == content.digest)
    if row is not None:
        return row
    if content.kept is None:
        raise ContentGone
    row = StoredContent(
        id=new_id(),
        fingerprint=content.digest,
        object=content.kept.object,
        size=content.kept.size,
        key=content.kept.key,
        created_at=context.now,
    )
    try:
        with context.session.begin_nested():
            context.session.add(row)
    except IntegrityError:
        # The same content came twice at this moment, and the other was quicker.
        row = _locked(context, StoredContent.fingerprint == content.digest)
        if row is None:
            raise ContentGone from None
    return row


def _locked(context: Context, which: object) -> StoredContent | None:
    query = select(StoredContent).where(which).with_for_update()  # type: ignore[arg-type]
    return context.session.scalars(query.execution_options(populate_existing=True)).first()


def of_case(context: Context, case_id: UUID) -> Sequence[Attachment]:
    """The files of a case, the newest first; those that were removed are not among them."""
    query = select(Attachment).where(Attachment.case_id == case_id, Attachment.deleted_at.is_(None))
    return context.session.scalars(query.order_by(Attachment.at.desc(), Attachment.id.desc())).all()


def named(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Attachment]:
    """Attachments by their ids, removed ones too."""
    if not ids:
        return {}
    found = context.session.scalars(select(Attachment).where(Attachment.id.in_(ids)))
    return {row.id: row for row in found}


def in_words(context: Context, case_id: UUID, value: Any) -> Any:
    """A value that people will read, attachments of the case by their names in place of references."""
    if isinstance(value, Mapping):
        return {key: in_words(context, case_id, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [in_words(context, case_id, item) for item in value]
    found = referred(value)
    if found is None:
        return value
    row = named(context, [found]).get(found)
    return row.name if row is not None and row.case_id == case_id and is_open(row) else "(archivo retirado)"


def kept(context: Context, content_id: UUID) -> Kept:
    """Where a content lies, and what opens it."""
    row = context.session.get_one(StoredContent, content_id)
    return Kept(row.object, row.size, row.key)


def remove(context: Context, attachment: Attachment) -> None:
    """Take a file out of its case; its content stays until the term of removed files is over."""
    if attachment.deleted_at is not None:
        raise Conflict(Text("El archivo ya fue retirado.", "The file has been removed already."))
    attachment.deleted_at, attachment.deleted_by = context.now, context.actor.id


def erase(context: Context, case_id: UUID) -> int:
    """Erase all files of a case: contents can be opened by nobody from now on; who added what, and when, stays.

    Returns how many there were. The sealed objects go at the worker's next round.
    """
    rows = context.session.scalars(
        select(Attachment).where(Attachment.case_id == case_id, Attachment.content_id.is_not(None))
    ).all()
    for row in rows:
        let_go(context, row)
    return len(rows)


def erase_removed(context: Context, before: datetime, limit: int) -> int:
    """Erase up to ``limit`` files that were removed before then. Returns how many."""
    rows = context.session.scalars(
        select(Attachment).where(Attachment.deleted_at < before, Attachment.content_id.is_not(None)).limit(limit)
    ).all()
    for row in rows:
        let_go(context, row)
    return len(rows)


def let_go(context: Context, attachment: Attachment) -> None:
    """Part a file from its name and contents; a content that no other file has is dropped, and its key forgotten."""
    contents = {attachment.content_id, attachment.thumbnail_id} - {None}
    attachment.content_id = attachment.thumbnail_id = None
    attachment.name, attachment.digest = "", ""
    if attachment.deleted_at is None:
        attachment.deleted_at, attachment.deleted_by = context.now, context.actor.id
    context.session.flush()
    for content_id in sorted(contents, key=str):
        row = _locked(context, StoredContent.id == content_id)
        used = context.session.scalar(
            select(func.count())
            .select_from(Attachment)
            .where(or_(Attachment.content_id == content_id, Attachment.thumbnail_id == content_id))
        )
        if row is not None and not used:
            # The fingerprint goes too: the same content may come again, and gets an object of its own.
            row.fingerprint, row.key, row.dropped_at = f"dropped {row.id}", b"", context.now
    context.session.flush()


def case_of(context: Context, attachment: Attachment) -> CaseFile:
    """The case of a file."""
    return context.session.get_one(CaseFile, attachment.case_id)


def is_open(attachment: Attachment) -> bool:
    """Whether anybody may open it: it has its content, was not removed, and is not in quarantine."""
    return attachment.content_id is not None and attachment.deleted_at is None and attachment.scan != INFECTED
