"""Read a form-js schema into a form; whatever is not understood is refused with its place and reason."""

from __future__ import annotations

from typing import Any

import re2

from engine.errors import DefinitionError
from engine.forms import schema
from engine.forms.attributes import Attributes, Properties, Raw
from engine.forms.conditions import Condition
from engine.forms.form import Form
from engine.forms.model import Component, Field, Group, Prose, Repeating, Rule, Space, places
from engine.forms.remarks import Remarks
from engine.forms.situation import LISTS
from engine.forms.source import load

OLDEST_SCHEMA = 16
MOST_COMPONENTS = 600

_id = re2.compile(r"^[A-Za-z_][\w.-]{0,119}$")


def parse_form(data: bytes, filename: str) -> Form:
    """Read one form file; ``DefinitionError`` with every finding where it cannot be accepted."""
    raw, text = load(data, filename)
    remarks = Remarks(text, filename)
    form = _Parser(remarks).form(raw)
    if form is None:
        raise DefinitionError(remarks.findings)
    return form


class _Parser:
    """One reading of one file; it collects findings instead of stopping at the first."""

    def __init__(self, remarks: Remarks) -> None:
        self.remarks = remarks
        self.read = Attributes(remarks)
        self.ids: set[str] = set()

    def form(self, raw: Raw) -> Form | None:
        """The form, or ``None`` after an error that leaves nothing to read."""
        if raw.get("type") != "default":
            self.remarks.note("type")
        for name in sorted(set(raw) - schema.TOP):
            self.remarks.note("attribute-unknown", raw, name=name)
        form_id = raw.get("id")
        if not isinstance(form_id, str) or _id.search(form_id) is None:
            self.remarks.note("id-form")
            return None
        version = self._version(raw)
        components = self._components(raw.get("components"), raw, in_rows=False)
        self._keys(components)
        if len(self.ids) > MOST_COMPONENTS:
            self.remarks.note("too-many", most=MOST_COMPONENTS)
        carries_over = self._carries_over(raw)
        if self.remarks.refused:
            return None
        title = raw.get("title")
        warnings = tuple(finding for finding in self.remarks.findings if finding.severity == "warning")
        lists = frozenset(name for name in LISTS if name in self.remarks.text)
        title = title if isinstance(title, str) else form_id
        return Form(form_id, title, components, version, carries_over, warnings, lists)

    def _version(self, raw: Raw) -> int:
        version = raw.get("schemaVersion")
        if isinstance(version, bool) or not isinstance(version, int):
            self.remarks.note("version-missing")
            return 0
        if version < OLDEST_SCHEMA:
            self.remarks.note("version-old", version=version, oldest=OLDEST_SCHEMA)
        return version

    def _carries_over(self, raw: Raw) -> bool:
        properties = raw.get("properties", {})
        if not isinstance(properties, dict):
            self.remarks.note("object", raw, name="properties")
            return False
        for name in sorted(set(properties) - {"inicio"}):
            self.remarks.note("property-unknown", raw, name=name)
        start = properties.get("inicio", "en_blanco")
        if start not in ("en_blanco", "con_lo_sabido"):
            self.remarks.note("one-of", raw, name="inicio", value=start)
        return bool(start == "con_lo_sabido")

    def _keys(self, components: tuple[Component, ...]) -> None:
        taken: set[str] = set()
        for place in places(components):
            name = place.name
            clash = next((other for other in taken if _clash(name, other)), None)
            if clash is not None:
                self.remarks.note("key-taken", {"id": place.component.id}, key=name, other=clash)
            taken.add(name)

    def _components(self, raw: Any, holder: Raw, *, in_rows: bool) -> tuple[Component, ...]:
        if not isinstance(raw, list):
            self.remarks.note("components", holder)
            return ()
        read = (self._component(item, holder, in_rows=in_rows) for item in raw[: MOST_COMPONENTS + 1])
        return tuple(component for component in read if component is not None)

    def _component(self, raw: Any, holder: Raw, *, in_rows: bool) -> Component | None:
        if not isinstance(raw, dict):
            self.remarks.note("component", holder)
            return None
        kind = raw.get("type")
        if not isinstance(kind, str) or kind not in schema.ATTRIBUTES:
            es, en = schema.LEFT_OUT.get(str(kind), ("no se conoce", "it is not known"))
            self.remarks.note("unsupported", raw, type=kind, es=es, en=en)
            return None
        element = raw.get("id")
        if not isinstance(element, str) or _id.search(element) is None:
            self.remarks.note("id-missing", holder)
            return None
        if element in self.ids:
            self.remarks.note("id-repeated", raw, id=element)
        self.ids.add(element)
        for name in sorted(set(raw) - schema.ATTRIBUTES[kind]):
            self.remarks.note("attribute-unknown", raw, name=name)
        hide, properties = self.read.hide(raw), self.read.properties(raw)
        if kind == "group":
            return self._group(element, raw, properties, hide, in_rows=in_rows)
        if kind == "dynamiclist":
            return self._repeating(element, raw, properties, hide, in_rows=in_rows)
        if kind == "text":
            return self._prose(element, raw, properties, hide)
        if kind == "separator":
            return Rule(element, hide)
        if kind == "spacer":
            return Space(element, self.read.whole(raw, "height", raw.get("height"), 0, 2000) or 60, hide)
        return self._field(kind, element, raw, properties, hide)

    def _prose(self, element: str, raw: Raw, properties: Properties, hide: Condition | None) -> Prose:
        words = self.read.words(raw, "text")
        if "{{" in words:
            self.remarks.note("template", raw)
        computed = self.read.expression(raw, "text", words) if words.startswith("=") else None
        return Prose(element, words, computed, hide, properties.get("soloSi", ""))

    def _group(self, element: str, raw: Raw, properties: Properties, hide: Condition | None, *, in_rows: bool) -> Group:
        columns, row = self.read.layout(raw)
        return Group(
            element,
            self.read.words(raw, "label"),
            self._components(raw.get("components"), raw, in_rows=in_rows),
            path=self.read.path(raw, "path") if raw.get("path") else (),
            description=self.read.words(raw, "description"),
            hide=hide,
            only_if=properties.get("soloSi", ""),
            columns=columns,
            row=row,
        )

    def _repeating(
        self, element: str, raw: Raw, properties: Properties, hide: Condition | None, *, in_rows: bool
    ) -> Repeating | None:
        if in_rows:
            self.remarks.note("rows", raw)
            return None
        columns, row = self.read.layout(raw)
        return Repeating(
            element,
            self.read.words(raw, "label"),
            self._components(raw.get("components"), raw, in_rows=True),
            path=self.read.path(raw, "path"),
            description=self.read.words(raw, "description"),
            hide=hide,
            only_if=properties.get("soloSi", ""),
            required_if=self.read.property_expression(raw, properties, "requeridoSi"),
            initial_rows=self.read.whole(raw, "defaultRepetitions", raw.get("defaultRepetitions", 1), 0, 50) or 0,
            min_rows=self.read.whole(raw, "minFilas", properties.get("minFilas"), 0, 50) or 0,
            max_rows=self.read.whole(raw, "maxFilas", properties.get("maxFilas"), 1, 200) or 50,
            sensitivity=self.read.level(raw, properties),
            columns=columns,
            row=row,
        )

    def _field(self, type_: str, element: str, raw: Raw, properties: Properties, hide: Condition | None) -> Field:
        kind = self._kind(type_, raw, properties)
        options, options_from = self.read.options(raw) if kind in ("choice", "choices") else ((), None)
        columns, row = self.read.layout(raw)
        adorned = raw.get("appearance")
        adorned = adorned if isinstance(adorned, dict) else {}
        said = (self.read.words(raw, name) for name in ("label", "dateLabel", "timeLabel"))
        return Field(
            element,
            type_,
            kind,
            self.read.path(raw, "key"),
            next((words for words in said if words), element),
            description=self.read.words(raw, "description"),
            help=properties.get("ayuda", ""),
            sensitivity=self.read.level(raw, properties),
            checks=self.read.checks(raw),
            options=options,
            options_from=options_from,
            hide=hide,
            only_if=properties.get("soloSi", ""),
            required_if=self.read.property_expression(raw, properties, "requeridoSi"),
            agrees=self.read.property_expression(raw, properties, "comprobar"),
            agrees_message=properties.get("mensaje", ""),
            initial=self.read.property_expression(raw, properties, "inicial"),
            default=self.read.default(raw, kind),
            computed=self._calculation(kind, raw, properties),
            locked=kind == "computed" or self.read.flag(raw, raw, "disabled") or self.read.flag(raw, raw, "readonly"),
            multiple=type_ == "filepicker" and self.read.flag(raw, raw, "multiple"),
            partial=self.read.said(raw, properties, "parcial"),
            not_future=self.read.said(raw, properties, "noFuturo"),
            not_past=self.read.said(raw, properties, "noPasado") or self.read.flag(raw, raw, "disallowPassedDates"),
            decimals=self.read.whole(raw, "decimalDigits", raw.get("decimalDigits"), 0, 12),
            prefix=str(adorned.get("prefixAdorner") or ""),
            suffix=str(adorned.get("suffixAdorner") or ""),
            columns=columns,
            row=row,
        )

    def _kind(self, type_: str, raw: Raw, properties: Properties) -> str:
        known = schema.KINDS[type_]
        tipo = properties.get("tipo", "")
        if tipo not in known:
            self.remarks.note("one-of", raw, name="tipo", value=tipo)
        kind = known.get(tipo, known[""])
        if type_ == "datetime":
            subtype = raw.get("subtype", "date")
            if subtype not in ("date", "time", "datetime"):
                self.remarks.note("one-of", raw, name="subtype", value=subtype)
                subtype = "date"
            return str(subtype)
        checks = raw.get("validate")
        asked = checks.get("validationType") if isinstance(checks, dict) else None
        if asked not in (None, "", "custom", "phone", "email"):
            self.remarks.note("one-of", raw, name="validationType", value=asked)
        return str(asked) if asked in ("phone", "email") and kind == "line" else kind

    def _calculation(self, kind: str, raw: Raw, properties: Properties) -> Condition | None:
        calculation = self.read.property_expression(raw, properties, "calculo")
        if calculation is not None and kind != "computed":
            self.remarks.note("computed", raw)
        return calculation


def _clash(name: str, other: str) -> bool:
    """Whether two names cannot both hold a value: equal, or one inside the other without being its row."""
    if name == other:
        return True
    longer, shorter = (name, other) if len(name) > len(other) else (other, name)
    return longer.startswith(f"{shorter}.") and not longer.startswith(f"{shorter}.*.")
