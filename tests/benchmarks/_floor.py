"""The least that completing a task can cost: the same rows, written with the driver alone in one transaction each.

The logic of the six tasks is in ``STEPS``: which elements are over, which tasks open, what waits at the join. Every
reading that races need (the task, the instance with its lock) is made, too.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from engine.access.actors import Actor
from engine.casework import urgency
from engine.store.queue import WriterQueue
from engine.store.tables.base import new_id

# element completed -> (elements that are over, tasks that open, a token that waits at the join)
STEPS: list[tuple[str, list[str], list[str], str | None]] = [
    ("a", ["a", "g"], ["b2"], None),
    ("b2", ["b2", "m", "p"], ["c", "d"], None),
    ("c", ["c"], [], "j"),
    ("d", ["d", "j"], ["e"], None),
    ("e", ["e"], ["f"], None),
    ("f", ["f", "z"], [], None),
]
NAMES = {"b2": "Atender", "c": "Avisar a la familia", "d": "Visitar", "e": "Proponer el cierre", "f": "Cerrar"}
COLUMNS = {
    "token": "id instance_id scope_id definition_id element_id state entered_at data",
    "user_task": "id instance_id case_id office_code domain process_id definition_id element_id name documentation form_id "
    "assignee_id priority due_at follow_up_at created_at claimed_at state overdue remind_at remind_step version rank shelf",
    "user_task_candidate": "task_id kind value office_code",
    "activity_history": "instance_id sequence version token_id scope_id definition_id element_id kind action entered_at at "
    "actor_id",
    "step_history": "instance_id version at actor_id command element_id changes",
    "timeline_entry": "id case_id at actor_id actor_name kind text_es text_en data level",
    "audit_entry": "id at actor_id office_code address action allowed object_id case_id request_id data",
}


class Driver:
    """A connection of the bare driver, with durable commits."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self.sqlite = address.get_backend_name() == "sqlite"
        self.connection: Any
        if self.sqlite:
            assert address.database is not None
            self.queue = WriterQueue(Path(address.database))
            self.connection = sqlite3.connect(address.database, isolation_level=None, timeout=20)
            for pragma in ("journal_mode=wal", "synchronous=2", "foreign_keys=1", "cache_size=-16000"):
                self.connection.execute(f"PRAGMA {pragma}")
        else:
            text = address.set(drivername="postgresql").render_as_string(hide_password=False)
            self.connection = psycopg.connect(text, autocommit=False)
        self.mark = "?" if self.sqlite else "%s"
        self.inserts = {
            table: f"INSERT INTO {table} ({', '.join(names.split())}) "
            f"VALUES ({', '.join([self.mark] * len(names.split()))})"
            for table, names in COLUMNS.items()
        }

    def value(self, value: Any) -> Any:
        """As the tables keep it."""
        if isinstance(value, UUID):
            return value.hex if self.sqlite else value
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M:%S.%f") if self.sqlite else value
        if isinstance(value, (dict, list)):
            return json.dumps(value, separators=(",", ":"))
        return value

    def run(self, text: str, *values: Any) -> Any:
        """One statement."""
        return self.connection.execute(text.replace("?", self.mark), [self.value(value) for value in values])

    def insert(self, table: str, rows: list[list[Any]]) -> None:
        """All rows of a table at once."""
        cursor = self.connection.cursor()
        values = [[self.value(value) for value in row] for row in rows]
        if len(values) == 1:
            cursor.execute(self.inserts[table], values[0])
        else:
            cursor.executemany(self.inserts[table], values)


def complete(
    number: int, barrier: Any, url: str, actors: list[Actor], case_ids: list[UUID], cases: int
) -> tuple[float, list[float]]:
    """Complete the tasks of ``cases`` instances; seconds in completions, and each one's."""
    driver, actor, case_id = Driver(url), actors[number], case_ids[number]
    row = driver.run("SELECT id FROM process_definition WHERE process_id = ?", "seis").fetchone()
    driver.connection.commit()
    definition = UUID(row[0]) if driver.sqlite else row[0]
    _play(driver, actor, case_id, definition, [])
    delays: list[float] = []
    barrier.wait(120)
    for _ in range(cases):
        _play(driver, actor, case_id, definition, delays)
    driver.connection.close()
    return sum(delays), delays


def _play(driver: Driver, actor: Actor, case_id: UUID, definition: UUID, delays: list[float]) -> None:
    instance, scope, now = new_id(), new_id(), datetime.now(UTC)
    open_tasks = {"a": new_id()}
    _begin(driver)
    driver.run(
        "INSERT INTO process_instance (id, definition_id, process_id, case_id, office_code, state, version, format, stamp, "
        "last_sequence, started_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        instance, definition, "seis", case_id, "MX-TAP", "active", 1, 2, new_id(), 1, now,
    )  # fmt: skip
    driver.run(
        "INSERT INTO scope (id, instance_id, definition_id, kind, variables, data) VALUES (?,?,?,?,?,?)",
        scope, instance, definition, "process", {"urgente": False}, {},
    )  # fmt: skip
    _open(driver, instance, scope, definition, case_id, open_tasks, now, actor)
    _commit(driver)
    waiting: dict[str, UUID] = {}
    for version, (element, over, opening, gathered) in enumerate(STEPS, 1):
        begun = perf_counter()
        task, now = open_tasks.pop(element), datetime.now(UTC)
        _begin(driver)
        driver.run("SELECT * FROM user_task WHERE id = ? AND assignee_id = ?", task, actor.id).fetchone()
        lock = "" if driver.sqlite else " FOR UPDATE"
        seen = driver.run(
            f"SELECT version, last_sequence FROM process_instance WHERE id = ?{lock}", instance
        ).fetchone()
        sequence = seen[1]
        fresh = {name: new_id() for name in opening}
        ended = element == "f"
        driver.run(
            "UPDATE process_instance SET version = ?, stamp = ?, last_sequence = ?, state = ?, ended_at = ? "
            "WHERE id = ? AND version = ?",
            seen[0] + 1, new_id(), sequence + len(over), "completed" if ended else "active", now if ended else None, instance,
            seen[0],
        )  # fmt: skip
        gone = [task, *(waiting.pop("j", None) for _ in (1,) if element == "d")]
        driver.run(f"DELETE FROM token WHERE id IN ({', '.join('?' * len(gone))})", *gone)
        driver.run(
            "UPDATE user_task SET state = 'completed', completed_at = ?, completed_by = ?, draft = NULL, remind_at = NULL, "
            "version = version + 1 WHERE id = ? AND state = 'open'",
            now, actor.id, task,
        )  # fmt: skip
        driver.run("DELETE FROM user_task_candidate WHERE task_id = ?", task)
        if gathered is not None:
            waiting[gathered] = new_id()
            _tokens(driver, instance, scope, definition, {gathered: waiting[gathered]}, now)
        if fresh:
            _open(driver, instance, scope, definition, case_id, fresh, now, actor)
        driver.insert(
            "activity_history",
            [
                [instance, sequence + place, seen[0] + 1, task, scope, definition, name, "userTask", "completed", now, now,
                 actor.id]
                for place, name in enumerate(over, 1)
            ],
        )  # fmt: skip
        changes = {
            "left": [id.hex for id in gone if id is not None],
            "tokens": [[id.hex, scope.hex, name] for name, id in fresh.items()],
        }
        driver.insert("step_history", [[instance, version + 1, now, actor.id, "complete", element, changes]])
        driver.insert(
            "timeline_entry",
            [[new_id(), case_id, now, actor.id, actor.name, "task.completed", f"Completó «{element}».",
              f"Completed “{element}”.", {"task_id": str(task), "element_id": element}, "N0"]],
        )  # fmt: skip
        driver.insert(
            "audit_entry",
            [[new_id(), now, actor.id, "MX-TAP", "", "task:complete", True, task, case_id, new_id(), {}]],
        )
        _commit(driver)
        delays.append(perf_counter() - begun)
        open_tasks |= fresh
        for id in fresh.values():
            _begin(driver)
            driver.run(
                "UPDATE user_task SET assignee_id = ?, claimed_at = ?, version = version + 1 WHERE id = ?",
                actor.id,
                now,
                id,
            )
            _commit(driver)


def _begin(driver: Driver) -> None:
    if driver.sqlite:
        driver.turn = driver.queue.turn(20)  # type: ignore[attr-defined]
        driver.turn.__enter__()  # type: ignore[attr-defined]
        driver.connection.execute("BEGIN IMMEDIATE")


def _commit(driver: Driver) -> None:
    driver.connection.execute("COMMIT") if driver.sqlite else driver.connection.commit()
    if driver.sqlite:
        driver.turn.__exit__(None, None, None)  # type: ignore[attr-defined]


def _tokens(
    driver: Driver, instance: UUID, scope: UUID, definition: UUID, tokens: dict[str, UUID], now: datetime
) -> None:
    driver.insert(
        "token",
        [[id, instance, scope, definition, name, "started", now, {"flow": "f1"}] for name, id in tokens.items()],
    )


def _open(
    driver: Driver,
    instance: UUID,
    scope: UUID,
    definition: UUID,
    case_id: UUID,
    opening: dict[str, UUID],
    now: datetime,
    actor: Actor,
) -> None:
    _tokens(driver, instance, scope, definition, opening, now)
    rank = urgency.rank(now, None, ())
    driver.insert(
        "user_task",
        [
            [id, instance, case_id, "MX-TAP", None, "seis", definition, name, NAMES.get(name, name), "", None, actor.id
             if name == "a" else None, 50, now, None, now, None, "open", False, now, 0, 1, rank, 1]
            for name, id in opening.items()
        ],
    )  # fmt: skip
    driver.insert("user_task_candidate", [[id, "group", "agente", "MX-TAP"] for id in opening.values()])
