"""The few exceptions of the engine, and the bilingual text that they and findings carry.

Each error has a stable ``code`` and a ``text`` in Spanish and English. The web layer turns them into pages or
problem+json in one place, the command line into one line and an exit status. Anything else that is raised is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

Language = Literal["es", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for a reader, in both languages; ``{name}`` places are filled from ``values`` when it is read."""

    es: str
    en: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def in_language(self, language: str) -> str:
        """The sentence in ``language`` ("es" or "en"; anything else reads as Spanish), with its places filled."""
        sentence = self.en if language == "en" else self.es
        return sentence.format_map(self.values) if self.values else sentence

    def __str__(self) -> str:
        return self.in_language("es")


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark about a definition: which rule, how grave, where, why, and how to mend it.

    ``line`` counts from 1 in the source file; ``None`` where the remark is about the whole file.
    """

    rule: str
    severity: Literal["error", "warning", "info"]
    text: Text
    element_id: str | None = None
    element_name: str | None = None
    line: int | None = None
    file: str | None = None
    remedy: Text | None = None


class EngineError(Exception):
    """Something that the engine refuses, and says why."""

    code = "error"
    default = Text("No se pudo hacer lo pedido.", "What was asked could not be done.")

    def __init__(self, text: Text | None = None) -> None:
        self.text = text or self.default
        super().__init__(self.text.en if not self.text.values else self.text.in_language("en"))


class NotFound(EngineError):
    """There is no such thing, or the actor may not know that there is."""

    code = "not_found"
    default = Text("No existe, o no está a su alcance.", "It does not exist, or is not within your reach.")


class Forbidden(EngineError):
    """The actor may not do this. ``permission`` is the ``<resource>:<action>`` that was refused, on which thing."""

    code = "forbidden"
    default = Text("Su función no permite hacer esto.", "Your role does not allow this.")

    def __init__(
        self,
        text: Text | None = None,
        *,
        permission: str = "",
        object_id: UUID | None = None,
        case_id: UUID | None = None,
    ) -> None:
        super().__init__(text)
        self.permission = permission
        self.object_id = object_id
        self.case_id = case_id


class Conflict(EngineError):
    """Someone else changed this in the meantime. Look at it again and repeat what you wanted."""

    code = "conflict"
    default = Text(
        "Otra persona lo cambió entretanto. Revíselo y repita lo que quería hacer.",
        "Someone else changed this in the meantime. Look at it again and repeat what you wanted.",
    )


class Outdated(Conflict):
    """What one saw is not what there is any more: the version that was sent is an older one."""

    code = "outdated"


class Invalid(EngineError):
    """Values that cannot be accepted; ``fields`` says for each field key (or path) what is wrong with it."""

    code = "invalid"
    default = Text("Hay datos que corregir.", "Some values need correcting.")

    def __init__(self, text: Text | None = None, *, fields: Mapping[str, Text] | None = None) -> None:
        super().__init__(text)
        self.fields: Mapping[str, Text] = fields or {}


class DefinitionError(EngineError):
    """A process, decision or form definition that is refused; ``findings`` lists every reason."""

    code = "definition_refused"
    default = Text("La definición no se acepta.", "The definition is not accepted.")

    def __init__(self, findings: Sequence[Finding], text: Text | None = None) -> None:
        super().__init__(text)
        self.findings: Sequence[Finding] = tuple(findings)


class Unavailable(EngineError):
    """The database is busy, full or out of reach; nothing was changed and the same can be tried again."""

    code = "unavailable"
    default = Text(
        "El sistema no puede guardar en este momento. No se perdió nada: inténtelo de nuevo.",
        "The system cannot save at this moment. Nothing was lost: try again.",
    )
