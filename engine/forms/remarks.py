"""What can be remarked about a form file: the table of findings, and the list that one reading collects."""

from __future__ import annotations

from typing import Any

from engine.errors import Finding, Text
from engine.forms.source import line_of

TEXTS: dict[str, tuple[str, str]] = {
    "type": ("No es un formulario: se esperaba type = default.", "It is no form: type = default was expected."),
    "version-missing": ("Falta schemaVersion.", "schemaVersion is missing."),
    "version-old": (
        "schemaVersion {version} es anterior a {oldest}; guárdelo de nuevo con un editor actual.",
        "schemaVersion {version} is older than {oldest}; save it again with a current editor.",
    ),
    "too-many": ("Tiene demasiados elementos: caben {most}.", "It has too many elements: {most} fit."),
    "id-form": ("El formulario no tiene un id válido.", "The form has no valid id."),
    "id-missing": ("Un elemento no tiene un id válido.", "An element has no valid id."),
    "id-repeated": ("El id {id} está repetido.", "The id {id} is repeated."),
    "components": ("Falta la lista components.", "The list components is missing."),
    "component": ("Un elemento no es un objeto.", "An element is no object."),
    "unsupported": ("El tipo «{type}» no se admite: {es}.", "The type “{type}” is not supported: {en}."),
    "template": ("Las plantillas {{ }} no se admiten; use =.", "Templates {{ }} are not supported; use =."),
    "rows": ("Un grupo repetible no cabe en otro.", "A repeating group does not fit in another."),
    "key-taken": ("La clave {key} choca con la de {other}.", "The key {key} collides with that of {other}."),
    "key-form": (
        "{name} «{path}» no es un nombre: letras, números y _.",
        "{name} “{path}” is no name: letters, numbers and _.",
    ),
    "conditional": ("Solo se admite conditional.hide.", "Only conditional.hide is supported."),
    "feel-missing": (
        "{name} debe ser una expresión que empiece con =.",
        "{name} must be an expression that begins with =.",
    ),
    "feel": ("{name}: {es}", "{name}: {en}"),
    "values": ("La lista no tiene opciones.", "The list has no options."),
    "values-repeated": ("Hay opciones sin valor o repetidas.", "There are options without a value or repeated."),
    "object": ("{name} no es un objeto.", "{name} is no object."),
    "attribute-unknown": (
        "El atributo {name} no se conoce y no hace nada.",
        "The attribute {name} is not known and does nothing.",
    ),
    "property-unknown": (
        "La propiedad {name} no se conoce y no hace nada.",
        "The property {name} is not known and does nothing.",
    ),
    "one-of": ("{name} no puede ser «{value}».", "{name} cannot be “{value}”."),
    "text": ("{name} debe ser un texto.", "{name} must be a text."),
    "text-expression": ("{name} no puede ser una expresión.", "{name} cannot be an expression."),
    "boolean": ("{name} debe ser true o false.", "{name} must be true or false."),
    "number": ("{name} debe ser un número.", "{name} must be a number."),
    "list": ("{name} debe ser una lista.", "{name} must be a list."),
    "whole": (
        "{name} debe ser un entero entre {least} y {most}.",
        "{name} must be a whole number between {least} and {most}.",
    ),
    "limits": ("El mínimo es mayor que el máximo.", "The minimum is more than the maximum."),
    "pattern": ("El patrón no se puede usar: {reason}.", "The pattern cannot be used: {reason}."),
    "computed": ("calculo pide tipo = computed.", "calculo needs tipo = computed."),
}
WARNINGS = frozenset({"attribute-unknown", "property-unknown"})


class Remarks:
    """The findings of one reading, with the place of each."""

    def __init__(self, text: str, filename: str) -> None:
        self.text = text
        self.filename = filename
        self.findings: list[Finding] = []

    @property
    def refused(self) -> bool:
        """Whether one of them is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    def note(self, rule: str, raw: Any = None, **values: Any) -> None:
        """Add the finding ``rule`` about the element ``raw``."""
        element = raw.get("id") if isinstance(raw, dict) else None
        label = raw.get("label") if isinstance(raw, dict) else None
        es, en = TEXTS[rule]
        self.findings.append(
            Finding(
                f"form:{rule}",
                "warning" if rule in WARNINGS else "error",
                Text(es, en, {name: str(value)[:200] for name, value in values.items()}),
                element_id=element if isinstance(element, str) else None,
                element_name=label if isinstance(label, str) else None,
                line=line_of(self.text, element) if isinstance(element, str) else None,
                file=self.filename,
            )
        )
