"""The worker: fires due timers, runs jobs and sweeps, each in a transaction of its own, until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any
from uuid import UUID

from engine.bpmn.incidents import LimitReached
from engine.errors import EngineError, Text, Unavailable
from engine.runtime import incidents, jobs, leasing, repairs, timers
from engine.runtime.jobs import Handler
from engine.store import Context, Store
from engine.store.tables.runtime import ProcessInstance, SubscriptionRow

log = logging.getLogger("siproc.worker")
BATCH = 50
TIMERS = 20  # fired in one transaction
Sweep = Callable[[Context], int]
Errand = Callable[[], int]


@dataclass(frozen=True, slots=True)
class WorkerActor:
    """Who acts when the engine acts by itself."""

    id: UUID | None = None
    name: str = "SIPROC"
    kind: str = "system"


class Worker:
    """Does what is due. ``sweeps`` are looked at each round: reminders, expiry; they return how much they did.

    ``errands`` go out of the house, as mail does, and so run outside of any transaction; they return the same.
    """

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        sweeps: Sequence[Sweep] = (),
        actor: Any = None,
        errands: Sequence[Errand] = (),
    ) -> None:
        self.store = store
        self.handlers = handlers
        self.sweeps = sweeps
        self.actor = actor or WorkerActor()
        self.errands = errands

    def run_due(self, limit: int = 10_000) -> int:
        """Do everything that is due now, up to ``limit`` things; returns how many."""
        done = 0
        while done < limit:
            count = self.fire_timers() + self.run_jobs() + self.sweep() + sum(errand() for errand in self.errands)
            if count == 0:
                break
            done += count
        return done

    def run_forever(self, stop: Event, poll: float = 1.0) -> None:
        """Work until ``stop`` is set, looking every ``poll`` seconds when there is nothing to do."""
        while not stop.is_set():
            try:
                busy = self.run_due(BATCH * 10)
            except Unavailable:
                log.warning("database unavailable")
                busy = 0
            except Exception:
                log.exception("round failed")
                busy = 0
            if not busy:
                stop.wait(poll)

    def fire_timers(self) -> int:
        """Fire a batch of due timers, the earliest first; one by one where one of them spoils the batch."""
        try:
            return self.store.transact(lambda context: timers.fire_due(context, TIMERS), self.actor)
        except Unavailable:
            raise
        except Exception:
            waiting = self.store.read(lambda context: timers.due(context, TIMERS), self.actor)
            return sum(self._fire(timer_id) for timer_id, _ in waiting)

    def _fire(self, timer_id: UUID) -> int:
        try:
            return int(self.store.transact(lambda context: timers.fire(context, timer_id), self.actor))
        except LimitReached as error:
            text = error.text
            self.store.transact(lambda context: _broken_timer(context, timer_id, text), self.actor)
            return 1
        except Unavailable:
            raise
        except EngineError:
            return 0

    def run_jobs(self) -> int:
        """Run a batch of due jobs."""
        leased = self.store.transact(lambda context: leasing.lease(context, BATCH), self.actor)
        for item in leased:
            if item.spent:
                self._failed(item.job_id, item.lease, jobs.LOST)
            else:
                self._perform(item.job_id, item.lease)
        return len(leased)

    def _perform(self, job_id: UUID, lease: UUID) -> None:
        try:
            self.store.transact(lambda context: jobs.perform(context, job_id, lease, self.handlers), self.actor)
        except Unavailable:
            raise
        except Exception as error:
            if not isinstance(error, EngineError):
                log.exception("handler failed", extra={"job": str(job_id)})
            told = f"{type(error).__name__}: {error}"
            self._failed(
                job_id, lease, error.text if isinstance(error, EngineError) else Text("{t}", "{t}", {"t": told})
            )

    def _failed(self, job_id: UUID, lease: UUID, why: Text) -> None:
        self.store.transact(lambda context: jobs.failed(context, job_id, lease, why), self.actor)

    def sweep(self) -> int:
        """Look at everything that is not a job: reminders, what has expired."""
        return sum(self.store.transact(sweep, self.actor) for sweep in self.sweeps)


def _broken_timer(context: Context, timer_id: UUID, text: Text) -> None:
    """A timer whose step cannot be done is put aside, as an incident, so that it does not come up for ever."""
    waiting = context.session.get(SubscriptionRow, timer_id)
    if waiting is None:
        return
    row = context.session.get(ProcessInstance, waiting.instance_id)
    incidents.note(
        context,
        row,
        waiting.element_id,
        "limit_reached",
        text.in_language("es"),
        text.in_language("en"),
    )
    if row is not None and row.state == "active":
        repairs.suspend(context, row.id)
