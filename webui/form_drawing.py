"""What the templates of a form draw: a tree of plain parts, with every decision already taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine.casework.attachments import referred
from engine.errors import Text
from engine.forms import Component, Field, Form, Group, Option, Prose, Repeating, Rule
from engine.forms.conditions import Condition
from engine.forms.kinds import FILE_KINDS
from engine.forms.kinds.choices import options_of
from engine.forms.kinds.text import LINE_LIMIT, PARAGRAPHS_LIMIT
from engine.forms.situation import Situation
from engine.forms.standing import Standing, blanks, joined, over, rows_of, within
from webui.file_drawing import ACCEPT, PICTURES, Attached, FileItem, listed

FEW_OPTIONS = 5
GRID = 16
SCREEN_GRID = 12

# How each kind of answer is typed: the input's type and the keyboard that a telephone offers.
INPUTS: dict[str, tuple[str, str]] = {
    "line": ("text", "text"),
    "reference": ("text", "text"),
    "photo": ("text", "text"),
    "signature": ("text", "text"),
    "phone": ("tel", "tel"),
    "email": ("email", "email"),
    "dni": ("text", "numeric"),
    "folio": ("text", "text"),
    "coordinates": ("text", "text"),
    "number": ("text", "decimal"),
    "money": ("text", "decimal"),
    "date": ("date", ""),
    "time": ("time", ""),
    "datetime": ("datetime-local", ""),
}


REFERENCE = Text(
    "Escriba la referencia del archivo: número o lugar donde está.",
    "Write the reference of the file: its number or the place where it is.",
)


SEALED = Text("Reservado: ya está respondido.", "Restricted: it has been answered.")


@dataclass(slots=True)
class Part:
    """One drawn thing; ``template`` names the macro that draws it."""

    template: str
    id: str = ""
    name: str = ""
    label: str = ""
    hints: list[str] = field(default_factory=list)
    error: str = ""
    required: bool = False
    optional: bool = False
    reserved: bool = False
    show_if: str = ""
    depends: str = ""
    shown: bool = True
    only_if: str = ""
    column: int = SCREEN_GRID
    value: str = ""
    chosen: frozenset[str] = frozenset()
    options: list[tuple[str, list[Option]]] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    prefix: str = ""
    suffix: str = ""
    parts: list[Part] = field(default_factory=list)
    number: int = 0
    removable: bool = False
    addable: bool = False
    files: list[FileItem] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    address: str = ""

    @property
    def described_by(self) -> str:
        """The ids of what describes it."""
        ids = [f"{self.id}-hint"] if self.hints or self.only_if else []
        return " ".join([*ids, f"{self.id}-error"] if self.error else ids)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that one drawing of a form needs."""

    form: Form
    values: Mapping[str, Any]
    read: Mapping[str, Any]
    errors: Mapping[str, Text]
    situation: Situation
    standing: Standing
    language: str
    attached: Attached | None = None
    sealed: frozenset[str] = frozenset()

    def parts(self) -> list[Part]:
        """The whole form."""
        scope = {**self.situation.scope, **over(self.form.blank, self.read)}
        return self._parts(self.form.components, "", self.read, scope)

    def _parts(
        self, components: Sequence[Component], prefix: str, read: Mapping[str, Any], scope: Mapping[str, Any]
    ) -> list[Part]:
        drawn: list[Part] = []
        row = ""
        for component in components:
            part = self._part(component, prefix, read, scope)
            if part is None:
                continue
            here = getattr(component, "row", "")
            if here and here == row and drawn and drawn[-1].template == "row":
                drawn[-1].parts.append(part)
            elif here and part.column < SCREEN_GRID:
                drawn.append(Part("row", parts=[part]))
            else:
                drawn.append(part)
            row = here
        return drawn

    def _part(
        self, component: Component, prefix: str, read: Mapping[str, Any], scope: Mapping[str, Any]
    ) -> Part | None:
        hidden = component.hide is not None and component.hide.holds(scope, self.situation.now)
        if hidden and component.hide is not None and not self._depends(component.hide):
            # The page cannot change what decides here, so the field is none of its business.
            return None
        part = self._bare(component, prefix, read, scope)
        if part is not None and component.hide is not None:
            part.show_if, part.depends, part.shown = component.hide.source, self._depends(component.hide), not hidden
        return part

    def _bare(
        self, component: Component, prefix: str, read: Mapping[str, Any], scope: Mapping[str, Any]
    ) -> Part | None:
        if isinstance(component, Field):
            return self._field(component, prefix, scope)
        if isinstance(component, Group):
            inside = self._parts(
                component.components, joined(prefix, component.path), within(read, component.path), scope
            )
            return Part(
                "group",
                identity(f"{prefix}.{component.id}"),
                label=component.label,
                hints=_hints(component.description),
                only_if=component.only_if,
                column=_column(component.columns),
                parts=inside,
            )
        if isinstance(component, Repeating):
            return self._repeating(component, prefix, read, scope)
        if isinstance(component, Prose):
            text = component.text
            if component.text_from is not None:
                open_scope = {**scope, **dict.fromkeys(name.split(".")[0] for name in self.sealed)}
                text = said(component.text_from.value(open_scope, self.situation.now), self.situation)
            return Part("prose", value=text) if text else None
        return Part("rule") if isinstance(component, Rule) else Part("space", number=getattr(component, "height", 0))

    def _repeating(self, component: Repeating, prefix: str, read: Mapping[str, Any], scope: Mapping[str, Any]) -> Part:
        name = joined(prefix, component.path)
        if name in self.sealed:
            return self._sealed(component, name)
        rows = rows_of(read, component.path)
        least = max(component.initial_rows, component.min_rows)
        rows = [*rows, *({} for _ in range(least - len(rows)))]
        blank = blanks(component.components)
        drawn = []
        for number, row in enumerate(rows):
            here = over(blank, row)
            inner = {**scope, **here, "this": here, "parent": read, "i": number + 1}
            parts = self._parts(component.components, f"{name}.{number}", row, inner)
            drawn.append(Part("line", name=name, number=number, parts=parts, removable=len(rows) > component.min_rows))
        required = component.min_rows > 0 or name in self.standing.required
        return Part(
            "repeating", identity(name), name, component.label, _hints(component.description),
            error=self._error(name), required=required, optional=not required and component.required_if is None,
            only_if=component.only_if, parts=drawn, addable=len(rows) < component.max_rows,
        )  # fmt: skip

    def _field(self, component: Field, prefix: str, scope: Mapping[str, Any]) -> Part | None:
        name = joined(prefix, component.path)
        part = Part(
            "input", identity(name), name, component.label, _hints(component.description, component.help),
            error=self._error(name), required=name in self.standing.required, reserved=component.sensitivity == "N3",
            only_if=component.only_if, column=_column(component.columns), prefix=component.prefix,
            suffix=component.suffix,
        )  # fmt: skip
        part.required = part.required or component.checks.required
        part.optional = not part.required and component.required_if is None
        if name in self.sealed:
            return self._sealed(component, name)
        if component.locked:
            return self._locked(part, component)
        typed = self.values.get(name)
        if component.kind in ("choice", "choices"):
            return self._choice(part, component, typed, scope)
        if component.kind in FILE_KINDS and self.attached is not None:
            return self._files(part, component, typed, self.attached)
        part.value = typed if isinstance(typed, str) else ", ".join(listed(typed))
        if component.kind == "tick":
            part.template, part.chosen = "tick", frozenset({"true"} if part.value else ())
        elif component.kind == "paragraphs":
            part.template = "paragraphs"
            part.attributes = {"maxlength": str(component.checks.max_length or PARAGRAPHS_LIMIT)}
        else:
            part.attributes = _attributes(component)
        if component.kind in ("reference", "photo"):
            part.hints.append(REFERENCE.in_language(self.language))
        return part

    @staticmethod
    def _files(part: Part, component: Field, typed: Any, attached: Attached) -> Part:
        answers = listed(typed)
        part.template, part.address = "signature" if component.kind == "signature" else "files", attached.address
        part.files = attached.of(answers)
        part.written = [answer for answer in answers if referred(answer) is None]
        if not component.many and (part.files or part.written[1:]):
            part.written = part.written[:0] if part.files else part.written[:1]
        part.addable = component.many
        part.attributes = {"accept": ACCEPT if component.kind == "reference" else PICTURES}
        if component.kind == "photo":
            part.prefix = "camera"
        return part

    def _sealed(self, component: Field | Repeating, name: str) -> Part:
        """In the place of an answer that is not the reader's to see; it stays as it is when they send the rest."""
        text = SEALED.in_language(self.language)
        return Part("output", identity(name), name, component.label, value=text, column=_column(component.columns))

    def _locked(self, part: Part, component: Field) -> Part | None:
        value = self.standing.computed.get(part.name)
        if value is None and component.computed is None:
            # What the process already knows under this name.
            value = self.situation.scope.get(component.path[0]) if len(component.path) == 1 else None
        part.template, part.value = "output", said(value, self.situation)
        return part if part.value else None

    def _choice(self, part: Part, component: Field, typed: Any, scope: Mapping[str, Any]) -> Part:
        situation = Situation(self.situation.now, self.situation.zone, self.situation.region, scope)
        options = options_of(component, situation)
        given = typed if isinstance(typed, list) else [typed] if typed else []
        part.chosen = frozenset(str(item) for item in given)
        part.options = list(_grouped(options))
        if component.many:
            part.template = "checks"
        elif component.type == "radio" or len(options) <= FEW_OPTIONS:
            part.template = "radios"
        else:
            part.template = "select"
        return part

    def _error(self, name: str) -> str:
        text = self.errors.get(name)
        return text.in_language(self.language) if text is not None else ""

    def _depends(self, condition: Condition) -> str:
        own = {segment for name in self.form.index for segment in name.split(".") if segment != "*"}
        return " ".join(sorted((condition.variables & own) | (condition.variables & {"this", "parent"})))


def identity(name: str) -> str:
    """The id of an element for the field ``name``."""
    return "f-" + name.strip(".").replace(".", "-")


def said(value: Any, situation: Situation) -> str:
    """A value as words."""
    if isinstance(value, datetime):
        local = value.astimezone(situation.zone) if value.tzinfo else value
        return local.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(said(item, situation) for item in value)
    if isinstance(value, bool) or value is None or isinstance(value, Mapping):
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _hints(*texts: str) -> list[str]:
    return [text for text in texts if text]


def _column(columns: int | None) -> int:
    return SCREEN_GRID if columns is None else max(1, round(columns * SCREEN_GRID / GRID))


def _attributes(component: Field) -> dict[str, str]:
    kind, keyboard = INPUTS[component.kind]
    if component.kind == "date" and component.partial:
        kind, keyboard = "text", "text"
    attributes = {"type": kind}
    if keyboard and keyboard != kind:
        attributes["inputmode"] = "numeric" if component.kind == "number" and component.decimals == 0 else keyboard
    if component.kind in ("line", *FILE_KINDS):
        attributes["maxlength"] = str(min(component.checks.max_length or LINE_LIMIT, LINE_LIMIT))
    if component.kind == "coordinates":
        attributes["data-coordinates"] = ""
    return attributes


def _grouped(options: Sequence[Option]) -> Iterator[tuple[str, list[Option]]]:
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.group, []).append(option)
    yield from groups.items()
