"""Handlers that tell: notices to people, numbered documents, entries in the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.access.matrix import FIELD_LEVELS, Level
from engine.casework import documents, notifications, timeline
from engine.errors import Text
from engine.feel import to_json
from engine.handlers import wording
from engine.handlers.registry import as_id, case_of, handler, text
from engine.runtime.jobs import Job
from engine.store import Context
from engine.store.tables.casework import CaseFile


@handler("notificar")
def notify(context: Context, job: Job) -> Mapping[str, Any]:
    """Leave a notice to a person (``usuario_id``) or to a role (``rol``) at an office (default: the case's).

    ``oficinas`` names several offices instead; such a notice says nothing of the case but its subject.
    """
    case = context.session.get(CaseFile, job.case_id) if job.case_id is not None else None
    office = text(job, "oficina") or (case.office_code if case is not None else None)
    listed = job.variables.get("oficinas")
    offices = [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else None
    subject = text(job, "asunto", "Aviso")
    for code in dict.fromkeys([office] if offices is None else offices):
        notifications.notify(
            context,
            notifications.FROM_PROCESS,
            Text("{s}", "{s}", {"s": subject}),
            user_id=as_id(job.variables.get("usuario_id")) if job.variables.get("usuario_id") else None,
            role=text(job, "rol") or None,
            office_code=code,
            case_id=job.case_id if offices is None else None,
        )
    if job.case_id is not None:
        timeline.append(context, job.case_id, "notice.sent", Text("Aviso: {s}.", "Notice: {s}.", {"s": subject}))
    return {}


@handler("registrar-documento")
def register_document(context: Context, job: Job) -> Mapping[str, Any]:
    """Enter a document into the register, its data in words; gives ``documento`` with its id and number."""
    data = job.variables.get("datos")
    row = documents.register(
        context,
        case_of(job),
        code=text(job, "codigo", "D-00"),
        subject=text(job, "asunto"),
        addressee=text(job, "destinatario"),
        data=wording.in_words(context, job.inputs.get("datos", ""), to_json(data)) if isinstance(data, dict) else {},
    )
    return {"documento": {"id": str(row.id), "numero": row.number}}


@handler("registrar-evento")
def note_event(context: Context, job: Job) -> Mapping[str, Any]:
    """Write a line into the case's timeline, read by whoever sees its level (``nivel``, N0 to N3; else N1)."""
    level = text(job, "nivel", Level.N1)
    line = Text("{t}", "{t}", {"t": text(job, "texto")[:2000]})
    timeline.append(context, case_of(job), "process.event", line, level=level if level in FIELD_LEVELS else Level.N3)
    return {}
