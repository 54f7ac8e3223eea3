"""Rows of access: users, their roles and sessions, sign-in attempts, and the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.sealing.types import Sealed, SealedJson
from engine.store.tables.base import Base, Json, UtcDateTime, new_id


class User(Base):
    """An account."""

    __tablename__ = "user"
    __table_args__ = (Index("ix_user_digest", "digest_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    office_code: Mapped[str] = mapped_column(ForeignKey("office.code"))
    language: Mapped[str] = mapped_column(String(2), default="es")
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest_hour: Mapped[int] = mapped_column(SmallInteger, default=7)  # of the office's clock
    digest_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the next digest; None: to be reckoned
    digest_last: Mapped[datetime | None] = mapped_column(UtcDateTime)  # up to when the last one told


class NoticeChoice(Base):
    """What a person wants of a topic of notices: ``page``, ``mail`` or ``digest``."""

    __tablename__ = "notice_choice"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    way: Mapped[str] = mapped_column(String(10))


class UserRole(Base):
    """A role that a user has."""

    __tablename__ = "user_role"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(30), primary_key=True)


class Absence(Base):
    """Days on which somebody is away and another one stands in for them; ``ends_at`` is the first instant after."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_user", "user_id"), Index("ix_absence_substitute", "substitute_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    called_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SavedView(Base):
    """A list of tasks that somebody keeps under a name: the query of its address, which may hold a person's name."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view_user", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(Sealed("saved_view.name"))
    query: Mapped[str] = mapped_column(Sealed("saved_view.query"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UserClearance(Base):
    """A compartment that was opened to a user, beside those that come with a role (handbook section 5)."""

    __tablename__ = "user_clearance"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    compartment: Mapped[str] = mapped_column(String(10), primary_key=True)
    given_by: Mapped[UUID | None]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UserSession(Base):
    """A session; only a digest of its secret is stored. At the stage ``open`` its holder is signed in."""

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_user", "user_id"), Index("ix_user_session_idle", "idle_until"))

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    stage: Mapped[str] = mapped_column(String(10), default="open")  # open, second, enrol
    method: Mapped[str] = mapped_column(String(20), default="password")  # password, passkey, directory, link
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    idle_until: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(60), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class Identity(Base):
    """Which account a person of a directory (OpenID Connect) has here."""

    __tablename__ = "identity"

    issuer: Mapped[str] = mapped_column(String(300), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TotpSecret(Base):
    """The secret of an authenticator application; counts once ``confirmed_at`` is set."""

    __tablename__ = "totp_secret"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(Sealed("totp_secret.secret"))
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)  # the half minute whose code was used last
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """A code for when the other factors are lost; only its digest is stored, and it goes when it is used."""

    __tablename__ = "recovery_code"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class Passkey(Base):
    """A passkey (WebAuthn credential) of a user; ``credential`` and ``public_key`` are base64url."""

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_user", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(String(2000))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Link(Base):
    """A link that was mailed: opens one thing once, until it expires. Only a digest of its secret is stored."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_user", "user_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))  # invitation, password, recovery
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Spent(Base):
    """A challenge or state that was answered: a second answer to it is refused."""

    __tablename__ = "spent"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class KnownDevice(Base):
    """A browser in which an account signed in before; only a digest of its cookie is stored."""

    __tablename__ = "known_device"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Recovery(Base):
    """An account that lost its factors: one asks for it with a reason, another one agrees or refuses."""

    __tablename__ = "recovery"
    __table_args__ = (Index("ix_recovery_state", "state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Sealed("recovery.reason"))
    state: Mapped[str] = mapped_column(String(10), default="asked")  # asked, agreed, refused
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Mail(Base):
    """A mail that waits to be sent, without its words and links: they are made when it goes. Sent ones are deleted."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]] = mapped_column(SealedJson("mail.data"))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInAttempt(Base):
    """A failed sign-in, by account and by address, for the limits."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key", "key", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(220))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """One act or refusal: who, what, on what, from where. Holds ids and names of acts, never personal data."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_case", "case_id", "at"),
        Index("ix_audit_entry_actor", "actor_id", "at"),
        Index("ix_audit_entry_object", "object_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID | None]
    office_code: Mapped[str | None] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(60), default="")
    action: Mapped[str] = mapped_column(String(60))
    allowed: Mapped[bool] = mapped_column(default=True)
    object_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    request_id: Mapped[UUID]
    data: Mapped[dict[str, Any]] = mapped_column(Json)


class AuditLink(Base):
    """The place of an audit row in the chain: its digest covers the row and the digest before it."""

    __tablename__ = "audit_link"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1, without gaps
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(String(64))


class AuditCheckpoint(Base):
    """The chain up to ``sequence``, signed."""

    __tablename__ = "audit_checkpoint"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(128))
