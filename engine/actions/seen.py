"""A case file as far as somebody sees it: what is above their level is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from engine.access.matrix import Level
from engine.store.tables.casework import CaseFile


@dataclass(frozen=True, slots=True)
class CaseHead:
    """The head of a case file; None and empty stand for what is unknown and for what is not theirs to see alike."""

    id: UUID
    level: Level
    folio: str
    previous_folio: str | None
    provisional: bool
    office_code: str
    status: str
    priority: str | None
    opened_at: datetime
    closed_at: datetime | None
    owner_id: UUID | None
    version: int
    domain: str | None
    type: str | None
    resolution: str | None
    title: str
    compartments: Sequence[str]
    erased_at: datetime | None

    @property
    def reserved(self) -> bool:
        """Whether its reader sees only that it exists."""
        return self.level is Level.META

    def sees(self, level: str) -> bool:
        """Whether its reader sees what is of this level."""
        return self.level.reaches(Level(level))

    @property
    def named(self) -> bool:
        """Whether its reader sees whose case it is."""
        return self.level.reaches(Level.NAME)


class CaseRow(NamedTuple):
    """What a head is made of, where a statement asks for these columns of a case file alone."""

    id: UUID
    folio: str
    previous_folio: str | None
    provisional: bool
    office_code: str
    status: str
    priority: str | None
    opened_at: datetime
    closed_at: datetime | None
    owner_id: UUID | None
    version: int
    domain: str | None
    type: str | None
    resolution: str | None
    compartments: Sequence[str]
    erased_at: datetime | None
    title: str = ""


def head(case: CaseFile | CaseRow, level: Level) -> CaseHead:
    """The head of a case file for a reader of this level."""
    known = level.reaches(Level.N0)
    return CaseHead(
        id=case.id,
        level=level,
        folio=case.folio,
        previous_folio=case.previous_folio,
        provisional=case.provisional,
        office_code=case.office_code,
        status=case.status,
        priority=case.priority,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        owner_id=case.owner_id,
        version=case.version,
        domain=case.domain if known else None,
        type=case.type if known else None,
        resolution=case.resolution if known else None,
        title=case.title if level.reaches(Level.NAME) else "",
        compartments=tuple(case.compartments) if level.reaches(Level.N3) else (),
        erased_at=case.erased_at,
    )
