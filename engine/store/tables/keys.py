"""Rows of keys: the data keys, each wrapped by a master key that is not in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables.base import Base, UtcDateTime


class DataKey(Base):
    """A key that seals values (``data``) or makes blind indexes (``index``), wrapped by the master key ``master_id``."""

    __tablename__ = "data_key"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    purpose: Mapped[str] = mapped_column(String(10))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    master_id: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # nothing new is sealed with it
