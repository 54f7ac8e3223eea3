"""Signing in, step by step, and out. What fails is counted and audited, so these return what is wrong, not raise it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from engine.access import accounts, audit, devices, factors, limits, links, mail, passkeys, passwords, sessions
from engine.access.actors import Actor
from engine.access.directory import Claims, Place
from engine.casework import notifications
from engine.errors import Conflict, Invalid, Text
from engine.settings import Settings
from engine.store import Context, Store
from engine.store.tables.access import User

ENDED = Text(
    "Pasó demasiado tiempo, o el enlace ya se usó. Empiece de nuevo.",
    "Too much time went by, or the link was used already. Start again.",
)
WRONG_CODE = Text("El código no es correcto o ya se usó.", "The code is not right or was used already.")
SET_UP = Text(
    "Su función pide un segundo factor. Le enviamos un correo con un enlace para ponerlo.",
    "Your role asks for a second factor. We sent you a mail with a link for setting it up.",
)
NO_PLACE = Text(
    "El directorio lo conoce, pero no le da una función en SIPROC. Hable con su administrador.",
    "The directory knows you, but gives you no role in SIPROC. Speak to your administrator.",
)
TAKEN = Text(
    "Ya hay una cuenta con su correo que no es del directorio. Hable con su administrador.",
    "There is an account with your e-mail that is not the directory's. Speak to your administrator.",
)


@dataclass(frozen=True, slots=True)
class Door:
    """From where somebody wants to come in, and by which rules."""

    settings: Settings
    agent: str = ""
    device: str = ""  # cookie of a browser that signed in before
    old: str = ""  # the secret of the session there, which ends with the next step: none outlives a sign-in

    @property
    def terms(self) -> sessions.Terms:
        """How long a session lasts."""
        return sessions.Terms(
            timedelta(minutes=self.settings.session_idle), timedelta(hours=self.settings.session_absolute)
        )

    @property
    def site(self) -> passkeys.Site:
        """Where passkeys are valid."""
        return passkeys.Site(self.settings.address)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session's secret, how far it is open, and the cookie of the device."""

    secret: str
    stage: str
    device: str = ""


def sign_in(store: Store, actor: Actor, email: str, password: str, door: Door) -> Opened | Text:
    """By password. A second factor may be asked next (``stage``).

    The limits go by account and by address, or by the device where the account knows it. The password is verified
    outside the writing transaction: hashing takes long on purpose, and other writers must not wait for it.
    """

    def verify(context: Context) -> tuple[UUID | Text, dict[str, int]]:
        known = accounts.by_email(context, email)
        device = devices.knows(context, known.id if known is not None else None, door.device)
        keys = limits.of_password(email, actor.address, device)
        try:
            limits.check(context, keys)
        except limits.TooManyAttempts as error:
            return error.text, keys
        user = accounts.password_holder(context, email, password)
        return (user.id if user is not None else accounts.WRONG), keys

    def note(context: Context) -> Opened | Text:
        if isinstance(found, UUID):
            return _enter(context, found, "password", door, strong=False)
        if found is accounts.WRONG:
            limits.count(context, keys)
        _refused(context, "password" if found is accounts.WRONG else "limit")
        return found

    found, keys = store.read(verify, actor)
    return store.transact(note, actor)


def second_step(store: Store, actor: Actor, code: str, door: Door) -> Opened | Text:
    """The code of an application or a recovery code, after the password."""

    def work(context: Context) -> Opened | Text:
        session = sessions.held(context, door.old)
        if session is None or session.stage != sessions.SECOND or session.actor.id is None:
            return ENDED
        user_id, keys = session.actor.id, limits.of_factor(session.actor.id)
        try:
            limits.check(context, keys)
        except limits.TooManyAttempts as error:
            _refused(context, "limit", user_id)
            return error.text
        used = factors.use_code(context, user_id, code)
        if not used:
            limits.count(context, keys)
            _refused(context, "code", user_id)
            return WRONG_CODE
        return _open(context, user_id, session.method, door, factor=used)

    return store.transact(work, actor)


def by_passkey(store: Store, actor: Actor, answer: str, challenge: bytes, door: Door) -> Opened | Text:
    """By a passkey, alone or after the password."""

    def work(context: Context) -> Opened | Text:
        if not links.spend(context, challenge.hex()):
            return ENDED
        user = passkeys.holder(context, door.site, answer, challenge)
        if user is None:
            _refused(context, "passkey")
            return passkeys.REFUSED
        return _open(context, user.id, "passkey", door, factor="passkey")

    return store.transact(work, actor)


def by_directory(store: Store, actor: Actor, claims: Claims, place: Place | None, door: Door) -> Opened | Text:
    """By the ministry's directory: its groups decide roles and office, each time; an account is made at first."""

    def work(context: Context) -> Opened | Text:
        user = accounts.by_identity(context, claims.issuer, claims.subject)
        if user is not None and not user.active:
            return refuse(NO_PLACE, user.id)
        if place is None and (door.settings.oidc_groups or user is None):
            return refuse(NO_PLACE, user.id if user is not None else None)
        if user is not None:
            user_id = user.id
        else:
            if accounts.by_email(context, claims.email) is not None:
                return refuse(TAKEN)
            assert place is not None
            try:
                user_id = accounts.create_user(
                    context,
                    email=claims.email,
                    name=claims.name,
                    office_code=place.office_code,
                    roles=(),
                    password=None,
                )
            except (Invalid, Conflict):
                return refuse(NO_PLACE)
            accounts.add_identity(context, user_id, claims.issuer, claims.subject)
            audit.record(context, "account:create", object_id=user_id, by="directory")
        if place is not None:
            _keep_place(context, user_id, place)
        return _enter(context, user_id, "directory", door, strong=claims.strong)

    def refuse(text: Text, user_id: UUID | None = None) -> Text:
        refusals.append(user_id)
        return text

    refusals: list[UUID | None] = []
    found = store.transact(work, actor)
    if isinstance(found, Text):
        store.transact(lambda context: _refused(context, "directory", refusals[-1]), actor)
    return found


def _keep_place(context: Context, user_id: UUID, place: Place) -> None:
    """What the directory says now replaces what it said before."""
    user = accounts.get(context, user_id)
    roles = frozenset(accounts.roles_of(context, [user_id])[user_id])
    if (user.office_code, roles) != (place.office_code, place.roles):
        accounts.set_place(context, user_id, place.office_code, place.roles)
        audit.record(context, "account:place", object_id=user_id, office=place.office_code, roles=sorted(place.roles))


def refuse_directory(store: Store, actor: Actor) -> None:
    """Note that an answer of the directory was not believed."""
    store.transact(lambda context: _refused(context, "directory"), actor)


def spend(store: Store, actor: Actor, state: str) -> bool:
    """Whether this state comes back for the first time."""
    return store.transact(lambda context: links.spend(context, state), actor)


def ask_for_link(store: Store, actor: Actor, email: str) -> None:
    """Mail a link for another password, if the account has one; who asks never learns whether it does."""

    def work(context: Context) -> None:
        keys = limits.of_mail(email, actor.address)
        try:
            limits.check(context, keys)
        except limits.TooManyAttempts:
            _refused(context, "limit")
            return
        limits.count(context, keys)
        user = accounts.by_email(context, email)
        if user is not None and user.active and not accounts.is_of_directory(context, user.id):
            mail.post(context, user.id, links.PASSWORD)
            audit.record(context, "account:ask_link", object_id=user.id)

    store.transact(work, actor)


def by_link(store: Store, actor: Actor, secret: str, password: str, door: Door) -> Opened | Text:
    """A mailed link: set the password; then the second factor is asked for, or set up. Raises ``Invalid``."""
    found = store.read(lambda context: links.find(context, secret), actor)
    if found is None:
        return ENDED
    digest = passwords.hashed(password, (found[1].email, found[1].name))

    def work(context: Context) -> Opened | Text:
        used = links.use(context, secret)
        if used is None:
            return ENDED
        purpose, user = used
        accounts.put_password(context, user.id, digest)
        links.withdraw(context, user.id)
        audit.record(context, "account:password", object_id=user.id, by=purpose)
        if purpose == links.PASSWORD:
            mail.post(context, user.id, "factor", at=_at(context))
        return _enter(context, user.id, "link", door, strong=False)

    return store.transact(work, actor)


def sign_out(context: Context, secret: str) -> None:
    """End the session."""
    sessions.close_session(context, secret)
    audit.record(context, "session:close")


def anonymous(address: str) -> Actor:
    """Who acts before anybody has signed in."""
    return Actor(None, "", "", frozenset(), kind="anonymous", address=address)


def enter_after_enrolling(context: Context, session: sessions.Held, door: Door) -> Opened:
    """The second factor stands: the session that waited for it gives way to an open one."""
    assert session.actor.id is not None
    return _open(context, session.actor.id, session.method, door, factor="new")


def _enter(context: Context, user_id: UUID, method: str, door: Door, *, strong: bool) -> Opened | Text:
    """In, or to the step that is missing."""
    has = factors.of_user(context, user_id)
    roles = accounts.roles_of(context, [user_id])[user_id]
    if strong or not (has or factors.needed(door.settings, roles)):
        return _open(context, user_id, method, door)
    if has:
        return _wait(context, user_id, method, door, sessions.SECOND)
    if method != "password":
        return _wait(context, user_id, method, door, sessions.ENROL)
    # Who only has the password of an account without a second factor must not give it theirs: its mail decides.
    user = accounts.get(context, user_id)
    keys = limits.of_mail(user.email, "")
    try:
        limits.check(context, keys)
    except limits.TooManyAttempts:
        return SET_UP
    limits.count(context, keys)
    mail.post(context, user_id, links.PASSWORD)
    _refused(context, "no_factor", user_id)
    return SET_UP


def _wait(context: Context, user_id: UUID, method: str, door: Door, stage: str) -> Opened:
    sessions.close_session(context, door.old)
    secret = sessions.open_session(
        context, user_id, address=context.actor.address, agent=door.agent, stage=stage, method=method
    )
    audit.record(context, "session:begin", object_id=user_id, by=method, next=stage)
    return Opened(secret, stage)


def _open(context: Context, user_id: UUID, method: str, door: Door, *, factor: str = "") -> Opened:
    address = context.actor.address
    sessions.close_session(context, door.old)
    secret = sessions.open_session(context, user_id, address=address, agent=door.agent, method=method, terms=door.terms)
    had_some = devices.has_any(context, user_id)
    cookie, new = devices.note(context, user_id, door.device)
    audit.record(context, "session:open", object_id=user_id, by=method, factor=factor, new_device=new)
    if new and had_some:
        _tell_of_device(context, accounts.get(context, user_id), door)
    return Opened(secret, sessions.OPEN, cookie)


def _tell_of_device(context: Context, user: User, door: Door) -> None:
    agent = door.agent[:120] or "?"
    notifications.notify(
        context,
        "account.new_device",
        Text(
            "Se entró a su cuenta desde un dispositivo nuevo ({agent}). Si no fue usted, cierre esa sesión en «Mi cuenta».",
            "Your account was entered from a new device ({agent}). If it was not you, end that session in “My account”.",
            {"agent": agent},
        ),
        user_id=user.id,
    )
    mail.post(context, user.id, "new_device", agent=agent, at=_at(context))


def _at(context: Context) -> str:
    return f"{context.now:%Y-%m-%d %H:%M}"


def _refused(context: Context, reason: str, user_id: UUID | None = None) -> None:
    audit.record(context, "session:open", object_id=user_id, allowed=False, reason=reason)
