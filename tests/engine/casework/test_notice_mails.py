"""Notices by mail, at once and as the digest of the day: to whom, when, how often, and that they name nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from engine.access import accounts, notice_choices, postman
from engine.access.actors import SYSTEM
from engine.actions import events, own_account
from engine.casework import cases, notice_mails, notifications, offices
from engine.clock import MovableClock
from engine.definitions import deploy
from engine.errors import Invalid, Text
from engine.handlers import HANDLERS
from engine.runtime import instances
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.tables.access import Mail, User
from tests.conformance.diagram import bpmn
from tests.engine.access.test_postman import Office

ENGINE = Path(__file__).parents[3] / "engine"
TAPACHULA = ZoneInfo("America/Mexico_City")


class Post:
    """A store whose people choose, and the mails that wait in it."""

    def __init__(self, store: Store, cast: Any) -> None:
        self.store, self.cast = store, cast
        self.sweep()  # everybody's first digest is set

    def choose(self, who: Any, hour: str = "7", **ways: str) -> None:
        """What somebody wants, of the rest nothing but the page."""
        chosen = dict.fromkeys(notice_choices.TOPICS, "page") | ways
        self.store.transact(lambda context: own_account.choose_notices(context, chosen, hour), who)

    def tell(self, kind: str, case: UUID | None = None, **to: Any) -> None:
        """Leave a notice that names somebody."""
        text = Text("Venció: María López, HN-1.", "Overdue: María López, HN-1.")
        self.store.transact(lambda context: notifications.notify(context, kind, text, case_id=case, **to), SYSTEM)

    def sweep(self) -> None:
        """What the worker does, until there is nothing more to do."""
        for sweep in (notice_mails.sweep, notice_mails.sweep_digests):
            while self.store.transact(sweep, SYSTEM):
                pass

    def waiting(self) -> dict[str, list[tuple[str, dict[str, int]]]]:
        """By name: the mails of news that wait, and what they count."""
        query = select(User.name, Mail.kind, Mail.data).join(User, User.id == Mail.user_id).order_by(Mail.id)
        found: dict[str, list[tuple[str, dict[str, int]]]] = {}
        for name, kind, data in self.store.read(lambda context: context.session.execute(query).all(), SYSTEM):
            found.setdefault(name, []).append((kind, data["counts"]))
        return found

    def case(self, *, owner: Any = None, compartments: tuple[str, ...] = ()) -> UUID:
        """A case in Tapachula."""

        def work(context: Context) -> UUID:
            row = cases.open_case(context, "MX-TAP")
            cases.classify(context, row.id, domain="MIG", compartments=compartments)
            if owner is not None:
                cases.assign_owner(context, row.id, owner.id, owner.name)
            return row.id

        return self.store.transact(work, SYSTEM)

    def said(self, who: Any) -> list[str]:
        """The kinds of somebody's unread notices."""
        return [row.kind for row in self.store.read(lambda context: notifications.unread(context, who), who)]


@pytest.fixture
def post(store: Store, cast: Any) -> Post:
    return Post(store, cast)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements that the store sends meanwhile."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield sent
    event.remove(store.engine, "before_cursor_execute", note)


def test_who_wants_mail_at_once_has_one_for_what_came_together_and_others_have_none(post: Post) -> None:
    post.choose(post.cast.ana, overdue="mail", due_soon="mail")
    post.tell("task.overdue", user_id=post.cast.ana.id)
    post.tell("task.due_soon", user_id=post.cast.ana.id)
    post.tell("task.escalated", user_id=post.cast.ana.id)
    post.tell("task.overdue", user_id=post.cast.beto.id)

    post.sweep()
    post.sweep()

    assert post.waiting() == {"Ana": [("notices", {"due_soon": 1, "overdue": 1})]}


def test_a_notice_of_an_account_is_never_of_these_mails(post: Post) -> None:
    post.choose(post.cast.ana, **dict.fromkeys(notice_choices.TOPICS, "mail"))
    post.tell("account.security", user_id=post.cast.ana.id)

    post.sweep()

    assert post.waiting() == {}


@pytest.mark.parametrize("way", ["mail", "digest"])
def test_a_roles_notice_is_mailed_to_whom_their_page_shows_it_and_in_as_many_statements_for_few_as_for_many(
    post: Post, clock: MovableClock, way: str
) -> None:
    people = (post.cast.ana, post.cast.beto, post.cast.carla, post.cast.diego)
    for who in people:
        post.choose(who, process=way, overdue=way)
    hidden, own = post.case(compartments=("ASILO",)), post.case()
    named = post.case(compartments=("ASILO",), owner=post.cast.beto)
    for case in (hidden, own, named):
        post.tell("process.notice", case, role="agente", office_code="MX-TAP")
    clock.advance(timedelta(days=1))

    with statements(post.store) as sent:
        post.store.transact(notice_mails.sweep if way == "mail" else notice_mails.sweep_digests, SYSTEM)

    told = post.waiting()
    shown = {who.name: post.said(who).count("process.notice") for who in people if "process.notice" in post.said(who)}
    assert {name: sum(counts["process"] for _, counts in mails) for name, mails in told.items()} == shown
    assert shown["Ana"] < shown["Beto"] == 2
    asking = [statement for statement in sent if "UNION ALL" in statement and "notification" in statement]
    assert len(asking) == 1


def test_what_is_read_meanwhile_is_not_mailed(post: Post) -> None:
    post.choose(post.cast.ana, overdue="mail")
    post.tell("task.overdue", user_id=post.cast.ana.id)
    post.store.transact(lambda context: notifications.mark_read(context, post.cast.ana), post.cast.ana)

    post.sweep()

    assert post.waiting() == {}


def test_the_digest_comes_once_a_day_at_the_hour_of_the_office_and_only_with_something_new(
    post: Post, clock: MovableClock
) -> None:
    post.choose(post.cast.ana, hour="7", overdue="digest")
    clock.set(datetime(2026, 3, 3, 6, 30, tzinfo=TAPACHULA))
    post.tell("task.overdue", user_id=post.cast.ana.id)
    post.tell("task.overdue", user_id=post.cast.ana.id)
    post.tell("task.due_soon", user_id=post.cast.ana.id)

    clock.set(datetime(2026, 3, 3, 6, 59, 59, tzinfo=TAPACHULA))
    post.sweep()
    assert post.waiting() == {}
    clock.set(datetime(2026, 3, 3, 7, 0, tzinfo=TAPACHULA))
    post.sweep()
    post.sweep()
    assert post.waiting() == {"Ana": [("digest", {"overdue": 2})]}

    clock.set(datetime(2026, 3, 4, 12, 0, tzinfo=TAPACHULA))  # nothing new
    post.sweep()
    assert len(post.waiting()["Ana"]) == 1
    post.tell("task.overdue", user_id=post.cast.ana.id)
    clock.set(datetime(2026, 3, 5, 7, 0, tzinfo=TAPACHULA))
    post.sweep()
    assert post.waiting()["Ana"][1:] == [("digest", {"overdue": 1})]


def test_a_notice_of_the_last_moment_is_of_the_next_digest_and_of_no_other(post: Post, clock: MovableClock) -> None:
    post.choose(post.cast.ana, overdue="digest")
    clock.set(datetime(2026, 3, 3, 6, 59, 30, tzinfo=TAPACHULA))
    post.tell("task.overdue", user_id=post.cast.ana.id)
    for day in (3, 4, 5):
        clock.set(datetime(2026, 3, day, 7, 0, tzinfo=TAPACHULA))
        post.sweep()

    assert post.waiting() == {"Ana": [("digest", {"overdue": 1})]}


def test_a_digest_that_was_broken_off_comes_once(post: Post, clock: MovableClock) -> None:
    post.choose(post.cast.ana, overdue="digest")
    post.tell("task.overdue", user_id=post.cast.ana.id)
    clock.advance(timedelta(days=1))

    def killed(context: Context) -> None:
        notice_mails.sweep_digests(context)
        context.session.flush()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        post.store.transact(killed, SYSTEM)
    post.sweep()

    assert post.waiting() == {"Ana": [("digest", {"overdue": 1})]}


def test_another_hour_counts_from_tomorrow_once_todays_has_come_and_another_office_has_its_own_clock(
    post: Post, clock: MovableClock
) -> None:
    def due(who: Any) -> datetime | None:
        return post.store.read(lambda context: context.session.get_one(User, who.id).digest_at, SYSTEM)

    post.choose(post.cast.ana)
    clock.set(datetime(2026, 3, 3, 7, 0, tzinfo=TAPACHULA))
    post.sweep()
    post.choose(post.cast.ana, hour="15")
    assert due(post.cast.ana) == datetime(2026, 3, 4, 15, 0, tzinfo=TAPACHULA)

    post.store.transact(lambda context: accounts.set_place(context, post.cast.ana.id, "ES-MAD", ["agente"]), SYSTEM)
    post.sweep()
    assert due(post.cast.ana) == datetime(2026, 3, 4, 15, 0, tzinfo=ZoneInfo("Europe/Madrid"))


def test_closed_accounts_have_no_digest(post: Post, clock: MovableClock) -> None:
    post.choose(post.cast.ana, overdue="digest")
    post.tell("task.overdue", user_id=post.cast.ana.id)

    def close(context: Context) -> None:
        context.session.get_one(User, post.cast.ana.id).active = False

    post.store.transact(close, SYSTEM)
    clock.advance(timedelta(days=1))
    post.sweep()

    assert post.waiting() == {}


@given(
    st.sampled_from(sorted({facts.timezone for facts in offices.packaged().values()})),
    st.integers(0, 23),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_every_local_day_has_one_digest_at_its_hour_wherever_the_office_is(zone: str, hour: int, now: datetime) -> None:
    clock = ZoneInfo(zone)
    first = notice_choices.next_digest(now, hour, clock)
    days: list[date] = []
    moment = first
    for _ in range(370):
        local = moment.astimezone(clock)
        days.append(local.date())
        # Where the clocks jump over the hour, it is the moment after the jump.
        left_out = local.replace(hour=hour, minute=0).astimezone(UTC).astimezone(clock).hour != hour
        assert (local.hour, local.minute) == (hour, 0) or left_out
        moment = notice_choices.next_digest(moment, hour, clock, moment)

    assert now < first <= now + timedelta(hours=25)
    assert days == [days[0] + timedelta(days=number) for number in range(370)]


def test_a_choice_that_is_not_offered_is_refused_and_nothing_changes(post: Post) -> None:
    post.choose(post.cast.ana, overdue="mail")

    with pytest.raises(Invalid) as refused:
        post.choose(post.cast.ana, hour="24", overdue="paloma")

    assert refused.value.fields.keys() == {"overdue", "hour"}
    ways, hour = post.store.read(lambda context: notice_choices.of_user(context, post.cast.ana.id), post.cast.ana)
    assert (ways["overdue"], ways["answer"], hour) == ("mail", "page", "7")


def test_who_becomes_responsible_is_told_once_and_not_who_opened_it(post: Post) -> None:
    def opened(context: Context) -> UUID:
        row = cases.open_case(context, "MX-TAP")
        cases.assign_owner(context, row.id, post.cast.ana.id, "Ana")
        return row.id

    case = post.store.transact(opened, post.cast.ana)
    assert post.said(post.cast.ana) == []

    for _ in range(2):
        post.store.transact(lambda context: cases.assign_owner(context, case, post.cast.beto.id, "Beto"), SYSTEM)
    assert post.said(post.cast.beto) == ["case.assigned"]


def test_who_is_responsible_is_told_that_an_answer_came_unless_they_report_it(post: Post) -> None:
    diagram = bpmn("start s\ncatch c ; message respuesta =case.id\nend e\ns -> c -> e")
    post.store.transact(lambda context: deploy.deploy(context, {"p.bpmn": diagram}), SYSTEM)

    def waiting(owner: Any) -> UUID:
        case = post.case(owner=owner)
        post.store.transact(
            lambda context: instances.start(context, "p", case_id=case, office_code="MX-TAP", variables={}), SYSTEM
        )
        return case

    own, others = waiting(post.cast.ana), waiting(post.cast.beto)
    for case in (own, others):
        post.store.transact(lambda context, case=case: events.report(context, case, "respuesta", ""), post.cast.ana)

    assert "case.answer" not in post.said(post.cast.ana)
    assert post.said(post.cast.beto) == ["case.answer", "case.assigned"]


def test_who_is_responsible_is_told_of_what_another_case_tells_theirs_unless_that_is_theirs_too(post: Post) -> None:
    waits = bpmn("start s\ncatch c ; message respuesta =case.id\nend e\ns -> c -> e")
    tells = bpmn("start s\nservice t ; job avisar-caso\nend e\ns -> t -> e", process="q")
    post.store.transact(lambda context: deploy.deploy(context, {"p.bpmn": waits, "q.bpmn": tells}), SYSTEM)

    def start(process: str, owner: Any, **variables: str) -> UUID:
        case = post.case(owner=owner)
        post.store.transact(
            lambda context: instances.start(context, process, case_id=case, office_code="MX-TAP", variables=variables),
            SYSTEM,
        )
        return case

    for owner in (post.cast.ana, post.cast.beto):
        case = start("p", owner)
        start("q", post.cast.ana, caso=str(case), mensaje="respuesta")
        start("q", post.cast.carla, caso=str(case), mensaje="nadie la espera")
    Worker(post.store, HANDLERS).run_due()

    assert post.said(post.cast.ana).count("case.answer") == 0
    assert post.said(post.cast.beto).count("case.answer") == 1


ASSIGNED = "start s\nuser t ; name Llevar a Marta ; assignee =quien\nend e\ns -> t -> e"
OFFERED = "start s\nuser t ; candidateUsers =quienes\nend e\ns -> t -> e"


def test_whom_a_diagram_names_for_a_task_is_told_of_it_once_and_not_who_named_themselves(post: Post) -> None:
    files = {"p.bpmn": bpmn(ASSIGNED), "q.bpmn": bpmn(OFFERED, process="q")}
    post.store.transact(lambda context: deploy.deploy(context, files), SYSTEM)

    def start(process: str, by: Any, case: UUID, **variables: Any) -> None:
        post.store.transact(
            lambda context: instances.start(context, process, case_id=case, office_code="MX-TAP", variables=variables),
            by,
        )

    ana, beto, case = post.cast.ana, post.cast.beto, post.case()
    start("p", ana, case, quien=str(beto.id))
    [notice] = post.store.read(lambda context: notifications.unread(context, beto), beto)
    assert notice.kind == "task.assigned"
    assert notice.text_es.startswith("Tarea para usted: «Llevar a Marta» (")
    assert (notice.case_id, notice.task_id is not None) == (case, True)
    start("p", ana, case, quien=str(ana.id))
    start("p", SYSTEM, case, quien="nadie")
    assert post.said(ana) == []

    start("q", ana, case, quienes=[str(ana.id), str(beto.id), str(beto.id)])
    assert (post.said(ana), post.said(beto)) == ([], ["task.assigned"] * 2)


def test_of_a_task_on_a_case_that_does_not_fit_them_nobody_is_told_more_than_their_list_does(post: Post) -> None:
    post.store.transact(lambda context: deploy.deploy(context, {"q.bpmn": bpmn(OFFERED, process="q")}), SYSTEM)
    diego = post.cast.diego  # of another office: he sees such a task in his list, and nothing of its case
    post.choose(diego, assigned="mail")

    def offered(case: UUID) -> None:
        post.store.transact(
            lambda context: instances.start(
                context, "q", case_id=case, office_code="MX-TAP", variables={"quienes": [str(diego.id)]}
            ),
            SYSTEM,
        )

    offered(post.case(compartments=("ASILO",)))
    post.sweep()
    assert (post.said(diego), post.waiting()) == ([], {})

    offered(post.case())
    post.sweep()
    [notice] = post.store.read(lambda context: notifications.unread(context, diego), diego)
    assert (notice.kind, notice.case_id) == ("task.assigned", None)
    assert post.waiting() == {"Diego": [("notices", {"assigned": 1})]}


def test_every_kind_of_notice_has_a_topic_or_is_of_the_account() -> None:
    kinds = set()
    for file in ENGINE.rglob("*.py"):
        for item in ast.walk(ast.parse(file.read_text())):
            if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr == "notify":
                kinds |= {
                    arg.value for arg in item.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }

    kinds |= set(notifications.OFFERED)
    assert "case.answer" in kinds
    assert {kind for kind in kinds - notice_choices.TOPIC_OF.keys() if not kind.startswith("account.")} == set()


def test_the_mails_reach_a_real_server_and_name_nobody_and_no_case(
    post: Post, clock: MovableClock, tmp_path: Path
) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    office = Office(folder)
    post.choose(post.cast.ana, overdue="mail")
    post.choose(post.cast.beto, overdue="digest")
    post.tell("task.overdue", role="agente", office_code="MX-TAP")
    post.sweep()
    clock.advance(timedelta(days=1))
    post.sweep()
    try:
        assert postman.deliver(post.store, office.settings, lambda *_: None) == 2
        assert postman.deliver(post.store, office.settings, lambda *_: None) == 0
        messages = {str(message["To"]).split()[0]: message for message in office.messages}
    finally:
        office.close()

    assert {name: str(message["Subject"]) for name, message in messages.items()} == {
        "Ana": "Tiene avisos en SIPROC",
        "Beto": "Resumen del día de SIPROC",
    }
    for message in messages.values():
        text = message.get_body().get_content()  # type: ignore[union-attr]
        assert {"- Tareas vencidas: 1", "https://siproc.example/avisos"} <= set(text.splitlines())
        assert not {"María", "HN-1", "MIG", "Ana", "Beto"} & set(text.replace(",", " ").replace(".", " ").split())
