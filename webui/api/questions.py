"""A form as data: its questions, their options at this moment, and which of them count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.forms import Form
from engine.forms.kinds.choices import options_of
from engine.forms.model import Field
from engine.forms.situation import Situation
from webui.api.shapes import Choice, FormShape, Question
from webui.showing import now


def form_shape(form: Form, values: Mapping[str, Any], known: Mapping[str, Any]) -> FormShape:
    """The questions of a form, with what has been answered so far and what it may know."""
    read = form.read_anyway(values, known, now())
    standing = form.standing(read, known, now())
    situation = Situation.of(known, now())
    seeing = situation.seeing(read)
    questions = [
        _question(name, field, seeing, standing.shown, standing.required) for name, field in form.fields.items()
    ]
    return FormShape(id=form.id, title=form.title, fields=questions)


def _question(name: str, field: Field, situation: Situation, shown: set[str], required: set[str]) -> Question:
    return Question(
        name=name,
        label=field.label,
        kind=field.kind,
        description=field.description,
        sensitivity=field.sensitivity,
        shown=_among(name, shown),
        required=_among(name, required),
        options=[Choice(value=option.text, label=option.label) for option in options_of(field, situation)],
    )


def _among(name: str, names: set[str]) -> bool:
    """Whether the field is one of these; one of a repeating group, in any of its rows."""
    if "*" not in name:
        return name in names
    before, _, behind = name.partition("*")
    return any(other.startswith(before) and other.endswith(behind) for other in names)
