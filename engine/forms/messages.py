"""What a person reads beside an answer that cannot be accepted, in both languages."""

from __future__ import annotations

from typing import Any

from engine.errors import Text


class Problem(Exception):  # an answer is refused, nothing went wrong
    """An answer that cannot be accepted, and why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def _text(es: str, en: str, **values: Any) -> Text:
    return Text(es, en, values)


REQUIRED = _text("Falta esta respuesta.", "This answer is missing.")
REQUIRED_CHOICE = _text("Elija una opción.", "Choose an option.")
REQUIRED_CHOICES = _text("Elija al menos una opción.", "Choose at least one option.")
REQUIRED_TICK = _text("Hay que confirmarlo para continuar.", "This must be confirmed to go on.")
REQUIRED_FILE = _text("Adjunte el archivo, o escriba dónde está.", "Attach the file, or write down where it is.")
REQUIRED_PHOTO = _text(
    "Tome o adjunte la foto, o escriba dónde está.", "Take or attach the photo, or write down where it is."
)
REQUIRED_SIGNATURE = _text(
    "Firme aquí, adjunte una foto de la firma, o escriba el nombre de quien firma.",
    "Sign here, attach a photo of the signature, or write the name of who signs.",
)
UNKNOWN = _text("Este formulario no tiene esa pregunta.", "This form has no such question.")
WRONG_TYPE = _text("El dato recibido no es del tipo esperado.", "What was received is not of the expected type.")
SEVERAL = _text("Aquí cabe una sola respuesta.", "Only one answer fits here.")
STRANGE_CHARACTERS = _text(
    "Contiene caracteres que no se pueden guardar; bórrelos y escríbalos de nuevo.",
    "It contains characters that cannot be stored; delete them and type them again.",
)
ONE_LINE = _text("Escríbalo en una sola línea.", "Write it on a single line.")
PATTERN = _text("No tiene la forma esperada.", "It does not have the expected form.")
NUMBER = _text("Escriba un número, por ejemplo 12 o 12.5.", "Write a number, such as 12 or 12.5.")
WHOLE_NUMBER = _text("Escriba un número entero.", "Write a whole number.")
DATE = _text(
    "Escriba una fecha que exista, como 2026-01-31 o 31/01/2026.",
    "Write a date that exists, such as 2026-01-31 or 31/01/2026.",
)
PARTIAL_DATE = _text(
    "Escriba la fecha (2026-01-31), o solo el mes (2026-01) o el año (2026) si no sabe más.",
    "Write the date (2026-01-31), or only the month (2026-01) or the year (2026) if no more is known.",
)
TIME = _text("Escriba una hora entre 00:00 y 23:59.", "Write a time between 00:00 and 23:59.")
DATE_AND_TIME = _text("Escriba la fecha y la hora.", "Write the date and the time.")
NO_SUCH_TIME = _text(
    "Esa hora no existió ese día en la zona de la oficina: hubo cambio de hora.",
    "That time did not exist on that day in the office's zone: the clocks changed.",
)
NOT_FUTURE = _text("No puede estar en el futuro.", "It cannot lie in the future.")
NOT_PAST = _text("No puede estar en el pasado.", "It cannot lie in the past.")
PHONE = _text(
    "Escriba un teléfono completo; si es de otro país, con + y el código, como +504 9999 9999.",
    "Write a complete telephone number; if it is of another country, with + and its code, such as +504 9999 9999.",
)
EMAIL = _text("Escriba un correo como nombre@ejemplo.org.", "Write an e-mail address such as name@example.org.")
DNI = _text(
    "El DNI tiene 13 dígitos: departamento y municipio, año de inscripción y número, como 0801-1990-12345.",
    "A DNI has 13 digits: department and municipality, year of registration and number, such as 0801-1990-12345.",
)
FOLIO = _text(
    "Escriba el folio completo, como HN-MX-TAP-2026-PEN-000123.",
    "Write the complete folio, such as HN-MX-TAP-2026-PEN-000123.",
)
COORDINATES = _text(
    "Escriba latitud y longitud, como 14.07156, -87.20122.",
    "Write latitude and longitude, such as 14.07156, -87.20122.",
)
OPTION = _text("Elija una de las opciones de la lista.", "Choose one of the options of the list.")
NO_OPTIONS = _text("Esta lista no tiene opciones en este momento.", "This list has no options at this moment.")
DISAGREES = _text("No concuerda con las otras respuestas.", "It does not agree with the other answers.")
ROWS = _text("Las filas no llegaron en la forma esperada.", "The rows did not arrive in the expected form.")


def too_long(limit: int, length: int) -> Text:
    """A text beyond its limit."""
    return _text(
        "Es demasiado largo: caben {limit} caracteres y tiene {length}.",
        "It is too long: {limit} characters fit and it has {length}.",
        limit=limit,
        length=length,
    )


def too_short(limit: int) -> Text:
    """A text below its limit."""
    return _text("Escriba al menos {limit} caracteres.", "Write at least {limit} characters.", limit=limit)


def too_small(limit: object) -> Text:
    """A number below its limit."""
    return _text("No puede ser menor que {limit}.", "It cannot be less than {limit}.", limit=limit)


def too_big(limit: object) -> Text:
    """A number above its limit."""
    return _text("No puede ser mayor que {limit}.", "It cannot be more than {limit}.", limit=limit)


def too_precise(decimals: int) -> Text:
    """A number with more decimals than fit."""
    return _text("Caben {decimals} decimales.", "{decimals} decimals fit.", decimals=decimals)


def years(first: int, last: int) -> Text:
    """A date out of all bounds."""
    return _text(
        "El año debe estar entre {first} y {last}.",
        "The year must lie between {first} and {last}.",
        first=first,
        last=last,
    )


def few_rows(limit: int) -> Text:
    """Fewer rows than needed."""
    if limit == 1:
        return _text("Agregue al menos una fila.", "Add at least one row.")
    return _text("Agregue al menos {limit} filas.", "Add at least {limit} rows.", limit=limit)


def many_files(limit: int) -> Text:
    """More files than fit into a field."""
    return _text("Caben {limit} archivos.", "{limit} files fit.", limit=limit)


def many_rows(limit: int) -> Text:
    """More rows than fit."""
    return _text("Caben {limit} filas.", "{limit} rows fit.", limit=limit)
