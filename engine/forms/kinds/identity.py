"""Texts with a form of their own: telephone, e-mail, DNI, folio of a case."""

from __future__ import annotations

from typing import Any

import phonenumbers
import re2

from engine.forms import messages
from engine.forms.kinds.base import Kind, one
from engine.forms.kinds.text import tidy, within_limits, write_text
from engine.forms.messages import Problem
from engine.forms.model import Field
from engine.forms.situation import Situation

EMAIL_LIMIT = 254
FOLIO_LIMIT = 40
DNI_DIGITS = 13
DEPARTMENTS = range(1, 19)
FIRST_DNI_YEAR = 1880

_email = re2.compile(r"^[^@\s,;<>]{1,64}@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+$")
_folio = re2.compile(
    r"^(HN-[A-Z]{2}-[A-Z0-9]{2,5}-\d{4}-[A-Z]{3}-\d{6}|TMP-[A-Z0-9]{1,16}-\d{1,6}|TMP-[A-Z]{2}-[A-Z0-9]{2,5}-\d{4}-\d{6})$"
)
_separators = str.maketrans("", "", " -.")


def phone_number(text: str, region: str | None) -> str:
    """A telephone number of any country in E.164; one without a country code is of ``region``. Raises ``Problem``."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise Problem(messages.PHONE) from error
    if not phonenumbers.is_possible_number(number):
        raise Problem(messages.PHONE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _read_phone(field: Field, raw: Any, situation: Situation) -> str | None:
    text = tidy(one(raw))
    return phone_number(within_limits(field, text, 40), situation.region) if text is not None else None


def _write_phone(field: Field, value: Any, situation: Situation) -> str:
    text = write_text(field, value, situation)
    try:
        number = phonenumbers.parse(text, situation.region)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _read_email(field: Field, raw: Any, _: Situation) -> str | None:
    text = tidy(one(raw))
    if text is None:
        return None
    return email_address(within_limits(field, text, EMAIL_LIMIT))


def email_address(text: str) -> str:
    """An address that a mail can be sent to, as it was written. Raises ``Problem``."""
    if _email.search(text) is None:
        raise Problem(messages.EMAIL)
    return text


def _read_dni(_: Field, raw: Any, situation: Situation) -> str | None:
    text = tidy(one(raw))
    if text is None:
        return None
    digits = text.translate(_separators)
    if len(digits) != DNI_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise Problem(messages.DNI)
    if int(digits[:2]) not in DEPARTMENTS or not FIRST_DNI_YEAR <= int(digits[4:8]) <= situation.now.year:
        raise Problem(messages.DNI)
    return digits


def _write_dni(field: Field, value: Any, situation: Situation) -> str:
    text = write_text(field, value, situation)
    if len(text) == DNI_DIGITS and text.isdigit():
        return f"{text[:4]}-{text[4:8]}-{text[8:]}"
    return text


def _read_folio(_: Field, raw: Any, __: Situation) -> str | None:
    text = tidy(one(raw))
    if text is None:
        return None
    folio = text.upper()
    if len(folio) > FOLIO_LIMIT or _folio.search(folio) is None:
        raise Problem(messages.FOLIO)
    return folio


PHONE = Kind(_read_phone, _write_phone)
EMAIL = Kind(_read_email, write_text)
DNI = Kind(_read_dni, _write_dni)
FOLIO = Kind(_read_folio, write_text)
