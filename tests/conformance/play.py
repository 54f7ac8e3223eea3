"""Runs a test diagram through the real runtime, loading everything from rows before each command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from engine.clock import MovableClock
from engine.runtime import awaiting, replay, state
from engine.runtime.sandbox import Run, Sandbox
from engine.store import Context, Store
from engine.store.tables.runtime import ProcessInstance
from tests.conformance.diagram import bpmn

Play = Callable[..., Run]


class Forgetful(Sandbox):
    """A sandbox of which every command begins as if in a new process."""

    def _do(self, work: Any) -> Any:
        state.forget_all()
        result = super()._do(work)
        assert self.store.read(_untold, self.actor) == []
        return result


def _untold(context: Context) -> list[str]:
    """Where the stored state of an instance is not the one that its history tells."""
    rows = context.session.scalars(select(ProcessInstance)).all()
    told = [difference for row in rows for difference in replay.differences(context, row.id)]
    running = [row for row in rows if row.state in ("active", "suspended")]
    return told + [difference for row in running for difference in awaiting.differences(context, row)]


def player(store: Store, clock: MovableClock) -> Play:
    """A function that plays a diagram: its text, the steps, and the variables at the start."""

    def play(
        text: str,
        *steps: Mapping[str, Any] | str,
        files: Mapping[str, bytes] | None = None,
        process: str | None = None,
        **variables: Any,
    ) -> Run:
        plan = [{"complete": step} if isinstance(step, str) else step for step in steps]
        return Forgetful(store, clock).run(
            {"model.bpmn": bpmn(text), **(files or {})}, variables=variables, steps=plan, process_id=process
        )

    return play


def done(element: str, **variables: Any) -> dict[str, Any]:
    """Step: complete the task or job at ``element``."""
    return {"complete": element, "vars": variables}


def fails(element: str, code: str, **variables: Any) -> dict[str, Any]:
    """Step: the job at ``element`` throws a BPMN error."""
    return {"error": element, "code": code, "vars": variables}


def message(name: str, key: Any = "k", **variables: Any) -> dict[str, Any]:
    """Step: publish a message."""
    return {"message": name, "key": key, "vars": variables}


def signal(name: str, **variables: Any) -> dict[str, Any]:
    """Step: broadcast a signal."""
    return {"signal": name, "vars": variables}


def after(duration: str) -> dict[str, Any]:
    """Step: let time pass."""
    return {"advance": duration}


def trace(run: Run) -> str:
    """What completed, and how it stands: ``s a e | completed``, or ``s | waiting a``."""
    ending = run.state
    if run.state == "waiting":
        ending = " ".join(["waiting", *(item["id"] for item in run.waiting)])
    elif run.state == "failed":
        ending = " ".join(["failed", *(item["code"] for item in run.incidents)])
    elif run.state == "refused":
        ending = " ".join(["refused", *(item.rule for item in run.findings if item.severity == "error")])
    return f"{' '.join(run.completed)} | {ending}"
