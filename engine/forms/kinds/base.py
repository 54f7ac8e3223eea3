"""What every kind of answer can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.errors import Text
from engine.forms import messages
from engine.forms.messages import Problem
from engine.forms.model import Field
from engine.forms.situation import Situation

Input = str | list[str]


@dataclass(frozen=True, slots=True)
class Kind:
    """``read`` gives the clean value, ``None`` for an empty answer, or raises ``Problem``; ``write`` is its inverse."""

    read: Callable[[Field, Any, Situation], Any]
    write: Callable[[Field, Any, Situation], Input]
    missing: Text = messages.REQUIRED


def one(raw: Any) -> Any:
    """The single answer that ``raw`` holds; a page may send it as a list of one."""
    if isinstance(raw, list):
        if len(raw) > 1:
            raise Problem(messages.SEVERAL)
        return raw[0] if raw else None
    return raw
