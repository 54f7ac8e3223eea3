"""Tasks from hand to hand: several at once, with a reason, in somebody's absence, put aside, pinned, kept in lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from engine.access.actors import SYSTEM, Actor
from engine.actions import absences, cases, handing, own_list, tasks
from engine.casework import notifications
from engine.clock import MovableClock
from engine.errors import Forbidden, Invalid, NotFound
from engine.store import Context
from engine.store.tables.access import AuditEntry, User
from engine.store.tables.base import new_id
from engine.store.tables.casework import TimelineEntry
from engine.store.tables.runtime import TaskComment, UserTask
from tests.actors import actor_of
from tests.engine.worklist.conftest import Desk


def now(desk: Desk, who: str) -> Actor:
    """Somebody as their session has them at this moment."""

    def read(context: Context) -> Actor:
        user = context.session.get(User, getattr(desk.cast, who).id)
        assert user is not None
        return actor_of(context, user)

    return desk.store.transact(read, SYSTEM)


def holder(desk: Desk, task: UUID) -> Any:
    return desk.store.read(lambda context: context.session.get(UserTask, task).assignee_id, SYSTEM)  # type: ignore[union-attr]


def acts(desk: Desk, action: str) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.action == action, AuditEntry.allowed).order_by(AuditEntry.at)
    return desk.store.read(lambda context: list(context.session.scalars(query)), SYSTEM)


def away(desk: Desk, who: str = "ana", by: str = "beto", first: str = "2026-03-02", last: str = "2026-03-03") -> None:
    person, substitute = getattr(desk.cast, who).id, getattr(desk.cast, by).id
    desk.do(lambda context: absences.announce(context, person, substitute, first, last), who)


def test_several_are_taken_at_once_and_what_is_not_theirs_stays(desk: Desk) -> None:
    own, taken, elsewhere = desk.open(), desk.open(), desk.open(office="US-HOU")
    desk.do(lambda context: tasks.claim_task(context, taken), "beto")

    moved = desk.do(lambda context: handing.claim(context, [own, taken, elsewhere, own]))

    assert (moved.done, moved.left) == (1, 2)
    assert [holder(desk, id) for id in (own, taken, elsewhere)] == [desk.cast.ana.id, desk.cast.beto.id, None]
    assert [row.object_id for row in acts(desk, "task:claim")] == [taken, own]


def test_a_task_goes_to_a_colleague_with_a_reason_that_stays_with_it(desk: Desk) -> None:
    task = desk.open()
    desk.do(lambda context: tasks.claim_task(context, task))
    desk.do(lambda context: own_list.pin(context, task, on=True))

    moved = desk.do(lambda context: handing.hand_over(context, [task], desk.cast.beto.id, "Voy a la frontera"))

    assert (moved.done, holder(desk, task)) == (1, desk.cast.beto.id)
    [act] = acts(desk, "task:delegate")
    assert (act.object_id, act.data) == (task, {"to": str(desk.cast.beto.id)})

    def read(context: Context) -> tuple[Any, Any, Any]:
        said = context.session.scalars(select(TaskComment)).one()
        [line] = context.session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "task.delegated"))
        [notice] = notifications.unread(context, desk.cast.beto)
        assert context.session.get(UserTask, task).shelf == 1  # type: ignore[union-attr]
        return said, line, notice

    said, line, notice = desk.store.read(read, SYSTEM)
    assert said.text == "Pasó la tarea a Beto: Voy a la frontera"
    assert line.text_es == "«Atender» pasó a Beto."
    assert "frontera" not in notice.text_es
    assert notice.task_id == task


@pytest.mark.parametrize(
    ("reason", "to", "field"), [("", "beto", "motivo"), (" ", "beto", "motivo"), ("x" * 501, "beto", "motivo"), ("x", "ana", "para")]
)  # fmt: skip
def test_without_a_reason_or_a_receiver_nothing_is_handed_over(desk: Desk, reason: str, to: str, field: str) -> None:
    task = desk.open()
    desk.do(lambda context: tasks.claim_task(context, task))

    with pytest.raises(Invalid) as refused:
        desk.do(lambda context: handing.hand_over(context, [task], getattr(desk.cast, to).id, reason))

    assert set(refused.value.fields) == {field}
    assert holder(desk, task) == desk.cast.ana.id


def test_nobody_gives_what_is_not_theirs_nor_to_whom_may_not_have_it(desk: Desk) -> None:
    of_beto, own, reserved = desk.open(), desk.open(), desk.open(compartments=["NNA"])
    desk.do(lambda context: tasks.claim_task(context, of_beto), "beto")
    desk.do(lambda context: tasks.claim_task(context, own))
    desk.do(lambda context: context.session.get(UserTask, reserved).__setattr__("assignee_id", desk.cast.ana.id))

    def give(ids: list[UUID], to: str, who: str = "ana") -> int:
        return desk.do(lambda context: handing.hand_over(context, ids, getattr(desk.cast, to).id, "x"), who).done  # type: ignore[no-any-return]

    assert give([of_beto], "carla") == 0
    assert give([own], "diego") == 0  # another office
    assert give([own], "irma") == 0  # no officer
    assert give([reserved], "beto") == 0  # not cleared
    assert give([own, of_beto], "beto", "carla") == 1  # the consul gives what her office has; one is Beto's already
    assert give([own], "beto", "diego") == 0
    names = desk.store.read(
        lambda context: [who.name for who in handing.receivers(context, context.session.get(UserTask, of_beto))],  # type: ignore[arg-type]
        desk.cast.carla,
    )
    assert names == ["Ana"]


def test_handing_over_many_asks_no_more_than_handing_over_one(desk: Desk) -> None:
    counts = []
    for number in (1, 12):
        ids = [desk.open() for _ in range(number)]
        desk.do(lambda context, ids=ids: handing.claim(context, ids))
        sent: list[str] = []
        note = lambda *arguments, sent=sent: sent.append(arguments[2])  # noqa: E731
        event.listen(desk.store.engine, "before_cursor_execute", note)
        desk.do(lambda context, ids=ids: handing.hand_over(context, ids, desk.cast.beto.id, "Turno"))
        event.remove(desk.store.engine, "before_cursor_execute", note)
        counts.append(len(sent))
    assert counts[1] <= counts[0]


def test_a_substitute_does_the_tasks_of_who_is_away_and_only_meanwhile(desk: Desk, clock: MovableClock) -> None:
    task, other = desk.open(), desk.open()
    desk.do(lambda context: handing.claim(context, [task, other]))
    away(desk)
    beto = now(desk, "beto")
    assert beto.standing_in == {desk.cast.ana.id}

    view = desk.store.read(lambda context: tasks.read_task(context, task), beto)
    assert (view.standing_in, view.may_complete, view.assignee) == (True, True, "Ana")
    page, counts = desk.store.read(lambda context: tasks.list_tasks(context, "absent"), beto)
    assert {row.id for row in page.rows} == {task, other}
    assert counts["absent"] == 2

    done = desk.store.transact(lambda context: tasks.complete_task(context, task, {}), beto)
    lines = desk.store.read(lambda context: [row.text_es for row in cases.read_case(context, done.case_id).timeline], desk.cast.ana)  # type: ignore[arg-type]  # fmt: skip
    assert "Completó «Atender» por ausencia de Ana." in lines
    [act] = acts(desk, "task:complete")
    assert (act.actor_id, act.data) == (desk.cast.beto.id, {"in_place_of": str(desk.cast.ana.id)})

    clock.advance(timedelta(days=3))
    assert now(desk, "beto").standing_in == frozenset()
    with pytest.raises(Forbidden):
        desk.do(lambda context: tasks.complete_task(context, other, {}), "beto")


def test_a_substitute_sees_no_reserved_case_that_they_are_not_cleared_for(desk: Desk) -> None:
    task = desk.open(compartments=["ASILO"])
    desk.do(lambda context: context.session.get(UserTask, task).__setattr__("assignee_id", desk.cast.ana.id))
    away(desk)
    beto = now(desk, "beto")

    with pytest.raises(NotFound):
        desk.store.read(lambda context: tasks.read_task(context, task), beto)
    cleared = replace(beto, clearances=frozenset({"ASILO"}))
    assert desk.store.read(lambda context: tasks.read_task(context, task), cleared).may_complete


def test_absences_are_announced_by_the_person_or_who_supervises_them(desk: Desk) -> None:
    cast = desk.cast

    def announce(who: str, person: str, by: str, first: str = "2026-03-05", last: str = "2026-03-06") -> set[str]:
        ids = getattr(cast, person).id, getattr(cast, by).id
        try:
            desk.do(lambda context: absences.announce(context, *ids, first, last), who)
        except Invalid as error:
            return set(error.fields)
        return set()

    assert announce("ana", "ana", "beto") == set()
    assert announce("ana", "ana", "beto", "2026-03-06", "2026-03-09") == {"desde"}  # overlaps
    assert announce("carla", "beto", "ana") == set()
    assert announce("sofia", "diego", "diego") == {"suplente"}
    assert announce("ana", "ana", "carla", "2026-04-01", "2026-04-02") == {"suplente"}  # no role in common
    assert announce("ana", "ana", "diego", "2026-04-01", "2026-04-02") == {"suplente"}  # another office
    assert announce("ana", "ana", "beto", "2026-03-01", "2026-04-02") == {"desde"}  # the past
    assert announce("ana", "ana", "beto", "mañana", "") == {"desde", "hasta"}
    assert announce("ana", "ana", "beto", "2026-05-02", "2026-05-01") == {"hasta"}
    with pytest.raises(Forbidden):
        announce("ana", "beto", "ana")
    with pytest.raises(Forbidden):
        announce("carla", "diego", "beto")
    rows = {who: desk.store.read(absences.listed, getattr(cast, who)).rows for who in ("ana", "carla", "diego")}
    assert [len(rows[who]) for who in ("ana", "carla", "diego")] == [2, 2, 0]

    with pytest.raises(Forbidden):
        desk.do(lambda context: absences.call_off(context, rows["carla"][1].id), "ana")
    desk.do(lambda context: absences.call_off(context, rows["carla"][1].id), "carla")
    with pytest.raises(NotFound):
        desk.do(lambda context: absences.call_off(context, rows["carla"][1].id), "carla")
    assert [row.data["substitute"] for row in acts(desk, "absence:announce")] == [str(cast.beto.id), str(cast.ana.id)]
    assert len(acts(desk, "absence:call_off")) == 1


def test_what_is_put_aside_comes_back_on_its_day(desk: Desk, clock: MovableClock) -> None:
    task, other = desk.open("P1D"), desk.open("P2D")
    desk.do(lambda context: handing.claim(context, [task, other]))

    desk.do(lambda context: own_list.follow_up(context, task, "2026-03-04"))

    assert [row.id for row in desk.list("mine").rows] == [other]
    assert [row.id for row in desk.list("later").rows] == [task]
    assert task in [row.id for row in desk.list("office").rows]
    clock.advance(timedelta(days=2))
    assert [row.id for row in desk.list("mine").rows] == [task, other]


@pytest.mark.parametrize("day", ["2026-03-02", "2020-01-01", "2030-01-01", "pronto"])
def test_a_day_that_is_none_puts_nothing_aside(desk: Desk, day: str) -> None:
    task = desk.open()
    desk.do(lambda context: tasks.claim_task(context, task))

    with pytest.raises(Invalid) as refused:
        desk.do(lambda context: own_list.follow_up(context, task, day))
    assert set(refused.value.fields) == {"dia"}
    with pytest.raises(NotFound):
        desk.do(lambda context: own_list.pin(context, task, on=True), "beto")


def test_what_is_pinned_stands_on_top_of_the_own_list_and_nowhere_else(desk: Desk) -> None:
    life, plain = desk.open("P1D", "P1"), desk.open("P9D")
    desk.do(lambda context: handing.claim(context, [life, plain]))

    desk.do(lambda context: own_list.pin(context, plain, on=True))

    assert [row.id for row in desk.list("mine").rows] == [plain, life]
    assert [row.id for row in desk.list("office", "carla").rows] == [life, plain]
    desk.do(lambda context: own_list.pin(context, plain, on=False))
    assert [row.id for row in desk.list("mine").rows] == [life, plain]


def test_lists_are_kept_by_each_person_for_themselves(desk: Desk) -> None:
    desk.do(
        lambda context: own_list.keep(context, "  Urgentes de   hoy ", {"view": "today", "priority": "P1", "x": "y"})
    )

    [mine] = desk.store.read(own_list.kept, desk.cast.ana)
    assert (mine.name, mine.query) == ("Urgentes de hoy", {"view": "today", "priority": "P1"})
    assert desk.store.read(own_list.kept, desk.cast.beto) == []
    for name in ("", "x" * 61):
        with pytest.raises(Invalid):
            desk.do(lambda context, name=name: own_list.keep(context, name, {}))
    with pytest.raises(NotFound):
        desk.do(lambda context: own_list.keep(context, "x", {"view": "nada"}))
    for stranger in (mine.id, new_id()):
        with pytest.raises(NotFound):
            desk.do(lambda context, id=stranger: own_list.drop(context, id), "beto")
    for number in range(own_list.MOST - 1):
        desk.do(lambda context, number=number: own_list.keep(context, f"Lista {number}", {}))
    with pytest.raises(Invalid):
        desk.do(lambda context: own_list.keep(context, "Una más", {}))
    desk.do(lambda context: own_list.drop(context, mine.id))
