"""Rows of running instances: small and flat, only what is live; what is over stays as history rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.sealing.types import Blind, Sealed, SealedJson
from engine.store.tables.base import Base, UtcDateTime, new_id

# How the rows of an instance are written; ``engine.runtime.history`` brings older ones up.
# 1: variables only in the history; 2: steps from which the state can be told.
FORMAT = 2
# The rank of a task without a due date (``engine.casework.urgency``): the first second of the year 9999.
LAST = 253_370_764_800


class ProcessInstance(Base):
    """One running (or ended) instance; ``version`` rises with every step and decides races."""

    __tablename__ = "process_instance"
    __table_args__ = (
        Index("ix_process_instance_case", "case_id"),
        Index("ix_process_instance_definition", "definition_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    process_id: Mapped[str] = mapped_column(String(200))
    case_id: Mapped[UUID | None]
    office_code: Mapped[str | None] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))  # active, completed, cancelled, suspended
    version: Mapped[int]
    format: Mapped[int] = mapped_column(default=FORMAT)
    stamp: Mapped[UUID]  # new with every step: a cached state is trusted only if it carries the stored one
    last_sequence: Mapped[int] = mapped_column(default=0)
    start_key: Mapped[str | None] = mapped_column(
        Blind("process_instance.start_key"), index=True
    )  # message name and key that started it
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TokenRow(Base):
    """A live token at rest."""

    __tablename__ = "token"
    __table_args__ = (
        Index("ix_token_instance", "instance_id"),
        Index("ix_token_element", "definition_id", "element_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    scope_id: Mapped[UUID]
    definition_id: Mapped[UUID]
    element_id: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))  # waiting, started, error
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(SealedJson("token.data"))


class ScopeRow(Base):
    """A scope and its variables."""

    __tablename__ = "scope"
    __table_args__ = (Index("ix_scope_instance", "instance_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    parent_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]  # the token whose inside or locals this is
    definition_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(12))
    variables: Mapped[dict[str, Any]] = mapped_column(SealedJson("scope.variables"))
    data: Mapped[dict[str, Any]] = mapped_column(SealedJson("scope.data"))


class SubscriptionRow(Base):
    """Something that a token or scope waits for; timers are due at ``due_at``."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_instance", "instance_id"),
        Index("ix_subscription_event", "kind", "name", "key"),
        Index("ix_subscription_due", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    scope_id: Mapped[UUID]
    token_id: Mapped[UUID | None]
    definition_id: Mapped[UUID]
    element_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str | None] = mapped_column(String(255))
    key: Mapped[str | None] = mapped_column(Blind("message.key"))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(SealedJson("subscription.data"))


class UserTask(Base):
    """An open task that waits for a person, or a closed one; its id is its token's id."""

    __tablename__ = "user_task"
    __table_args__ = (
        Index("ix_user_task_instance", "instance_id", "state"),
        Index("ix_user_task_case", "case_id", "state"),
        Index("ix_user_task_office", "office_code", "state", "rank", "id"),
        Index("ix_user_task_assignee", "assignee_id", "state", "shelf", "rank", "id"),
        Index("ix_user_task_rank", "state", "rank", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    case_id: Mapped[UUID | None]
    office_code: Mapped[str | None] = mapped_column(String(10))
    domain: Mapped[str | None] = mapped_column(String(10))
    process_id: Mapped[str] = mapped_column(String(200))
    definition_id: Mapped[UUID]
    element_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(255))
    documentation: Mapped[str] = mapped_column(Text, default="")
    form_id: Mapped[str | None] = mapped_column(String(200))
    assignee_id: Mapped[UUID | None]
    priority: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rank: Mapped[int] = mapped_column(BigInteger, default=LAST)  # its place in lists, see engine.casework.urgency
    shelf: Mapped[int] = mapped_column(SmallInteger, default=1)  # 0: pinned by whoever has it, on top of their list
    follow_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_by: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(10), default="open")  # open, completed, cancelled
    overdue: Mapped[bool] = mapped_column(default=False)
    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    remind_step: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    draft: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("user_task.draft"))
    answers: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("user_task.answers"))  # as completed with


class UserTaskCandidate(Base):
    """Who may claim an open task: a role (``group``) or a person (``user``), at the task's office."""

    __tablename__ = "user_task_candidate"
    __table_args__ = (Index("ix_user_task_candidate_value", "kind", "value", "office_code"),)

    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(5), primary_key=True)
    value: Mapped[str] = mapped_column(String(100), primary_key=True)
    office_code: Mapped[str | None] = mapped_column(String(10))


class TaskComment(Base):
    """What somebody said about a task to those who work on it; comments are added, never changed."""

    __tablename__ = "task_comment"
    __table_args__ = (Index("ix_task_comment_task", "task_id", "at", "id"), Index("ix_task_comment_case", "case_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"))
    case_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    author_id: Mapped[UUID | None]
    author_name: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(4))  # who reads it
    text: Mapped[str] = mapped_column(Sealed("task_comment.text"))


class Job(Base):
    """Work for the worker: a service task, a reminder, a notice. Leased by ``lease`` until ``leased_until``."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "state", "type", "rank", "due_at"),
        Index("ix_job_token", "token_id"),
        Index("ix_job_instance", "instance_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))  # service; message, signal: for a suspended instance
    type: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="due")  # due, failed, kept
    rank: Mapped[int] = mapped_column(default=50)  # 0 is done first, 100 last
    instance_id: Mapped[UUID | None]
    token_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retries: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(SealedJson("job.data"))
    error: Mapped[str | None] = mapped_column(Sealed("job.error"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Incident(Base):
    """An element that cannot go on without a person."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_open", "resolved_at"), Index("ix_incident_instance", "instance_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    instance_id: Mapped[UUID | None]
    token_id: Mapped[UUID | None]
    definition_id: Mapped[UUID | None]
    element_id: Mapped[str] = mapped_column(String(200))
    case_id: Mapped[UUID | None]
    office_code: Mapped[str | None] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60))
    text_es: Mapped[str] = mapped_column(Sealed("incident.text_es"))
    text_en: Mapped[str] = mapped_column(Sealed("incident.text_en"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[UUID | None]


class Message(Base):
    """A published message that is kept until its receiver arrives or its time to live is over."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_event", "name", "key"),
        UniqueConstraint("name", "key", "message_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(255))
    key: Mapped[str] = mapped_column(Blind("message.key"))
    message_id: Mapped[str | None] = mapped_column(String(255))
    variables: Mapped[dict[str, Any]] = mapped_column(SealedJson("message.variables"))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MessageCorrelation(Base):
    """That a kept message has already reached an instance; it reaches each at most once."""

    __tablename__ = "message_correlation"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(primary_key=True)


class ActivityHistory(Base):
    """One execution of an element that is over; ``sequence`` counts within the instance."""

    __tablename__ = "activity_history"
    __table_args__ = (Index("ix_activity_history_element", "definition_id", "element_id"),)

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]  # of the step in which it was over
    token_id: Mapped[UUID]
    scope_id: Mapped[UUID]
    definition_id: Mapped[UUID]
    element_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    action: Mapped[str] = mapped_column(String(10))  # completed, terminated
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID | None]


class StepHistory(Base):
    """One step of an instance: what set it going, and what it changed, enough to tell the state after it."""

    __tablename__ = "step_history"

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)  # the instance's version after the step
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID | None]
    command: Mapped[str] = mapped_column(String(20))
    element_id: Mapped[str | None] = mapped_column(String(200))
    changes: Mapped[dict[str, Any]] = mapped_column(SealedJson("step_history.changes"))


class CommandKey(Base):
    """A command that was carried out under a key: repeating it answers as the first time."""

    __tablename__ = "command_key"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    actor_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answer: Mapped[dict[str, Any]] = mapped_column(SealedJson("command_key.answer"))
