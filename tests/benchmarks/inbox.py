"""An officer's inbox, first page and counts, with ever more open tasks in the database, against the best single query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, text

from engine.access.actors import Actor
from engine.actions import tasks
from engine.casework import urgency
from engine.cli.bench import Options
from engine.store import Store
from engine.store.tables.base import new_id
from engine.store.tables.casework import CaseFile
from engine.store.tables.definitions import ProcessDefinition
from engine.store.tables.runtime import ProcessInstance, UserTask, UserTaskCandidate
from engine.worklist import inbox
from tests.benchmarks import _stage

SIZES = (10_000, 100_000, 1_000_000)
OWN, OFFERED = 40, 360  # what waits for the officer: theirs, and for anybody of their office
OFFICES = 60
NOW = datetime.now(UTC)
# What the page shows, and the seven counts above it, by hand.
BY_HAND = """
WITH offered AS (
  SELECT task_id FROM user_task_candidate WHERE kind = 'group' AND value = 'agente' AND office_code = :office
  UNION ALL
  SELECT task_id FROM user_task_candidate WHERE kind = 'user' AND value = :name
), mine AS (
  SELECT t.id, t.shelf, t.rank, t.due_at, t.follow_up_at, t.name, t.priority, t.overdue, t.case_id FROM user_task t WHERE t.assignee_id = :me AND t.state = 'open'
), open_offered AS (
  SELECT t.id, t.due_at, t.assignee_id FROM offered o JOIN user_task t ON t.id = o.task_id WHERE t.state = 'open'
), reach AS (SELECT id, due_at FROM mine UNION SELECT id, due_at FROM open_offered)
SELECT m.*, c.folio, c.title, c.priority AS case_priority,
  (SELECT count(*) FROM mine WHERE follow_up_at IS NULL OR follow_up_at <= :now) AS count_mine,
  (SELECT count(*) FROM mine WHERE follow_up_at > :now) AS count_later,
  (SELECT count(*) FROM open_offered WHERE assignee_id IS NULL) AS count_unclaimed,
  (SELECT count(*) FROM reach) AS count_office,
  (SELECT count(*) FROM reach WHERE due_at < :now) AS count_overdue,
  (SELECT count(*) FROM reach WHERE due_at >= :now AND due_at < :tomorrow) AS count_today,
  0 AS count_absent
FROM mine m LEFT JOIN case_file c ON c.id = m.case_id
WHERE m.follow_up_at IS NULL OR m.follow_up_at <= :now
ORDER BY m.shelf, m.rank, m.id LIMIT 26
"""


def measure(options: Options) -> dict[str, Any]:
    """``ratio_to_floor``: the worst of all; ``largest_to_smallest``: how much the size of the database matters."""
    sizes = SIZES[:2] if options.quick else SIZES
    found: dict[str, Any] = {}
    with _stage.databases(options) as databases:
        for name, url in databases:
            found[name] = _grow(url, sizes)
    ratios = [figures["ratio_to_floor"] for by_size in found.values() for figures in by_size["sizes"].values()]
    return {
        "ratio_to_floor": max(ratios),
        "largest_to_smallest": max(by_size["largest_to_smallest"] for by_size in found.values()),
        **found,
    }


def fill(store: Store, people: Sequence[Actor], case_id: UUID, count: int) -> None:
    """``count`` open tasks: of the people, offered to their office, and of other offices."""
    instance, definition = _begin(store, case_id)
    own = [(_stage.OFFICE, actor.id) for actor in people for _ in range(OWN)]
    with store.engine.connect().execution_options(writing=True) as connection, connection.begin():
        _fill(connection, definition, instance, case_id, own + [(_stage.OFFICE, None)] * OFFERED)
    _others(store, definition, instance, case_id, count - len(own) - OFFERED)


def _begin(store: Store, case_id: UUID) -> tuple[UUID, UUID]:
    """An instance to hang the tasks on, and its definition."""
    _stage.publish(store, "start s\nuser a Atender ; candidateGroups agente\nend e\ns -> a -> e", "uno")
    instance = new_id()
    with store.engine.connect().execution_options(writing=True) as connection, connection.begin():
        row = connection.execute(select(ProcessDefinition.id).where(ProcessDefinition.process_id == "uno")).scalar_one()
        connection.execute(
            insert(ProcessInstance),
            {"id": instance, "definition_id": row, "process_id": "uno", "case_id": case_id, "state": "active",
             "version": 1, "stamp": new_id(), "started_at": NOW},
        )  # fmt: skip
    return instance, row


def _others(store: Store, definition: UUID, instance: UUID, case_id: UUID, count: int) -> None:
    """That many tasks of other offices."""
    with store.engine.connect().execution_options(writing=True) as connection, connection.begin():
        for begun in range(0, count, 5_000):
            numbers = range(min(5_000, count - begun))
            others = [(f"XX-{number % OFFICES:03}", new_id() if number % 3 else None) for number in numbers]
            _fill(connection, definition, instance, case_id, others)


def _grow(url: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    store = Store(url)
    [actor] = _stage.people(store, 1)
    case_id = _stage.case(store, actor)
    instance, row = _begin(store, case_id)
    with store.engine.connect().execution_options(writing=True) as connection, connection.begin():
        folio = connection.execute(select(CaseFile.folio).where(CaseFile.id == case_id)).scalar_one()
        _fill(connection, row, instance, case_id, [(_stage.OFFICE, actor.id)] * OWN + [(_stage.OFFICE, None)] * OFFERED)
    there, figures = OWN + OFFERED, {}
    for size in sizes:
        _others(store, row, instance, case_id, size - there)
        there = size
        _stage.analyze(store)
        figures[str(size)] = _compare(store, actor, folio)
    store.close()
    times = [item["milliseconds"] for item in figures.values()]
    return {"largest_to_smallest": round(times[-1] / times[0], 2), "sizes": figures}


def _fill(
    connection: Connection,
    definition: UUID,
    instance: UUID,
    case_id: UUID,
    holders: list[tuple[str, UUID | None]],
) -> None:
    ids = [new_id() for _ in holders]
    connection.execute(
        insert(UserTask),
        [
            {"id": id, "instance_id": instance, "case_id": case_id, "office_code": office, "process_id": "uno",
             "definition_id": definition, "element_id": "a", "name": "Atender", "documentation": "", "assignee_id": holder,
             "priority": 50, "due_at": NOW + timedelta(hours=number % 90 - 10, minutes=30), "created_at": NOW, "state": "open",
             "rank": urgency.rank(NOW + timedelta(hours=number % 90 - 10, minutes=30), None, ()),
             "overdue": number % 90 < 10, "remind_step": 0, "version": 1}
            for number, (id, (office, holder)) in enumerate(zip(ids, holders, strict=True))
        ],
    )  # fmt: skip
    connection.execute(
        insert(UserTaskCandidate),
        [
            {"task_id": id, "kind": "group", "value": "agente", "office_code": office}
            for id, (office, _) in zip(ids, holders, strict=True)
        ],
    )


def _compare(store: Store, actor: Actor, folio: str) -> dict[str, float]:
    values = {
        "office": _stage.OFFICE, "name": str(actor.id), "me": _id(store, actor.id), "now": _instant(store, NOW),
        "tomorrow": _instant(store, inbox.end_of_day(NOW, actor)),
    }  # fmt: skip
    query = text(BY_HAND)

    def by_hand() -> Any:
        with store.engine.connect() as connection, connection.begin():
            return connection.execute(query, values).all()

    def ours() -> Any:
        return store.read(lambda context: tasks.list_tasks(context, "mine"), actor)

    page, counts = ours()
    rows = by_hand()
    assert [str(row.id).replace("-", "") for row in page.rows] == [str(row.id).replace("-", "") for row in rows[:25]]
    assert page.rows[0].folio == folio
    wanted = {name: getattr(rows[0], f"count_{name}") for name in counts}
    assert counts == wanted, (counts, wanted)
    mine, floor = [], []
    for _ in range(31):
        mine.append(_time(ours))
        floor.append(_time(by_hand))
    return {
        "ratio_to_floor": round(median(mine) / median(floor), 2),
        "milliseconds": round(median(mine) * 1000, 2),
        "by_hand": round(median(floor) * 1000, 2),
    }


def _id(store: Store, value: UUID | None) -> Any:
    assert value is not None
    return value.hex if store.is_sqlite else value


def _instant(store: Store, value: datetime) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if store.is_sqlite else value


def _time(action: Any) -> float:
    begun = perf_counter()
    action()
    return perf_counter() - begun


def describe(result: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(_stage.lines(result))
