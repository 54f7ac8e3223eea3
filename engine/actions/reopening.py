"""What an officer does to take up a closed case again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.access import audit
from engine.access.policy import may, require, require_case
from engine.actions import keys
from engine.casework import cases
from engine.errors import Invalid, Text
from engine.handlers import reopening
from engine.store import Context

LONGEST = 1_000


def can_reopen(context: Context, case_id: UUID) -> bool:
    """Whether the actor may open this case again now: it is closed, and not for too long."""
    case = require_case(context, case_id)
    return may(context.actor, "case:reopen") and cases.reopens(case, context.now)


def reopen(context: Context, case_id: UUID, told: str, idempotency_key: str | None = None) -> None:
    """Open a closed case again for what was ``told``, and start its procedure (handbook 00, step 11).

    Raises ``Invalid`` where nothing or too much is told, ``Conflict`` where the case is not closed or was so long ago.
    """
    require(context.actor, "case:reopen")
    keys.once(context, idempotency_key, lambda: _reopen(context, case_id, told))


def _reopen(context: Context, case_id: UUID, told: str) -> dict[str, Any]:
    require_case(context, case_id)
    news = told.strip()
    if not news or len(news) > LONGEST:
        raise Invalid(
            fields={
                "motivo": Text(
                    "Escriba qué hay de nuevo, de 1 a {n} caracteres.",
                    "Write what is new, 1 to {n} characters.",
                    {"n": LONGEST},
                )
            }
        )
    reopening.reopen(context, case_id, news)
    audit.record(context, "case:reopen", object_id=case_id, case_id=case_id)
    return {}
