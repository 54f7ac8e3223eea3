"""What is urgent first: the number by which open tasks are put in order, stored with each of them.

Life at risk comes before everything else, then what is due first; children and high priority bring a due date forward,
so that they come before others of their day and no task waits for ever behind them. Priorities are the handbook's
(00, DMN-03), where P1 is a risk to life; a case about a child carries the compartment ``NNA`` (section 5).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from engine.store import Context
from engine.store.tables.casework import CaseFile
from engine.store.tables.runtime import LAST, UserTask

LIFE = 1_000_000_000_000  # farther than any two dates are apart
PINNED, PLACE = 0, 1  # on top of its holder's list, or in its place there
CHILD = 72 * 3_600
FORWARD = {"P1": LIFE, "P2": 24 * 3_600}


def forward(priority: str | None, compartments: Collection[str]) -> int:
    """By how many seconds the tasks of a case are brought forward."""
    return FORWARD.get(priority or "", 0) + (CHILD if "NNA" in compartments else 0)


def rank(due_at: datetime | None, priority: str | None, compartments: Collection[str]) -> int:
    """The place of an open task among all others: the lowest is done first. In seconds, without a unit to rely on."""
    due = int(due_at.timestamp()) if due_at is not None else LAST
    return due - forward(priority, compartments)


def refresh(context: Context, row: CaseFile) -> None:
    """Put the open tasks of a case in their new places, after its priority or its compartments changed."""
    session = context.session
    found = session.execute(
        select(UserTask.id, UserTask.due_at).where(
            UserTask.case_id == row.id, UserTask.state != "completed", UserTask.state != "cancelled"
        )
    ).all()
    places = [{"id": id, "rank": rank(due_at, row.priority, row.compartments)} for id, due_at in found]
    if places:
        session.execute(update(UserTask), places)


# Of tasks that go to somebody else: what the one before pinned or put aside was their own matter.
LET_GO = {"shelf": PLACE, "follow_up_at": None}
