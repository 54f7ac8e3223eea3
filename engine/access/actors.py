"""Who acts now."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Token:
    """A key by which a program acts for a user: what it is for, and so what it may at most."""

    id: UUID
    scopes: frozenset[str]
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user, a program with a user's key, or the system.

    ``roles`` are lane ids of the handbook (section 3).

    ``clearances`` are the compartments that were opened to this person, beside those that come with a role; ``opened``
    the case files that they opened by giving a reason and that are still open to them. ``standing_in`` are the people
    who are away now and whose tasks this person does meanwhile.
    """

    id: UUID | None
    name: str
    office_code: str
    roles: frozenset[str]
    language: str = "es"
    email: str = ""
    kind: str = "user"
    address: str = field(default="", compare=False)
    token: Token | None = None
    clearances: frozenset[str] = frozenset()
    opened: frozenset[UUID] = frozenset()
    standing_in: frozenset[UUID] = frozenset()


SYSTEM = Actor(None, "SIPROC", "HN-TGU", frozenset({"sistema"}), kind="system")
