"""The form-js vocabulary that is understood: component types, their attributes, and our own properties."""

from __future__ import annotations

TOP = frozenset({
    "type", "id", "schemaVersion", "components", "title", "exporter", "generator",
    "executionPlatform", "executionPlatformVersion", "versionTag", "properties",
})  # fmt: skip

# Attributes that say how the editor draws and nothing about the answer.
_EVERYWHERE = frozenset({"type", "id", "conditional", "layout", "properties"})
_ANSWER = _EVERYWHERE | {
    "key",
    "label",
    "description",
    "disabled",
    "readonly",
    "validate",
    "appearance",
    "defaultValue",
}
_LISTED = _ANSWER | {"values", "valuesKey", "valuesExpression", "searchable"}

ATTRIBUTES: dict[str, frozenset[str]] = {
    "textfield": _ANSWER,
    "textarea": _ANSWER,
    "number": _ANSWER | {"decimalDigits", "increment", "serializeToString"},
    "checkbox": _ANSWER,
    "radio": _LISTED,
    "select": _LISTED,
    "checklist": _LISTED,
    "taglist": _LISTED,
    "datetime": _ANSWER | {
        "subtype", "dateLabel", "timeLabel", "timeSerializingFormat", "timeInterval", "disallowPassedDates", "use24h",
    },
    "filepicker": _ANSWER | {"accept", "multiple"},
    "text": _EVERYWHERE | {"text"},
    "group": _EVERYWHERE | {"label", "description", "components", "path", "showOutline", "verticalAlignment"},
    "dynamiclist": _EVERYWHERE | {
        "label", "description", "components", "path", "showOutline", "isRepeating", "allowAddRemove",
        "defaultRepetitions", "verticalAlignment", "disableCollapse", "nonCollapsedItems",
    },
    "separator": _EVERYWHERE,
    "spacer": _EVERYWHERE | {"height"},
}  # fmt: skip

CHECKS = frozenset({
    "required", "min", "max", "minLength", "maxLength", "pattern", "validationType",
    "patternErrorMessage", "minErrorMessage", "maxErrorMessage", "minLengthErrorMessage", "maxLengthErrorMessage",
})  # fmt: skip

# Our own words, in the ``properties`` of a component.
PROPERTIES = frozenset({
    "ayuda", "calculo", "comprobar", "inicial", "maxFilas", "mensaje", "minFilas", "noFuturo", "noPasado", "parcial",
    "requeridoSi", "sensibilidad", "soloSi", "tipo",
})  # fmt: skip

LEVELS = frozenset({"N0", "N1", "N2", "N3"})

# ``tipo`` by component type, and the kind of answer that it makes of it.
KINDS: dict[str, dict[str, str]] = {
    "textfield": {
        "": "line", "phone": "phone", "email": "email", "dni": "dni", "case": "folio", "geo": "coordinates",
        "person": "line", "office": "line", "signature": "signature", "computed": "computed",
    },
    "textarea": {"": "paragraphs", "computed": "computed"},
    "number": {"": "number", "money": "money", "computed": "computed"},
    "checkbox": {"": "tick"},
    "radio": {"": "choice", "person": "choice", "office": "choice", "case": "choice"},
    "select": {"": "choice", "person": "choice", "office": "choice", "case": "choice"},
    "checklist": {"": "choices", "person": "choices", "office": "choices", "case": "choices"},
    "taglist": {"": "choices", "person": "choices", "office": "choices", "case": "choices"},
    "datetime": {"": "datetime"},
    "filepicker": {"": "reference", "file": "reference", "photo": "photo", "signature": "signature"},
}  # fmt: skip

# Known of form-js and left out with a reason: what to draw instead.
LEFT_OUT: dict[str, tuple[str, str]] = {
    "button": ("la página pone sus propios botones", "the page puts its own buttons"),
    "html": ("el HTML libre no se admite; use un texto", "free HTML is not accepted; use a text"),
    "iframe": ("no se cargan páginas de otros sitios", "pages of other sites are not loaded"),
    "image": ("no se cargan imágenes de otros sitios", "images of other sites are not loaded"),
    "table": ("use un grupo repetible", "use a repeating group"),
    "expression": (
        "use un campo con la propiedad tipo = computed y calculo",
        "use a field with the properties tipo = computed and calculo",
    ),
    "documentPreview": ("los documentos se ven en el expediente", "documents are seen in the case file"),
}
