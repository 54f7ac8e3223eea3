"""The pages of a case's contacts with institutions outside, and of the institutions that an office keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.actions import cases
from engine.actions import contacts as actions
from engine.casework.contacts import MOST
from engine.errors import Invalid
from webui.doing import do, do_once, look
from webui.errors import language

contacts = Blueprint("contacts", __name__)
TEXTS = tuple(item.name for item in fields(actions.Contact) if item.name != "shared")
FETCH = "traer"  # the button that fills the gaps from the office's directory


@contacts.get("/casos/<uuid:case_id>/contactos")
def listing(case_id: UUID) -> str:
    """All contacts of a case, and those that were put away."""
    case = look(lambda context: cases.read_head(context, case_id))
    rows, _ = look(lambda context: actions.listed(context, case_id, MOST))
    gone = look(lambda context: actions.removed(context, case_id))
    do(lambda context: cases.note_read(context, case_id))
    return render_template("contacts/list.html", case=case, rows=rows, gone=gone, contact_kinds=actions.KINDS)


@contacts.get("/casos/<uuid:case_id>/contactos/nuevo")
def new(case_id: UUID) -> str:
    """A contact to write down."""
    do(lambda context: cases.note_read(context, case_id))
    return _page(case_id, None, actions.Contact(), {})


def _page(case_id: UUID, contact_id: UUID | None, typed: actions.Contact, wrong: Mapping[str, str]) -> str:
    offered = look(lambda context: actions.directory(context, case_id))
    return render_template(
        "contacts/edit.html", case=look(lambda context: cases.read_head(context, case_id)), contact_id=contact_id,
        typed=typed, wrong=wrong, offered=offered, contact_kinds=actions.KINDS,
    )  # fmt: skip


def _typed() -> actions.Contact:
    typed = {name: request.form.get(name, "")[:3_000] for name in TEXTS}
    return actions.Contact(**{**typed, "level": typed["level"] or "N1"}, shared="shared" in request.form)


@contacts.post("/casos/<uuid:case_id>/contactos")
def add(case_id: UUID) -> BaseResponse:
    """Write down a contact of a case."""
    return _keep(case_id, None)


@contacts.get("/casos/<uuid:case_id>/contactos/<uuid:contact_id>")
def edit(case_id: UUID, contact_id: UUID) -> str:
    """A contact as it is."""
    typed = look(lambda context: actions.one(context, case_id, contact_id))
    do(lambda context: cases.note_read(context, case_id))
    return _page(case_id, contact_id, typed, {})


@contacts.post("/casos/<uuid:case_id>/contactos/<uuid:contact_id>")
def change(case_id: UUID, contact_id: UUID) -> BaseResponse:
    """Write down what is known of a contact now."""
    return _keep(case_id, contact_id)


def _keep(case_id: UUID, contact_id: UUID | None) -> BaseResponse:
    typed = _typed()
    if FETCH in request.form:
        typed = look(lambda context: actions.filled(context, typed))
        return Response(_page(case_id, contact_id, replace(typed, shared=False), {}))
    try:
        if contact_id is None:
            do(lambda context: actions.add(context, case_id, typed, request.form.get("key", "")[:100] or None))
        else:
            do_once(lambda context: actions.change(context, case_id, contact_id, typed))
    except Invalid as error:
        wrong = {name: text.in_language(language()) for name, text in error.fields.items()}
        return Response(_page(case_id, contact_id, typed, wrong), status=422)
    return redirect(url_for("officer.case", case_id=case_id, _anchor="contactos"))


@contacts.post("/casos/<uuid:case_id>/contactos/<uuid:contact_id>/<any(quitar, devolver):what>")
def put(case_id: UUID, contact_id: UUID, what: str) -> BaseResponse:
    """Take a contact off the case's list, or put it back."""
    do_once(lambda context: actions.put_away(context, case_id, contact_id, gone=what == "quitar"))
    return redirect(url_for("contacts.listing", case_id=case_id))


@contacts.get("/contactos")
def directory() -> str:
    """The institutions that the office keeps for all of its cases."""
    text = request.args.get("q", "")[:120]
    rows = look(lambda context: actions.institutions(context, text))
    return render_template(
        "contacts/directory.html", rows=rows, text=text, most=actions.FOUND, contact_kinds=actions.KINDS
    )


@contacts.post("/contactos/<uuid:institution_id>/quitar")
def unshare(institution_id: UUID) -> BaseResponse:
    """Take an institution out of the office's directory."""
    do_once(lambda context: actions.unshare(context, institution_id))
    return redirect(url_for("contacts.directory"))
