"""Accounts, passwords, sessions and the limits of guessing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from sqlalchemy import func, select

from engine.access import accounts, limits, passwords, sessions
from engine.access.actors import SYSTEM, Actor
from engine.casework import offices
from engine.clock import MovableClock
from engine.errors import Conflict, Invalid, NotFound
from engine.store import Context, Store
from engine.store.tables.access import User, UserSession

PASSWORD = "una frase que nadie adivina"


@pytest.fixture
def eva(store: Store) -> UUID:
    """Eva's account, with two roles and a password."""

    def work(context: Context) -> UUID:
        offices.load(context)
        return accounts.create_user(
            context,
            email=" Eva@SIPROC.test ",
            name="Eva",
            office_code="MX-TAP",
            roles=["agente", "agente_nna"],
            password=PASSWORD,
        )

    return store.transact(work, SYSTEM)


def holder(store: Store, email: str, password: str) -> User | None:
    return store.read(lambda context: accounts.password_holder(context, email, password), SYSTEM)


def resumed(store: Store, secret: str) -> Actor | None:
    return store.read(lambda context: sessions.actor_of_session(context, secret, "10.0.0.1"), SYSTEM)


def due(store: Store, secret: str) -> bool:
    found = store.read(lambda context: sessions.held(context, secret), SYSTEM)
    return found is not None and sessions.needs_touch(found, store.clock.now())


def test_only_the_right_password_opens(store: Store, eva: UUID) -> None:
    right = holder(store, "eva@siproc.test", PASSWORD)

    assert right is not None
    assert right.id == eva
    assert holder(store, "eva@siproc.test", PASSWORD + " ") is None
    assert holder(store, "eva@siproc.test", PASSWORD * 50) is None
    assert holder(store, "nadie@siproc.test", PASSWORD) is None
    assert holder(store, "nadie@siproc.test", "nobody has this password") is None


@pytest.mark.parametrize("state", ["known", "closed", "without a password", "unknown"])
def test_refusing_costs_the_same_whatever_the_account(
    store: Store, eva: UUID, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """One digest of the same costs is compared with, so that the time to refuse tells nothing of who has an account."""
    compared: list[Parameters] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            compared.append(extract_parameters(str(hash)))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "HASHER", Counting.from_parameters(extract_parameters(passwords.NOBODY)))
    if state == "closed":
        store.transact(lambda context: accounts.set_active(context, eva, False), SYSTEM)
    if state == "without a password":
        store.transact(lambda context: accounts.take_password(context, eva), SYSTEM)
    address = "nadie@siproc.test" if state == "unknown" else "eva@siproc.test"

    assert holder(store, address, "not the password") is None
    assert compared == [extract_parameters(passwords.HASHER.hash("any"))]


def test_the_digest_is_argon2id_with_costs_that_hurt(store: Store, eva: UUID) -> None:
    stored = store.read(lambda context: context.session.get_one(User, eva).password_hash, SYSTEM)

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in stored


@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    [
        ({"password": "corta"}, Invalid, "password"),
        ({"password": "x" * 129}, Invalid, "password"),
        ({"email": "nadie"}, Invalid, "email"),
        ({"email": "a@b\r\nBcc: x@y"}, Invalid, "email"),
        ({"name": " "}, Invalid, "name"),
        ({"roles": ["sistema"]}, Invalid, "roles"),
        ({"roles": ["rey"]}, Invalid, "roles"),
        ({"email": "EVA@siproc.test"}, Conflict, None),
    ],
)
def test_it_refuses_an_account(store: Store, eva: UUID, change: Any, refusal: Any, field: str | None) -> None:
    values = {"email": "e@x.hn", "name": "E", "office_code": "MX-TAP", "roles": ["agente"], "password": PASSWORD}

    with pytest.raises(refusal) as refused:
        store.transact(lambda context: accounts.create_user(context, **(values | change)), SYSTEM)

    assert field is None or set(refused.value.fields) == {field}


def test_a_session_makes_its_holder_act(store: Store, eva: UUID) -> None:
    secret = store.transact(lambda context: sessions.open_session(context, eva), SYSTEM)

    actor = resumed(store, secret)

    assert actor is not None
    assert (actor.id, actor.name, actor.office_code, actor.email) == (eva, "Eva", "MX-TAP", "eva@siproc.test")
    assert actor.roles == {"agente", "agente_nna"}
    assert actor.address == "10.0.0.1"
    assert resumed(store, secret + "x") is None
    digest = store.read(lambda context: context.session.scalar(select(UserSession.digest)), SYSTEM)
    assert secret not in str(digest)


def test_a_session_ends_after_half_an_hour_unused_and_twelve_hours_at_most(
    store: Store, eva: UUID, clock: MovableClock
) -> None:
    secret = store.transact(lambda context: sessions.open_session(context, eva), SYSTEM)
    idle = store.transact(lambda context: sessions.open_session(context, eva), SYSTEM)

    for _ in range(24):
        clock.advance(timedelta(minutes=29, seconds=59))
        assert due(store, secret)
        store.transact(lambda context: sessions.touch(context, secret), SYSTEM)
        assert resumed(store, secret) is not None
    assert resumed(store, idle) is None

    clock.advance(timedelta(minutes=1))
    assert resumed(store, secret) is None
    store.transact(lambda context: sessions.touch(context, secret), SYSTEM)
    assert resumed(store, secret) is None

    assert store.transact(sessions.sweep, SYSTEM) == 2
    assert store.read(lambda context: context.session.scalar(select(func.count(UserSession.digest))), SYSTEM) == 0


def test_use_is_written_down_at_most_once_a_minute(store: Store, eva: UUID, clock: MovableClock) -> None:
    secret = store.transact(lambda context: sessions.open_session(context, eva), SYSTEM)

    clock.advance(timedelta(seconds=59))
    assert not due(store, secret)
    clock.advance(timedelta(seconds=2))
    assert due(store, secret)


@pytest.mark.parametrize(
    "end",
    [
        lambda context, user_id, secret: sessions.close_session(context, secret),
        lambda context, user_id, secret: sessions.close_sessions_of(context, user_id),
        lambda context, user_id, secret: accounts.set_active(context, user_id, False),
        lambda context, user_id, secret: accounts.set_password(context, user_id, "otra frase muy larga"),
    ],
    ids=["signed out", "all ended", "account closed", "password changed"],
)
def test_an_ended_session_opens_nothing(store: Store, eva: UUID, end: Any) -> None:
    secret = store.transact(lambda context: sessions.open_session(context, eva), SYSTEM)

    store.transact(lambda context: end(context, eva, secret), SYSTEM)

    assert resumed(store, secret) is None


def test_a_closed_account_cannot_sign_in(store: Store, eva: UUID) -> None:
    store.transact(lambda context: accounts.set_active(context, eva, False), SYSTEM)

    assert holder(store, "eva@siproc.test", PASSWORD) is None


def test_guessing_has_to_wait_and_others_need_not(store: Store, eva: UUID, clock: MovableClock) -> None:
    def check(email: str, address: str) -> None:
        store.read(lambda context: limits.check(context, limits.of_password(email, address)), SYSTEM)

    for _ in range(limits.PER_ACCOUNT):
        check("eva@siproc.test", "10.0.0.1")
        store.transact(lambda context: limits.count(context, limits.of_password("EVA@siproc.test", "10.0.0.1")), SYSTEM)

    with pytest.raises(limits.TooManyAttempts):
        check("eva@siproc.test", "10.0.0.2")
    check("otra@siproc.test", "10.0.0.1")
    clock.advance(limits.WINDOW)
    check("eva@siproc.test", "10.0.0.2")


def test_one_address_cannot_try_account_after_account(store: Store, eva: UUID) -> None:
    def fail(context: Context) -> None:
        for number in range(limits.PER_ADDRESS):
            limits.count(context, limits.of_password(f"{number}@siproc.test", "10.0.0.1"))

    store.transact(fail, SYSTEM)

    with pytest.raises(limits.TooManyAttempts):
        store.read(lambda context: limits.check(context, limits.of_password("eva@siproc.test", "10.0.0.1")), SYSTEM)


def test_only_those_who_work_at_tasks_are_listed_for_assignment(store: Store, cast: Any) -> None:
    def names(office: str) -> list[str]:
        return [user.name for user in store.read(lambda context: accounts.officers_at(context, office), SYSTEM)]

    store.transact(lambda context: accounts.set_active(context, cast.beto.id, False), SYSTEM)

    assert names("MX-TAP") == ["Ana", "Carla"]
    assert names("HN-TGU") == ["Sofía"]


def test_the_language_is_kept(store: Store, eva: UUID) -> None:
    store.transact(lambda context: accounts.set_language(context, eva, "en"), SYSTEM)

    assert store.read(lambda context: context.session.get_one(User, eva).language, SYSTEM) == "en"
    with pytest.raises(NotFound):
        store.transact(lambda context: accounts.set_language(context, UUID(int=1), "en"), SYSTEM)
