"""The auditors' room: who did and saw what."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request

from engine.actions import auditing
from webui.doing import do, look

auditor = Blueprint("auditor", __name__, url_prefix="/auditoria")


@auditor.get("")
def listing() -> str:
    """Rows of the audit, the newest first."""
    args = request.args
    filters = auditing.Filters(
        who=args.get("quien", "")[: auditing.LONGEST],
        folio=args.get("folio", "")[: auditing.LONGEST],
        person=_id(args.get("persona", "")),
        action=args.get("accion", "")[: auditing.LONGEST],
        refused=args.get("rechazado") == "1",
        after=args.get("after", "")[: auditing.LONGEST],
    )
    room = look(lambda context: auditing.look(context, filters))
    do(lambda context: auditing.note_look(context, filters))
    return render_template("auditor/list.html", room=room, filters=filters, name_of=auditing.name_of)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
