"""Administering accounts: invite, place, close, end sessions; and recovery, for which it takes two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from engine.access import accounts, audit, factors, links, mail, sessions
from engine.access.policy import require
from engine.casework import notifications, offices
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.access import Recovery, User
from engine.store.tables.base import new_id

NOT_ONESELF = Text("No puede hacerlo con su propia cuenta.", "You cannot do this to your own account.")
ANOTHER = Text(
    "Otra persona tiene que autorizarlo: quien lo pidió no puede.", "Somebody else has to agree: who asked cannot."
)
WAITING = Text("Ya hay una recuperación pedida para esta cuenta.", "A recovery was asked for this account already.")


def invite(
    context: Context, *, email: str, name: str, office_code: str, roles: Iterable[str], language: str = "es"
) -> UUID:
    """Make an account and mail its invitation. Raises ``Invalid`` with what is wrong, ``Conflict`` for a known address."""
    require(context.actor, "account:manage")
    wanted = list(roles)
    _check_place(office_code, wanted)
    user_id = accounts.create_user(
        context, email=email, name=name, office_code=office_code, roles=wanted, password=None, language=language
    )
    mail.post(context, user_id, links.INVITATION)
    audit.record(context, "account:invite", object_id=user_id, office=office_code, roles=sorted(wanted))
    return user_id


def invite_again(context: Context, user_id: UUID) -> None:
    """Mail the invitation once more, to an account that was never used. Raises ``Conflict`` for others."""
    require(context.actor, "account:manage", object_id=user_id)
    if not never_used(context, accounts.get(context, user_id)):
        raise Conflict
    mail.post(context, user_id, links.INVITATION)
    audit.record(context, "account:invite", object_id=user_id)


def never_used(context: Context, user: User) -> bool:
    """Whether nobody has set the account up yet."""
    return accounts.has_no_password(user) and not accounts.is_of_directory(context, user.id)


def place(context: Context, user_id: UUID, office_code: str, roles: Iterable[str]) -> None:
    """Give an account an office and roles."""
    require(context.actor, "account:manage", object_id=user_id)
    wanted = list(roles)
    _check_place(office_code, wanted)
    _not_oneself(context, user_id)
    accounts.set_place(context, user_id, office_code, wanted)
    audit.record(context, "account:place", object_id=user_id, office=office_code, roles=sorted(wanted))


def clear(context: Context, user_id: UUID, compartments: Iterable[str]) -> None:
    """Open compartments to somebody, and no others, beside those of their roles; never to oneself."""
    require(context.actor, "access:clear", object_id=user_id)
    _not_oneself(context, user_id)
    wanted = sorted(set(compartments))
    accounts.set_clearances(context, accounts.get(context, user_id).id, wanted)
    audit.record(context, "access:clear", object_id=user_id, compartments=wanted)


def set_active(context: Context, user_id: UUID, active: bool) -> None:
    """Close or open an account; closing ends its sessions and withdraws its links."""
    require(context.actor, "account:manage", object_id=user_id)
    _not_oneself(context, user_id)
    accounts.set_active(context, user_id, active)
    if not active:
        links.withdraw(context, user_id)
    audit.record(context, "account:open" if active else "account:close", object_id=user_id)


def end_sessions(context: Context, user_id: UUID) -> None:
    """End all sessions of an account."""
    require(context.actor, "account:manage", object_id=user_id)
    count = sessions.close_sessions_of(context, accounts.get(context, user_id).id)
    audit.record(context, "session:revoke", object_id=user_id, count=count)


def ask_recovery(context: Context, user_id: UUID, reason: str) -> None:
    """Ask that an account may have new factors. Raises ``Invalid`` without a reason, ``Conflict`` if asked already."""
    require(context.actor, "account:recover", object_id=user_id)
    _not_oneself(context, user_id)
    if not 5 <= len(reason.strip()) <= 500:
        raise Invalid(fields={"reason": Text("Diga por qué (de 5 a 500 letras).", "Say why (5 to 500 letters).")})
    user = accounts.get(context, user_id)
    waiting = select(Recovery.id).where(Recovery.user_id == user_id, Recovery.state == "asked")
    if not user.active or context.session.scalar(waiting) is not None:
        raise Conflict(WAITING)
    assert context.actor.id is not None
    context.session.add(
        Recovery(
            id=new_id(),
            user_id=user_id,
            reason=reason.strip(),
            state="asked",
            asked_by=context.actor.id,
            asked_at=context.now,
        )
    )
    audit.record(context, "account:recover", object_id=user_id, step="asked")
    text = Text(
        "Pidieron recuperar la cuenta de {name}. Otra persona tiene que autorizarlo en «Cuentas».",
        "Somebody asked to recover the account of {name}. Another person has to agree in “Accounts”.",
        {"name": user.name},
    )
    for role in ("supervisor", "director"):
        notifications.notify(context, "account.recovery", text, role=role, office_code=offices.HEADQUARTERS)


def answer_recovery(context: Context, recovery_id: UUID, agree: bool) -> None:
    """Agree, so that password and factors go and a link is mailed; or refuse. Never by who asked, nor for oneself."""
    require(context.actor, "account:recover", object_id=recovery_id)
    row = context.session.get(Recovery, recovery_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.state != "asked":
        raise Conflict
    _not_oneself(context, row.user_id)
    if agree and row.asked_by == context.actor.id:
        raise Forbidden(ANOTHER, permission="account:recover", object_id=row.user_id)
    row.state, row.answered_by, row.answered_at = ("agreed" if agree else "refused"), context.actor.id, context.now
    audit.record(context, "account:recover", object_id=row.user_id, step=row.state)
    if agree:
        factors.remove_all(context, row.user_id)
        accounts.take_password(context, row.user_id)
        links.withdraw(context, row.user_id)
        mail.post(context, row.user_id, links.RECOVERY)


def recoveries(context: Context) -> Sequence[tuple[Recovery, User, User]]:
    """What waits for an answer: the request, whose account, and who asked."""
    require(context.actor, "account:recover")
    rows = context.session.scalars(
        select(Recovery).where(Recovery.state == "asked").order_by(Recovery.asked_at, Recovery.id).limit(100)
    ).all()
    ids = {row.user_id for row in rows} | {row.asked_by for row in rows}
    users = {user.id: user for user in context.session.scalars(select(User).where(User.id.in_(ids)))}
    return [(row, users[row.user_id], users[row.asked_by]) for row in rows]


def _check_place(office_code: str, roles: Sequence[str]) -> None:
    wrong: dict[str, Text] = {}
    if office_code not in offices.packaged():
        wrong["office"] = Text("Elija una oficina.", "Choose an office.")
    if not roles:
        wrong["roles"] = Text("Elija al menos una función.", "Choose at least one role.")
    if wrong:
        raise Invalid(fields=wrong)


def _not_oneself(context: Context, user_id: UUID) -> None:
    if context.actor.id == user_id:
        raise Forbidden(NOT_ONESELF, permission="account:manage", object_id=user_id)
