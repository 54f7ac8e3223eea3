"""Rows of what is deployed: resources by content, process versions, decisions, forms, and designers' drafts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables.base import Base, UtcDateTime, new_id


class Resource(Base):
    """The bytes of one deployed file; rows with the same content are one."""

    __tablename__ = "resource"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Deployment(Base):
    """Files that were accepted together."""

    __tablename__ = "deployment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(String(500), default="")


class ProcessDefinition(Base):
    """One version of a process."""

    __tablename__ = "process_definition"
    __table_args__ = (
        UniqueConstraint("process_id", "version"),
        Index("ix_process_definition_latest", "process_id", "latest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    version_tag: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(255))
    domain: Mapped[str] = mapped_column(String(60), default="")
    latest: Mapped[bool] = mapped_column(default=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"))
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"))


class StartSubscription(Base):
    """A message, signal or timer start event of a latest version, waiting to start instances."""

    __tablename__ = "start_subscription"
    __table_args__ = (
        Index("ix_start_subscription_event", "kind", "name"),
        Index("ix_start_subscription_due", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    element_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(String(255))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cycle: Mapped[str | None] = mapped_column(String(200))
    remaining: Mapped[int | None]


class DecisionDefinition(Base):
    """One version of a decision; a file's decisions share its resource."""

    __tablename__ = "decision_definition"
    __table_args__ = (
        UniqueConstraint("decision_id", "version"),
        Index("ix_decision_definition_latest", "decision_id", "latest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    decision_id: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    latest: Mapped[bool] = mapped_column(default=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"))
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"))


class FormDefinition(Base):
    """One version of a form."""

    __tablename__ = "form_definition"
    __table_args__ = (
        UniqueConstraint("form_id", "version"),
        Index("ix_form_definition_latest", "form_id", "latest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    form_id: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(255))
    latest: Mapped[bool] = mapped_column(default=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"))
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"))


class Draft(Base):
    """A diagram that a designer works on; publishing deploys it and deletes the draft."""

    __tablename__ = "draft"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    base_definition_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[UUID | None]
