"""A task's form as data: its questions, their options at this moment, and which of them count."""

from __future__ import annotations

from engine.actions.tasks import TaskView
from engine.forms.kinds.choices import options_of
from engine.forms.model import Field
from engine.forms.situation import Situation
from webui.api.shapes import Choice, FormShape, Question
from webui.showing import now


def form_shape(view: TaskView) -> FormShape:
    """The questions of a task's form, with what has been answered so far."""
    form = view.form
    assert form is not None
    read = form.read_anyway(view.values, view.situation, now())
    standing = form.standing(read, view.situation, now())
    situation = Situation.of(view.situation, now())
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
