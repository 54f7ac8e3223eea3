"""The page of the case files that belong to one: what is related by hand, and the same person's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import cases
from engine.actions import related as actions
from engine.casework.kinship import KINSHIPS
from engine.errors import Invalid
from webui.doing import do, do_once, look
from webui.errors import language

related = Blueprint("related", __name__)


@related.get("/casos/<uuid:case_id>/relacionados")
def listing(case_id: UUID) -> str:
    """The cases that belong to a case, and a form to relate another one."""
    do(lambda context: cases.note_read(context, case_id))
    return _page(case_id, actions.Relation(), {})


def _page(case_id: UUID, typed: actions.Relation, wrong: Mapping[str, str]) -> str:
    view = look(lambda context: cases.read_case(context, case_id))
    near, more = look(lambda context: actions.listed(context, case_id, actions.MOST))
    return render_template(
        "cases/related.html", view=view, near=near, more=more, typed=typed, wrong=wrong, kinds=actions.KINDS,
        same_person=look(lambda context: actions.of_same_person(context, case_id)),
        kinships=KINSHIPS, longest=actions.LONGEST_REASON,
    )  # fmt: skip


@related.post("/casos/<uuid:case_id>/relacionados")
def add(case_id: UUID) -> BaseResponse:
    """Relate a case to another one."""
    typed = actions.Relation(
        **{item.name: request.form.get(item.name, "")[:3_000] for item in fields(actions.Relation)}
    )
    try:
        do(lambda context: actions.relate(context, case_id, typed, request.form.get("key", "")[:100] or None))
    except Invalid as error:
        wrong = {name: text.in_language(language()) for name, text in error.fields.items()}
        return Response(_page(case_id, typed, wrong), status=422)
    return redirect(url_for("related.listing", case_id=case_id))


@related.post("/casos/<uuid:case_id>/relacionados/<uuid:relation_id>/quitar")
def remove(case_id: UUID, relation_id: UUID) -> BaseResponse:
    """Take away a relation."""
    do_once(lambda context: actions.remove(context, case_id, relation_id))
    return redirect(url_for("related.listing", case_id=case_id))
