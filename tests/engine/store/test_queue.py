"""Writers of one file take turns, in the order in which they came."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest

from engine.errors import Unavailable
from engine.store.queue import WriterQueue


def test_one_at_a_time_in_the_order_of_coming(tmp_path: Path) -> None:
    queue, order, threads = WriterQueue(tmp_path / "db"), [], []

    def write(number: int) -> None:
        with queue.turn(10):
            order.append(number)

    with queue.turn(10):
        for number in range(5):
            threads.append(Thread(target=write, args=(number,)))
            threads[-1].start()
            while queue.waiting < number + 1:
                pass
    for thread in threads:
        thread.join()

    queue.close()
    assert order == [0, 1, 2, 3, 4]


def test_it_waits_no_longer_than_asked_and_leaves_the_line(tmp_path: Path) -> None:
    queue, leave = WriterQueue(tmp_path / "db"), Event()
    inside = Event()

    def stay() -> None:
        with queue.turn(10):
            inside.set()
            leave.wait(10)

    staying = Thread(target=stay)
    staying.start()
    inside.wait(10)

    with pytest.raises(Unavailable), queue.turn(0.05):
        pass
    assert queue.waiting == 0

    leave.set()
    staying.join()
    with queue.turn(1):
        pass
    queue.close()


def test_another_process_is_waited_for(tmp_path: Path) -> None:
    mine, theirs = WriterQueue(tmp_path / "db"), WriterQueue(tmp_path / "db")

    with mine.turn(1), pytest.raises(Unavailable), theirs.turn(0.05):
        pass
    with theirs.turn(1):
        pass

    mine.close()
    theirs.close()


def test_work_that_raises_gives_its_turn_back(tmp_path: Path) -> None:
    queue = WriterQueue(tmp_path / "db")

    with pytest.raises(ZeroDivisionError), queue.turn(1):
        raise ZeroDivisionError
    with queue.turn(1):
        pass

    queue.close()
