"""Accounts: who there is, with which roles, at which office."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select

from engine.access import passwords, sessions, tokens
from engine.access.matrix import COMPARTMENTS, OFFICERS, ROLES
from engine.errors import Conflict, Invalid, NotFound, Text
from engine.store import Context
from engine.store.tables.access import Identity, User, UserClearance, UserRole
from engine.store.tables.base import new_id

WRONG = Text("El correo o la contraseña no son correctos.", "The e-mail or the password is not right.")
WRONG_PASSWORD = Text("La contraseña no es correcta.", "The password is not right.")


def create_user(
    context: Context,
    *,
    email: str,
    name: str,
    office_code: str,
    roles: Iterable[str],
    password: str | None,
    language: str = "es",
) -> UUID:
    """Make an account; without a password nobody signs in with one until it is set.

    Raises ``Invalid`` for a weak password, an address that is none or an unknown role, ``Conflict`` for a known address.
    """
    address = email.strip().lower()
    wanted = _roles(roles)
    wrong: dict[str, Text] = {}
    if not address or len(address) > 200 or address.count("@") != 1 or any(c.isspace() or ord(c) < 32 for c in address):
        wrong["email"] = Text("No es un correo electrónico.", "This is not an e-mail address.")
    if not name.strip() or len(name) > 200 or any(ord(c) < 32 for c in name):
        wrong["name"] = Text("Escriba el nombre (hasta 200 letras).", "Write the name (up to 200 letters).")
    if wrong:
        raise Invalid(fields=wrong)
    if by_email(context, address) is not None:
        raise Conflict(Text("Ya hay una cuenta con ese correo.", "There is an account with that e-mail already."))
    user = User(
        id=new_id(),
        email=address,
        name=name.strip(),
        office_code=office_code,
        language="en" if language == "en" else "es",
        password_hash=passwords.UNUSABLE if password is None else passwords.hashed(password, (email, name)),
        active=True,
        created_at=context.now,
    )
    context.session.add(user)
    context.session.flush()
    context.session.add_all(UserRole(user_id=user.id, role=role) for role in sorted(wanted))
    context.session.flush()
    return user.id


def _roles(roles: Iterable[str]) -> set[str]:
    wanted = set(roles)
    if not wanted <= set(ROLES) - {"sistema"}:
        raise Invalid(fields={"roles": Text("Hay una función desconocida.", "There is an unknown role.")})
    return wanted


def by_email(context: Context, email: str) -> User | None:
    """The account with this address."""
    return context.session.scalars(select(User).where(User.email == email.strip().lower()[:200])).first()


def password_holder(context: Context, email: str, password: str) -> User | None:
    """The active user whose password this is; takes as long for an unknown account."""
    user = by_email(context, email)
    known = user is not None and user.active
    right = passwords.matches(user.password_hash if known and user is not None else None, password)
    return user if known and right else None


def set_active(context: Context, user_id: UUID, active: bool) -> None:
    """Close or open an account; closing ends its sessions and its programs' keys at once."""
    get(context, user_id).active = active
    if not active:
        sessions.close_sessions_of(context, user_id)
        tokens.end_all(context, user_id)


def set_password(context: Context, user_id: UUID, password: str, *, keep: UUID | None = None) -> None:
    """Give an account another password; its sessions end, but ``keep``. Raises ``Invalid`` for a weak one."""
    user = get(context, user_id)
    put_password(context, user_id, passwords.hashed(password, (user.email, user.name)), keep=keep)


def put_password(context: Context, user_id: UUID, digest: str, *, keep: UUID | None = None) -> None:
    """The same with a password's digest, made before the transaction."""
    get(context, user_id).password_hash = digest
    sessions.close_sessions_of(context, user_id, but=keep)


def take_password(context: Context, user_id: UUID) -> None:
    """Let no password open the account; its sessions and its programs' keys end."""
    get(context, user_id).password_hash = passwords.UNUSABLE
    sessions.close_sessions_of(context, user_id)
    tokens.end_all(context, user_id)


def set_place(context: Context, user_id: UUID, office_code: str, roles: Iterable[str]) -> None:
    """Give an account an office and its roles. Raises ``Invalid`` for an unknown role."""
    wanted = _roles(roles)
    user = get(context, user_id)
    if user.office_code != office_code:
        user.office_code, user.digest_at = office_code, None  # its clock may be another one
    context.session.execute(delete(UserRole).where(UserRole.user_id == user_id))
    context.session.add_all(UserRole(user_id=user_id, role=role) for role in sorted(wanted))
    context.session.flush()


def set_clearances(context: Context, user_id: UUID, compartments: Iterable[str]) -> None:
    """Open compartments to a user, and no others. Raises ``Invalid`` for an unknown one."""
    wanted = set(compartments)
    if not wanted <= COMPARTMENTS.keys():
        raise Invalid(fields={"clearances": Text("Ese compartimento no existe.", "There is no such compartment.")})
    context.session.execute(delete(UserClearance).where(UserClearance.user_id == user_id))
    context.session.add_all(
        UserClearance(user_id=user_id, compartment=name, given_by=context.actor.id, given_at=context.now)
        for name in sorted(wanted)
    )
    context.session.flush()


def clearances_of(context: Context, user_id: UUID) -> set[str]:
    """The compartments that were opened to a user by name."""
    return set(context.session.scalars(select(UserClearance.compartment).where(UserClearance.user_id == user_id)))


def set_language(context: Context, user_id: UUID, language: str) -> None:
    """Remember the language that a user reads."""
    get(context, user_id).language = "en" if language == "en" else "es"


def by_identity(context: Context, issuer: str, subject: str) -> User | None:
    """The account that a directory's person has here."""
    row = context.session.get(Identity, (issuer[:300], subject[:255]))
    return context.session.get(User, row.user_id) if row is not None else None


def is_of_directory(context: Context, user_id: UUID) -> bool:
    """Whether the directory vouches for this account."""
    return context.session.scalar(select(Identity.subject).where(Identity.user_id == user_id).limit(1)) is not None


def has_no_password(user: User) -> bool:
    """Whether no password opens the account."""
    return user.password_hash == passwords.UNUSABLE


def add_identity(context: Context, user_id: UUID, issuer: str, subject: str) -> None:
    """Remember which account a directory's person has here."""
    row = Identity(issuer=issuer[:300], subject=subject[:255], user_id=user_id, created_at=context.now)
    context.session.add(row)
    context.session.flush()


def listed(context: Context, words: str = "", limit: int = 200) -> Sequence[User]:
    """Accounts by name, those first that are open; ``words`` narrows to a part of a name or an address."""
    query = select(User).order_by(User.active.desc(), User.name, User.id).limit(limit)
    if words.strip():
        part = words.strip().lower()[:100]
        query = query.where(User.email.contains(part, autoescape=True) | User.name.icontains(part, autoescape=True))
    return context.session.scalars(query).all()


def roles_of(context: Context, users: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The roles of some accounts."""
    found: dict[UUID, list[str]] = {user_id: [] for user_id in users}
    query = select(UserRole.user_id, UserRole.role).where(UserRole.user_id.in_(users)).order_by(UserRole.role)
    for user_id, role in context.session.execute(query):
        found[user_id].append(role)
    return found


def officers_at(context: Context, office_code: str) -> Sequence[User]:
    """The active users of an office who have a role that works at tasks, by name."""
    working = select(UserRole.user_id).where(UserRole.role.in_(sorted(OFFICERS)))
    query = select(User).where(User.office_code == office_code, User.active, User.id.in_(working))
    return context.session.scalars(query.order_by(User.name, User.id)).all()


def get(context: Context, user_id: UUID) -> User:
    """The account. Raises ``NotFound``."""
    user = context.session.get(User, user_id)
    if user is None:
        raise NotFound
    return user
