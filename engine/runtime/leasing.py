"""Leases due jobs to a worker: every type its share, the most urgent first, each job to one worker at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from engine.store import Context
from engine.store.tables.base import new_id
from engine.store.tables.runtime import Job as JobRow
from engine.store.tables.runtime import ProcessInstance

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Leased:
    """A job that is ours until its lease is over. ``spent``: its last attempt ended its worker, so it must not run again."""

    job_id: UUID
    lease: UUID
    spent: bool


def lease(context: Context, limit: int) -> list[Leased]:
    """Lease due jobs. The attempt counts before it runs, so that one that kills its worker counts.

    The types of jobs take turns, and within a type the most urgent come first: a flood of one
    kind does not hold up the others. Jobs of suspended instances wait.
    """
    chosen = _choose(context, limit)
    if not chosen:
        return []
    rows = context.session.scalars(
        select(JobRow).where(JobRow.id.in_(chosen), *_due(context)).with_for_update(skip_locked=True)
    ).all()
    order = {id: place for place, id in enumerate(chosen)}
    leased = []
    for row in sorted(rows, key=lambda row: order[row.id]):
        spent = row.leased_until is not None and row.attempts >= row.retries
        row.lease, row.leased_until = new_id(), context.now + LEASE
        if not spent:
            row.attempts += 1
        leased.append(Leased(row.id, row.lease, spent))
    context.session.flush()
    return leased


def _due(context: Context) -> list[ColumnElement[bool]]:
    held = exists().where(ProcessInstance.id == JobRow.instance_id, ProcessInstance.state != "active")
    return [
        JobRow.state == "due",
        JobRow.due_at <= context.now,
        or_(JobRow.leased_until.is_(None), JobRow.leased_until < context.now),
        ~held,
    ]


def _choose(context: Context, limit: int) -> list[UUID]:
    """Ids of due jobs, the types in turn."""
    queues = [
        context.session.scalars(
            select(JobRow.id)
            .where(JobRow.type == type, *_due(context))
            .order_by(JobRow.rank, JobRow.due_at, JobRow.id)
            .limit(limit)
        ).all()
        for type in _types(context)
    ]
    return [id for turn in zip_longest(*queues) for id in turn if id is not None][:limit]


def _types(context: Context) -> list[str]:
    """The types of which jobs wait: one look into the index for each, however many jobs there are."""
    first = select(func.min(JobRow.type).label("type")).where(JobRow.state == "due").cte("waiting", recursive=True)
    following = (
        select(func.min(JobRow.type))
        .where(JobRow.state == "due", JobRow.type > first.c.type)
        .correlate(first)
        .scalar_subquery()
    )
    types = first.union_all(select(following).where(first.c.type.is_not(None)))
    return [type for type in context.session.scalars(select(types.c.type)) if type is not None]
