"""Keys are changed while the system goes on: nothing is lost, nothing is unreadable at any time, and old keys go."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from engine.access.actors import SYSTEM
from engine.casework import cases, people, timeline
from engine.clock import MovableClock
from engine.errors import Text
from engine.store import Context, Store
from engine.store.sealing import MasterKeyError, Masters, SealBroken, rotation
from engine.store.sealing.masters import masters_for, new_text, read_keys
from engine.store.tables.casework import Person, TimelineEntry
from engine.store.tables.keys import DataKey
from tests.conftest import Cast


@pytest.fixture
def told(store: Store, cast: Cast) -> UUID:
    """A case with a person and many entries in its timeline: more than one batch."""

    def work(context: Context) -> UUID:
        case = cases.open_case(context, "MX-TAP")
        cases.set_person(context, case.id, people.register(context, {"nombres": "Luz", "apellido1": "Paz"}), "Luz Paz")
        for number in range(450):
            timeline.append(context, case.id, "note", Text("{t}", "{t}", {"t": f"dijo {number}"}))
        return case.id

    return store.transact(work, cast.ana)


def said(store: Store) -> list[str]:
    query = select(TimelineEntry.text_es).where(TimelineEntry.kind == "note").order_by(TimelineEntry.id)
    return store.read(lambda context: list(context.session.scalars(query)), SYSTEM)


def states(store: Store) -> dict[int, int]:
    found, plain = store.read(rotation.status, SYSTEM)
    assert plain == 0
    return {item.version: item.values for item in found if item.purpose == "data"}


def test_a_new_master_key_takes_over_and_the_old_one_can_go(store: Store, told: UUID, clock: MovableClock) -> None:
    [old] = masters_for(store.url).keys
    [new] = read_keys(new_text(), "here")
    keys_before = store.read(lambda c: c.session.scalars(select(DataKey.wrapped)).all(), SYSTEM)
    both = Store(store.url, clock=clock, masters=Masters([new, old]))

    assert both.transact(rotation.rewrap, SYSTEM) == len(keys_before)
    assert both.transact(rotation.rewrap, SYSTEM) == 0

    try:
        alone = Store(store.url, clock=clock, masters=Masters([new]))
        assert said(alone) == [f"dijo {number}" for number in range(450)]
        alone.close()
        with pytest.raises(MasterKeyError, match=new.id):
            said(Store(store.url, clock=clock, masters=Masters([old])))
        assert len(said(store)) == 450  # a process that runs since before needs no master key again
    finally:
        back = Store(store.url, clock=clock, masters=Masters([old, new]))
        back.transact(rotation.rewrap, SYSTEM)
        back.close()
        both.close()
    assert store.read(lambda c: c.session.scalars(select(DataKey.wrapped)).all(), SYSTEM) != keys_before


def test_values_are_sealed_anew_while_others_read_and_write(
    store: Store, told: UUID, clock: MovableClock, cast: Cast
) -> None:
    other = Store(store.url, clock=clock)
    stop, wrong, rounds = Event(), [], [0]

    def work() -> None:
        while not stop.is_set():
            try:
                if said(other)[:450] != [f"dijo {number}" for number in range(450)]:
                    wrong.append("lost")
                other.transact(
                    lambda c: timeline.append(c, told, "note", Text("{t}", "{t}", {"t": "dijo más"})), cast.ana
                )
                rounds[0] += 1
            except Exception as error:
                wrong.append(repr(error))
                return

    before = max(states(store))
    thread = Thread(target=work)
    thread.start()
    try:
        version = store.transact(rotation.renew, SYSTEM)
        changed = sum(rotation.seal_all(store, SYSTEM))
    finally:
        stop.set()
        thread.join()

    assert wrong == []
    assert version > before
    assert changed >= 1_350
    # The other process did not know of the new key at first: what it wrote with the old one is brought along later.
    assert sum(rotation.seal_all(store, SYSTEM)) <= rounds[0] * 3
    assert {key: count > 0 for key, count in states(store).items()} == {key: key == version for key in states(store)}
    assert store.transact(rotation.drop_unused, SYSTEM) == []  # another process may still be about to use it
    clock.advance(timedelta(minutes=11))
    assert before in store.transact(rotation.drop_unused, SYSTEM)
    assert list(states(store)) == [version]
    fresh = Store(store.url, clock=clock)
    assert said(fresh)[:2] == ["dijo 0", "dijo 1"]
    other.close()
    fresh.close()


def test_a_key_that_still_seals_something_stays(store: Store, told: UUID, clock: MovableClock) -> None:
    old = max(states(store))
    store.transact(rotation.renew, SYSTEM)
    clock.advance(timedelta(days=1))

    assert old not in store.transact(rotation.drop_unused, SYSTEM)
    assert len(said(store)) == 450
    assert sum(rotation.seal_all(store, SYSTEM)) > 0


def test_a_value_that_was_moved_to_another_column_does_not_open(store: Store, told: UUID) -> None:
    def move(context: Context) -> None:
        context.session.execute(text("UPDATE person SET alias = name"))

    assert sum(count for count, _ in rotation.find_broken(store, SYSTEM)) > 900
    assert [line for _, found in rotation.find_broken(store, SYSTEM) for line in found] == []

    store.transact(move, SYSTEM)

    with pytest.raises(SealBroken, match=r"person\.alias"):
        store.read(lambda context: context.session.scalars(select(Person)).one(), SYSTEM)
    [line] = [line for _, found in rotation.find_broken(store, SYSTEM) for line in found]
    assert line.startswith("person.alias ")
    store.transact(rotation.renew, SYSTEM)
    with pytest.raises(SealBroken):
        list(rotation.seal_all(store, SYSTEM))


def test_what_was_written_past_the_keys_is_counted_and_not_believed(store: Store, told: UUID) -> None:
    def write(context: Context) -> Any:
        return context.session.execute(text("UPDATE person SET alias = :plain"), {"plain": b"plain"})

    store.transact(write, SYSTEM)

    assert store.read(rotation.status, SYSTEM)[1] == 1
    with pytest.raises(SealBroken, match="no sealed value"):
        store.read(lambda context: context.session.scalars(select(Person)).one(), SYSTEM)
