"""Tells whoever listens which sequence flows tokens take and which rows decisions match: scenarios measure coverage by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class Listener(Protocol):
    """Hears what happens while procedures run."""

    def took(self, process_id: str, flow_id: str) -> None:
        """A token took a sequence flow."""

    def decided(self, model: Any, tables: Sequence[Any]) -> None:
        """A decision of ``model`` was made by these ``engine.dmn.model.TableTrace``."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` what happens in the block, in this thread."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def took(process_id: str, flow_id: str) -> None:
    """A token takes a flow."""
    listener = _listener.get()
    if listener is not None:
        listener.took(process_id, flow_id)


def decided(model: Any, tables: Sequence[Any]) -> None:
    """A decision was made."""
    listener = _listener.get()
    if listener is not None:
        listener.decided(model, tables)
