"""The people of an office as actors, in a fixed number of queries however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select

from engine.access.actors import Actor
from engine.store import Context
from engine.store.prepared import Prepared, table_of
from engine.store.tables.access import User, UserClearance, UserRole

_users = table_of(User).c
ACCOUNT = (_users.id, _users.name, _users.office_code, _users.language, _users.email)


def at(context: Context, offices: Collection[str | None]) -> Sequence[Actor]:
    """Everybody with an account that is open at one of these offices, by name."""
    codes = sorted(code for code in offices if code)
    asked = {f"office{number}": code for number, code in enumerate(codes)}
    return _actors(_at(len(codes)).all(context.session, asked)) if codes else ()


def one(context: Context, user_id: UUID | None) -> Actor | None:
    """Somebody with an account that is open."""
    found = _actors(_one.all(context.session, {"id": user_id})) if user_id is not None else []
    return found[0] if found else None


def _people(which: ColumnElement[bool]) -> Prepared:
    """Open accounts with what each was given: a row for every role with every clearance."""
    return Prepared(
        select(*ACCOUNT, UserRole.role, UserClearance.compartment)
        .select_from(User)
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .outerjoin(UserClearance, UserClearance.user_id == User.id)
        .where(User.active, which)
        .order_by(User.name, User.id)
    )


@lru_cache(maxsize=20)
def _at(count: int) -> Prepared:
    offices = [bindparam(f"office{number}", type_=_users.office_code.type) for number in range(count)]
    return _people(_users.office_code.in_(offices))


_one = _people(_users.id == bindparam("id", type_=_users.id.type))


def _actors(rows: Iterable[Sequence[Any]]) -> list[Actor]:
    accounts: dict[UUID, Sequence[Any]] = {}
    roles: dict[UUID, set[str | None]] = {}
    clearances: dict[UUID, set[str | None]] = {}
    for *account, role, compartment in rows:
        accounts.setdefault(account[0], account)
        roles.setdefault(account[0], set()).add(role)
        clearances.setdefault(account[0], set()).add(compartment)
    return [
        Actor(
            id,
            name,
            office_code,
            frozenset(role for role in roles[id] if role is not None),
            language,
            email,
            clearances=frozenset(item for item in clearances[id] if item is not None),
        )
        for id, name, office_code, language, email in accounts.values()
    ]
