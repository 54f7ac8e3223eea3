"""Rows of scenarios: texts that designers keep beside those of the files, and rehearsals of procedures."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables.base import Base, Json, UtcDateTime, new_id


class ScenarioText(Base):
    """A scenario as a designer wrote it: with the draft of its procedure, or accepted with a published version."""

    __tablename__ = "scenario_text"
    __table_args__ = (UniqueConstraint("key", "draft"), Index("ix_scenario_text_process", "process_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200))  # folder/name, as the file would be called
    process_id: Mapped[str] = mapped_column(String(200))
    draft: Mapped[bool]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[UUID | None]


class Rehearsal(Base):
    """One playing of the scenarios of a procedure (of all, where there is none named), and what came of it."""

    __tablename__ = "rehearsal"
    __table_args__ = (Index("ix_rehearsal_process", "process_id", "started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[str | None] = mapped_column(String(200))
    draft: Mapped[bool]  # of the drafts, or of what is published
    digest: Mapped[str] = mapped_column(String(64))  # of the diagram and the scenarios that were played
    state: Mapped[str] = mapped_column(String(10))  # running, passed, failed, stopped
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[UUID | None]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[Any] = mapped_column(Json, nullable=True)
