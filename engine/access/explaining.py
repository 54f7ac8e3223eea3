"""Why somebody sees so much of a case and no more, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.access.actors import Actor
from engine.access.facts import Facts
from engine.access.matrix import LEVELS, REACHES, ROLES, Grant, Level
from engine.access.policy import gives, grants_of


@dataclass(frozen=True, slots=True)
class Reason:
    """What one grant of one role gives over a case; ``level`` None: nothing here."""

    role: str
    reach: str
    domain: str | None
    level: Level | None
    would: Level  # what it gives where it holds


def reasons(actor: Actor, facts: Facts) -> Sequence[Reason]:
    """Every grant of the actor's roles over a case, what gives most first."""
    found = [_reason(grant, gives(actor, grant, facts)) for grant in grants_of(actor)]
    return sorted(found, key=lambda reason: (-_rank(reason.level), -reason.would.rank, reason.role))


def _reason(grant: Grant, level: Level | None) -> Reason:
    role = ROLES.get(grant.role, grant.role)
    return Reason(role, REACHES[grant.reach], grant.domain, level, grant.reserved if grant.sealed and grant.reserved else grant.level)  # fmt: skip


def _rank(level: Level | None) -> int:
    return -1 if level is None else level.rank


def level_name(level: Level | None) -> str:
    """A level as people read it."""
    return "Nada" if level is None else LEVELS[level]
