"""What people change about their own account: password, factors, sessions. Each asks for a fresh proof of who they are."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from engine.access import (
    accounts,
    audit,
    factors,
    limits,
    links,
    mail,
    notice_choices,
    passkeys,
    passwords,
    recovery_codes,
    sessions,
    totp,
)
from engine.access.actors import Actor
from engine.access.sessions import ENROL, Held
from engine.actions.sign_in import ENDED, WRONG_CODE, Door
from engine.casework import notice_mails, notifications
from engine.errors import Conflict, EngineError, Text
from engine.store import Context, Store

CHANGED = Text(
    "Cambió la seguridad de su cuenta. Si no fue usted, avise a su supervisión.",
    "The security of your account changed. If it was not you, tell your supervisors.",
)
LAST_ONE = Text(
    "Su función pide un segundo factor: agregue otro antes de quitar este.",
    "Your role asks for a second factor: add another one before you remove this.",
)


class NotFresh(EngineError):
    """Changing factors asks for a proof of who one is that is not older than ten minutes."""

    code = "not_fresh"
    default = Text("Confirme primero que es usted.", "First confirm that it is you.")


def confirm(store: Store, actor: Actor, secret: str, password: str, code: str) -> Text | None:
    """Prove again who one is: by the password, and by a code where there is an application. None, or what is wrong."""
    user_id = _id(actor)

    def verify(context: Context) -> bool | Text:
        try:
            limits.check(context, limits.of_factor(user_id))
        except limits.TooManyAttempts as error:
            return error.text
        stored = accounts.get(context, user_id).password_hash
        if stored == passwords.UNUSABLE:
            return totp.has(context, user_id)
        return passwords.matches(stored, password)

    def note(context: Context) -> Text | None:
        if isinstance(right, Text):
            audit.record(context, "account:confirm", object_id=user_id, allowed=False, reason="limit")
            return right
        if not right or (totp.has(context, user_id) and not factors.use_code(context, user_id, code)):
            limits.count(context, limits.of_factor(user_id))
            audit.record(context, "account:confirm", object_id=user_id, allowed=False, reason="proof")
            return WRONG_CODE if right else accounts.WRONG_PASSWORD
        sessions.confirm(context, secret)
        audit.record(context, "account:confirm", object_id=user_id)
        return None

    right = store.read(verify, actor)
    return store.transact(note, actor)


def confirm_by_passkey(
    store: Store, actor: Actor, secret: str, answer: str, challenge: bytes, door: Door
) -> Text | None:
    """The same by a passkey of one's own."""

    def work(context: Context) -> Text | None:
        fresh = links.spend(context, challenge.hex())
        user = passkeys.holder(context, door.site, answer, challenge) if fresh else None
        if user is None or user.id != actor.id:
            audit.record(context, "account:confirm", object_id=actor.id, allowed=False, reason="passkey")
            return passkeys.REFUSED
        sessions.confirm(context, secret)
        audit.record(context, "account:confirm", object_id=actor.id)
        return None

    return store.transact(work, actor)


def change_password(store: Store, held: Held, password: str) -> None:
    """Another password; all other sessions end. Raises ``NotFresh``, ``Invalid``."""
    actor = held.actor
    digest = passwords.hashed(password, (actor.email, actor.name))

    def work(context: Context) -> None:
        require_fresh(context, held)
        accounts.put_password(context, _id(actor), digest, keep=held.id)
        _changed(context, "account:password")

    store.transact(work, actor)


def begin_totp(context: Context, held: Held) -> None:
    """Make the secret for an authenticator application. Raises ``NotFresh``."""
    require_fresh(context, held)
    totp.begin(context, _id(held.actor))


def confirm_totp(context: Context, held: Held, code: str) -> list[str] | None:
    """Take the application into use. Recovery codes if there were none; None where the code is wrong."""
    require_fresh(context, held)
    if not totp.confirm(context, _id(held.actor), code):
        return None
    return _added(context, held, "totp")


def add_passkey(context: Context, held: Held, door: Door, answer: str, challenge: bytes, name: str) -> list[str]:
    """Keep a passkey. Recovery codes if there were none. Raises ``NotFresh``, ``Invalid``, ``Conflict``."""
    require_fresh(context, held)
    if not links.spend(context, challenge.hex()):
        raise Conflict(ENDED)
    passkeys.add(context, door.site, _id(held.actor), answer, challenge, name)
    return _added(context, held, "passkey")


def renew_codes(context: Context, held: Held) -> list[str]:
    """New recovery codes in place of the old ones. Raises ``NotFresh``."""
    require_fresh(context, held)
    codes = recovery_codes.renew(context, _id(held.actor))
    _changed(context, "account:recovery_codes")
    return codes


def remove_totp(context: Context, held: Held, door: Door) -> None:
    """Forget the application. Raises ``NotFresh``, and ``Conflict`` for the last factor of one who needs it."""
    require_fresh(context, held)
    totp.remove(context, _id(held.actor))
    _removed(context, held, door, "totp")


def remove_passkey(context: Context, held: Held, door: Door, passkey_id: UUID) -> None:
    """Forget a passkey. Raises the same."""
    require_fresh(context, held)
    passkeys.remove(context, _id(held.actor), passkey_id)
    _removed(context, held, door, "passkey")


def choose_notices(context: Context, ways: Mapping[str, str], hour: str) -> None:
    """Choose for each topic of notices whether it comes by mail, and when the digest does. Raises ``Invalid``."""
    user_id, zone = _id(context.actor), notice_mails.zone_of(context.actor.office_code)
    notice_choices.choose(context, user_id, ways, hour, zone)
    audit.record(context, "account:notices", object_id=user_id)


def end_session(context: Context, held: Held, session_id: UUID) -> None:
    """End one of one's sessions."""
    sessions.close_one_of(context, _id(held.actor), session_id)
    audit.record(context, "session:revoke", object_id=session_id)


def end_others(context: Context, held: Held) -> None:
    """End all of one's sessions but this one."""
    sessions.close_sessions_of(context, _id(held.actor), but=held.id)
    audit.record(context, "session:revoke", object_id=held.actor.id)


def _added(context: Context, held: Held, factor: str) -> list[str]:
    user_id = _id(held.actor)
    if held.stage == ENROL:  # part of setting the account up: nothing to warn of
        audit.record(context, "account:add_factor", object_id=user_id, factor=factor)
    else:
        _changed(context, "account:add_factor", factor=factor)
    return [] if recovery_codes.left(context, user_id) else recovery_codes.renew(context, user_id)


def _removed(context: Context, held: Held, door: Door, factor: str) -> None:
    left = factors.of_user(context, _id(held.actor))
    if not left and factors.needed(door.settings, held.actor.roles):
        raise Conflict(LAST_ONE)
    if not left:
        recovery_codes.remove(context, _id(held.actor))
    _changed(context, "account:remove_factor", factor=factor)


def _changed(context: Context, action: str, factor: str = "") -> None:
    user_id = _id(context.actor)
    audit.record(context, action, object_id=user_id, factor=factor)
    notifications.notify(context, "account.security", CHANGED, user_id=user_id)
    mail.post(context, user_id, "factor", at=f"{context.now:%Y-%m-%d %H:%M}")


def require_fresh(context: Context, held: Held) -> None:
    """Raise ``NotFresh`` unless the holder proved a short while ago who they are, or is setting the account up."""
    if held.stage != ENROL and not held.fresh(context.now):
        raise NotFresh


def _id(actor: Actor) -> UUID:
    assert actor.id is not None
    return actor.id
