"""Rows of casework: offices, persons, case files and everything that hangs on a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.sealing.types import Sealed, SealedBytes, SealedDate, SealedJson
from engine.store.tables.base import Base, Names, UtcDateTime, new_id


class Office(Base):
    """A post of the consular network (handbook 09)."""

    __tablename__ = "office"

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(30))
    city: Mapped[str] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2))
    timezone: Mapped[str] = mapped_column(String(50))
    lat: Mapped[float]
    lon: Mapped[float]
    jurisdiction: Mapped[str] = mapped_column(String(300), default="")
    languages: Mapped[str] = mapped_column(String(60), default="es")
    active: Mapped[bool] = mapped_column(default=True)


class Person(Base):
    """A protected person, a relative or a reporter, as far as known."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    given_names: Mapped[str] = mapped_column(Sealed("person.given_names"), default="")
    first_surname: Mapped[str] = mapped_column(Sealed("person.first_surname"), default="")
    second_surname: Mapped[str] = mapped_column(Sealed("person.second_surname"), default="")
    name: Mapped[str] = mapped_column(Sealed("person.name"))
    search_key: Mapped[str] = mapped_column(Sealed("person.search_key"), default="")  # phonetic, without accents
    alias: Mapped[str] = mapped_column(Sealed("person.alias"), default="")
    dni: Mapped[str | None] = mapped_column(Sealed("person.dni"))
    birth_date: Mapped[date | None] = mapped_column(SealedDate("person.birth_date"))
    birth_exact: Mapped[bool] = mapped_column(default=True)
    sex: Mapped[str | None] = mapped_column(Sealed("person.sex"))
    municipality: Mapped[str | None] = mapped_column(Sealed("person.municipality"))
    phone: Mapped[str | None] = mapped_column(Sealed("person.phone"))  # digits alone: of the person, or of who reported
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PersonToken(Base):
    """A blind token by which a person is found: of a part of the name, of two parts, of a document."""

    __tablename__ = "person_token"
    __table_args__ = (Index("ix_person_token_person", "person_id"), {"sqlite_with_rowid": False})

    token: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)


class PersonMerge(Base):
    """Two registrations that somebody said are one person: ``gone_id`` is no more, its cases are of ``kept_id``.

    ``before`` is what undoing it takes; it goes when it is undone, can be undone no longer, or a case of theirs is erased.
    """

    __tablename__ = "person_merge"
    __table_args__ = (Index("ix_person_merge_kept", "kept_id"), Index("ix_person_merge_until", "until"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kept_id: Mapped[UUID]
    gone_id: Mapped[UUID]
    merged_by: Mapped[UUID | None]
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    before: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("person_merge.before"))


class CaseFile(Base):
    """One person's problem: the *expediente* (handbook section 4)."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_file_office", "office_code", "status"),
        Index("ix_case_file_domain", "domain", "status"),
        Index("ix_case_file_owner", "owner_id", "status"),
        Index("ix_case_file_person", "person_id"),
        Index("ix_case_file_opened", "opened_at", "id"),
        Index("ix_case_file_kept", "erased_at", "closed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    folio: Mapped[str] = mapped_column(String(40), unique=True)
    provisional: Mapped[bool] = mapped_column(default=True)
    previous_folio: Mapped[str | None] = mapped_column(String(40), index=True)
    office_code: Mapped[str] = mapped_column(ForeignKey("office.code"))
    domain: Mapped[str | None] = mapped_column(String(10))
    type: Mapped[str | None] = mapped_column(String(20))
    priority: Mapped[str | None] = mapped_column(String(2))
    status: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(Sealed("case_file.title"), default="")
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    owner_id: Mapped[UUID | None]
    compartments: Mapped[list[str]] = mapped_column(Names)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolution: Mapped[str | None] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # its personal data are gone, its figures remain


class CaseMember(Base):
    """Somebody who is named on a case beside its responsible, and so sees it (handbook section 5)."""

    __tablename__ = "case_member"
    __table_args__ = (Index("ix_case_member_user", "user_id"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    named_by: Mapped[UUID | None]
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseGuardian(Base):
    """Another office that looks after a case of the first: out of hours, or because the person is with them."""

    __tablename__ = "case_guardian"
    __table_args__ = (Index("ix_case_guardian_office", "office_code"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    office_code: Mapped[str] = mapped_column(ForeignKey("office.code"), primary_key=True)
    given_by: Mapped[UUID | None]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseOpening(Base):
    """A case that somebody opened by giving a reason; without clearance for it another one reviews whether it was right."""

    __tablename__ = "case_opening"
    __table_args__ = (
        Index("ix_case_opening_user", "user_id", "until"),
        Index("ix_case_opening_case", "case_id"),
        Index("ix_case_opening_review", "reviewed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Sealed("case_opening.reason"))
    cleared: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    justified: Mapped[bool | None]
    remark: Mapped[str] = mapped_column(Sealed("case_opening.remark"), default="")


class LegalHold(Base):
    """A case whose data nobody may erase until the hold is lifted: a court, a complaint, an inquiry."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index("ix_legal_hold_case", "case_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    reason: Mapped[str] = mapped_column(Sealed("legal_hold.reason"))
    held_by: Mapped[UUID | None]
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_by: Mapped[UUID | None]
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_reason: Mapped[str | None] = mapped_column(Sealed("legal_hold.lifted_reason"))


class Erasure(Base):
    """What somebody had erased: everything that was due at ``asked_at``. The worker does it, a few cases at a time."""

    __tablename__ = "erasure"
    __table_args__ = (Index("ix_erasure_finished", "finished_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expected: Mapped[int]  # cases that were due then
    erased: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CaseFigure(Base):
    """Of whom an erased case was, as the monthly tables count them (handbook 09): codes, never a name, day or place."""

    __tablename__ = "case_figure"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    sex: Mapped[str] = mapped_column(String(20))
    age_group: Mapped[str] = mapped_column(String(20))
    department: Mapped[str] = mapped_column(String(20))
    people: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(String(20))
    vulnerability: Mapped[str] = mapped_column(String(20))


class FolioCounter(Base):
    """The last number given in an office, year and domain: folios have no gaps and never repeat."""

    __tablename__ = "folio_counter"

    office_code: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[int]


class CaseLink(Base):
    """Two case files that belong together (handbook section 4: link types)."""

    __tablename__ = "case_link"
    __table_args__ = (Index("ix_case_link_to", "to_case_id"),)

    from_case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    to_case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]


class CaseRelation(Base):
    """Two case files that somebody related by hand, and why."""

    __tablename__ = "case_relation"
    __table_args__ = (Index("ix_case_relation_case", "case_id"), Index("ix_case_relation_other", "other_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))  # where it was done
    other_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[str] = mapped_column(String(20))
    kinship: Mapped[str] = mapped_column(
        Sealed("case_relation.kinship"), default=""
    )  # of the other's person to this one's
    reason: Mapped[str] = mapped_column(Sealed("case_relation.reason"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]


class Institution(Base):
    """An institution as an office keeps it for all of its cases: what is public of it, and of no case."""

    __tablename__ = "institution"
    __table_args__ = (Index("ix_institution_office", "office_code", "folded"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    office_code: Mapped[str] = mapped_column(ForeignKey("office.code"))
    folded: Mapped[str] = mapped_column(String(120))  # the name without accents and capitals, to find it by
    kind: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(40), default="")
    other_phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    hours: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[UUID | None]


class CaseContact(Base):
    """An institution that has to do with a case, whom one asks for there, and the number that the case has there."""

    __tablename__ = "case_contact"
    __table_args__ = (Index("ix_case_contact_case", "case_id", "removed_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    level: Mapped[str] = mapped_column(String(4), default="N1")  # who sees it
    kind: Mapped[str] = mapped_column(Sealed("case_contact.kind"))
    name: Mapped[str] = mapped_column(Sealed("case_contact.name"))
    person: Mapped[str] = mapped_column(Sealed("case_contact.person"), default="")
    role: Mapped[str] = mapped_column(Sealed("case_contact.role"), default="")
    phone: Mapped[str] = mapped_column(Sealed("case_contact.phone"), default="")
    other_phone: Mapped[str] = mapped_column(Sealed("case_contact.other_phone"), default="")
    email: Mapped[str] = mapped_column(Sealed("case_contact.email"), default="")
    address: Mapped[str] = mapped_column(Sealed("case_contact.address"), default="")
    city: Mapped[str] = mapped_column(Sealed("case_contact.city"), default="")
    hours: Mapped[str] = mapped_column(Sealed("case_contact.hours"), default="")
    reference: Mapped[str] = mapped_column(Sealed("case_contact.reference"), default="")
    note: Mapped[str] = mapped_column(Sealed("case_contact.note"), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[UUID | None]


class TimelineEntry(Base):
    """Something that happened to a case, by whom."""

    __tablename__ = "timeline_entry"
    __table_args__ = (Index("ix_timeline_entry_case", "case_id", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(4), default="N1")  # who sees it
    text_es: Mapped[str] = mapped_column(Sealed("timeline_entry.text_es"))
    text_en: Mapped[str] = mapped_column(Sealed("timeline_entry.text_en"))
    data: Mapped[dict[str, Any]] = mapped_column(SealedJson("timeline_entry.data"))


class Note(Base):
    """What somebody wrote down about a case; notes are added, never changed."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_case", "case_id", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    author_id: Mapped[UUID | None]
    author_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Sealed("note.text"))


class Document(Base):
    """A numbered document of a case; a number is never used twice (handbook 08, section F).

    It is a draft until somebody signs it; then ``content`` is the PDF as it was signed. A void one keeps its number.
    """

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_case", "case_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    code: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(Sealed("document.subject"))
    addressee: Mapped[str] = mapped_column(Sealed("document.addressee"), default="")
    data: Mapped[dict[str, Any]] = mapped_column(SealedJson("document.data"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    level: Mapped[str] = mapped_column(String(4), default="N2")  # who sees it
    state: Mapped[str] = mapped_column(String(10), default="borrador")  # borrador, firmado, anulado
    check_code: Mapped[str] = mapped_column(String(20))  # whoever holds the letter can verify it by this
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[UUID | None]
    signed_name: Mapped[str | None] = mapped_column(String(200))
    signed_role: Mapped[str | None] = mapped_column(String(100))
    void_reason: Mapped[str | None] = mapped_column(Sealed("document.void_reason"))
    digest: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the content
    content: Mapped[bytes | None] = mapped_column(SealedBytes("document.content"), deferred=True)


class Notification(Base):
    """A notice to a person, or to everybody of a role in an office."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_user", "user_id", "read_at"),
        Index("ix_notification_role", "role", "office_code", "read_at"),
        Index("ix_notification_mail", "mail_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None]
    role: Mapped[str | None] = mapped_column(String(30))
    office_code: Mapped[str | None] = mapped_column(String(10))
    case_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(30))
    text_es: Mapped[str] = mapped_column(Sealed("notification.text_es"))
    text_en: Mapped[str] = mapped_column(Sealed("notification.text_en"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # until it was looked at for mails
