"""The second factor: who needs one, who has one, and taking it all away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from engine.access import devices, passkeys, recovery_codes, totp
from engine.settings import Settings
from engine.store import Context


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account has beside its password."""

    totp: bool
    passkeys: int
    codes: int

    def __bool__(self) -> bool:
        return self.totp or self.passkeys > 0


def of_user(context: Context, user_id: UUID) -> Factors:
    """What the account has."""
    return Factors(
        totp.has(context, user_id),
        len(passkeys.of_user(context, user_id)),
        recovery_codes.left(context, user_id),
    )


def needed(settings: Settings, roles: Iterable[str]) -> bool:
    """Whether one of the roles asks for a second factor."""
    wanted = {role.strip() for role in settings.second_factor.split(",")}
    return "*" in wanted or not wanted.isdisjoint(roles)


def use_code(context: Context, user_id: UUID, code: str) -> str:
    """Which factor a code belongs to (``totp``, ``recovery_code``), now used; "" where it is wrong."""
    if totp.use(context, user_id, code):
        return "totp"
    return "recovery_code" if recovery_codes.use(context, user_id, code) else ""


def remove_all(context: Context, user_id: UUID) -> None:
    """Take away every factor and every device that is known."""
    totp.remove(context, user_id)
    passkeys.remove(context, user_id)
    recovery_codes.remove(context, user_id)
    devices.forget(context, user_id)
