"""Forgets the values and files of what ended long ago, by a term for each domain; figures stay.

What is kept: which elements were done, when, and by whom. What goes: variables, what the steps changed, and the
contents and names of files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, select, update

from engine.bpmn.timers import Duration, TimerError, as_duration
from engine.casework import attachments
from engine.store import Context
from engine.store.tables.casework import CaseFile
from engine.store.tables.files import Attachment
from engine.store.tables.runtime import ProcessInstance, ScopeRow, StepHistory

EVERY = "*"  # the term of domains that have none of their own, and of cases without a domain
OVER = ("completed", "cancelled")
BATCH = 500


def read_terms(text: str) -> dict[str, Duration]:
    """Terms such as ``PEN=P10Y,*=P5Y`` by domain. Raises ``ValueError`` with what cannot be read."""
    terms = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        domain, _, term = item.partition("=")
        try:
            terms[domain.strip()] = as_duration(term.strip())
        except TimerError as error:
            raise ValueError(item) from error
        if not terms[domain.strip()].positive:
            raise ValueError(item)
    return terms


@dataclass(slots=True)
class Forgotten:
    """The instances whose values go, how many of each domain, and the cases whose files go."""

    by_domain: Counter[str] = field(default_factory=Counter)
    ids: list[UUID] = field(default_factory=list)
    case_ids: list[UUID] = field(default_factory=list)


def due(context: Context, terms: Mapping[str, Duration], limit: int | None = None) -> Forgotten:
    """Ended instances of closed cases that ended longer ago than the term of their domain; up to ``limit`` of each."""
    found = Forgotten()
    own = [domain for domain in terms if domain != EVERY]
    for domain, term in terms.items():
        before = Duration(-term.months, -term.span).after(context.now)
        which: ColumnElement[bool] = CaseFile.domain == domain
        if domain == EVERY:
            which = CaseFile.domain.is_(None) | CaseFile.domain.not_in(own)
        ids = context.session.scalars(_ended(which, before).limit(limit) if limit else _ended(which, before)).all()
        found.by_domain[domain] += len(ids)
        found.ids += ids
        found.case_ids += context.session.scalars(_with_files(which, before).limit(limit)).all()
    return found


def _ended(which: ColumnElement[bool], before: datetime) -> Select[UUID]:
    values = select(ScopeRow.id).where(ScopeRow.instance_id == ProcessInstance.id).exists()
    return (
        select(ProcessInstance.id)
        .join(CaseFile, CaseFile.id == ProcessInstance.case_id)
        .where(which, CaseFile.closed_at < before, ProcessInstance.ended_at < before, values)
        .where(ProcessInstance.state.in_(OVER))
        .order_by(ProcessInstance.id)
    )


def _with_files(which: ColumnElement[bool], before: datetime) -> Select[UUID]:
    """Cases that still have files, and in which nothing runs any more."""
    file, instance = Attachment, ProcessInstance
    has = select(file.id).where(file.case_id == CaseFile.id, file.content_id.is_not(None)).exists()
    runs = select(instance.id).where(instance.case_id == CaseFile.id, instance.state.not_in(OVER)).exists()
    return select(CaseFile.id).where(which, CaseFile.closed_at < before, has, ~runs).order_by(CaseFile.id)


def forget(context: Context, terms: Mapping[str, Duration], limit: int = BATCH) -> Forgotten:
    """Forget up to ``limit`` instances, and the files of as many cases, of each domain; to be called until there are none."""
    found = due(context, terms, limit)
    if found.ids:
        context.session.execute(
            delete(ScopeRow).where(ScopeRow.instance_id.in_(found.ids)).execution_options(synchronize_session=False)
        )
        context.session.execute(
            update(StepHistory)
            .where(StepHistory.instance_id.in_(found.ids))
            .values(changes={})
            .execution_options(synchronize_session=False)
        )
    for case_id in found.case_ids:
        attachments.erase(context, case_id)
    return found
