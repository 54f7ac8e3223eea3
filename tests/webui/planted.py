"""One case of every kind that the access matrix tells apart, with a value of its own in everything that it holds, and
the accounts that stand in every relation to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from uuid import UUID

from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from engine.access import accounts, sessions, tokens, webhooks
from engine.access.actors import SYSTEM, Actor
from engine.access.matrix import (
    COMPARTMENTS,
    EVERYWHERE,
    FIELD_LEVELS,
    GRANTS,
    NEVER_OPENED,
    ROLES,
    Grant,
    Level,
    Reach,
)
from engine.actions import files
from engine.casework import cases, contacts, documents, notifications, offices, people, timeline
from engine.casework.attachments import Place
from engine.definitions import deploy, registry
from engine.errors import Text
from engine.files.room import FileRoom
from engine.runtime import instances
from engine.store import Context, Store
from engine.store.tables.access import UserRole
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile, CaseGuardian, CaseMember, CaseOpening, Document
from engine.store.tables.files import Attachment
from engine.store.tables.runtime import Incident, ProcessInstance, UserTask, UserTaskCandidate
from tests.actors import actor_of
from webui.showing import document

HOME = "MX-TAP"  # the office of every case
# Domains that a grant tells apart and one that none does; no compartment, each alone, and two lists of several.
TOLD_APART = sorted({grant.domain for grant in GRANTS if grant.domain is not None})
DOMAINS = (*TOLD_APART, next(code for code in cases.DOMAINS if code not in TOLD_APART))
LISTS = ((), *((name,) for name in COMPARTMENTS), ("FORENSE", "TRATA"), ("NNA", "QUEJA"))
LETTERED = FIELD_LEVELS[1:]  # documents are seen from N1 on
SECRET = "Un motivo que solo lee la auditoría: "

PROCESS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="x">
<bpmn:process id="plantado" name="Zqprocedimiento" isExecutable="true">
<bpmn:startEvent id="inicio"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
<bpmn:sequenceFlow id="f1" sourceRef="inicio" targetRef="reparto"/>
<bpmn:parallelGateway id="reparto"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing><bpmn:outgoing>f3</bpmn:outgoing></bpmn:parallelGateway>
<bpmn:sequenceFlow id="f2" sourceRef="reparto" targetRef="ut_mano"/>
<bpmn:sequenceFlow id="f3" sourceRef="reparto" targetRef="ut_oferta"/>
<bpmn:userTask id="ut_mano" name="m"><bpmn:documentation>Zqinstrucciones</bpmn:documentation><bpmn:extensionElements><zeebe:userTask/><zeebe:formDefinition formId="F-99-77"/></bpmn:extensionElements><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f4</bpmn:outgoing></bpmn:userTask>
<bpmn:userTask id="ut_oferta" name="o"><bpmn:documentation>Zqinstrucciones</bpmn:documentation><bpmn:extensionElements><zeebe:userTask/><zeebe:formDefinition formId="F-99-77"/></bpmn:extensionElements><bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing></bpmn:userTask>
<bpmn:sequenceFlow id="f4" sourceRef="ut_mano" targetRef="fin"/>
<bpmn:sequenceFlow id="f5" sourceRef="ut_oferta" targetRef="fin"/>
<bpmn:endEvent id="fin"><bpmn:incoming>f4</bpmn:incoming><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
</bpmn:process></bpmn:definitions>"""
FORM = (
    '{"type": "default", "id": "F-99-77", "title": "Zqformulario", "schemaVersion": 16, "components": ['
    + ", ".join(
        f'{{"type": "textfield", "id": "c{level}", "key": "resp{level}", "label": "L", "properties": {{"sensibilidad": "{level}"}}}}'
        for level in FIELD_LEVELS
    )
    + "]}"
)


@dataclass(frozen=True)
class Relation:
    """How an account stands to every case: where it sits, and which reaches hold for it beside its office's."""

    name: str
    office: str
    reaches: frozenset[Reach] = frozenset()
    cleared: bool = False
    offered: bool = False


RELATIONS = (
    Relation("propia", HOME, frozenset({Reach.OFFICE})),
    Relation("guarda", "US-HOU", frozenset({Reach.OFFICE})),
    Relation("ajena", "US-NYC"),
    Relation("cancilleria", offices.HEADQUARTERS),
    Relation("nombrada", "US-NYC", frozenset({Reach.NAMED})),
    Relation("mano", "US-NYC", frozenset({Reach.TASK})),
    Relation("motivo", "US-NYC", frozenset({Reach.OPENED})),
    Relation("registro", "US-NYC", frozenset({Reach.BEGUN})),
    Relation("oferta", "ES-MAD", offered=True),
    Relation("habilitada", "ES-MAD", offered=True, cleared=True),
)
WALKING = tuple(sorted(ROLES.keys() - {"sistema"}))


@dataclass
class Planted:
    """A case, what hangs on it, and its values: ``word`` makes each, and no two are alike."""

    number: int
    domain: str
    compartments: frozenset[str]
    id: UUID = field(default_factory=new_id)
    folio: str = ""
    dni: str = ""
    hand: UUID = field(default_factory=new_id)
    offer: UUID = field(default_factory=new_id)
    done: UUID = field(default_factory=new_id)
    instance: UUID = field(default_factory=new_id)
    incident: UUID = field(default_factory=new_id)
    letters: dict[Level, UUID] = field(default_factory=dict)
    files: dict[Level, UUID] = field(default_factory=dict)
    contacts: dict[Level, UUID] = field(default_factory=dict)
    photo: UUID = field(default_factory=new_id)

    def word(self, what: str) -> str:
        """The value that stands for ``what``."""
        return f"Zq{chr(97 + self.number // 26)}{chr(97 + self.number % 26)}{what}z"


WORDS = (
    "nombre", "alias", "tipo", "tarea", "oferta", "incidente", "aviso", "motivo", "foto",
    *(f"{what}{level}" for what in ("nota", "carta", "archivo", "dentro", "resp", "dicho", "contacto") for level in FIELD_LEVELS),
)  # fmt: skip


def level_for(role: str, relation: Relation, case: Planted) -> Level | None:
    """How much the matrix gives: read from its grants alone, and not by asking the policy."""
    found = [level for grant in GRANTS if grant.role == role and (level := _given(grant, relation, case)) is not None]
    return max(found, key=lambda level: level.rank, default=None)


def _given(grant: Grant, relation: Relation, case: Planted) -> Level | None:
    reached = grant.reach in relation.reaches
    if grant.reach is Reach.NETWORK:
        reached = relation.office == offices.HEADQUARTERS and grant.role in EVERYWHERE
    if grant.reach is Reach.OPENED and case.compartments & NEVER_OPENED:
        reached = False
    if not reached or grant.domain not in (None, case.domain) or (grant.sealed and not case.compartments):
        return None
    return grant.level if case.compartments <= grant.within else grant.reserved


class World:
    """The planted store with its application."""

    def __init__(self, store: Store, app: Flask, room: FileRoom, without: frozenset[int] = frozenset()) -> None:
        self.store, self.app, self.room = store, app, room
        self.cases = [
            Planted(number, domain, frozenset(names))
            for number, (domain, names) in enumerate(itertools.product(DOMAINS, LISTS))
        ]
        self.definition = UUID(int=0)
        self.users: dict[str, UUID] = {}
        self.secrets: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.walked: set[tuple[object, ...]] = set()  # classes of accounts that were at every address of a case
        self.planted: list[Planted] = []
        store.transact(self._people, SYSTEM)
        self.plant(*(case for case in self.cases if case.number not in without))

    def plant(self, *planted: Planted) -> None:
        """Put cases there."""
        for case in planted:
            self.store.transact(lambda context, case=case: self._plant(context, case), SYSTEM)  # type: ignore[misc]
            self._attach(case)
            self.store.transact(lambda context, case=case: self._stand(context, case), SYSTEM)  # type: ignore[misc]
            self.planted.append(case)

    def _people(self, context: Context) -> None:
        offices.load(context)
        given = {"p.bpmn": PROCESS.encode(), "F-99-77.form": FORM.encode()}
        deploy.deploy(context, given, frozenset())
        webhooks.make(context, "Todo", "https://otro.example/", webhooks.EVENTS, None, "*")
        self.definition = registry.latest(context, "plantado").id
        for relation in RELATIONS:
            user_id = accounts.create_user(
                context, email=f"{relation.name}@siproc.test", name=f"Cuenta {relation.name}",
                office_code=relation.office, roles=["agente"], password=None,
            )  # fmt: skip
            self.users[relation.name] = user_id
            self.secrets[relation.name] = sessions.open_session(context, user_id)
            if relation.cleared:
                accounts.set_clearances(context, user_id, COMPARTMENTS)

    def _plant(self, context: Context, case: Planted) -> None:
        session = context.session
        row = cases.open_case(context, HOME)
        session.execute(update(CaseFile).where(CaseFile.id == row.id).values(opened_by=self.users["registro"]))
        case.id, case.dni = row.id, f"0999{case.number:02}1234567"
        name = case.word("nombre")
        person = people.register(context, {"nombres": name, "alias": case.word("alias"), "dni": case.dni})
        cases.set_person(context, row.id, person, name)
        kept = cases.classify(
            context, row.id, domain=case.domain, priority="P2", compartments=sorted(case.compartments)
        )
        kept.type, kept.status = case.word("tipo"), "en_triaje"
        case.folio = kept.folio
        variables = {f"resp{level}": case.word(f"resp{level}") for level in FIELD_LEVELS}
        instances.start(context, "plantado", case_id=row.id, office_code=HOME, variables=variables)
        session.flush()
        case.instance = session.scalars(select(ProcessInstance.id).where(ProcessInstance.case_id == row.id)).one()
        self._tasks(context, case)
        for level in FIELD_LEVELS:
            text = case.word(f"nota{level}")
            timeline.append(context, row.id, "note", Text(text, text), level=level)
        for level in LETTERED:
            letter = documents.register(
                context, row.id, code="D-00", subject=case.word(f"carta{level}"), data={"a": case.word(f"dentro{level}")}, level=level
            )  # fmt: skip
            case.letters[level] = letter.id
            signed = {"state": "firmado", "content": f"%PDF {case.word(f'dentro{level}')}".encode()}
            session.execute(update(Document).where(Document.id == letter.id).values(**signed))
        for level in LETTERED:
            said = dict.fromkeys(contacts.SAID, "") | {"name": case.word(f"contacto{level}"), "kind": "hospital"}
            case.contacts[level] = contacts.add(context, row.id, {**said, "level": level}).id
        session.add(CaseGuardian(case_id=row.id, office_code="US-HOU", given_at=context.now))
        incident = case.word("incidente")
        session.add(
            Incident(
                id=case.incident, instance_id=case.instance, element_id="ut_mano", case_id=row.id, office_code=HOME,
                code="x", text_es=incident, text_en=incident, created_at=context.now,
            )
        )  # fmt: skip
        told = case.word("aviso")
        for user_id in self.users.values():
            notifications.notify(context, "task.overdue", Text(told, told), user_id=user_id, case_id=row.id)

    def _tasks(self, context: Context, case: Planted) -> None:
        session = context.session
        for task in session.scalars(select(UserTask).where(UserTask.case_id == case.id)):
            late = context.now - timedelta(hours=1)
            if task.element_id == "ut_mano":
                case.hand, task.name, task.assignee_id = task.id, case.word("tarea"), self.users["mano"]
                task.draft = {f"resp{level}": case.word(f"resp{level}") for level in FIELD_LEVELS}
            else:
                case.offer, task.name, task.office_code = task.id, case.word("oferta"), "ES-MAD"
                session.add_all(
                    UserTaskCandidate(task_id=task.id, kind="group", value=role, office_code="ES-MAD")
                    for role in WALKING
                )
            task.due_at = late
        session.flush()
        session.add(
            UserTask(
                id=case.done, instance_id=case.instance, case_id=case.id, office_code=HOME, process_id="plantado",
                definition_id=self.definition, element_id="ut_mano", name="Hecha", form_id="F-99-77", priority=50,
                created_at=late, completed_at=context.now, completed_by=self.users["propia"], state="completed",
                answers={f"resp{level}": case.word(f"dicho{level}") for level in FIELD_LEVELS},
            )
        )  # fmt: skip
        session.flush()

    def _attach(self, case: Planted) -> None:
        for level in FIELD_LEVELS:
            content = BytesIO(case.word(f"dentro{level}").encode())
            upload = files.Upload(content, case.word(f"archivo{level}") + ".txt")
            case.files[level] = self._bring(Place(case.id, str(level)), upload).id
        picture = BytesIO()
        Image.new("RGB", (40, 40), (case.number * 10, 90, 120)).save(picture, "JPEG")
        picture.seek(0)
        case.photo = self._bring(Place(case.id, "N2"), files.Upload(picture, case.word("foto") + ".jpg")).id

    def _bring(self, place: Place, upload: files.Upload) -> Attachment:
        return files.bring_in(self.store, self.room, SYSTEM, place, upload, new_id())

    def _stand(self, context: Context, case: Planted) -> None:
        context.session.add(CaseMember(case_id=case.id, user_id=self.users["nombrada"], named_at=context.now))
        context.session.add(
            CaseOpening(
                id=new_id(), case_id=case.id, user_id=self.users["motivo"], reason=SECRET + case.word("motivo"),
                cleared=False, at=context.now, until=context.now + timedelta(hours=4), remark="",
            )
        )  # fmt: skip

    def become(self, role: str) -> None:
        """Give every account this role, and a key for all that it may."""

        def work(context: Context) -> None:
            context.session.execute(update(UserRole).where(UserRole.user_id.in_(self.users.values())).values(role=role))
            for name, user_id in self.users.items():
                actor = actor_of(context, accounts.get(context, user_id))
                tokens.end_all(context, user_id)
                offered = tokens.offered(actor)
                self.keys[name] = tokens.make(context, actor, "prueba", offered, 30)[1] if offered else ""

        self.store.transact(work, SYSTEM)

    def actor(self, name: str) -> Actor:
        """The account as the policy knows it."""
        return self.store.transact(lambda context: actor_of(context, accounts.get(context, self.users[name])), SYSTEM)


def words_in(body: str, planted: list[Planted]) -> set[str]:
    """Every planted value, and every folio and document number, that a text holds."""
    found = set()
    if "Zq" in body or "HN-" in body or "0999" in body:
        for case in planted:
            found |= {word for what in WORDS if (word := case.word(what)) in body}
            found |= {case.folio} if case.folio in body else set()
            found |= {case.dni} if case.dni in body or document(case.dni) in body else set()
    return found


def kinds(planted: list[Planted]) -> Iterator[str]:
    """How the cases are named in a failure."""
    for case in planted:
        yield f"{case.domain}/{'+'.join(sorted(case.compartments)) or '-'}"
