"""The ministry's directory: a real provider in its own process, and answers that must not be believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from engine.access import accounts
from engine.access.actors import SYSTEM
from engine.access.directory import Directory, DirectoryRefused
from engine.clock import MovableClock, SystemClock
from engine.settings import load
from engine.store import Store
from tests.oidc import STRONG, Provider, running
from tests.webui.test_accounts import House, Window

BACK = "http://localhost/entrar/directorio/regreso"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The provider, for all tests of this module."""
    with running(BACK, tmp_path_factory.mktemp("directory")) as started:
        yield started


@pytest.fixture
def house(store: Store, clock: MovableClock, tmp_path: Path, provider: Provider) -> House:
    """A house that trusts the directory; its clock goes right, for the directory's does."""
    clock.set(SystemClock().now())
    return House(store, tmp_path, second_factor="none", **provider.settings())


def sent_back(house: House, provider: Provider, window: Window, login: str, *, strong: bool = False) -> str:
    """Go to the directory and sign in there; the address at which it sends back."""
    away = window.client.get("/entrar/directorio?next=/avisos").headers["Location"]
    assert away.startswith(provider.issuer)
    assert "code_challenge_method=S256" in away
    return provider.sign_in(away, login, strong=strong).removeprefix("http://localhost")


def place(house: House, email: str) -> tuple[str, list[str]]:
    """Office and roles of an account."""
    user = house.user(email)
    roles = house.store.read(lambda context: accounts.roles_of(context, [user.id]), SYSTEM)
    return user.office_code, roles[user.id]


def test_the_directory_lets_in_and_its_groups_give_office_and_roles(house: House, provider: Provider) -> None:
    window = house.window()
    answer = window.client.get(sent_back(house, provider, window, "eva"))

    assert answer.headers["Location"] == "/avisos"
    assert window.inside()
    assert place(house, "eva@rree.example") == ("MX-TAP", ["agente"])
    ada = house.enter("ada")
    ada.post(f"/cuentas/{house.user('eva@rree.example').id}/lugar", office="US-HOU", roles=["consul"])
    again = house.window()
    again.client.get(sent_back(house, provider, again, "eva"))
    assert again.inside()
    assert place(house, "eva@rree.example") == ("MX-TAP", ["agente"])
    assert "no son correctos" in house.window().sign_in("eva@rree.example", "").get_data(as_text=True)


def test_an_answer_counts_once_and_only_where_it_was_asked_for(house: House, provider: Provider) -> None:
    window, thief = house.window(), house.window()
    address = sent_back(house, provider, window, "eva")
    kept = window.client.get_cookie("siproc-form").value  # type: ignore[union-attr]

    assert thief.client.get(address).status_code == 401
    assert window.client.get(address).status_code == 302
    thief.client.set_cookie("siproc-form", kept)
    assert thief.client.get(address).status_code == 401
    assert not thief.inside()
    assert [row.data["reason"] for row in house.audited("session:open") if not row.allowed] == ["directory"] * 2


def test_another_state_is_refused(house: House, provider: Provider) -> None:
    window = house.window()
    first = sent_back(house, provider, window, "eva")
    sent_back(house, provider, window, "eva")  # now this one is what is waited for

    assert window.client.get(first).status_code == 401
    assert window.client.get("/entrar/directorio/regreso?code=x&state=y").status_code == 401
    assert not window.inside()


@pytest.mark.parametrize(("login", "said"), [("nadie", "no le da una función"), ("ana", "no es del directorio")])
def test_the_directory_does_not_let_in_everybody(house: House, provider: Provider, login: str, said: str) -> None:
    window = house.window()
    answer = window.client.get(sent_back(house, provider, window, login))

    assert answer.status_code == 401
    assert said in answer.get_data(as_text=True)
    assert not window.inside()


def test_a_closed_account_stays_closed(house: House, provider: Provider) -> None:
    window = house.window()
    window.client.get(sent_back(house, provider, window, "eva"))
    house.store.transact(lambda c: accounts.set_active(c, house.user("eva@rree.example").id, False), SYSTEM)
    assert not window.inside()

    assert window.client.get(sent_back(house, provider, window, "eva")).status_code == 401


def test_our_second_factor_is_asked_unless_the_directory_confirms_two(
    store: Store, clock: MovableClock, tmp_path: Path, provider: Provider
) -> None:
    clock.set(SystemClock().now())
    house = House(store, tmp_path, oidc_acr=STRONG, **provider.settings())
    weak, strong = house.window(), house.window()

    assert weak.client.get(sent_back(house, provider, weak, "eva")).headers["Location"] == "/cuenta/factor"
    assert not weak.inside()
    assert strong.client.get(sent_back(house, provider, strong, "saul", strong=True)).status_code == 302
    assert strong.inside()


def without_signature(claims: dict[str, Any]) -> str:
    """A token of the kind ``alg: none``."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def test_forged_tokens_are_refused(provider: Provider) -> None:
    settings = replace(load({}), public_url="http://localhost", **provider.settings())  # type: ignore[arg-type]
    directory, now = Directory(settings), SystemClock().now()
    stamp = int(now.timestamp())
    claims = {"iss": provider.issuer, "sub": "eva", "aud": "siproc", "nonce": "n", "iat": stamp, "exp": stamp + 60}
    key = RSAKey.generate_key(2048)
    public = json.dumps({"keys": [key.as_dict(private=False)]})

    forged = [
        without_signature(claims),
        jwt.encode({"alg": "RS256"}, claims, key),
        jwt.encode({"alg": "RS256", "jwk": key.as_dict(private=False)}, claims, key),
        "",
        "a.b.c",
        public,
    ]

    for token in forged:
        with pytest.raises(DirectoryRefused):
            directory.verified(token, "n", now)


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"}, {"aud": ["siproc", "another"]}, {"azp": "another"}, {"iss": "http://localhost:1"},
        {"nonce": "other"}, {"nonce": None}, {"exp": -3600}, {"sub": None},
    ],
    ids=str,
)  # fmt: skip
def test_tokens_that_are_signed_but_not_for_this_are_refused(change: dict[str, Any], provider: Provider) -> None:
    settings = replace(load({}), public_url="http://localhost", **provider.settings())  # type: ignore[arg-type]
    directory, now = Directory(settings), SystemClock().now()
    key = RSAKey.generate_key(2048)
    directory._keys = key  # as if the provider had signed
    good = token_claims(provider, now)
    assert directory.verified(jwt.encode({"alg": "RS256"}, good, key), "n", now)["sub"] == "eva"

    wrong = {**good, **change}
    if change.get("exp"):
        wrong["exp"] = int(now.timestamp()) + change["exp"]
    wrong = {name: value for name, value in wrong.items() if value is not None}

    with pytest.raises(DirectoryRefused):
        directory.verified(jwt.encode({"alg": "RS256"}, wrong, key), "n", now)


def token_claims(provider: Provider, now: datetime) -> dict[str, Any]:
    """Claims as they should be."""
    stamp = int(now.timestamp())
    return {"iss": provider.issuer, "sub": "eva", "aud": "siproc", "nonce": "n", "iat": stamp, "exp": stamp + 60}
