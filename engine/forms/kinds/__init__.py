"""The kinds of answer: how each is read from what was sent and written back for a page, one small module a family."""

from engine.forms.kinds.base import Kind
from engine.forms.kinds.choices import CHOICE, CHOICES, TICK
from engine.forms.kinds.dates import DATE, DATE_AND_TIME, TIME
from engine.forms.kinds.files import PHOTO, REFERENCE, SIGNATURE
from engine.forms.kinds.identity import DNI, EMAIL, FOLIO, PHONE
from engine.forms.kinds.numbers import MONEY, NUMBER
from engine.forms.kinds.places import COORDINATES
from engine.forms.kinds.text import LINE, PARAGRAPHS

KINDS: dict[str, Kind] = {
    "line": LINE,
    "paragraphs": PARAGRAPHS,
    "reference": REFERENCE,
    "photo": PHOTO,
    "signature": SIGNATURE,
    "phone": PHONE,
    "email": EMAIL,
    "dni": DNI,
    "folio": FOLIO,
    "coordinates": COORDINATES,
    "number": NUMBER,
    "money": MONEY,
    "tick": TICK,
    "choice": CHOICE,
    "choices": CHOICES,
    "date": DATE,
    "time": TIME,
    "datetime": DATE_AND_TIME,
}

# Answers that may name attachments of the case.
FILE_KINDS = frozenset({"reference", "photo", "signature"})

__all__ = ["FILE_KINDS", "KINDS", "Kind"]
