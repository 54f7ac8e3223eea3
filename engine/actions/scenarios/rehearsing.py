"""Carries rehearsals out: another process of ours plays the scenarios on a throw-away database, within time and memory.

What designers wrote is anybody's text. It is played apart from the server, so that the worst it can do is to use up its
own share: the process bounds itself (``siproc scenario --bounded``) and is ended when its time is over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine.access.actors import SYSTEM, Actor
from engine.access.matrix import HEADQUARTERS
from engine.actions.scenarios import library, rehearsals
from engine.settings import ROOT, Settings
from engine.store import Context, Store
from engine.store.tables.definitions import DecisionDefinition, Draft, FormDefinition, ProcessDefinition, Resource
from engine.store.tables.scenarios import Rehearsal

LARGEST = 4 * 1024 * 1024  # of what the process says
READER = Actor(SYSTEM.id, SYSTEM.name, HEADQUARTERS, frozenset({"disenador"}))


@dataclass(slots=True)
class _Running:
    """A rehearsal under way: its process, its folder, and when it is over at the latest."""

    id: UUID
    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]
    until: Any

    @property
    def said(self) -> Path:
        """Where its process writes what came out."""
        return Path(self.folder.name) / "result.json"


class Rehearser:
    """An errand of the worker: starts what waits, one at a time, and takes in what is done. Never waits for it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._running: _Running | None = None

    def attend(self) -> int:
        """Look after the rehearsal under way, or begin the next; returns how much was done."""
        if self._running is not None:
            return self._look_after(self._running)
        row = self.store.read(_next, SYSTEM)
        if row is None or not self.store.transact(lambda context: _take(context, row), SYSTEM):
            return 0
        self._running = self._begin(row)
        return 1

    def stop(self) -> None:
        """End what is under way, as the worker ends."""
        if self._running is not None:
            self._end(self._running, {"refusal": ""}, rehearsals.STOPPED)

    def _begin(self, row: UUID) -> _Running:
        folder = tempfile.TemporaryDirectory(prefix="siproc-rehearsal-")
        root = Path(folder.name)
        process_id, _ = self.store.read(lambda context: _lay_out(context, self.settings, row, root), READER)
        seconds = int(rehearsals.limit(process_id).total_seconds())
        chosen = ["--process", process_id] if process_id is not None else []
        with (root / "result.json").open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - our own program; designers' text is in files
                [sys.executable, "-m", "engine.cli", "scenario", "--json", f"--bounded={seconds}", *chosen],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=_environment(root),
            )  # fmt: skip
        now = self.store.clock.now()
        return _Running(row, process, folder, now + rehearsals.limit(process_id))

    def _look_after(self, running: _Running) -> int:
        if running.process.poll() is None:
            if self.store.clock.now() <= running.until:
                return 0
            self._end(running, {"refusal": "—"}, rehearsals.STOPPED)
            return 1
        told = _told(running.said)
        if told is None:
            text = running.said.read_bytes()[:2_000].decode("utf-8", "replace")
            self._end(
                running, {"refusal": text}, rehearsals.FAILED if running.process.returncode == 1 else rehearsals.STOPPED
            )
        else:
            failed = any(not item["passed"] for item in told["scenarios"])
            self._end(running, told, rehearsals.FAILED if failed else rehearsals.PASSED)
        return 1

    def _end(self, running: _Running, result: dict[str, Any], state: str) -> None:
        running.process.kill()
        running.process.wait()
        running.folder.cleanup()
        self._running = None
        self.store.transact(lambda context: _note(context, running.id, result, state), SYSTEM)


def _next(context: Context) -> UUID | None:
    query = select(Rehearsal.id).where(Rehearsal.state == rehearsals.WAITING).order_by(Rehearsal.started_at).limit(1)
    return context.session.scalar(query)


def _take(context: Context, id: UUID) -> bool:
    """Whether it is ours: two workers may look at the same time."""
    taken = context.session.execute(
        update(Rehearsal)
        .where(Rehearsal.id == id, Rehearsal.state == rehearsals.WAITING)
        .values(state=rehearsals.RUNNING, started_at=context.now)
        .returning(Rehearsal.id)
    )
    return taken.first() is not None


def _note(context: Context, id: UUID, result: dict[str, Any], state: str) -> None:
    row = context.session.get(Rehearsal, id)
    if row is not None:
        row.state, row.result, row.finished_at = state, result, context.now


def _lay_out(context: Context, settings: Settings, id: UUID, root: Path) -> tuple[str | None, bool]:
    """Write what is to be played into a folder, as the folders of an installation are."""
    row = context.session.get_one(Rehearsal, id)
    processes, forms = root / "processes", root / "forms"
    forms.mkdir()
    diagrams = context.session.execute(
        select(ProcessDefinition.process_id, ProcessDefinition.domain, Resource.content, Resource.id)
        .join(Resource, Resource.id == ProcessDefinition.resource_id)
        .where(ProcessDefinition.latest)
        .order_by(ProcessDefinition.process_id)
    ).all()
    drafts = {}
    if row.draft:
        wanted = select(Draft.key, Draft.content)
        if row.process_id is not None:
            wanted = wanted.where(Draft.key == row.process_id)
        drafts = {key: content for key, content in context.session.execute(wanted)}  # noqa: C416
    seen: set[UUID] = set()
    for process_id, domain, content, resource_id in diagrams:
        if resource_id not in seen:
            seen.add(resource_id)
            _write(processes / (domain or "general") / f"{len(seen)}.bpmn", drafts.get(process_id, content))
    for table, folder, ending in (
        (DecisionDefinition, processes / "decisions", "dmn"),
        (FormDefinition, forms, "form"),
    ):
        query = select(Resource.content).where(Resource.id.in_(select(table.resource_id).where(table.latest)))
        for number, content in enumerate(context.session.scalars(query.order_by(Resource.id)), 1):
            _write(folder / f"{number}.{ending}", content)
    for text in library.written(context, settings.processes_dir, drafts=row.draft).values():
        _write(processes / text.path, text.content)
    return row.process_id, row.draft


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _environment(root: Path) -> dict[str, str]:
    """None of the server's settings or keys."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "TMPDIR") if name in os.environ}
    return kept | {
        "SIPROC_DATA_DIR": str(root / "data"),
        "SIPROC_PROCESSES_DIR": str(root / "processes"),
        "SIPROC_FORMS_DIR": str(root / "forms"),
    }


def _told(file: Path) -> dict[str, Any] | None:
    if file.stat().st_size > LARGEST:
        return None
    try:
        told = json.loads(file.read_bytes())
    except ValueError:
        return None
    return told if isinstance(told, dict) and "scenarios" in told else None
