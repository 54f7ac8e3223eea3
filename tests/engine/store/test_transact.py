"""One place that ends a transaction."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from engine.clock import MovableClock
from engine.errors import Conflict, Unavailable
from engine.store import Context, Store
from engine.store.context import once
from engine.store.tables.casework import FolioCounter
from engine.store.tables.runtime import Message


def count(store: Store) -> int:
    return store.read(lambda c: c.session.scalar(select(func.count()).select_from(FolioCounter)), None) or 0


def add(context: Context, series: str = "PEN") -> None:
    context.session.add(FolioCounter(office_code="MX-TAP", year=2026, series=series, last=1))


def test_it_stores_what_the_work_wrote_and_answers_what_it_returned(store: Store) -> None:
    def work(context: Context) -> str:
        add(context)
        return "done"

    assert store.transact(work, None) == "done"
    assert count(store) == 1


def test_it_stores_nothing_when_the_work_raises(store: Store) -> None:
    def work(context: Context) -> None:
        add(context)
        context.session.flush()
        raise Conflict

    with pytest.raises(Conflict):
        store.transact(work, None)

    assert count(store) == 0


def test_the_context_has_the_actor_one_instant_and_a_request_id(store: Store, clock: MovableClock) -> None:
    request = UUID(int=7)

    context = store.transact(lambda context: context, "Ana", request)

    assert (context.actor, context.now, context.request_id) == ("Ana", clock.now(), request)
    assert context.now.tzinfo is not None


def test_what_is_read_cannot_be_written(store: Store) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        store.read(lambda context: context.session.execute(text("DELETE FROM folio_counter")), None)


def test_a_reader_sees_one_state(store: Store) -> None:
    def work(context: Context) -> tuple[int | None, int | None]:
        counting = select(func.count()).select_from(FolioCounter)
        before = context.session.scalar(counting)
        store.transact(add, None)
        return before, context.session.scalar(counting)

    assert store.read(work, None) == (0, 0)
    assert count(store) == 1


def test_one_question_is_asked_without_a_transaction_and_sees_what_is_stored(store: Store) -> None:
    store.transact(add, None)

    seen = store.ask(lambda context: context.session.scalars(select(FolioCounter.series)).all(), None)
    store.transact(lambda context: add(context, "B"), None)

    assert seen == ["PEN"]
    assert count(store) == 2


def test_what_is_read_again_and_again_stays_prepared(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("SQLite keeps its statements by itself")
    for _ in range(8):
        count(store)

    kept = store.read(
        lambda context: context.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all(), None
    )

    assert any("folio_counter" in statement for statement in kept)


def test_a_reader_leaves_the_next_writer_free_to_write(store: Store) -> None:
    count(store)

    store.transact(add, None)

    assert count(store) == 1


def test_writers_do_not_lose_each_others_counts(store: Store) -> None:
    store.transact(lambda context: add(context), None)

    def rise(_: int) -> None:
        def work(context: Context) -> None:
            context.session.execute(update(FolioCounter).values(last=FolioCounter.last + 1))

        store.transact(work, None)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rise, range(40)))

    assert store.read(lambda context: context.session.scalar(select(FolioCounter.last)), None) == 41


def test_work_that_loses_a_deadlock_is_run_again(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("one writer at a time cannot deadlock")
    store.transact(lambda context: [add(context, "A"), add(context, "B")], None)
    meet, runs = Barrier(2), []

    def both(first: str, second: str) -> None:
        def work(context: Context) -> None:
            runs.append(first)
            for number, series in enumerate((first, second)):
                rise = update(FolioCounter).where(FolioCounter.series == series).values(last=FolioCounter.last + 1)
                context.session.execute(rise)
                if number == 0 and len(runs) <= 2:
                    meet.wait(10)

        store.transact(work, None)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(both, "A", "B"), pool.submit(both, "B", "A")]:
            future.result()

    assert len(runs) in (3, 4)  # the database may end both where they find out at the same moment
    assert set(store.read(lambda context: context.session.scalars(select(FolioCounter.last)).all(), None)) == {3}


def test_it_gives_up_when_another_writer_stays_too_long(store: Store, database_url: str) -> None:
    impatient = Store(database_url, lock_timeout=0.2)
    store.transact(add, None)
    inside, leave = Event(), Event()

    def stay(context: Context) -> None:
        context.session.execute(update(FolioCounter).values(last=9))
        inside.set()
        leave.wait(10)

    with ThreadPoolExecutor(1) as pool:
        staying = pool.submit(store.transact, stay, None)
        inside.wait(10)
        with pytest.raises(Unavailable):
            impatient.transact(lambda context: context.session.execute(update(FolioCounter).values(last=5)), None)
        leave.set()
        staying.result()

    impatient.close()
    assert store.read(lambda context: context.session.scalar(select(FolioCounter.last)), None) == 9


def test_a_wrong_statement_is_a_bug_and_not_an_outage(store: Store) -> None:
    with pytest.raises(DBAPIError):
        store.transact(lambda context: context.session.execute(text("SELECT nothing FROM nowhere")), None)


def test_a_row_without_its_parent_is_refused(store: Store) -> None:
    orphan = text("INSERT INTO case_link VALUES ('1', '2', 'conexo', '2026-01-01', NULL)")
    if not store.is_sqlite:
        pytest.skip("PostgreSQL always looks")

    with pytest.raises(DBAPIError, match="FOREIGN KEY"):
        store.transact(lambda context: context.session.execute(orphan), None)


def test_values_come_back_as_they_were_written(store: Store, clock: MovableClock) -> None:
    values = {"z": 1, "a": [True, None, "ñandú", 12345678901234567890], "m": {"y": 0.1, "b": {}}}

    def work(context: Context) -> None:
        row = {
            "id": UUID(int=5),
            "name": "n",
            "key": "k",
            "variables": values,
            "published_at": context.now,
            "expires_at": context.now + timedelta(microseconds=1),
        }
        context.session.execute(insert(Message), [row])

    store.transact(work, None)

    found = store.read(lambda context: context.session.get_one(Message, UUID(int=5)), None)
    assert found.variables == values
    assert [list(found.variables), list(found.variables["m"])] == [["z", "a", "m"], ["y", "b"]]
    assert (found.published_at, found.expires_at) == (clock.now(), clock.now() + timedelta(microseconds=1))


def test_a_time_without_zone_is_refused(store: Store, clock: MovableClock) -> None:
    naive = clock.now().replace(tzinfo=None)
    row = Message(name="n", key="k", variables={}, published_at=naive, expires_at=clock.now())

    with pytest.raises(DBAPIError.__mro__[1], match="without zone"):
        store.transact(lambda context: context.session.add(row), None)


def test_looks_of_one_reading_see_one_state_until_it_is_closed(store: Store) -> None:
    store.transact(add, None)
    reading = store.reading()
    asked: list[int] = []

    def number(context: Context) -> int:
        return once(
            context, "number", lambda: asked.append(1) or int(context.session.scalar(select(FolioCounter.last)) or 0)
        )

    assert reading.look(number, None) == 1
    store.transact(lambda context: context.session.execute(update(FolioCounter).values(last=7)), None)
    assert reading.look(lambda context: context.session.scalar(select(FolioCounter.last)), None) == 1
    assert reading.look(number, None) == 1
    assert len(asked) == 1
    reading.close()
    assert reading.look(number, None) == 7
    reading.close()


def test_what_a_look_raises_ends_the_reading_and_the_next_begins_anew(store: Store) -> None:
    store.transact(add, None)
    reading = store.reading()
    with pytest.raises(ZeroDivisionError):
        reading.look(lambda _: 1 / 0, None)
    store.transact(lambda context: context.session.execute(update(FolioCounter).values(last=7)), None)
    assert reading.look(lambda context: context.session.scalar(select(FolioCounter.last)), None) == 7
    reading.close()


def test_where_something_is_written_every_question_is_asked(store: Store) -> None:
    asked: list[int] = []

    def work(context: Context) -> None:
        for _ in range(2):
            once(context, "number", lambda: asked.append(1))

    store.transact(work, None)
    assert len(asked) == 2
