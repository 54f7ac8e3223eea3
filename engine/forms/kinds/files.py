"""Files, photographs and signatures: each answer names an attachment, or is a written reference to what lies elsewhere.

Whether a named attachment is one of the case is not a question of forms; the actions ask it.
"""

from __future__ import annotations

from typing import Any

from engine.forms import messages
from engine.forms.kinds.base import Input, Kind, one
from engine.forms.kinds.text import LINE_LIMIT, tidy, within_limits, write_text
from engine.forms.messages import Problem
from engine.forms.model import Field
from engine.forms.situation import Situation

MOST = 20  # answers of one field


def _read(field: Field, raw: Any, _: Situation) -> str | list[str] | None:
    if not field.many:
        text = tidy(one(raw))
        return None if text is None else within_limits(field, text, LINE_LIMIT)
    asked = raw if isinstance(raw, list | tuple) else [raw]
    if len(asked) > MOST:
        raise Problem(messages.many_files(MOST))
    given = [within_limits(field, text, LINE_LIMIT) for item in asked if (text := tidy(item)) is not None]
    return list(dict.fromkeys(given)) or None


def _write(field: Field, value: Any, situation: Situation) -> Input:
    if not field.many:
        return write_text(field, value, situation)
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str)]


REFERENCE = Kind(_read, _write, messages.REQUIRED_FILE)
PHOTO = Kind(_read, _write, messages.REQUIRED_PHOTO)
SIGNATURE = Kind(_read, _write, messages.REQUIRED_SIGNATURE)
