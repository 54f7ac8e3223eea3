"""Numbers and amounts of money, as decimals."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import re2

from engine.forms import messages
from engine.forms.kinds.base import Kind, one
from engine.forms.messages import Problem
from engine.forms.model import Field
from engine.forms.situation import Situation

DIGITS = 20
MONEY_DECIMALS = 2

# Honduras writes 1,234.50; a comma that parts no thousands is read as the decimal comma of other places.
_thousands = re2.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_plain = re2.compile(r"^[+-]?(\d+([.,]\d+)?|[.,]\d+)$")


def _number(raw: Any) -> Decimal | None:
    if raw is None or isinstance(raw, Decimal):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise Problem(messages.WRONG_TYPE)
    text = _digits(raw) if isinstance(raw, str) else str(raw)
    try:
        return Decimal(text) if text else None
    except InvalidOperation as error:
        raise Problem(messages.NUMBER) from error


def _digits(raw: str) -> str:
    text = raw.strip().replace("\u00a0", "").replace(" ", "").replace("\u2212", "-")
    if not text:
        return ""
    if len(text) > 2 * DIGITS or not text.isascii():
        raise Problem(messages.NUMBER)
    if _thousands.search(text):
        return text.replace(",", "")
    if _plain.search(text):
        return text.replace(",", ".")
    raise Problem(messages.NUMBER)


def _read(field: Field, raw: Any, decimals: int | None) -> Decimal | None:
    raw = one(raw)
    # The text of an int of many thousand digits is itself an attack.
    if isinstance(raw, int) and abs(raw) >= 10**DIGITS:
        raise Problem(messages.NUMBER)
    number = _number(raw)
    if number is None:
        return None
    if not number.is_finite() or number.adjusted() >= DIGITS or len(number.as_tuple().digits) > 2 * DIGITS:
        raise Problem(messages.NUMBER)
    exponent = number.as_tuple().exponent
    if decimals is not None and isinstance(exponent, int) and -exponent > decimals:
        if number != round(number, decimals):
            raise Problem(messages.WHOLE_NUMBER if decimals == 0 else messages.too_precise(decimals))
        number = round(number, decimals)
    checks = field.checks
    if checks.minimum is not None and number < checks.minimum:
        raise Problem(messages.too_small(checks.minimum))
    if checks.maximum is not None and number > checks.maximum:
        raise Problem(messages.too_big(checks.maximum))
    return number


def _read_number(field: Field, raw: Any, _: Situation) -> Decimal | None:
    return _read(field, raw, field.decimals)


def _read_money(field: Field, raw: Any, _: Situation) -> Decimal | None:
    amount = _read(field, raw, MONEY_DECIMALS if field.decimals is None else field.decimals)
    if amount is not None and field.checks.minimum is None and amount < 0:
        raise Problem(messages.too_small(0))
    return amount


def _write(_: Field, value: Any, __: Situation) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


NUMBER = Kind(_read_number, _write)
MONEY = Kind(_read_money, _write)
