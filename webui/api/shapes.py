"""What goes over the wire: the answers' and the bodies' shapes, from which OpenAPI and its checks come."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from engine.actions import related
from engine.casework import contacts
from engine.casework.kinship import KINSHIPS

Line = Annotated[str, Field(max_length=200)]


class Given(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class Sent(BaseModel):
    """A body; a name that is not known is refused, and so is a value of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Asked(BaseModel):
    """A query."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Who(Given):
    """Someone with an account."""

    id: UUID
    name: str | None


class Me(Given):
    """Whose key it is and what it is for."""

    id: UUID
    name: str
    office: str
    roles: list[str]
    language: str
    scopes: list[str]
    permissions: list[str]


class TaskQuery(Asked):
    """Which tasks: a view of the inbox, narrowed; ``after`` is the ``next`` of the page before."""

    view: Literal["mine", "unclaimed", "office", "overdue", "today", "later", "absent"] = "mine"
    domain: Line = ""
    priority: Line = ""
    office: Line = ""
    text: Line = ""
    after: Line = ""


class TaskLine(Given):
    """A task in a list."""

    id: UUID
    name: str
    case_id: UUID | None
    folio: str | None
    title: str | None
    office: str | None
    case_priority: str | None
    assignee: Who | None
    due_at: datetime | None


class Tasks(Given):
    """A page of tasks, how many each view has, and the key of the next page."""

    items: list[TaskLine]
    counts: dict[str, int]
    next: str | None


class Choice(Given):
    """One answer of a list."""

    value: str
    label: str


class Question(Given):
    """One field of a form. In ``name`` a row's number stands as ``*``; ``sensitivity`` is the handbook's level."""

    name: str
    label: str
    kind: str
    description: str
    sensitivity: str
    shown: bool
    required: bool
    options: list[Choice]


class FormShape(Given):
    """A form: its questions, and which of them count with what has been answered so far."""

    id: str
    title: str
    fields: list[Question]


class Task(Given):
    """A task with its form and answers; ``version`` is also the ETag."""

    id: UUID
    name: str
    instructions: str
    process_id: str
    process_name: str
    case_id: UUID | None
    folio: str | None
    office: str | None
    assignee: Who | None
    due_at: datetime | None
    version: int
    may_claim: bool
    may_complete: bool
    form: FormShape | None
    values: dict[str, str | list[str]]


Answers = Annotated[dict[str, Any], Field(max_length=2_000)]
Typed = Annotated[str, Field(max_length=20_000)]


class Completion(Sent):
    """The form's answers, nested or under dotted names."""

    values: Answers = Field(default_factory=dict)


class Draft(Sent):
    """What was typed so far, under dotted names, as texts."""

    values: Annotated[dict[Line, Typed | Annotated[list[Typed], Field(max_length=200)]], Field(max_length=2_000)]


class Done(Given):
    """What was changed."""

    id: UUID


class Completed(Given):
    """A completed task: its case, and the task with which to go on."""

    case_id: UUID | None
    next_task_id: UUID | None


class CaseQuery(Asked):
    """Which cases: by folio, by the sound of a name or by document; ``after`` is the ``next`` of the page before."""

    q: Line = ""
    mine: bool = False
    after: Line = ""


class CaseLine(Given):
    """A case in a list."""

    id: UUID
    folio: str
    title: str
    office: str
    domain: str | None
    type: str | None
    priority: str | None
    status: str
    opened_at: datetime
    closed_at: datetime | None
    person: str | None


class Cases(Given):
    """A page of cases, and the key of the next one."""

    items: list[CaseLine]
    next: str | None


class CaseTask(Given):
    """An open task of a case."""

    id: UUID
    name: str
    assignee: Who | None
    due_at: datetime | None


class CaseDocument(Given):
    """A document of a case, without its content."""

    id: UUID
    number: str
    code: str
    subject: str
    state: str
    created_at: datetime
    signed_at: datetime | None


class Link(Given):
    """Another case that belongs to this one."""

    kind: str
    id: UUID
    folio: str


class Awaited(Given):
    """Something that the case's procedures wait to hear; ``form`` asks what whoever reports it has to answer."""

    message: str
    name: str
    form: FormShape | None = None


class Case(CaseLine):
    """A case file."""

    version: int
    previous_folio: str | None
    owner: Who | None
    resolution: str | None
    tasks: list[CaseTask]
    links: list[Link]
    awaited: list[Awaited]
    incidents: int


class Opened(Given):
    """An opened case and its first task."""

    case_id: UUID
    task_id: UUID | None


class NewNote(Sent):
    """A note."""

    text: Annotated[str, Field(min_length=1, max_length=4_000)]


class NewCall(Sent):
    """A call: ``at`` by the clock of one's office or with an offset, empty for now; ``minutes`` in digits or empty."""

    direction: Literal["entrante", "saliente"]
    party: Literal["persona", "familiar", "institucion", "otro"]
    result: Literal["contesto", "no_contesto", "ocupado", "buzon", "equivocado", "cortada"]
    who: Annotated[str, Field(max_length=120)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    at: Annotated[str, Field(max_length=40)] = ""
    minutes: Annotated[str, Field(max_length=3)] = ""
    said: Annotated[str, Field(max_length=4_000)] = ""
    level: Literal["N1", "N2", "N3"] = "N2"


class AnswerItem(Given):
    """A question with its answer; a heading has ``items`` instead, a ``sealed`` one is above the reader's level."""

    label: str
    kind: str
    value: Any
    sealed: bool
    items: list[AnswerItem]


class AnswersGiven(Given):
    """What a task was completed with; no items where it asked nothing."""

    id: UUID
    name: str
    case_id: UUID
    completed_by: str
    completed_at: datetime | None
    items: list[AnswerItem]


class ContactQuery(Asked):
    """``removed``: those that were put away."""

    removed: bool = False


class Contact(Given):
    """A contact of a case with an institution outside."""

    id: UUID
    kind: str
    name: str
    person: str
    role: str
    phone: str
    other_phone: str
    email: str
    address: str
    city: str
    hours: str
    reference: str
    note: str
    level: str
    changed_at: datetime


class Contacts(Given):
    """The contacts of a case that may be seen, the newest first."""

    items: list[Contact]


def _one_of(*codes: str) -> Any:
    """What a text can be; the action says whether it is that."""
    return Field(json_schema_extra={"enum": list(codes)})


class NewContact(Sent):
    """A contact; ``shared``: what is public of the institution is kept in the directory of one's office too."""

    kind: Annotated[str, _one_of(*contacts.KINDS)]
    name: Annotated[str, Field(min_length=1, max_length=contacts.SAID["name"])]
    person: Annotated[str, Field(max_length=contacts.SAID["person"])] = ""
    role: Annotated[str, Field(max_length=contacts.SAID["role"])] = ""
    phone: Annotated[str, Field(max_length=contacts.SAID["phone"])] = ""
    other_phone: Annotated[str, Field(max_length=contacts.SAID["other_phone"])] = ""
    email: Annotated[str, Field(max_length=contacts.SAID["email"])] = ""
    address: Annotated[str, Field(max_length=contacts.SAID["address"])] = ""
    city: Annotated[str, Field(max_length=contacts.SAID["city"])] = ""
    hours: Annotated[str, Field(max_length=contacts.SAID["hours"])] = ""
    reference: Annotated[str, Field(max_length=contacts.SAID["reference"])] = ""
    note: Annotated[str, Field(max_length=contacts.SAID["note"])] = ""
    level: Literal["N1", "N2", "N3"] = "N1"
    shared: bool = False


class OtherCase(Given):
    """The head of another case, as far as it may be seen."""

    id: UUID
    folio: str
    title: str
    office: str
    domain: str | None
    type: str | None
    status: str


class RelatedCase(Given):
    """A case that was related by hand; ``how`` says it in words, ``kinship`` what its person is to the one of this case."""

    id: UUID
    case: OtherCase
    kind: str
    kinship: str
    how: str
    reason: str
    removable: bool


class RelatedCases(Given):
    """The cases that belong to a case: related by hand, the newest first and at most a hundred; and of the same person."""

    items: list[RelatedCase]
    same_person: list[OtherCase]


class NewRelation(Sent):
    """A relation to the case with this folio, and why; ``kinship`` where ``kind`` is ``familia``."""

    folio: Annotated[str, Field(min_length=1, max_length=60)]
    kind: Annotated[str, _one_of(*related.KINDS)]
    kinship: Annotated[str, _one_of("", *KINSHIPS)] = ""
    reason: Annotated[str, Field(min_length=1, max_length=related.LONGEST_REASON)]


class NewEvent(Sent):
    """Something that happened: one of what the case waits for (``awaited``), and what is known of it."""

    message: Annotated[str, Field(min_length=1, max_length=255)]
    text: Annotated[str, Field(max_length=4_000)] = ""
    values: Answers = Field(default_factory=dict)


class NewProcedure(Sent):
    """A procedure that is started by hand, why, and the answers to the form of its start."""

    process: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(max_length=4_000)]
    values: Answers = Field(default_factory=dict)


class NewMessage(NewEvent):
    """The same from a connected system, which names the case by its id or folio."""

    case: Annotated[str, Field(min_length=1, max_length=60)]


class PageQuery(Asked):
    """``after`` is the ``next`` of the page before."""

    after: Line = ""


class Entry(Given):
    """Something that happened to a case."""

    id: UUID
    at: datetime
    kind: str
    text: str
    by: str


class Timeline(Given):
    """A page of what happened, the newest first."""

    items: list[Entry]
    next: str | None


class Documents(Given):
    """The documents of a case, the newest first."""

    items: list[CaseDocument]


class StoredFile(Given):
    """A file of a case, without its content; ``scan`` says whether it may be opened (``clean``, ``unscanned``)."""

    id: UUID
    name: str
    kind: str
    media_type: str
    size: int
    level: str
    scan: str
    at: datetime
    by: str


class FileQuery(Asked):
    """What a file is called, with its ending; ``keep_place``: a photo keeps where and when it was taken."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    keep_place: bool = False


class StoredFiles(Given):
    """The files of a case that may be seen, the newest first."""

    items: list[StoredFile]


class OfficeLine(Given):
    """A post of the consular network."""

    code: str
    name: str
    type: str
    city: str
    country: str
    timezone: str
    active: bool


class Offices(Given):
    """All offices."""

    items: list[OfficeLine]


class Procedure(Given):
    """A procedure and its version in force; ``running`` counts cases within reach, null for a key that sees none."""

    process_id: str
    name: str
    domain: str | None
    version: int
    definition_id: UUID
    running: int | None


class Procedures(Given):
    """All procedures."""

    items: list[Procedure]


class Problem(Given):
    """What went wrong (RFC 9457); ``errors`` says it of each field."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    instance: str | None = None
    errors: list[FieldProblem] | None = None


class FieldProblem(Given):
    """What is wrong with one field."""

    field: str
    detail: str
