"""Which procedures are started by hand on a case that is open already: their none start event says by whom, and on which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import re2

from engine.access.matrix import OFFICERS
from engine.bpmn.findings import Findings
from engine.bpmn.model import Element, Process
from engine.errors import Finding

STARTERS = (
    "iniciadores"  # the roles that may start it by hand, with commas (``candidateStarterGroups`` of other engines)
)
ON = "ambitos"  # the domains on whose cases; without it on every one
ASKS = "formulario"  # the form of what whoever starts it by hand, or reports a message event, has to say
STARTED_BY = "iniciado_por"  # the variable in which a procedure that was started by hand has the id of whoever did it
_DOMAIN = re2.compile("^[A-Z]{3}$")


@dataclass(frozen=True, slots=True)
class ByHand:
    """A version of a process that is started by hand: by these roles, on cases of these domains (none: of all)."""

    definition_id: UUID
    process_id: str
    name: str
    roles: frozenset[str]
    domains: frozenset[str]
    form_id: str | None
    purpose: str  # what its start event says it is for


def names(text: str | None) -> frozenset[str]:
    """Names with commas between them."""
    return frozenset(part.strip() for part in (text or "").split(",") if part.strip())


def none_start(process: Process) -> Element | None:
    """The process's own start without a trigger, if it has one."""
    found = (item for item in process.inside(None) if item.kind == "startEvent" and item.event_kind == "none")
    return next(found, None)


def check_process(process: Process, file: str) -> Iterable[Finding]:
    """A property that would be read nowhere, and names of roles and domains that there are not."""
    findings = Findings(file)
    start = none_start(process)
    for element in process.elements.values():
        said = {key: element.properties[key] for key in (STARTERS, ON) if key in element.properties}
        where = {"id": element.id, "name": element.name, "line": element.line}
        if said and element is not start:
            findings.refuse(
                "starters.place",
                "«{property_}» solo vale en el inicio sin disparador del proceso.",
                "“{property_}” counts on the process's start without a trigger only.",
                property_=next(iter(said)),
                **where,  # type: ignore[arg-type]
            )
            continue
        wrong = [
            *(names(said.get(STARTERS)) - OFFICERS),
            *(item for item in names(said.get(ON)) if not _DOMAIN.search(item)),
        ]
        if wrong or (ON in said and not names(said.get(STARTERS))):
            findings.refuse(
                "starters.unknown",
                "«iniciadores» nombra funciones de oficiales y «ambitos» códigos de ámbito, con comas; «{text}» no lo es.",
                "“iniciadores” names roles of officers and “ambitos” codes of domains, with commas; “{text}” is none.",
                text=wrong[0] if wrong else said.get(STARTERS, ""),
                **where,  # type: ignore[arg-type]
            )
    return findings.items
