"""Fills in any form plausibly: starts from what the form proposes and mends what it complains about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from engine.actions.phrases import phrase
from engine.errors import Invalid
from engine.forms import Form
from engine.forms.model import Field, Group, Repeating
from engine.store import Context

ATTEMPTS = 12
TURNS = range(5)


class Asking(Protocol):
    """What a form is filled from: the form, what it proposes, and what it may know."""

    @property
    def form(self) -> Form | None: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def situation(self) -> Mapping[str, Any]: ...


def answers(context: Context, view: Asking, random: Random, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that the form accepts; ``wanted`` are answers that the story asks for, where the form has them."""
    form = view.form
    if form is None:
        return {}
    fields = form.fields
    values: dict[str, Any] = {**view.values, **{key: value for key, value in wanted.items() if key in fields}}
    for key, field in fields.items():
        # Consent is offered as "nothing" for everybody; most people allow something.
        if {"nada", "completo"} <= {option.text for option in field.options}:
            values[key] = random.choice(("minimo", "completo"))
    for _ in range(ATTEMPTS):
        try:
            form.clean(values, view.situation, context.now)
        except Invalid as error:
            before = dict(values)
            for name in error.fields:
                _mend(context, form, name, values, view, random)
            if values == before:
                raise
        else:
            return values
    return values


def _mend(context: Context, form: Form, name: str, values: dict[str, Any], view: Asking, random: Random) -> None:
    rows = _repeating(form.components, name)
    if rows is not None:
        for row in range(max(rows.min_rows, 1)):
            for column in rows.components:
                if isinstance(column, Field):
                    values[f"{name}.{row}.{column.key}"] = _plausible(context, column, view, random)
        return
    field = _field(form, name)
    if field is None:
        values.pop(name, None)
        return
    values[name] = _plausible(context, field, view, random)


def _repeating(components: Sequence[Any], name: str) -> Repeating | None:
    """The repeating group with this name, at any depth."""
    for item in components:
        if isinstance(item, Repeating) and item.key == name:
            return item
        if isinstance(item, Group):
            found = _repeating(item.components, name)
            if found is not None:
                return found
    return None


def _field(form: Form, name: str) -> Field | None:
    """The field behind an input's name; row numbers are left out."""
    bare = ".".join(part for part in name.split(".") if not part.isdigit())
    for key, field in form.fields.items():
        if ".".join(part for part in key.split(".") if not part.isdigit()) == bare or field.key == bare:
            return field
    return form.fields.get(bare.rpartition(".")[2])


def _options(field: Field, view: Asking) -> list[str]:
    if field.options:
        return [option.text for option in field.options]
    for name in ("agentes", "oficinas"):
        if field.options_from is not None and name in str(field.options_from):
            return [item["value"] for item in view.situation.get(name, ())]
    return []


def _plausible(context: Context, field: Field, view: Asking, random: Random) -> Any:
    options = _options(field, view)
    if options:
        if options[:2] == ["true", "false"]:
            return "true"
        safe = [item for item in options if item not in ("otro", "no_consta")] or options
        chosen = random.choice(safe)
        return [chosen] if field.many else chosen
    local = context.now.astimezone(ZoneInfo(view.situation["office"]["timezone"]))
    kind = field.kind
    if "date" in kind or "time" in kind or field.type == "datetime":
        day = local + timedelta(days=7) if field.not_past else local - timedelta(days=1)
        if field.key.startswith("fecha_nac"):
            return f"{random.randint(1968, 2004)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
        if "datetime" in kind or kind == "instant":
            return day.strftime("%Y-%m-%dT%H:%M")
        return day.strftime("%H:%M") if kind == "time" else day.strftime("%Y-%m-%d")
    if kind in ("number", "money", "integer") or field.type == "number":
        low, high = field.checks.minimum, field.checks.maximum
        number = random.randint(1, 40)
        if low is not None and number < low:
            number = int(low) + 1
        return str(min(number, int(high)) if high is not None else number)
    if kind == "phone":
        return f"+5049{random.randint(7_000_000, 9_999_999)}"
    if kind == "email":
        return "familia@example.org"
    if kind == "dni":
        return f"0801{random.randint(1968, 2004)}{random.randint(0, 99999):05}"
    if kind in ("yes_no", "boolean", "checkbox"):
        return "true"
    if kind in ("person", "signature"):
        return (
            str(view.situation.get("nombres") or "María José") + " " + str(view.situation.get("apellido1") or "Mejía")
        )
    text = phrase(field.label, random.choice(TURNS))
    longest = field.checks.max_length
    return text[:longest] if longest else text
