"""What a piece of work is handed: the open transaction, who acts, when, and the request that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Context:
    """Four fields, and no more. ``now`` is one instant for the whole transaction, aware, in UTC."""

    session: Session
    actor: Any
    now: datetime
    request_id: UUID
