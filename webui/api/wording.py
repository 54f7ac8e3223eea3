"""What is wrong with a body or a query, in both languages."""

from __future__ import annotations

from pydantic import ValidationError

from engine.errors import Invalid, Text

MOST = 30
WORDS = {
    "missing": Text("Falta.", "It is missing."),
    "extra_forbidden": Text("No se conoce este nombre.", "This name is not known."),
    "string_too_long": Text("Es demasiado largo.", "It is too long."),
    "string_too_short": Text("Es demasiado corto.", "It is too short."),
    "string_type": Text("Tiene que ser un texto.", "It has to be a text."),
    "literal_error": Text("No es uno de los valores posibles.", "It is none of the possible values."),
    "enum": Text("No es uno de los valores posibles.", "It is none of the possible values."),
    "dict_type": Text("Tiene que ser un objeto.", "It has to be an object."),
    "model_type": Text("Tiene que ser un objeto.", "It has to be an object."),
    "list_type": Text("Tiene que ser una lista.", "It has to be a list."),
    "bool_type": Text("Tiene que ser true o false.", "It has to be true or false."),
    "too_long": Text("Son demasiados.", "There are too many."),
    "too_short": Text("Son muy pocos.", "There are too few."),
}
ELSE = Text("No es un valor que se pueda aceptar.", "It is not a value that can be accepted.")


def refused(error: ValidationError) -> Invalid:
    """The library's findings as ours; the values themselves are not repeated."""
    fields: dict[str, Text] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False)[:MOST]:
        name = ".".join(str(part) for part in item["loc"])[:120] or "body"
        fields.setdefault(name, WORDS.get(item["type"], ELSE))
    return Invalid(fields=fields)
