"""What keeps a token, or a whole step, from going on."""

from __future__ import annotations

from engine.errors import EngineError, Text


class ElementIncident(EngineError):
    """An element cannot go on: ``code`` names the reason."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(text)
        self.code = code


class LimitReached(EngineError):
    """A step took too much: nothing of it is kept."""

    code = "limit_reached"
