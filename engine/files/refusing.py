"""A file that is not taken in, and why."""

from __future__ import annotations

from engine.errors import EngineError, Text


class Refused(EngineError):
    """The file is not accepted. ``text`` tells its reader why, and what is."""

    code = "file_refused"
    default = Text("El archivo no se acepta.", "The file is not accepted.")
