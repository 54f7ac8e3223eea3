"""A form on a page: drawn on the server, whole without a script, what was typed kept, errors at their fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import render_template
from markupsafe import Markup

from engine.errors import Text
from engine.forms import Form, Repeating
from engine.forms.kinds.base import Input
from engine.forms.sealing import merged, without
from engine.forms.sending import OWN_NAMES, OWN_PREFIX
from engine.forms.situation import Situation
from engine.forms.standing import settle
from webui.file_drawing import Attached
from webui.form_drawing import Page, identity

ADD = "_agregar:"
REMOVE = "_quitar:"

WORDS = {
    "optional": Text("opcional", "optional"),
    "only_if": Text("Solo si", "Only if"),
    "choose": Text("Elija…", "Choose…"),
    "no_answer": Text("Sin respuesta", "No answer"),
    "row": Text("Fila", "Row"),
    "add": Text("Agregar fila", "Add a row"),
    "remove": Text("Quitar fila", "Remove row"),
    "reserved": Text("Reservado", "Restricted"),
    "wrong": Text("Hay datos que corregir", "Some answers need correcting"),
    "attach": Text("Adjuntar ahora", "Attach now"),
    "take_photo": Text("Tomar una foto", "Take a photo"),
    "choose_file": Text("Elegir un archivo", "Choose a file"),
    "choose_another": Text("Cambiar por otro archivo", "Replace it with another file"),
    "choose_more": Text("Agregar más archivos", "Add more files"),
    "keep_data": Text(
        "Conservar los datos de la foto (lugar, hora y aparato)", "Keep the photo's data (place, time and device)"
    ),
    "elsewhere": Text("No está en un archivo", "It is not in a file"),
    "where": Text("Dónde está: número o lugar", "Where it is: its number or place"),
    "take_out": Text("Quitar", "Remove"),
    "unscanned": Text("Sin revisión antivirus", "Not scanned for malware"),
    "pending": Text("En revisión antivirus", "Being scanned for malware"),
    "sending": Text("Enviando…", "Sending…"),
    "not_sent": Text(
        "No se pudo enviar. Se enviará con el formulario.", "It could not be sent. It will be sent with the form."
    ),
    "sign": Text("Firmar aquí con el dedo", "Sign here with a finger"),
    "wipe": Text("Borrar la firma", "Clear the signature"),
    "use_signature": Text("Usar esta firma", "Use this signature"),
    "photo_of_signature": Text("O una foto de la firma", "Or a photo of the signature"),
    "signer": Text("Nombre de quien firma", "Name of who signs"),
    "no_options": Text("No hay opciones en este momento.", "There are no options at this moment."),
}  # fmt: skip


def render_form(
    form: Form,
    values: Mapping[str, Any],
    errors: Mapping[str, Text],
    context: Mapping[str, Any],
    *,
    now: datetime,
    language: str = "es",
    attached: Attached | None = None,
    sealed: frozenset[str] = frozenset(),
    kept: Mapping[str, Any] | None = None,
) -> Markup:
    """The fields of ``form`` as HTML, to stand inside a ``<form method="post" enctype="multipart/form-data" novalidate>``.

    ``values`` are inputs under dotted names: what was sent, or ``Form.initial`` or ``Form.to_input``. Without ``attached``
    the page takes no files, and their fields a written reference.

    Nothing of what is ``kept`` under ``sealed`` names goes out; it only decides which questions count.
    """
    typed = typed_values(without(typed_values(values), sealed))
    read = form.read_anyway(merged(typed, kept or {}, sealed), context, now)
    situation = Situation.of(context, now)
    standing = settle(form.components, form.blank, read, situation)
    page = Page(form, typed, read, errors, situation, standing, language, attached, sealed)
    words = {key: text.in_language(language) for key, text in WORDS.items()}
    summary = [(_anchor(form, name), _label(form, name), text.in_language(language)) for name, text in errors.items()]
    drawn = render_template("forms/form.html", parts=page.parts(), words=words, summary=summary, form=form)
    return Markup(drawn)  # noqa: S704 # nosec B704 - rendered by an escaping template


def typed_values(submitted: Mapping[str, Any]) -> dict[str, Input]:
    """What a page sent, without the page's own names: one text a name, or several as a list."""
    lists = getattr(submitted, "lists", None)
    pairs = lists() if callable(lists) else submitted.items()
    typed: dict[str, Input] = {}
    for name, value in pairs:
        if name in OWN_NAMES or name.startswith(OWN_PREFIX):
            continue
        if isinstance(value, list):
            typed[name] = value[0] if len(value) == 1 else [str(item) for item in value]
        elif isinstance(value, str):
            typed[name] = value
    return typed


def edit_rows(form: Form, submitted: Mapping[str, Any]) -> dict[str, Input] | None:
    """What was typed with a row more or less, if a row button was pressed; ``None`` if the form was sent to be kept."""
    pressed = next((name for name in submitted if name.startswith((ADD, REMOVE))), None)
    if pressed is None:
        return None
    typed = typed_values(submitted)
    listed, _, number = pressed.partition(":")[2].partition("#")
    place = form.index.get(listed)
    if place is None or not isinstance(place.component, Repeating):
        return typed
    if pressed.startswith(ADD):
        return _with_row(form, listed, typed)
    return _without_row(listed, int(number), typed) if number.isascii() and number.isdigit() else typed


def shown_now(form: Form, submitted: Mapping[str, Any], context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Which fields count and which are required with what has been typed so far, for a page that asks."""
    read = form.read_anyway(typed_values(submitted), context, now)
    standing = form.standing(read, context, now)
    return {"shown": sorted(standing.shown), "required": sorted(standing.required)}


def _with_row(form: Form, listed: str, typed: dict[str, Input]) -> dict[str, Input]:
    place = form.index[listed].component
    assert isinstance(place, Repeating)
    rows = max(_row_count(listed, typed), place.initial_rows, place.min_rows)
    first = next(name for name in form.fields if name.startswith(f"{listed}.*."))
    return typed if rows >= place.max_rows else {**typed, first.replace("*", str(rows), 1): ""}


def _without_row(listed: str, number: int, typed: dict[str, Input]) -> dict[str, Input]:
    kept: dict[str, Input] = {}
    for name, value in typed.items():
        found = re.fullmatch(re.escape(listed) + r"\.(\d{1,3})\.(.+)", name)
        if found is None:
            kept[name] = value
        elif int(found[1]) != number:
            at = int(found[1]) - (int(found[1]) > number)
            kept[f"{listed}.{at}.{found[2]}"] = value
    return kept


def _row_count(listed: str, typed: Mapping[str, Input]) -> int:
    pattern = re.compile(re.escape(listed) + r"\.(\d{1,3})\.")
    return max((int(found[1]) + 1 for name in typed if (found := pattern.match(name))), default=0)


def _label(form: Form, name: str) -> str:
    place = form.index.get(re.sub(r"\.\d+(?=\.|$)", ".*", name))
    return place.component.label if place is not None else name


def _anchor(form: Form, name: str) -> str:
    known = re.sub(r"\.\d+(?=\.|$)", ".*", name) in form.index
    return identity(name) if known else ""
