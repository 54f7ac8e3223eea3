"""Rows of files: what was attached to cases, and the sealed contents that they share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.sealing.types import Blind, Sealed, SealedBytes
from engine.store.tables.base import Base, UtcDateTime, new_id


class StoredContent(Base):
    """One content in the vault, however often it was attached.

    ``key`` opens it and is itself sealed; a dropped content has none any more, and its object goes soon after.
    """

    __tablename__ = "stored_content"
    __table_args__ = (Index("ix_stored_content_dropped", "dropped_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    fingerprint: Mapped[str] = mapped_column(Blind("stored_content.fingerprint"), unique=True)  # of its SHA-256
    object: Mapped[str] = mapped_column(String(80), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[bytes] = mapped_column(SealedBytes("stored_content.key"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attachment(Base):
    """A file of a case: who added it, when, as what. Once erased it has neither content nor name."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_case", "case_id", "at", "id"),
        Index("ix_attachment_content", "content_id"),
        Index("ix_attachment_thumbnail", "thumbnail_id"),
        Index("ix_attachment_scan", "scan"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    content_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_content.id"))
    thumbnail_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_content.id"))
    task_id: Mapped[UUID | None]  # the task in whose form it was added
    field: Mapped[str | None] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))  # photo, document, signature, audio
    name: Mapped[str] = mapped_column(Sealed("attachment.name"))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(Sealed("attachment.digest"))  # SHA-256 of the content
    level: Mapped[str] = mapped_column(String(2))  # N0 to N3
    scan: Mapped[str] = mapped_column(String(10))  # clean, infected, pending, unscanned
    threat: Mapped[str | None] = mapped_column(String(200))
    with_metadata: Mapped[bool] = mapped_column(default=False)  # a photo as it came: with place and time
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_by: Mapped[UUID | None]
